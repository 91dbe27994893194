//! Exit codes. They are part of the command line's contract.

use crate::model::corpus::Corpus;
use crate::model::verdict::{Outcome, Verdict};
use crate::report::view::View;
use crate::report::{CaseResult, Report};

/// The target conforms.
pub const CONFORMS: u8 = 0;
/// The target breaks a requirement.
pub const DOES_NOT_CONFORM: u8 = 1;
/// The command line asks for something that cannot be done.
pub const USAGE: u8 = 2;
/// A case or recording file is wrong.
pub const BAD_FILE: u8 = 3;
/// We could not see enough, or nothing asked for a token.
pub const INCONCLUSIVE: u8 = 5;
/// The run was stopped before it was over (128 and the number of SIGINT, as shells have it).
pub const INTERRUPTED: u8 = 130;
/// A bug of this program.
pub const INTERNAL: u8 = 70;

/// What decides the code besides the outcome.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms {
    /// A server that asks nobody for a token is a good one.
    pub allow_public: bool,
    /// A broken SHOULD counts like a broken MUST.
    pub warnings_count: bool,
}

/// The worst of several codes, which is that of a run over several targets: what is our own fault or the user's comes before
/// any verdict, and a verdict before doubt.
pub fn worst(codes: impl Iterator<Item = u8>) -> u8 {
    let order = [INTERNAL, BAD_FILE, USAGE, DOES_NOT_CONFORM, INCONCLUSIVE, CONFORMS];
    let rank = |code: &u8| order.iter().position(|one| one == code).unwrap_or(0);
    codes.min_by_key(rank).unwrap_or(CONFORMS)
}

/// The code for a report.
pub fn of(report: &Report, corpus: &Corpus, terms: Terms) -> u8 {
    let view = View::new(report, corpus);
    let scored = || view.results.iter().filter(|result| view.scores(result));
    let counts = |verdict| verdict == Verdict::Fail || terms.warnings_count && verdict == Verdict::Warn;
    if scored().any(|result| counts(result.verdict()) && result.expected_failure.is_none()) {
        return DOES_NOT_CONFORM;
    }
    match report.outcome {
        Outcome::Conforms => CONFORMS,
        Outcome::NotProtected if terms.allow_public => CONFORMS,
        Outcome::NotProtected | Outcome::Inconclusive => INCONCLUSIVE,
        // All of it is expected. What rests on that could not be looked at, and nothing else may be open.
        Outcome::DoesNotConform => {
            let is_expected = |root: &String| {
                let mut all = report.results.iter();
                all.any(|result| result.case == *root && result.expected_failure.is_some())
            };
            let is_open = |result: &&&CaseResult| {
                let required = result.level.get(&result.profile).is_some_and(|level| level.is_required());
                required
                    && result.verdict() == Verdict::Untested
                    && result.options.is_none()
                    && !result.because.as_ref().is_some_and(is_expected)
            };
            if scored().any(|result| is_open(&result)) { INCONCLUSIVE } else { CONFORMS }
        }
    }
}
