//! `key-of`: the JWK set in the body has the key that a token says it was signed with (RFC 7515 §4.1.4).
//!
//! ```text
//! - key-of: good
//! ```
//!
//! A set without a key of that id fails; a token that there was not, that is opaque or that names no key is blind, and so
//! is a body that is no JWK set.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Check, Finding, Look, Scene};

/// The name of the token.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct KeyOf(String);

impl Check for KeyOf {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, document) = match scene.json() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        let name = &self.0;
        let Some(token) = scene.evidence.recording.token(name) else {
            return Answer::Blind(format!("there is no token {name}"));
        };
        let header = token.header.as_ref();
        let Some(id) = header.and_then(|header| header.get("kid")?.as_str()) else {
            return Answer::Blind(format!("the token {name} names no key"));
        };
        let Some(Value::Array(keys)) = document.value().get("keys") else {
            return Answer::Blind("the body is no JWK set".to_owned());
        };
        let ids: Vec<&str> = keys.iter().filter_map(|key| key.get("kid")?.as_str()).collect();
        if ids.contains(&id) {
            return Answer::Pass;
        }
        let actual = if ids.is_empty() { "no key has an id".to_owned() } else { ids.join(", ") };
        let message = format!("the key of the token {name} is not published");
        let span = document.span("/keys").unwrap_or(0..0);
        Answer::fail(
            Finding::new(message)
                .expected("a key with the id that it names")
                .actual(actual)
                .at(scene.in_body(exchange, span)),
        )
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Anything]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::sample::{judge, recording};
    use crate::model::recording::{TokenFacts, TokenSource};

    fn of(header: Option<Value>, body: &str) -> Answer {
        let mut recording = recording(&[("here", 200, "application/json", body)]);
        let (name, source) = ("good".to_owned(), TokenSource::Issued);
        recording.tokens.push(TokenFacts { name, source, header, claims: None, key_fetched: None });
        judge(&recording, "here", "key-of: good")
    }

    #[test]
    fn the_key_of_a_token_is_found_by_its_id() {
        let header = || Some(json!({ "kid": "b" }));
        assert_eq!(of(header(), r#"{"keys":[{"kid":"a"},{"kid":"b"}]}"#), Answer::Pass);
        assert!(matches!(of(header(), r#"{"keys":[{"kid":"a"},{}]}"#), Answer::Fail(_)));
        assert!(matches!(of(header(), r#"{"keys":[]}"#), Answer::Fail(_)));
        assert!(matches!(of(header(), "[]"), Answer::Blind(_)));
        assert!(matches!(of(Some(json!({})), r#"{"keys":[]}"#), Answer::Blind(_)));
        assert!(matches!(of(None, r#"{"keys":[]}"#), Answer::Blind(_)));
    }
}
