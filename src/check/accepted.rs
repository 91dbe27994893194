//! `accepted`: the server took the request, with the token that it carried.
//!
//! ```text
//! - accepted: {}
//! ```
//!
//! An answer passes, even one that the tool does not exist. A 401 or 403 is blind for a token that the user brought, which may
//! be old or for somebody else; it fails for one that this run got from the server's own authorization server, as far as
//! that says whom it is for. Anything else says nothing about the token and is blind.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Check, Finding, Look, Part, Place, Scene};
use crate::model::exchange::Exchange;
use crate::model::probe::Call;
use crate::model::reception::Reception;
use crate::model::recording::TokenSource;
use crate::model::token::GOOD;

/// A request that got through.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accepted {}

impl Check for Accepted {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let Some(exchange) = scene.exchange else {
            return Answer::Blind("no request was sent".to_owned());
        };
        match Reception::of_exchange(exchange, Call::ToolsCall) {
            Reception::Open => Answer::Pass,
            Reception::NotSpoken(why) | Reception::Unclear(why) => Answer::Blind(why),
            Reception::Refused => match self.may_refuse(scene, exchange) {
                Some(why) => {
                    Answer::Blind(format!("the good token is refused{}: {why}", said(scene, exchange)))
                }
                None => {
                    let place = Place { exchange: exchange.id, part: Part::Status, span: 0..3 };
                    let message = match exchange.request.token() {
                        None | Some(GOOD) => "a good token is refused",
                        Some(_) => {
                            "this token is refused, although it is as good as the one that was accepted"
                        }
                    };
                    let status = exchange.response().map_or(0, |response| response.status);
                    let finding = Finding::new(message).expected("an answer").actual(status.to_string());
                    Answer::fail(finding.at(place))
                }
            },
        }
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Anything]
    }
}

impl Accepted {
    /// Why the server may be right to refuse the good token, if it may.
    fn may_refuse(&self, scene: &Scene<'_>, exchange: &Exchange) -> Option<String> {
        let recording = scene.evidence.recording;
        let Some(token) = recording.token(GOOD) else { return Some("nothing is known of it".to_owned()) };
        let status = exchange.response().map_or(0, |response| response.status);
        if status == 403 {
            return Some("it may not be allowed what was asked".to_owned());
        }
        if token.source != TokenSource::Issued {
            return Some("it was not issued in this run".to_owned());
        }
        let Some(claims) = &token.claims else {
            return Some("it is opaque, so whom it is for cannot be seen".to_owned());
        };
        // A server has the name that its metadata gives it, or else its URL.
        let metadata = scene.evidence.exchange("resource-metadata", scene.era, None);
        let metadata = metadata.and_then(|metadata| scene.evidence.json(metadata.id)?.as_ref().ok());
        let member = |name: &str| metadata.and_then(|document| document.value().get(name));
        if member("dpop_bound_access_tokens_required") == Some(&Value::Bool(true)) {
            return Some("the server wants it with a DPoP proof".to_owned());
        }
        let resource = member("resource").and_then(Value::as_str).map(str::to_owned);
        let names = [Some(recording.target.url.clone()), resource];
        let named = |audience: &Value| names.iter().flatten().any(|name| audience == name);
        let is_for_it = match claims.get("aud") {
            Some(Value::Array(several)) => several.iter().any(named),
            Some(one) => named(one),
            None => false,
        };
        let audience = claims.get("aud").map_or_else(|| "nobody".to_owned(), Value::to_string);
        (!is_for_it).then(|| format!("its authorization server issued it for {audience}"))
    }
}

/// The error of the challenge, as part of a sentence.
fn said(scene: &Scene<'_>, exchange: &Exchange) -> String {
    let challenges = scene.evidence.challenges(exchange.id);
    let param = |name: &str| Some(challenges?.param(name)?.value.clone());
    let status = exchange.response().map_or(0, |response| response.status);
    match (param("error"), param("error_description")) {
        (Some(error), Some(description)) => format!(" with {status} ({error}: {description})"),
        (Some(error), None) => format!(" with {status} ({error})"),
        _ => format!(" with {status}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::sample::{judge, recording};
    use crate::model::recording::TokenFacts;

    fn answer(status: u16, source: TokenSource, audience: Option<&str>) -> Answer {
        let body = if status == 200 { r#"{"jsonrpc":"2.0","id":1,"result":{}}"# } else { "" };
        let mut recording = recording(&[("here", status, "application/json", body)]);
        let claims = audience.map(|audience| json!({ "aud": audience }));
        recording.tokens.push(TokenFacts {
            name: GOOD.to_owned(),
            source,
            header: None,
            claims,
            key_fetched: None,
        });
        judge(&recording, "here", "accepted: {}")
    }

    #[test]
    fn only_a_token_that_is_surely_good_has_to_be_taken() {
        let ours = Some("https://h/mcp");
        assert_eq!(answer(200, TokenSource::Given, None), Answer::Pass);
        assert!(matches!(answer(401, TokenSource::Issued, ours), Answer::Fail(_)));
        for (status, source, audience) in [
            (401, TokenSource::Given, ours),
            (401, TokenSource::Issued, Some("https://h/")),
            (401, TokenSource::Issued, None),
            (403, TokenSource::Issued, ours),
            (500, TokenSource::Issued, ours),
        ] {
            assert!(matches!(answer(status, source, audience), Answer::Blind(_)), "{status}");
        }
    }
}
