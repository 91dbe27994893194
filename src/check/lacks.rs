//! `lacks`: a text that stands nowhere in a response, neither in a header nor in the body.
//!
//! ```text
//! - lacks: mcp-conform-never-issued
//! ```
//!
//! An answer that repeats the token it was sent fails, one that does not passes, no response is blind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Part, Place, Scene};

/// The text.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct Lacks(String);

impl Check for Lacks {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, response) = match scene.response() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        let mut findings = Vec::new();
        let mut lines = std::collections::BTreeMap::new();
        for (name, value) in &response.headers {
            let name = name.to_ascii_lowercase();
            let line = lines.entry(name.clone()).and_modify(|line| *line += 1).or_insert(0);
            if let Some(at) = value.find(&self.0) {
                let message = format!("the {name} header holds {}", self.0);
                let part = Part::Header { name, line: *line };
                let place = Place { exchange: exchange.id, part, span: at..at + self.0.len() };
                findings.push(Finding::new(message).at(place));
            }
        }
        let body = response.body.bytes();
        if let Some(at) = body.windows(self.0.len().max(1)).position(|window| window == self.0.as_bytes()) {
            let message = format!("the body holds {}", self.0);
            findings.push(Finding::new(message).at(scene.in_body(exchange, at..at + self.0.len())));
        }
        Answer::from_findings(findings)
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Challenge, Look::Headers, Look::Body]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};

    #[test]
    fn looks_everywhere() {
        let recording = recording(&[
            ("body", 401, "text/plain", "not x123"),
            ("header", 401, "text/x123", ""),
            ("clean", 401, "text/plain", "no"),
            ("silent", 0, "", ""),
        ]);
        let ask = |probe: &str| judge(&recording, probe, "lacks: x123");
        assert_eq!(ask("clean"), Answer::Pass);
        for (probe, span) in [("body", 4..8), ("header", 5..9)] {
            let Answer::Fail(findings) = ask(probe) else { panic!("{probe}") };
            assert_eq!(findings[0].place.as_ref().unwrap().span, span);
        }
        assert!(matches!(ask("silent"), Answer::Blind(_)));
    }
}
