//! `lists`: a list in the JSON body that knows every item of another document's list, or every scope of a challenge.
//!
//! ```text
//! - lists: { at: $.scopes_supported, all-of: { probe: resource-metadata, at: "$.scopes_supported[*]" } }
//! - lists: { at: $.scopes_supported, scopes-of: "{{mcp.no-token.challenge.scope}}" }
//! ```
//!
//! `["a", "b"]` knows `["b"]` and the scopes `b a`, not `["c"]`. No such list, or nothing on the other side, is blind.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::json::Path;
use super::rules::brief;
use super::{Answer, Check, Finding, Look, Scene, look};
use crate::model::template::Template;

/// A list and what should be in it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lists {
    /// Where the list stands.
    at: Path,
    /// What another document lists.
    #[serde(default)]
    all_of: Option<Theirs>,
    /// Scopes with spaces between them.
    #[serde(default)]
    scopes_of: Option<Template>,
}

/// Strings in another document.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Theirs {
    /// The probe, or `probe.candidate`, that it answers.
    probe: String,
    /// Where they stand, each of them.
    at: Path,
}

impl Check for Lists {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, document) = match scene.json() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        let found = self.at.located(document.value());
        let Some((pointer, Value::Array(list))) = found.first() else {
            return Answer::Blind(format!("there is no list {}", self.at.name()));
        };
        let wanted = match self.wanted(scene) {
            Ok(wanted) => wanted,
            Err(blind) => return blind,
        };
        if wanted.is_empty() {
            return Answer::Blind("there is nothing to look for".to_owned());
        }
        let place = scene.in_body(exchange, document.span(pointer).unwrap_or(0..0));
        let missing = wanted.iter().filter(|one| !list.iter().any(|known| known.as_str() == Some(one)));
        let finding = |one: &String| {
            Finding::new(format!("{} does not list {one}", self.at.name()))
                .expected(one)
                .actual(brief(found[0].1))
                .at(place.clone())
        };
        Answer::from_findings(missing.map(finding).collect())
    }

    fn probes(&self) -> Vec<&str> {
        let theirs = self.all_of.iter().map(|theirs| theirs.probe.as_str());
        theirs.chain(self.scopes_of.iter().flat_map(Template::probes)).collect()
    }

    fn looks(&self) -> Vec<Look<'_>> {
        let theirs = self.all_of.iter().map(|theirs| Look::Probe(&theirs.probe));
        let scopes = self.scopes_of.iter().flat_map(look::of_template);
        std::iter::once(Look::Body).chain(theirs).chain(scopes).collect()
    }
}

impl Lists {
    /// What the list should know.
    fn wanted(&self, scene: &Scene<'_>) -> Result<Vec<String>, Answer> {
        let mut wanted = Vec::new();
        if let Some(theirs) = &self.all_of {
            let other = scene.evidence.exchange(&theirs.probe, scene.era, scene.item);
            let Some(Ok(document)) = other.and_then(|other| scene.evidence.json(other.id)) else {
                return Err(Answer::Blind(format!("{} gave no JSON", theirs.probe)));
            };
            let strings = theirs.at.located(document.value());
            wanted.extend(strings.into_iter().filter_map(|(_, value)| value.as_str().map(str::to_owned)));
        }
        if let Some(template) = &self.scopes_of {
            wanted
                .extend(scene.render(template)?.split(' ').filter(|one| !one.is_empty()).map(str::to_owned));
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};

    fn of(here: &str, there: &str) -> Answer {
        let json = "application/json";
        let recording = recording(&[("here", 200, json, here), ("there", 200, json, there)]);
        judge(&recording, "here", "lists: { at: $.s, all-of: { probe: there, at: \"$.s[*]\" } }")
    }

    #[test]
    fn knows_every_item_of_the_other() {
        assert_eq!(of(r#"{"s":["a","b"]}"#, r#"{"s":["b"]}"#), Answer::Pass);
        let Answer::Fail(findings) = of(r#"{"s":["a"]}"#, r#"{"s":["b","c"]}"#) else { panic!("no failure") };
        let says: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(says, ["s does not list b", "s does not list c"]);
    }

    #[test]
    fn splits_scopes() {
        let recording = recording(&[("here", 200, "application/json", r#"{"s":["a"]}"#)]);
        assert_eq!(judge(&recording, "here", "lists: { at: $.s, scopes-of: a }"), Answer::Pass);
        assert!(matches!(judge(&recording, "here", "lists: { at: $.s, scopes-of: a b }"), Answer::Fail(_)));
    }

    #[test]
    fn is_blind_without_either_side() {
        for (here, there) in [("{}", r#"{"s":["b"]}"#), (r#"{"s":["a"]}"#, "{}"), (r#"{"s":["a"]}"#, "<p>")] {
            assert!(matches!(of(here, there), Answer::Blind(_)), "{here} {there}");
        }
    }
}
