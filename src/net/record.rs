//! Redaction, once and for everything that is kept: no report or recording ever holds a secret.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use regex::{Captures, Regex};

use super::mask;
use super::session_id::{self, Sessions};
use super::settings::is_variable;
use crate::model::exchange::{Body, Exchange, Reply, token_in, token_shown};
use crate::model::recording::Recording;

/// What stands in a secret's place.
pub const REDACTED: &str = "[redacted]";

/// The same inside a URL, where brackets may not stand: what was a URL is still judged as one.
pub const REDACTED_IN_URL: &str = "~redacted~";

/// What stands in the place of a value that came from an environment variable.
pub fn withheld(variable: &str) -> String {
    format!("[redacted: ${variable}]")
}

/// The variable whose value stood where `text` is, if one did.
pub fn withheld_variable(text: &str) -> Option<&str> {
    let variable = text.strip_prefix("[redacted: $")?.strip_suffix(']')?;
    is_variable(variable).then_some(variable)
}

/// Shorter values are words that may stand anywhere, and to take those out would falsify what was answered.
const SHORTEST_SECRET: usize = 8;

/// A secret, and what stands where it was.
#[derive(Clone, PartialEq, Eq)]
pub struct Withheld {
    /// The secret.
    pub value: String,
    /// What is shown.
    pub shown: String,
}

impl Withheld {
    /// A secret that nothing is told of.
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into(), shown: REDACTED.to_owned() }
    }

    /// A bearer token, and those parts of it that say something: all of one that is opaque, and of a JWT the claims and the
    /// signature. Some servers write them as a URL has them.
    pub fn token(name: &str, value: &str) -> Vec<Self> {
        let parts: Vec<&str> = value.split('.').collect();
        let parts = if parts.len() == 3 { &parts[1..] } else { &[] };
        let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let values =
            [value.to_owned(), encoded].into_iter().chain(parts.iter().map(|part| (*part).to_owned()));
        values.map(|value| Self { value, shown: token_shown(name) }).collect()
    }
}

/// The name of the token that stood where `text` is, if one did.
pub(crate) fn token_name(text: &str) -> Option<&str> {
    token_in(text).filter(|name| text == token_shown(name))
}

/// Takes out of `recording` what its name or its place shows to be a secret, and `secrets` wherever somebody put them.
pub fn redact(recording: &mut Recording, secrets: &[Withheld]) {
    let sessions = sessions(recording);
    let found = issued(recording, &sessions);
    withhold(recording, &[secrets, &found].concat());
    for exchange in &mut recording.exchanges {
        session_id::hide(&mut exchange.request.headers);
        headers(&mut exchange.request.headers);
        if let Reply::Response(response) = &mut exchange.reply {
            sessions.show(&mut response.headers);
            headers(&mut response.headers);
            response.body = Body::new(mask::document(response.body.bytes()), response.body.cut);
        }
    }
    texts(recording, |text| *text = self::text(text));
}

/// The ids of all sessions that were begun.
fn sessions(recording: &Recording) -> Sessions {
    let responses = recording.exchanges.iter().filter_map(Exchange::response);
    Sessions::new(responses.flat_map(|response| response.header_lines(session_id::HEADER)))
}

/// The sessions and cookies that servers began: whoever has them may be taken for their owner.
fn issued(recording: &Recording, sessions: &Sessions) -> Vec<Withheld> {
    let responses = recording.exchanges.iter().filter_map(Exchange::response);
    let cookies = responses.flat_map(|response| response.header_lines("set-cookie"));
    let values = cookies.filter_map(|cookie| {
        cookie.split(';').next()?.split_once('=').map(|(_, value)| value.trim().trim_matches('"'))
    });
    let shown = |(id, shown): (&String, &String)| Withheld { value: id.clone(), shown: shown.clone() };
    values.map(Withheld::new).chain(sessions.iter().map(shown)).collect()
}

/// Takes out values that the user gave us, or that we were issued; longer ones first, which shorter ones may be part of.
fn withhold(recording: &mut Recording, secrets: &[Withheld]) {
    let mut secrets: Vec<&Withheld> =
        secrets.iter().filter(|secret| secret.value.len() >= SHORTEST_SECRET).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.value.len()));
    texts(recording, |text| {
        for secret in &secrets {
            if text.contains(&secret.value) {
                *text = text.replace(&secret.value, &secret.shown);
            }
        }
    });
    for exchange in &mut recording.exchanges {
        let Reply::Response(response) = &mut exchange.reply else { continue };
        let bytes = response.body.bytes();
        let holds =
            |secret: &&Withheld| bytes.windows(secret.value.len()).any(|w| w == secret.value.as_bytes());
        if secrets.iter().any(holds) {
            response.body = Body { text: Some(REDACTED.to_owned()), base64: None, cut: true };
        }
    }
}

/// Every text in `recording` that comes from elsewhere.
fn texts(recording: &mut Recording, mut each: impl FnMut(&mut String)) {
    each(&mut recording.target.url);
    for record in &mut recording.probes {
        record.item.iter_mut().for_each(|item| each(&mut item.value));
        let not_sent = record.attempts.iter_mut().filter_map(|attempt| attempt.not_sent.as_mut());
        not_sent.for_each(|not_sent| each(&mut not_sent.why));
    }
    for Exchange { request, reply, .. } in &mut recording.exchanges {
        each(&mut request.url);
        request.headers.iter_mut().for_each(|(_, value)| each(value));
        request.body.iter_mut().for_each(&mut each);
        match reply {
            Reply::Error(error) => each(&mut error.message),
            Reply::Response(response) => {
                response.headers.iter_mut().for_each(|(_, value)| each(value));
                response.body.text.iter_mut().for_each(&mut each);
            }
        }
    }
}

/// A token that was never issued, as probes send it; also the `jti` of the JWTs that we make up.
pub const NO_TOKEN: &str = "mcp-conform-never-issued";

/// Headers whose values are secrets.
const SECRET_HEADERS: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "set-cookie", "mcp-session-id", "dpop"];

/// Names of members and parameters whose values are secrets, in JSON, forms and URLs alike.
pub(super) const SECRET_NAMES: &str = "access_token|refresh_token|id_token|client_secret|code|code_verifier|client_assertion|\
                            assertion|password|registration_access_token|subject_token|actor_token|token|device_code|\
                            user_code|initial_access_token";

static IN_JSON: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r#""({SECRET_NAMES})"(\s*:\s*)"((?:[^"\\]|\\.)*)"?"#)).ok());
static IN_PAIRS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r"(^|[?&#;\s]|\\u0026)({SECRET_NAMES})=([^&#\s\x22]*)")).ok());
/// Quotes end a URL, so that an address in the next member of a document is no user of this host.
static USER_INFO: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)(https?://)[^/?#\s@"'<>\\]*@"#).ok());

/// Leaves in `headers` what may be kept of those whose values are secrets.
fn headers(headers: &mut [(String, String)]) {
    for (name, value) in headers {
        let secret = SECRET_HEADERS.contains(&name.to_ascii_lowercase().as_str());
        if secret && withheld_variable(value).is_none() {
            *value =
                if name.eq_ignore_ascii_case("set-cookie") { cookie(value) } else { secret_header(value) };
        }
    }
}

/// A cookie without its value, unless that is one of the tokens of the run, whose name says all. Whom a browser sends it to
/// is no secret.
fn cookie(line: &str) -> String {
    let mut parts = line.split(';');
    let pair = parts.next().unwrap_or_default();
    let (name, value) = pair.split_once('=').unwrap_or(("", pair));
    let value = value.trim().trim_matches('"');
    let value = if token_name(value).is_some() { value } else { REDACTED };
    let mut kept = if name.is_empty() { value.to_owned() } else { format!("{}={value}", name.trim()) };
    for attribute in parts.map(str::trim).filter(|attribute| is_flag(attribute)) {
        kept.push_str("; ");
        kept.push_str(attribute);
    }
    kept
}

/// Attributes of a cookie that take no value, or one of a few (RFC 6265 §4.1.2, and its successor).
fn is_flag(attribute: &str) -> bool {
    let lower = attribute.to_ascii_lowercase();
    ["secure", "httponly", "partitioned", "samesite=strict", "samesite=lax", "samesite=none"]
        .contains(&&*lower)
}

/// The scheme of credentials and the name of a cookie are no secrets, and tell what was sent. Neither are the made-up
/// tokens of our own probes.
fn secret_header(value: &str) -> String {
    if is_ours(value) || session_id::facts(value).is_some() {
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

/// Whether these are made-up credentials, or what stands in the place of a token, with or without a scheme before them, and
/// nothing else.
pub(super) fn is_ours(value: &str) -> bool {
    // A scheme with nothing after it.
    if value == "Bearer" {
        return true;
    }
    let credentials = match value.split_once(' ') {
        Some((scheme, credentials)) if ["bearer", "basic"].contains(&&*scheme.to_ascii_lowercase()) => {
            credentials
        }
        _ => value,
    };
    let is_known = |word: &str| {
        word == NO_TOKEN || token_name(word).is_some() || is_our_jwt(word) || is_our_client(word)
    };
    credentials.split(' ').all(is_known)
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
pub(super) fn is_secret_name(name: &str) -> bool {
    SECRET_NAMES.split('|').any(|secret| secret == name)
}

/// Whether a secret was here and is gone already.
fn is_masked(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'*')
}

/// Text without the secrets in it. What cannot be checked is not kept.
pub fn text(text: &str) -> String {
    let (Some(in_json), Some(in_pairs), Some(user_info)) =
        (IN_JSON.as_ref(), IN_PAIRS.as_ref(), USER_INFO.as_ref())
    else {
        return REDACTED.to_owned();
    };
    let text =
        in_json.replace_all(text, |found: &Captures<'_>| match is_ours(&found[3]) || is_masked(&found[3]) {
            true => found[0].to_owned(),
            false => format!("\"{}\"{}\"{REDACTED}\"", &found[1], &found[2]),
        });
    // In a cookie a semicolon ends the value.
    let is_shown = |value: &str| match value.strip_suffix(';') {
        Some(value) => is_ours(value) || value == REDACTED,
        None => is_ours(value),
    };
    let text = in_pairs.replace_all(&text, |found: &Captures<'_>| match is_shown(&found[3]) {
        true => found[0].to_owned(),
        false => format!("{}{}={REDACTED_IN_URL}", &found[1], &found[2]),
    });
    user_info.replace_all(&text, format!("${{1}}{REDACTED_IN_URL}@")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::exchange::{TransportError, TransportErrorKind};
    use crate::model::recording::{Item, NotSent};
    use proptest::prelude::*;

    #[test]
    fn keeps_what_is_no_secret() {
        for plain in [
            r#"{"issuer":"https://h","token_endpoint":"https://h/token","code_challenge_methods_supported":["S256"]}"#,
            "https://h/authorize?scope=a&resource=https://h/mcp",
            r#"Bearer resource_metadata="https://h/x", error="invalid_token""#,
            r#"{"token": "Bearer mcp-conform-never-issued"}"#,
            r#"{"issuer":"https://h","contacts":["me@h"]}"#,
            "https://h/login?token=mcp-conform-never-issued",
            "access_token=~token.good~; HttpOnly",
            "code=[redacted]; Secure",
        ] {
            assert_eq!(text(plain), plain);
        }
    }

    #[test]
    fn a_quoted_url_stays_one() {
        let hidden = r#"Bearer resource_metadata="https://h/x?access_token=~redacted~", scope="a""#;
        assert_eq!(text(&hidden.replace(REDACTED_IN_URL, "secret")), hidden);
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
    fn cookies_keep_who_may_have_them() {
        for (sent, kept) in [
            ("id=abc; Path=/; HttpOnly; SECURE", "id=[redacted]; HttpOnly; SECURE"),
            ("t=~token.good~; Domain=h; SameSite=Lax", "t=~token.good~; SameSite=Lax"),
            ("t=x~token.good~; Secure=hidden", "t=[redacted]"),
            ("hidden; Secure", "[redacted]; Secure"),
        ] {
            let mut list = vec![("Set-Cookie".to_owned(), sent.to_owned())];
            headers(&mut list);
            assert_eq!(list[0].1, kept);
        }
    }

    #[test]
    fn of_sessions_it_is_told_how_they_differ() {
        let mut recording =
            crate::check::sample::recording(&[("a", 200, "", "session-one"), ("b", 200, "", "")]);
        for (exchange, id) in recording.exchanges.iter_mut().zip(["session-one", "session-two"]) {
            let Reply::Response(response) = &mut exchange.reply else { unreachable!() };
            response.headers.push(("mcp-session-id".to_owned(), id.to_owned()));
            exchange.request.headers.push(("mcp-session-id".to_owned(), id.to_owned()));
        }
        redact(&mut recording, &[]);
        let text = serde_json::to_string(&recording).unwrap();
        assert!(!text.contains("session-one") && text.matches("~session.11.3~").count() == 3, "{text}");
    }

    #[test]
    fn made_up_credentials_can_be_sent_again() {
        let forged = crate::probe::forge::Draft::made_up("https://as", "https://h").unsigned();
        let forged = format!("Bearer {forged}");
        let client = format!("Basic {}", STANDARD.encode(format!("{NO_TOKEN}:{NO_TOKEN}")));
        let twice = "Bearer mcp-conform-never-issued mcp-conform-never-issued";
        for ours in [forged.as_str(), &client, "Bearer", twice, "bEaReR ~token.good~"] {
            assert_eq!(secret_header(ours), ours);
        }
        let theirs = format!("Bearer e30.{}.", URL_SAFE_NO_PAD.encode(r#"{"jti":"a"}"#));
        assert_eq!(secret_header(&theirs), "Bearer [redacted]");
        let theirs = format!("Basic {}", STANDARD.encode(format!("{NO_TOKEN}:secret")));
        assert_eq!(secret_header(&theirs), "Basic [redacted]");
    }

    #[test]
    fn a_value_from_the_environment_is_kept_nowhere() {
        let secret = "key-0123456789";
        let mut recording = crate::check::sample::recording(&[
            ("here", 200, "text/plain", "you sent key-0123456789, did you not"),
            ("there", 200, "key-0123456789", "nothing"),
        ]);
        recording.exchanges[1].request.url.push_str("?echo=key-0123456789");
        let Reply::Response(response) = &mut recording.exchanges[1].reply else { unreachable!() };
        response.body = Body::new([b"\xff".as_slice(), secret.as_bytes()].concat(), false);
        redact(&mut recording, &[Withheld::new(secret), Withheld::new("there")]);
        let text = serde_json::to_string(&recording).unwrap();
        assert!(!text.contains(secret) && text.contains("you sent [redacted], did"), "{text}");
        assert!(text.contains("there"), "short values are words");
        let bodies: Vec<_> = recording.exchanges.iter().map(|e| e.response().unwrap().body.clone()).collect();
        assert_eq!(bodies[1].text.as_deref(), Some(REDACTED));
    }

    #[test]
    fn secrets_go_wherever_a_target_puts_them() {
        let url = "https://me:hidden@h/?code=hidden";
        let keys = r#"{"keys":[{"kty":"EC","x":"y","d":"hidden"}]}"#;
        let mut recording = crate::check::sample::recording(&[("keys", 200, "", keys), ("odd", 200, "", "")]);
        recording.target.url = url.to_owned();
        recording.probes[0].item = Some(Item { index: 0, value: url.to_owned() });
        recording.probes[1].attempts[0].not_sent = Some(NotSent::new(url.to_owned()));
        recording.exchanges[1].request.url = url.to_owned();
        let Reply::Response(response) = &mut recording.exchanges[1].reply else { unreachable!() };
        response.headers = vec![("location".to_owned(), url.to_owned())];
        response.body = Body::new(b"{\"access_token\":\"hidden\",\"x\":\"\xff\"}".to_vec(), false);
        let mut failed = recording.exchanges[0].clone();
        let message = format!("{url} was not requested");
        failed.reply = Reply::Error(TransportError { kind: TransportErrorKind::NotAllowed, message });
        recording.exchanges.push(failed);
        redact(&mut recording, &[]);
        let text = serde_json::to_string(&recording).unwrap();
        let bodies = recording.exchanges.iter().filter_map(|exchange| exchange.response());
        let bytes: Vec<u8> = bodies.flat_map(|response| response.body.bytes()).collect();
        assert!(!text.contains("hidden") && !String::from_utf8_lossy(&bytes).contains("hidden"), "{text}");
        assert!(text.contains("******"), "{text}");
    }

    #[test]
    fn a_variable_stands_where_its_value_was() {
        assert_eq!(withheld_variable(&withheld("API_KEY")), Some("API_KEY"));
        assert_eq!(withheld_variable("[redacted: $(rm)]"), None);
        assert_eq!(withheld_variable(REDACTED), None);
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
                format!(r#"{{"uri":"HTTPS://h/cb?state=1\u0026code={secret}"}}"#),
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
