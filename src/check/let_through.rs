//! `let-through`: whatever may stand before an endpoint, a gateway or a rate limit, let the request through; for `when`.
//!
//! ```text
//! - let-through: {}
//! ```
//!
//! A 400, a 500 and a 401 with an OAuth error in JSON pass; a 429, a 503, which is what nginx says to too many requests,
//! and a 401 or 403 that says nothing in the words of OAuth fail; no response is blind.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Check, Finding, Look, Part, Place, Scene};

/// The endpoint itself seems to have answered.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LetThrough {}

impl Check for LetThrough {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, response) = match scene.response() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        let is_oauth = || match scene.evidence.json(exchange.id) {
            Some(Ok(document)) => document.value().get("error").and_then(Value::as_str).is_some_and(is_code),
            _ => false,
        };
        let stopped = match response.status {
            429 | 503 => true,
            401 | 403 => !is_oauth(),
            _ => false,
        };
        if !stopped {
            return Answer::Pass;
        }
        let message = format!("something before the endpoint seems to have answered {}", response.status);
        Answer::fail(Finding::new(message).at(Place {
            exchange: exchange.id,
            part: Part::Status,
            span: 0..3,
        }))
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Status, Look::Body]
    }
}

/// Whether an error is worded as those of OAuth are, all of which have an underscore, and not as the name of a status.
fn is_code(error: &str) -> bool {
    error.contains('_') && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};

    #[test]
    fn an_oauth_error_is_not_a_gateways() {
        let passes = |status, body| {
            let recording = recording(&[("here", status, "application/json", body)]);
            judge(&recording, "here", "let-through: {}") == Answer::Pass
        };
        assert!(passes(401, r#"{"error":"invalid_client"}"#));
        assert!(passes(500, ""));
        assert!(!passes(401, r#"{"message":"Unauthorized"}"#));
        assert!(!passes(403, r#"{"status":403,"error":"Forbidden"}"#));
        assert!(!passes(401, r#"{"error":"unauthorized"}"#));
        assert!(!passes(403, "<h1>Blocked</h1>"));
        assert!(!passes(503, "<h1>503 Service Temporarily Unavailable</h1>"));
        assert!(!passes(429, r#"{"error":"slow_down"}"#));
    }
}
