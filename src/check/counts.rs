//! `counts`: which of the places that the probe tried gave the answer that counts; for `when` above all.
//!
//! ```text
//! - counts: header
//! - counts: [header, inserted]
//! ```
//!
//! Where two candidates were one URL, it is the first that counts. Another candidate fails; none at all is blind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Scene};
use crate::model::one_or_many::OneOrMany;

/// One of these candidates.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct Counts(OneOrMany<String>);

impl Check for Counts {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let Some(used) = scene.record.used else {
            return Answer::Blind("none of the places gave the document".to_owned());
        };
        let first = scene.record.attempts.iter().find(|attempt| attempt.exchange == Some(used));
        match first.map(|attempt| &attempt.name) {
            Some(name) if self.0.0.contains(name) => Answer::Pass,
            Some(name) => {
                let wanted = self.0.0.join(" or ");
                Answer::fail(Finding::new(format!("the {name} place counts, not {wanted}")))
            }
            None => Answer::Blind("none of the places gave the document".to_owned()),
        }
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Places]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};
    use crate::model::recording::Attempt;

    #[test]
    fn the_first_candidate_of_the_used_url_counts() {
        let mut made = recording(&[("here", 200, "application/json", "{}")]);
        let attempt = |name: &str, exchange| Attempt { name: name.to_owned(), exchange, not_sent: None };
        made.probes[0].attempts = vec![attempt("a", None), attempt("b", Some(0)), attempt("c", Some(0))];
        assert_eq!(judge(&made, "here", "counts: b"), Answer::Pass);
        assert_eq!(judge(&made, "here", "counts: [a, b]"), Answer::Pass);
        assert!(matches!(judge(&made, "here", "counts: c"), Answer::Fail(_)));
        made.probes[0].used = None;
        assert!(matches!(judge(&made, "here", "counts: b"), Answer::Blind(_)));
    }
}
