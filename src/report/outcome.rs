//! What a run comes to under one profile.

use crate::judge::{Conclusion, Judgement, Judgements};
use crate::model::corpus::Corpus;
use crate::model::reception::Reception;
use crate::model::recording::Recording;
use crate::model::requirement::Role;
use crate::model::verdict::{Outcome, Verdict};
use crate::run::stop::STOPPED;

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
/// does a run that saw nothing hold. A MUST that takes an option which was not given was not to be looked at.
pub fn of(corpus: &Corpus, recording: &Recording, judgements: &Judgements, profile: &str) -> Reasoned {
    let here = scored(corpus, judgements, profile);
    let reasoned = decided(&here);
    if reasoned.outcome == Outcome::DoesNotConform {
        return reasoned;
    }
    if recording.interrupted {
        return inconclusive(STOPPED.to_owned());
    }
    if recording.target.role == Role::Server {
        match Reception::of(recording, super::era_of(corpus, profile)) {
            Reception::Refused => {}
            Reception::Open => {
                let why = "no request was refused for want of a token; authorization is optional in MCP";
                return Reasoned { outcome: Outcome::NotProtected, reason: Some(why.to_owned()) };
            }
            Reception::NotSpoken(why) | Reception::Unclear(why) => return inconclusive(why),
        }
    }
    if reasoned.outcome == Outcome::Conforms && !here.iter().any(|(_, j)| j.verdict == Verdict::Pass) {
        return inconclusive("nothing could be judged".to_owned());
    }
    reasoned
}

/// The outcome of a judged document, which need not show anything that is right to be without fault.
pub fn of_document(corpus: &Corpus, judgements: &Judgements, profile: &str) -> Reasoned {
    let here = scored(corpus, judgements, profile);
    match here.is_empty() {
        true => inconclusive(format!("nothing in {profile} can be judged on such a file alone")),
        false => decided(&here),
    }
}

/// What counts under `profile`.
fn scored<'a>(
    corpus: &Corpus,
    judgements: &'a Judgements,
    profile: &str,
) -> Vec<(&'a String, &'a Judgement)> {
    let counts = |case: &str| corpus.profiles.get(profile).is_some_and(|profile| profile.value.scores(case));
    let here = judgements.iter().filter(|(case, _)| counts(case));
    here.filter_map(|(case, by)| by.get(profile).map(|judgement| (case, judgement))).collect()
}

/// What is broken, or could not be seen.
fn decided(here: &[(&String, &Judgement)]) -> Reasoned {
    if here.iter().any(|(_, judgement)| judgement.verdict == Verdict::Fail) {
        return Reasoned { outcome: Outcome::DoesNotConform, reason: None };
    }
    let is_blind = |judgement: &Judgement| {
        let unasked = matches!(&judgement.conclusion, Conclusion::Untested { options: Some(_), .. });
        judgement.verdict == Verdict::Untested && judgement.level.is_required() && !unasked
    };
    let mut blind = here.iter().filter(|(_, judgement)| is_blind(judgement));
    match blind.next() {
        Some((case, _)) => {
            let count = 1 + blind.count();
            let cases = if count == 1 { "case" } else { "cases" };
            inconclusive(format!("{count} required {cases} could not be tested, first {case}"))
        }
        None => Reasoned { outcome: Outcome::Conforms, reason: None },
    }
}

fn inconclusive(why: String) -> Reasoned {
    Reasoned { outcome: Outcome::Inconclusive, reason: Some(why) }
}
