//! `same-as`: members that agree with those of another probe's JSON body.
//!
//! ```text
//! - same-as: { probe: server-metadata.openid, members: [issuer, token_endpoint] }
//! ```
//!
//! A member that only one of the two has is no disagreement; a missing document is blind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::rules::brief;
use super::{Answer, Check, Finding, Look, Scene};
use crate::parse::json::step;

/// Two documents that should say the same.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SameAs {
    /// The other probe, or `probe.candidate`.
    probe: String,
    /// The members of both that are compared; their order in arrays does not matter.
    members: Vec<String>,
}

impl Check for SameAs {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, document) = match scene.json() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        let Some(other) = scene.evidence.exchange(&self.probe, scene.era, scene.item) else {
            return Answer::Blind("there is nothing to compare with".to_owned());
        };
        let Some(Ok(theirs)) = scene.evidence.json(other.id) else {
            return Answer::Blind(format!("{} is not JSON", other.request.url));
        };
        let mut findings = Vec::new();
        for member in &self.members {
            let (Some(here), Some(there)) = (document.value().get(member), theirs.value().get(member)) else {
                continue;
            };
            if sorted(here) != sorted(there) {
                let span = document.span(&format!("/{}", step(member))).unwrap_or(0..0);
                findings.push(
                    Finding::new(format!("{member} differs from that of {}", other.request.url))
                        .expected(brief(there))
                        .actual(brief(here))
                        .at(scene.in_body(exchange, span)),
                );
            }
        }
        Answer::from_findings(findings)
    }

    fn probes(&self) -> Vec<&str> {
        vec![&self.probe]
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Body, Look::Probe(&self.probe)]
    }
}

/// Arrays in these documents are sets.
pub(super) fn sorted(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Array(list) => {
            let mut list = list.clone();
            list.sort_by_key(ToString::to_string);
            serde_json::Value::Array(list)
        }
        other => other.clone(),
    }
}
