//! Redaction, once and for everything that is kept: no report or recording ever holds a secret.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use regex::{Captures, Regex};

use crate::model::exchange::{Request, Response};

/// What stands in a secret's place.
pub const REDACTED: &str = "[redacted]";

/// A token that was never issued, as probes send it; also the `jti` of the JWTs that we make up.
pub const NO_TOKEN: &str = "mcp-conform-never-issued";

/// Headers whose values are secrets.
const SECRET_HEADERS: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "set-cookie", "mcp-session-id", "dpop"];

/// Names of members and parameters whose values are secrets, in JSON, forms and URLs alike.
const SECRET_NAMES: &str = "access_token|refresh_token|id_token|client_secret|code|code_verifier|client_assertion|\
                            assertion|password|registration_access_token|subject_token|actor_token|token|device_code|\
                            user_code|initial_access_token";

static IN_JSON: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r#""({SECRET_NAMES})"(\s*:\s*)"((?:[^"\\]|\\.)*)"?"#)).ok());
static IN_PAIRS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r"(^|[?&#\s])({SECRET_NAMES})=([^&#\s]*)")).ok());
static USER_INFO: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(https?://)[^/?#\s@]*@").ok());

/// A request as it may be kept.
pub fn request(mut request: Request) -> Request {
    request.url = text(&request.url);
    headers(&mut request.headers);
    request.body = request.body.map(|body| text(&body));
    request
}

/// A response as it may be kept.
pub fn response(mut response: Response) -> Response {
    headers(&mut response.headers);
    response.body.text = response.body.text.map(|body| text(&body));
    response
}

fn headers(headers: &mut [(String, String)]) {
    for (name, value) in headers {
        *value = match SECRET_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            true => secret_header(value),
            false => text(value),
        };
    }
}

/// The scheme of credentials and the name of a cookie are no secrets, and tell what was sent. Neither are the made-up
/// tokens of our own probes.
fn secret_header(value: &str) -> String {
    if is_ours(value) {
        return value.to_owned();
    }
    match value.split_once([' ', '=']) {
        Some((name, _)) if !name.is_empty() && value.contains(' ') | value.contains('=') => {
            let separator = if value[name.len()..].starts_with(' ') { ' ' } else { '=' };
            format!("{name}{separator}{REDACTED}")
        }
        _ => REDACTED.to_owned(),
    }
}

/// Whether these are made-up credentials, with or without a scheme before them, and nothing else.
fn is_ours(value: &str) -> bool {
    let credentials = value.strip_prefix("Bearer ").or(value.strip_prefix("Basic ")).unwrap_or(value);
    credentials.split(' ').all(|word| word == NO_TOKEN || is_our_jwt(word) || is_our_client(word))
}

/// The `jti` of a token that somebody issued is not ours.
fn is_our_jwt(token: &str) -> bool {
    let decoded = token.split('.').nth(1).and_then(|claims| URL_SAFE_NO_PAD.decode(claims).ok());
    let claims = decoded.and_then(|claims| serde_json::from_slice::<serde_json::Value>(&claims).ok());
    claims.is_some_and(|claims| claims.get("jti").is_some_and(|jti| jti == NO_TOKEN))
}

/// Basic credentials of a client that does not exist.
fn is_our_client(credentials: &str) -> bool {
    let decoded = STANDARD.decode(credentials).ok();
    decoded.is_some_and(|pair| pair.split(|&byte| byte == b':').all(|half| half == NO_TOKEN.as_bytes()))
}

/// Whether the value of a member with this name is a secret.
pub fn is_secret_name(name: &str) -> bool {
    SECRET_NAMES.split('|').any(|secret| secret == name)
}

/// Text without the secrets in it. What cannot be checked is not kept.
pub fn text(text: &str) -> String {
    let (Some(in_json), Some(in_pairs), Some(user_info)) =
        (IN_JSON.as_ref(), IN_PAIRS.as_ref(), USER_INFO.as_ref())
    else {
        return REDACTED.to_owned();
    };
    let text = in_json.replace_all(text, |found: &Captures<'_>| match is_ours(&found[3]) {
        true => found[0].to_owned(),
        false => format!("\"{}\"{}\"{REDACTED}\"", &found[1], &found[2]),
    });
    let text = in_pairs.replace_all(&text, |found: &Captures<'_>| match is_ours(&found[3]) {
        true => found[0].to_owned(),
        false => format!("{}{}={REDACTED}", &found[1], &found[2]),
    });
    user_info.replace_all(&text, format!("${{1}}{REDACTED}@")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_what_is_no_secret() {
        for plain in [
            r#"{"issuer":"https://h","token_endpoint":"https://h/token","code_challenge_methods_supported":["S256"]}"#,
            "https://h/authorize?scope=a&resource=https://h/mcp",
            r#"Bearer resource_metadata="https://h/x", error="invalid_token""#,
            r#"{"token": "Bearer mcp-conform-never-issued"}"#,
            "https://h/login?token=mcp-conform-never-issued",
        ] {
            assert_eq!(text(plain), plain);
        }
    }

    #[test]
    fn credentials_keep_their_scheme() {
        assert_eq!(secret_header("Bearer abc"), "Bearer [redacted]");
        assert_eq!(secret_header("id=abc; Path=/"), "id=[redacted]");
        assert_eq!(secret_header("abc"), "[redacted]");
        assert_eq!(secret_header("Bearer mcp-conform-never-issued"), "Bearer mcp-conform-never-issued");
        assert_eq!(secret_header("Bearer mcp-conform-never-issued2"), "Bearer [redacted]");
        assert_eq!(secret_header("Bearer mcp-conform-never-issued x"), "Bearer [redacted]");
    }

    #[test]
    fn made_up_credentials_can_be_sent_again() {
        let forged = crate::probe::forge::token(crate::model::probe::Signed::Not, "https://as", "https://h");
        let forged = format!("Bearer {}", forged.expect("a token"));
        let client = format!("Basic {}", STANDARD.encode(format!("{NO_TOKEN}:{NO_TOKEN}")));
        for ours in [forged.as_str(), &client, "Bearer mcp-conform-never-issued mcp-conform-never-issued"] {
            assert_eq!(secret_header(ours), ours);
        }
        let theirs = format!("Bearer e30.{}.", URL_SAFE_NO_PAD.encode(r#"{"jti":"a"}"#));
        assert_eq!(secret_header(&theirs), "Bearer [redacted]");
        let theirs = format!("Basic {}", STANDARD.encode(format!("{NO_TOKEN}:secret")));
        assert_eq!(secret_header(&theirs), "Basic [redacted]");
    }

    proptest! {
        #[test]
        fn no_secret_survives(secret in "[A-Za-z0-9_-]{12,40}") {
            let forms = [
                format!(r#"{{"access_token": "{secret}", "x": 1}}"#),
                format!(r#"{{"a":{{"refresh_token":"{secret}"}}}}"#),
                format!("grant_type=x&code={secret}&client_secret={secret}"),
                format!("https://h/cb?code={secret}#access_token={secret}"),
                format!("https://user:{secret}@h/mcp"),
                format!(r#"{{"client_secret":"{secret}"#),
            ];
            for form in forms {
                prop_assert!(!text(&form).contains(&secret), "{form}");
            }
            for name in SECRET_HEADERS {
                let mut list = vec![(name.to_owned(), format!("Bearer {secret}")), (name.to_owned(), secret.clone())];
                headers(&mut list);
                prop_assert!(list.iter().all(|(_, value)| !value.contains(&secret)));
            }
        }
    }
}
