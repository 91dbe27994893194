//! What frames the reports of several targets: a heading for each, and at the end a line for each.

use super::check::Run;
use super::{Failure, tell};
use crate::exit;
use crate::model::corpus::Corpus;
use crate::report::human::{Ink, Paper};
use crate::report::view::View;
use crate::report::{Report, terminal, words};

/// The name of the target, where people read what follows.
pub(super) fn heading(run: &Run) -> Result<(), Failure> {
    if !run.bench.is_for_people() {
        return Ok(());
    }
    let mut paper = Paper::new(&terminal::style());
    paper.rule(run.name());
    tell(&paper.into_text())
}

/// What a report comes to.
pub(super) fn said(report: &Report, corpus: &Corpus) -> String {
    words::outcome(&View::new(report, corpus))
}

/// A line for each target: its name, its exit code, what it comes to.
pub(super) fn end(runs: &[Run], ended: &[(String, u8, String)]) -> Result<(), Failure> {
    if !runs.iter().any(|run| run.bench.is_for_people()) {
        return Ok(());
    }
    let mut paper = Paper::new(&terminal::style());
    paper.rule("All targets");
    let width = runs.iter().map(|run| run.name().len()).max().unwrap_or_default() + 2;
    for run in runs {
        let found = ended.iter().find(|(name, ..)| name == run.name());
        let (ink, said) = match found {
            Some((_, exit::CONFORMS, said)) => (Ink::Good, said.as_str()),
            Some((_, exit::DOES_NOT_CONFORM, said)) => (Ink::Bad, said.as_str()),
            Some((.., said)) => (Ink::Doubtful, said.as_str()),
            None => (Ink::Doubtful, "not begun"),
        };
        paper.hang(0, (run.name(), ink), width, said, Ink::Plain);
    }
    tell(&paper.into_text())
}
