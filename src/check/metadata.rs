//! `metadata`: what a JSON object is the metadata of, by the member that its specification makes mandatory.
//!
//! ```text
//! - metadata: protected-resource
//! ```
//!
//! `{"resource": "https://h/mcp"}` passes; `{"issuer": "https://h"}` fails as the metadata of an authorization server,
//! which is what servers of the older layout name instead; a body that is not a JSON object is blind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::rules::{JsonType, brief};
use super::{Answer, Check, Finding, Look, Scene};

/// Whose metadata it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Metadata {
    /// That of a protected resource: it has `resource` (RFC 9728 §2).
    ProtectedResource,
}

impl Check for Metadata {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let Self::ProtectedResource = self;
        let (exchange, document) = match scene.json() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        let Some(members) = document.value().as_object() else {
            return Answer::Blind("the body is not a JSON object".to_owned());
        };
        if let Some(resource) = members.get("resource") {
            let actual = JsonType::of(resource);
            if actual == JsonType::String {
                return Answer::Pass;
            }
            let finding = Finding::new(format!("resource is {}, not a string", actual.phrase()));
            let span = document.span("/resource").unwrap_or(0..0);
            return Answer::fail(finding.actual(brief(resource)).at(scene.in_body(exchange, span)));
        }
        let url = &exchange.request.url;
        let (message, member) = match members.get_key_value("issuer") {
            Some((name, _)) => {
                let what = "is the metadata of an authorization server, with an issuer and no resource";
                (format!("{url} {what}"), Some(name))
            }
            None => (format!("{url} has no resource"), None),
        };
        let finding = Finding::new(message).expected("protected resource metadata, with a resource");
        let span = member.and_then(|name| document.key_span(&format!("/{name}"))).unwrap_or(0..0);
        Answer::fail(finding.actual(brief(document.value())).at(scene.in_body(exchange, span)))
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Body]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};

    #[test]
    fn tells_the_two_kinds_apart() {
        let of = |body: &str| {
            let recording = recording(&[("here", 200, "application/json", body)]);
            judge(&recording, "here", "metadata: protected-resource")
        };
        let says = |body: &str| match of(body) {
            Answer::Fail(findings) => findings[0].message.clone(),
            answer => panic!("{answer:?} is no failure"),
        };
        assert_eq!(of(r#"{"resource": "y", "issuer": "x"}"#), Answer::Pass);
        assert_eq!(says(r#"{"resource": ["x"]}"#), "resource is an array, not a string");
        assert!(says(r#"{"issuer": "x"}"#).contains("metadata of an authorization server"));
        assert_eq!(says("{}"), "https://h/here has no resource");
        assert!(matches!(of("[]"), Answer::Blind(_)) && matches!(of("<p>"), Answer::Blind(_)));
    }
}
