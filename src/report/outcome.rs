//! What a run comes to under one profile.

use crate::judge::Judgements;
use crate::model::corpus::Corpus;
use crate::model::reception::Reception;
use crate::model::recording::Recording;
use crate::model::requirement::Role;
use crate::model::verdict::{Outcome, Verdict};

/// An outcome and, where it is neither conforming nor not, why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reasoned {
    /// What it comes to.
    pub outcome: Outcome,
    /// In a sentence without a period.
    pub reason: Option<String>,
}

/// The outcome of a judged recording under `profile`.
///
/// One broken MUST decides. Otherwise a MUST that should have been looked at and could not be leaves it open, and so
/// does a run that saw nothing hold.
pub fn of(corpus: &Corpus, recording: &Recording, judgements: &Judgements, profile: &str) -> Reasoned {
    let reasoned = |outcome, reason| Reasoned { outcome, reason };
    let scored = |case: &str| corpus.profiles.get(profile).is_some_and(|profile| profile.value.scores(case));
    let here: Vec<_> = judgements
        .iter()
        .filter(|(case, _)| scored(case))
        .filter_map(|(case, by)| by.get(profile).map(|judgement| (case, judgement)))
        .collect();
    if here.iter().any(|(_, judgement)| judgement.verdict == Verdict::Fail) {
        return reasoned(Outcome::DoesNotConform, None);
    }
    if recording.target.role == Role::Server {
        match Reception::of(recording, super::era_of(corpus, profile)) {
            Reception::Refused => {}
            Reception::Open => {
                let why = "no request was refused for want of a token; authorization is optional in MCP";
                return reasoned(Outcome::NotProtected, Some(why.to_owned()));
            }
            Reception::NotSpoken(why) | Reception::Unclear(why) => {
                return reasoned(Outcome::Inconclusive, Some(why));
            }
        }
    }
    let strong = |level: crate::model::requirement::Level| level.strength() == 3;
    let blind = here.iter().find(|(_, j)| j.verdict == Verdict::Untested && strong(j.level));
    if let Some((case, _)) = blind {
        let count = here.iter().filter(|(_, j)| j.verdict == Verdict::Untested && strong(j.level)).count();
        let why = format!(
            "{count} required {} could not be tested, first {case}",
            if count == 1 { "case" } else { "cases" }
        );
        return reasoned(Outcome::Inconclusive, Some(why));
    }
    if !here.iter().any(|(_, judgement)| judgement.verdict == Verdict::Pass) {
        return reasoned(Outcome::Inconclusive, Some("nothing could be judged".to_owned()));
    }
    reasoned(Outcome::Conforms, None)
}
