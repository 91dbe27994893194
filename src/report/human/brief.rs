//! The report in as few lines as it can be.
//!
//! ```text
//! ✗ server/challenge/present: there is no WWW-Authenticate header
//! https://api.example/mcp: does not conform: 1 broken requirement
//! ```

use super::paper::Ink;
use super::{Paper, View, headline, mark, words};

/// A line for each finding, the worst first, and one for the run.
pub(super) fn write(paper: &mut Paper, view: &View<'_>) {
    let mut found = view.results.clone();
    found.retain(|result| result.verdict().is_finding());
    found.sort_by_key(|result| result.verdict());
    for result in found {
        let first = result.findings.first().map(|one| one.finding.message.as_str());
        let message = first.or(result.message.as_deref()).unwrap_or_default();
        paper.hang(0, mark(result.verdict()), 2, &format!("{}: {message}", result.case), Ink::Plain);
    }
    let because = view.report.reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
    let line = format!("{}: {}{because}", view.report.target.url, words::outcome(view));
    paper.hang(0, ("", Ink::Plain), 0, &line, headline::ink(view.report.outcome));
}
