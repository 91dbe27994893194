//! The first and the last thing a reader looks at: what was tested, and what it comes to.

use super::paper::Ink;
use super::{Paper, View, words};
use crate::model::verdict::Outcome;

/// Target, profile, outcome and why.
pub(super) fn write(paper: &mut Paper, view: &View<'_>) {
    let report = view.report;
    paper.labelled(0, "target", &words::target(view), Ink::Strong);
    if let Some(url) = report.document.as_ref().and_then(|document| document.url.as_ref()) {
        paper.labelled(0, "served at", url, Ink::Plain);
    }
    paper.labelled(0, "profile", &words::profile(view), Ink::Plain);
    paper.labelled(0, "outcome", &words::outcome(view), ink(report.outcome));
    if let Some(reason) = &report.reason {
        paper.labelled(0, "because", reason, Ink::Plain);
    }
    if report.interrupted {
        paper.labelled(0, "STOPPED", words::INTERRUPTED, Ink::Doubtful);
    }
    if report.insecure {
        paper.labelled(0, "INSECURE", words::INSECURE, Ink::Bad);
    }
    if report.outcome == Outcome::NotProtected {
        paper.labelled(
            0,
            "hint",
            "if it is meant to be public, --allow-public makes this a pass",
            Ink::Plain,
        );
    }
}

/// An outcome's colour: only one is green.
pub(super) fn ink(outcome: Outcome) -> Ink {
    match outcome {
        Outcome::Conforms => Ink::Good,
        Outcome::NotProtected | Outcome::Inconclusive => Ink::Doubtful,
        Outcome::DoesNotConform => Ink::Bad,
    }
}

/// The last line.
pub(super) fn write_summary(paper: &mut Paper, view: &View<'_>) {
    paper.blank();
    paper.hang(0, ("", Ink::Plain), 0, &words::summary(view), Ink::Strong);
}
