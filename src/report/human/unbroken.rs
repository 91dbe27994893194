//! What there is no finding about: what was not tested and why, what does not apply, what is right.

use super::paper::Ink;
use super::{Paper, View, count, mark, words};
use crate::model::verdict::Verdict;
use crate::report::CaseResult;

/// Root causes that are listed.
const CAUSES: usize = 8;

/// The three groups; those that need no action only as counts, unless the reader wants all.
pub(super) fn write(paper: &mut Paper, view: &View<'_>) {
    untested(paper, view);
    left(paper, view);
    let not_applicable = view.with(Verdict::NotApplicable);
    let passed = view.with(Verdict::Pass);
    if paper.style.is_verbose() {
        if !not_applicable.is_empty() {
            paper.rule("Not applicable");
            for result in &not_applicable {
                listed(paper, result);
            }
        }
        if !passed.is_empty() {
            paper.rule("Passed");
            for result in &passed {
                listed(paper, result);
            }
        }
        return;
    }
    let folded: Vec<String> = [(passed.len(), "passed"), (not_applicable.len(), "not applicable")]
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{} {word}", count(*number, "case", "cases")))
        .collect();
    if !folded.is_empty() {
        let (sign, ink) = mark(if passed.is_empty() { Verdict::NotApplicable } else { Verdict::Pass });
        paper.blank();
        paper.hang(0, (sign, ink), 2, &format!("{} (-v lists them)", folded.join(", ")), Ink::Plain);
    }
}

/// The clients that stay where the run registered them.
fn left(paper: &mut Paper, view: &View<'_>) {
    let Some((clients, text)) = words::left(view.report) else { return };
    paper.blank();
    paper.hang(0, (&clients, Ink::Doubtful), super::paper::COLUMN, &text, Ink::Plain);
}

fn untested(paper: &mut Paper, view: &View<'_>) {
    let causes = view.causes();
    if causes.is_empty() {
        return;
    }
    paper.rule("Not tested");
    let limit = if paper.style.is_verbose() { usize::MAX } else { CAUSES };
    for (cause, results) in causes.iter().take(limit) {
        let (_, ink) = mark(Verdict::Untested);
        let head = count(results.len(), "case", "cases");
        paper.hang(0, (&head, ink), super::paper::COLUMN, cause, Ink::Plain);
        if paper.style.is_verbose() {
            for result in results {
                paper.hang(0, ("", Ink::Plain), super::paper::COLUMN, &result.case, Ink::Faint);
            }
        }
    }
    let rest: usize = causes.iter().skip(limit).map(|(_, results)| results.len()).sum();
    if rest > 0 {
        let head = count(rest, "case", "cases");
        paper.hang(
            0,
            (&head, Ink::Faint),
            super::paper::COLUMN,
            "for other reasons (-v lists them)",
            Ink::Faint,
        );
    }
}

fn listed(paper: &mut Paper, result: &CaseResult) {
    paper.hang(0, mark(result.verdict()), 2, &result.title, Ink::Plain);
    paper.hang(2, ("", Ink::Plain), 0, &result.case, Ink::Faint);
    if let Some(why) = &result.message {
        paper.hang(2, ("", Ink::Plain), 0, &format!("because {why}"), Ink::Faint);
    }
}
