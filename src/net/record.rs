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
mod tests;
