//! The refusals of the MCP server and the WWW-Authenticate header they carry.
//!
//! ```text
//! 401 Bearer resource_metadata="http://127.0.0.1:PORT/.well-known/oauth-protected-resource/mcp", scope="mcp:tools"
//! 401 Bearer error="invalid_token", error_description="the token has expired", resource_metadata="…", scope="mcp:tools"
//! 403 Bearer error="insufficient_scope", scope="mcp:admin", resource_metadata="…"
//! ```

use std::sync::atomic::Ordering;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::metadata;
use crate::Behaviour;
use crate::document::refusal;
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
    /// A good token for less than what is asked.
    Scope,
}

/// `scope` is what the request needs.
pub(super) fn response(pair: &Pair, refusal: &Refusal, scope: &str) -> Response {
    let (status, error, description) = match refusal {
        Refusal::Missing => (StatusCode::UNAUTHORIZED, None, "an access token is needed"),
        Refusal::Malformed(why) => (StatusCode::BAD_REQUEST, Some("invalid_request"), *why),
        Refusal::Invalid(why) => (StatusCode::UNAUTHORIZED, Some("invalid_token"), why.as_str()),
        Refusal::Scope => {
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
    let names_scope = pair.profile.has_resource_metadata() || *refusal == Refusal::Scope;
    if names_scope && !matches!(refusal, Refusal::Malformed(_)) {
        params.push(("scope", named(pair, scope)));
    }
    let params: Vec<String> = params.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    let mut response = self::refusal(status, error.unwrap_or("unauthorized"), description);
    if let Ok(value) = HeaderValue::from_str(&format!("Bearer {}", params.join(", "))) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

fn named(pair: &Pair, scope: &str) -> String {
    let sent = pair.challenges.fetch_add(1, Ordering::Relaxed);
    if pair.does(Behaviour::VariesScope) { format!("mcp:part-{}", sent % 2) } else { scope.to_owned() }
}
