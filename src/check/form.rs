//! Named forms of strings: `is: absolute-url`, `is: [https-or-loopback, no-fragment]`.
//!
//! All of them look at the string as it stands; nothing is normalised first.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::parse::jwt::Jwt;
use crate::parse::url::{Parts, Uri};
use crate::parse::{scope, well_known};

/// A form that a string can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// An absolute URI with a host (RFC 3986 §4.3).
    AbsoluteUrl,
    /// Only characters that RFC 3986 allows, all others percent-encoded.
    UriCharacters,
    /// The scheme is https, or http on a loopback host, where no certificate can be had.
    HttpsOrLoopback,
    /// The host is this machine: localhost, 127.0.0.0/8 or `[::1]`.
    Loopback,
    /// No `access_token` among its query parameters (OAuth 2.1 §5.1).
    NoAccessToken,
    /// No `#`, not even one with nothing after it.
    NoFragment,
    /// No `?`.
    NoQuery,
    /// A path after the host, if only a slash.
    WithPath,
    /// No path segment is `.` or `..`.
    NoDotSegments,
    /// No user name or password before the host.
    NoUserinfo,
    /// Not itself the URL of a metadata document.
    NotWellKnown,
    /// No slash at the end of a path.
    NoTrailingSlash,
    /// Scope tokens separated by single spaces (RFC 6749 §3.3).
    ScopeList,
    /// One scope token (RFC 6749 §3.3).
    ScopeToken,
    /// Printable ASCII without `"` and `\` (RFC 6750 §3).
    ErrorText,
    /// A signed JWT in compact form, whose header and claims can be read (RFC 7515 §7.1).
    SignedJwt,
    /// A JWS algorithm with an asymmetric key (RFC 7518 §3.1 and later registrations).
    AsymmetricAlgorithm,
    /// Directives for caches (RFC 9111 §5.2) that let go of an answer after a week at the latest.
    CachedBriefly,
    /// Not the empty string.
    NotEmpty,
}

/// JWS algorithms whose verification key may be public.
const ASYMMETRIC: [&str; 14] = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "ES256K",
    "EdDSA",
    "Ed25519",
    "Ed448",
    "ML-DSA-65",
];

/// In seconds.
const DAY: u64 = 24 * 60 * 60;
const WEEK: u64 = 7 * DAY;

impl Form {
    /// What `text` does instead of having this form, as a clause to follow its name; `None` where it has it.
    pub fn broken_by(self, text: &str) -> Option<String> {
        match self {
            Self::AbsoluteUrl => match Uri::parse(text) {
                Ok(uri) if uri.is_web() => None,
                Ok(_) => Some("is not an absolute URL of http or https".to_owned()),
                Err(flaw) => Some(format!("is not an absolute URL: {flaw}")),
            },
            Self::UriCharacters => Uri::parse(text).err().map(|flaw| format!("is not a valid URI: {flaw}")),
            Self::HttpsOrLoopback => match Uri::parse(text) {
                Ok(uri) if uri.is_https_or_loopback() => None,
                Ok(uri) => Some(format!("is not an https URL: its scheme is {}", uri.scheme())),
                Err(flaw) => Some(format!("is not an https URL: {flaw}")),
            },
            Self::Loopback => match Uri::parse(text) {
                Ok(uri) if uri.is_loopback() => None,
                _ => Some("is not on this machine".to_owned()),
            },
            Self::NoAccessToken => {
                let query = Parts::split(text).query.unwrap_or_default();
                let is_token = |parameter: &str| parameter.starts_with("access_token=");
                query.split('&').any(is_token).then(|| "holds an access_token".to_owned())
            }
            Self::NoFragment => {
                Parts::split(text).fragment.is_some().then(|| "has a fragment (`#`)".to_owned())
            }
            Self::NoQuery => Parts::split(text).query.is_some().then(|| "has a query (`?`)".to_owned()),
            Self::WithPath => Parts::split(text).path.is_empty().then(|| "has no path".to_owned()),
            Self::NoDotSegments => {
                let dots = Parts::split(text).path.split('/').find(|segment| matches!(*segment, "." | ".."));
                dots.map(|dots| format!("has a path segment `{dots}`"))
            }
            Self::NoUserinfo => {
                Parts::split(text).userinfo().is_some().then(|| "has a user name before the host".to_owned())
            }
            Self::NotWellKnown => {
                let found = well_known::well_known_of(text);
                found.map(|found| format!("is the URL of a metadata document (`{}`)", found.suffix))
            }
            Self::NoTrailingSlash => text.ends_with('/').then(|| "ends with a slash".to_owned()),
            Self::ScopeList => scope::tokens(text).err().map(|flaw| format!("is not a scope list: {flaw}")),
            Self::ScopeToken => match scope::tokens(text) {
                Ok(tokens) if tokens.len() == 1 => None,
                Ok(tokens) => Some(format!("is {} scopes, not one", tokens.len())),
                Err(flaw) => Some(format!("is not a scope: {flaw}")),
            },
            Self::ErrorText => text
                .chars()
                .find(|c| !matches!(c, ' '..='~') || matches!(c, '"' | '\\'))
                .map(|c| format!("holds {c:?}, which is not allowed there")),
            Self::SignedJwt => {
                Jwt::parse(text).err().map(|flaw| format!("is not a signed JWT in compact form: {flaw}"))
            }
            Self::AsymmetricAlgorithm => {
                (!ASYMMETRIC.contains(&text)).then(|| format!("is {text:?}, not an asymmetric JWS algorithm"))
            }
            Self::CachedBriefly => text.split(',').find_map(kept_long),
            Self::NotEmpty => text.is_empty().then(|| "is empty".to_owned()),
        }
    }

    /// The form as a noun phrase, for "expected".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::AbsoluteUrl => "an absolute URL",
            Self::UriCharacters => "only characters that a URI may hold",
            Self::HttpsOrLoopback => "an https URL",
            Self::Loopback => "a URL on this machine",
            Self::NoAccessToken => "no access_token",
            Self::NoFragment => "no fragment",
            Self::NoQuery => "no query",
            Self::WithPath => "a path",
            Self::NoDotSegments => "no `.` and `..` in the path",
            Self::NoUserinfo => "nothing before the host",
            Self::NotWellKnown => "an identifier, not the URL of its metadata",
            Self::NoTrailingSlash => "no slash at the end",
            Self::ScopeList => "scopes separated by single spaces",
            Self::ScopeToken => "one scope",
            Self::ErrorText => "printable ASCII without quotes and backslashes",
            Self::SignedJwt => "a signed JWT in compact form",
            Self::AsymmetricAlgorithm => "an asymmetric JWS algorithm",
            Self::CachedBriefly => "a max-age of a week at the most, and no immutable",
            Self::NotEmpty => "something",
        }
    }
}

/// What a directive does that keeps an answer for more than a week.
fn kept_long(directive: &str) -> Option<String> {
    let (name, seconds) = directive.split_once('=').unwrap_or((directive, ""));
    match name.trim().to_ascii_lowercase().as_str() {
        "immutable" => Some("says that it never changes".to_owned()),
        name @ ("max-age" | "s-maxage") => {
            let seconds: u64 = seconds.trim().trim_matches('"').parse().ok()?;
            (seconds > WEEK).then(|| format!("has a {name} of {} days", seconds / DAY))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_a_right_and_a_wrong_example() {
        for (form, right, wrong) in [
            (Form::AbsoluteUrl, "https://h/x", "/x"),
            (Form::UriCharacters, "https://h/a%20b", "https://h/a b"),
            (Form::HttpsOrLoopback, "http://localhost:1/x", "http://h/x"),
            (Form::HttpsOrLoopback, "https://h", "http://127.0.0.1.example.com"),
            (Form::Loopback, "http://[::1]:8080/mcp", "https://127.0.0.1.example.com/mcp"),
            (Form::NoAccessToken, "https://h/x?my_access_token=y", "https://h/x?y&access_token=z#f"),
            (Form::NoFragment, "https://h/x", "https://h/x#"),
            (Form::NoQuery, "https://h/x", "https://h/x?"),
            (Form::NotWellKnown, "https://h/tenant", "https://h/.well-known/openid-configuration"),
            (Form::NoTrailingSlash, "https://h/x", "https://h/x/"),
            (Form::ScopeList, "a b:c", "a  b"),
            (Form::ScopeToken, "a:b", "a b"),
            (Form::ErrorText, "expired", "it's \"old\""),
            (Form::SignedJwt, "eyJhbGciOiJFUzI1NiJ9.e30.c2ln", "eyJhbGciOiJFUzI1NiJ9.e30."),
            (Form::AsymmetricAlgorithm, "ES256", "HS256"),
            (Form::CachedBriefly, "public, max-age=604800", "max-age=604801"),
            (Form::CachedBriefly, "no-store, max-age=x", "Max-Age=60, Immutable"),
            (Form::NotEmpty, "x", ""),
        ] {
            assert_eq!(form.broken_by(right), None, "{form:?} {right}");
            assert!(form.broken_by(wrong).is_some(), "{form:?} {wrong}");
        }
    }
}
