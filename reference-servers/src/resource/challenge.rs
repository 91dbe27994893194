//! The refusals of the MCP server and the WWW-Authenticate header they carry.
//!
//! ```text
//! 401 Bearer resource_metadata="http://127.0.0.1:PORT/.well-known/oauth-protected-resource/mcp", scope="mcp:tools"
//! 401 Bearer error="invalid_token", error_description="the token has expired", resource_metadata="…", scope="mcp:tools"
//! 403 Bearer error="insufficient_scope", scope="mcp:admin", resource_metadata="…"
//! ```

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::metadata;
use crate::Behaviour;
use crate::document::refusal;
use crate::edit::Asked;
use crate::pair::Pair;

/// Why a request does not get through.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No credentials, or some that are not ours to judge.
    Missing,
    /// An Authorization header that says two things or nothing.
    Malformed(&'static str),
    /// A token that is not good.
    Invalid(String),
    /// A good token for less than what is asked, and what to ask for.
    Scope(&'static str),
}

/// `scope` is what the request needs.
pub(super) fn response(pair: &Pair, asked: &Asked, refusal: &Refusal, scope: &str) -> Response {
    let (status, error, description) = match refusal {
        Refusal::Missing => (StatusCode::UNAUTHORIZED, None, "an access token is needed"),
        Refusal::Malformed(why) => (StatusCode::BAD_REQUEST, Some("invalid_request"), *why),
        Refusal::Invalid(why) => (StatusCode::UNAUTHORIZED, Some("invalid_token"), why.as_str()),
        Refusal::Scope(_) if pair.does(Behaviour::InsufficientScopeIs401) => {
            (StatusCode::UNAUTHORIZED, Some("invalid_token"), "the token does not allow this")
        }
        Refusal::Scope(_) => {
            (StatusCode::FORBIDDEN, Some("insufficient_scope"), "the token does not allow this")
        }
    };
    let mut params = Vec::new();
    if pair.profile == crate::Profile::V2025_03_26 {
        params.push(("realm", "mcp".to_owned()));
    }
    if let Some(error) = error {
        params.push(("error", error.to_owned()));
        params.push(("error_description", description.to_owned()));
    }
    if pair.profile != crate::Profile::V2025_03_26 {
        params.push(("resource_metadata", metadata::url(pair)));
    }
    let (scope, is_scope) = match refusal {
        Refusal::Scope(missing) => (*missing, true),
        _ => (scope, false),
    };
    let names_scope = pair.profile.has_resource_metadata() || is_scope;
    if names_scope && !matches!(refusal, Refusal::Malformed(_)) {
        params.push(("scope", named(pair, asked, scope)));
    }
    let params: Vec<String> = params.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    let mut response = self::refusal(status, error.unwrap_or("unauthorized"), description);
    if let Ok(value) = HeaderValue::from_str(&format!("Bearer {}", params.join(", "))) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

fn named(pair: &Pair, asked: &Asked, scope: &str) -> String {
    if !pair.does(Behaviour::VariesScope) {
        return scope.to_owned();
    }
    // Counted for each kind of request, so that what comes in between changes nothing.
    let Asked { method, era, rpc, tool, .. } = asked;
    let kind = format!("{method} {era:?} {rpc:?} {tool:?} {:?}", asked.headers.get(header::AUTHORIZATION));
    let mut challenges = pair.challenges();
    let sent = challenges.entry(kind).or_default();
    *sent += 1;
    format!("mcp:part-{sent}")
}
