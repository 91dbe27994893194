//! `refused`: the server refused the request for want of a token, rightly or wrongly expressed.
//!
//! ```text
//! - refused: {}
//! - refused: { token: other-audience }
//! ```
//!
//! A 401 passes, a 200 with a result fails; a 404, 405 or "method not found" says nothing about tokens and is blind, but
//! with a bad token every 4xx passes, since the good one got no such answer. With `token`, blind is also a refusal of one that was
//! issued with less scope than the good one: it may be for that.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Check, Finding, Look, Part, Place, Scene};
use crate::model::exchange::Exchange;
use crate::model::probe::Call;
use crate::model::reception::Reception;
use crate::model::recording::{Recording, TokenFacts, TokenSource};
use crate::model::token::GOOD;

/// A JSON-RPC request that was refused.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// The token that the request carried, where the authorization server may have issued it with another scope.
    #[serde(default)]
    token: Option<String>,
}

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
            Reception::Refused => {
                match self.token.as_deref().and_then(|token| {
                    lacks_scope(scene.evidence.recording, token, exchange.response()?.status)
                }) {
                    Some(why) => Answer::Blind(why),
                    None => Answer::Pass,
                }
            }
            Reception::Open => {
                let place = Place { exchange: exchange.id, part: Part::Status, span: 0..3 };
                let how =
                    if exchange.request.token().is_some() { "with this token" } else { "without a token" };
                let message = format!("{method} is answered {how}");
                Answer::fail(Finding::new(message).expected("401").actual("an answer").at(place))
            }
            // The same request got through with the good token, so that this one was not let in, however it is put.
            Reception::NotSpoken(_) if exchange.request.token().is_some() && is_a_refusal(exchange) => {
                Answer::Pass
            }
            Reception::NotSpoken(why) | Reception::Unclear(why) => Answer::Blind(why),
        }
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Anything]
    }
}

/// Whether the status refuses something other than the moment.
fn is_a_refusal(exchange: &Exchange) -> bool {
    let status = exchange.response().map_or(0, |response| response.status);
    (400..500).contains(&status) && !matches!(status, 408 | 425 | 429)
}

/// Why the token called `name` may have been refused for its scope, if it may.
fn lacks_scope(recording: &Recording, name: &str, status: u16) -> Option<String> {
    let token = recording.token(name).filter(|token| token.source == TokenSource::Issued)?;
    let good = recording.token(GOOD)?;
    let missing = match (scopes(token), scopes(good)) {
        (Some(has), Some(good)) => good.iter().any(|scope| !has.contains(scope)),
        // Of an opaque token only the answer can say it.
        _ => status == 403,
    };
    missing.then(|| {
        format!("{name} was issued with less scope than the good token, and may be refused for that")
    })
}

/// The scopes of a JWT, where it names any.
fn scopes(token: &TokenFacts) -> Option<Vec<&str>> {
    let claims = token.claims.as_ref()?;
    match claims.get("scope").or(claims.get("scp"))? {
        Value::String(scopes) => Some(scopes.split(' ').collect()),
        Value::Array(scopes) => Some(scopes.iter().filter_map(Value::as_str).collect()),
        _ => None,
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
    use serde_json::json;

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

    #[test]
    fn a_bad_token_may_be_refused_in_any_way() {
        let with_token = |status| {
            let mut recording = recording(&[("here", status, "application/json", "")]);
            let authorization = (
                "authorization".to_owned(),
                format!("Bearer {}", crate::model::exchange::token_shown("edited")),
            );
            recording.exchanges[0].request.headers.push(authorization);
            judge(&recording, "here", "refused: {}")
        };
        assert_eq!(with_token(400), Answer::Pass);
        assert_eq!(with_token(405), Answer::Pass);
        assert!(matches!(with_token(429), Answer::Blind(_)));
        assert!(matches!(with_token(500), Answer::Blind(_)));
        assert!(matches!(answer(400, ""), Answer::Blind(_)));
    }

    fn with_scopes(source: TokenSource, good: &str, other: Option<&str>, status: u16) -> Answer {
        let mut recording =
            recording(&[("here", status, "application/json", r#"{"jsonrpc":"2.0","result":{}}"#)]);
        for (name, scope) in [(GOOD, Some(good)), ("other", other)] {
            let claims = scope.map(|scope| json!({ "scope": scope }));
            recording.tokens.push(TokenFacts {
                name: name.to_owned(),
                source,
                header: None,
                claims,
                key_fetched: None,
            });
        }
        judge(&recording, "here", "refused: { token: other }")
    }

    #[test]
    fn a_refusal_may_be_for_want_of_scope() {
        use TokenSource::{Issued, Signed};
        assert_eq!(with_scopes(Issued, "a b", Some("b a c"), 401), Answer::Pass);
        assert!(matches!(with_scopes(Issued, "a b", Some("a"), 401), Answer::Blind(_)));
        assert!(matches!(with_scopes(Issued, "a b", Some("a"), 200), Answer::Fail(_)));
        assert_eq!(with_scopes(Signed, "a b", Some("a"), 401), Answer::Pass);
        assert_eq!(with_scopes(Issued, "a b", None, 401), Answer::Pass);
        assert!(matches!(with_scopes(Issued, "a b", None, 403), Answer::Blind(_)));
    }
}
