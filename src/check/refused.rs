//! `refused`: the server refused the request for want of a token, rightly or wrongly expressed.
//!
//! ```text
//! - refused: {}
//! ```
//!
//! A 401 passes, a 200 with a result fails; a 404, 405 or "method not found" says nothing about tokens and is blind.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Check, Finding, Look, Part, Place, Scene};
use crate::model::exchange::Exchange;
use crate::model::probe::Call;
use crate::model::reception::Reception;

/// A JSON-RPC request that was refused.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refused {}

impl Check for Refused {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let Some(exchange) = scene.exchange else {
            return Answer::Blind("no request was sent".to_owned());
        };
        let method = method(exchange);
        let opens = matches!(method.as_str(), "initialize" | "server/discover");
        if !opens && is_unknown(exchange) {
            return Answer::Blind(format!("the server has no {method}"));
        }
        match Reception::of_exchange(exchange, if opens { Call::Open } else { Call::ToolsCall }) {
            Reception::Refused => Answer::Pass,
            Reception::Open => {
                let place = Place { exchange: exchange.id, part: Part::Status, span: 0..3 };
                let how =
                    if exchange.request.token().is_some() { "with this token" } else { "without a token" };
                let message = format!("{method} is answered {how}");
                Answer::fail(Finding::new(message).expected("401").actual("an answer").at(place))
            }
            Reception::NotSpoken(why) | Reception::Unclear(why) => Answer::Blind(why),
        }
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Anything]
    }
}

/// The JSON-RPC method, or else the HTTP method of a request.
fn method(exchange: &Exchange) -> String {
    let body = exchange.request.body.as_deref().and_then(|body| serde_json::from_str::<Value>(body).ok());
    let method = body.as_ref().and_then(|body| body.get("method")?.as_str());
    method.unwrap_or(&exchange.request.method).to_owned()
}

/// Whether the server has no such method (JSON-RPC 2.0 §5.1): then there is nothing to protect.
fn is_unknown(exchange: &Exchange) -> bool {
    let text = exchange.response().and_then(|response| response.body.text.as_deref()).unwrap_or_default();
    let data = text.lines().find_map(|line| line.strip_prefix("data:")).unwrap_or(text);
    let body = serde_json::from_str::<Value>(data).ok();
    body.is_some_and(|body| body.pointer("/error/code").and_then(Value::as_i64) == Some(-32601))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};

    fn answer(status: u16, body: &str) -> Answer {
        judge(&recording(&[("here", status, "application/json", body)]), "here", "refused: {}")
    }

    #[test]
    fn tells_refusals_from_answers_and_from_what_says_nothing() {
        assert_eq!(answer(401, ""), Answer::Pass);
        let result = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
        assert!(matches!(answer(200, result), Answer::Fail(_)));
        let unknown = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}"#;
        assert!(matches!(answer(200, unknown), Answer::Blind(_)));
        assert!(matches!(answer(405, ""), Answer::Blind(_)));
    }
}
