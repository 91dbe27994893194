//! `each-attempt`: these hold for the answer of every request that the probe sent.
//!
//! ```text
//! - each-attempt:
//!     - refused: {}
//! ```
//!
//! A request that says nothing is passed over; where none says anything, it is blind.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::compound::every;
use super::{Answer, Check, Look, Predicate, Scene};

/// What must hold for each of several answers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct EachAttempt(Vec<Predicate>);

impl Check for EachAttempt {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        // Two attempts may have been one request.
        let tried: BTreeSet<usize> =
            scene.record.attempts.iter().filter_map(|attempt| attempt.exchange).collect();
        let mut findings = Vec::new();
        let (mut looked, mut blind) = (false, "no request was sent".to_owned());
        for id in tried {
            let scene = Scene { exchange: scene.evidence.recording.exchange(id), ..*scene };
            match every(self.0.iter().map(|predicate| predicate.judge(&scene))) {
                Answer::Pass => looked = true,
                Answer::Fail(found) => findings.extend(found),
                Answer::Blind(why) => blind = why,
            }
        }
        match looked || !findings.is_empty() {
            true => Answer::from_findings(findings),
            false => Answer::Blind(blind),
        }
    }

    fn probes(&self) -> Vec<&str> {
        self.0.iter().flat_map(Check::probes).collect()
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Anything]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};

    fn answer(status: u16) -> Answer {
        let recording = recording(&[("here", status, "text/plain", "")]);
        judge(&recording, "here", "each-attempt: [status: 401]")
    }

    #[test]
    fn looks_at_every_answer() {
        assert_eq!(answer(401), Answer::Pass);
        assert!(matches!(answer(403), Answer::Fail(_)));
        assert!(matches!(answer(0), Answer::Blind(_)));
    }
}
