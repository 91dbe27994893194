//! `elsewhere`: predicates on the answer of another probe; for `when` above all.
//!
//! ```text
//! - elsewhere: { probe: server-metadata, holds: [{ json: { at: $.jwks_uri } }] }
//! - elsewhere: { probe: server-metadata.oauth, holds: [{ status: 200 }] }
//! ```
//!
//! What holds there passes, what does not fails; a probe that was not sent is blind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::compound::every;
use super::{Answer, Check, Look, Predicate, Scene};

/// Another answer, and what is asked of it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Elsewhere {
    /// The probe, or `probe.candidate`; for a probe of a list, the instance that belongs to this one, or else the first.
    probe: String,
    /// What must hold there, all of it.
    holds: Vec<Predicate>,
}

impl Check for Elsewhere {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let evidence = scene.evidence;
        // What is about no item of a list sees the first: that is where tokens come from.
        let of = |probe: &str| {
            let mut records = evidence.recording.probes.iter();
            let first = || records.find(|known| known.probe == probe && known.era == scene.era);
            evidence.record(probe, scene.era, scene.item).or_else(first).filter(|found| {
                scene.item.is_none() || found.item.is_none() || found.item.as_ref() == scene.item
            })
        };
        let whole = of(&self.probe).map(|record| (record, None));
        let part = || {
            let (probe, part) = self.probe.rsplit_once('.')?;
            of(probe).map(|record| (record, Some(part)))
        };
        let Some((record, part)) = whole.or_else(part) else {
            return Answer::Blind(format!("{} was not asked for", self.probe));
        };
        let exchange = record.seen(part).and_then(|id| evidence.recording.exchange(id));
        let there = Scene { record, exchange, ..*scene };
        every(self.holds.iter().map(|predicate| predicate.judge(&there)))
    }

    fn probes(&self) -> Vec<&str> {
        std::iter::once(self.probe.as_str()).chain(self.holds.iter().flat_map(Check::probes)).collect()
    }

    fn looks(&self) -> Vec<Look<'_>> {
        let there = std::iter::once(Look::Probe(self.probe.as_str()));
        there.chain(self.holds.iter().flat_map(Check::looks)).collect()
    }
}

impl Elsewhere {
    /// The probe and the member of its JSON body, where all that is asked is that it is there.
    pub fn asks_for(&self) -> Option<(&str, &str)> {
        match self.holds.as_slice() {
            [Predicate::Json(json)] => Some((&self.probe, json.wants_there()?)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};

    #[test]
    fn looks_at_the_other_answer() {
        let recording =
            recording(&[("here", 404, "text/plain", "no"), ("there", 200, "application/json", "{}")]);
        let ask = |yaml: &str| judge(&recording, "here", yaml);
        assert_eq!(ask("elsewhere: { probe: there, holds: [{ status: 200 }] }"), Answer::Pass);
        assert!(matches!(ask("elsewhere: { probe: there, holds: [{ status: 404 }] }"), Answer::Fail(_)));
        assert!(matches!(ask("elsewhere: { probe: nowhere, holds: [{ status: 404 }] }"), Answer::Blind(_)));
    }
}
