//! `without-result`: a refusal that holds no JSON-RPC result.
//!
//! ```text
//! - without-result: {}
//! ```
//!
//! A 401 with an error, a page or nothing in it passes, one with a result fails; an answer that is no refusal is blind.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Check, Finding, Look, Scene};

/// A body without what the token was to protect.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithoutResult {}

impl Check for WithoutResult {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, response) = match scene.response() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        if !matches!(response.status, 401 | 403) {
            return Answer::Blind(format!("the status is {}, which is no refusal", response.status));
        }
        let Some(Ok(document)) = scene.evidence.json(exchange.id) else { return Answer::Pass };
        let message = document.value();
        // Gateways have a result of null beside their errors, and it is not that of JSON-RPC.
        let result =
            message.get("result").filter(|result| !is_empty(result) && message.get("jsonrpc").is_some());
        match result.and_then(|_| document.span("/result")) {
            None => Answer::Pass,
            Some(span) => {
                let finding =
                    Finding::new(format!("the {} holds the result of the request", response.status));
                Answer::fail(finding.expected("no result").at(scene.in_body(exchange, span)))
            }
        }
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Status, Look::Body]
    }
}

fn is_empty(result: &Value) -> bool {
    match result {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}
