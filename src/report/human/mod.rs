//! The report a person reads: what is wrong, where, by which clause, and what to do.
//!
//! ```text
//! target     https://api.example/mcp (MCP server)
//! profile    MCP specification, revision 2026-07-28
//! outcome    does not conform: 1 broken requirement
//! ```
//!
//! Then the findings by area, what was not tested, and every profile's counts.

mod brief;
mod changed;
mod curl;
mod exchanges;
mod finding;
mod headline;
mod left_out;
mod paper;
mod stopped;
mod table;
mod unbroken;

#[cfg(test)]
mod tests;

pub use curl::curl;
pub(crate) use paper::{Ink, Paper, wrap};

use super::Report;
use super::view::View;
use super::words::{self, count};
use crate::model::corpus::Corpus;
use crate::model::verdict::Verdict;

/// How the report looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour it.
    pub colour: bool,
    /// How much is said.
    pub detail: Detail,
    /// The columns of the terminal.
    pub width: usize,
}

/// How much a report says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// A line for each finding, and one for what it comes to.
    Least,
    /// Every finding with all that helps to mend it.
    #[default]
    Findings,
    /// What is right, what does not apply, and every exchange as well.
    All,
}

impl Style {
    /// Whether all is said.
    pub(crate) fn is_verbose(&self) -> bool {
        self.detail == Detail::All
    }
}

impl Default for Style {
    /// Plain text of 80 columns.
    fn default() -> Self {
        Self { colour: false, detail: Detail::Findings, width: 80 }
    }
}

/// The report as text, with a newline at its end.
pub fn render(report: &Report, corpus: &Corpus, style: &Style) -> String {
    let view = View::new(report, corpus);
    let mut paper = Paper::new(style);
    if style.detail == Detail::Least {
        brief::write(&mut paper, &view);
        return paper.into_text();
    }
    headline::write(&mut paper, &view);
    let mut shown = finding::Shown::default();
    for (title, results) in view.areas() {
        paper.rule(&title);
        for (index, result) in results.into_iter().enumerate() {
            if index > 0 {
                paper.blank();
            }
            finding::write(&mut paper, &view, result, &mut shown);
        }
    }
    stopped::write(&mut paper, &view);
    unbroken::write(&mut paper, &view);
    left_out::write(&mut paper, &view);
    if style.is_verbose() && report.document.is_none() {
        exchanges::write(&mut paper, &view);
    }
    table::write(&mut paper, &view);
    headline::write_summary(&mut paper, &view);
    paper.into_text()
}

/// What the report says of one case that found something; `None` where it did not, or is not in the report.
pub fn finding(report: &Report, corpus: &Corpus, case: &str, style: &Style) -> Option<String> {
    let view = View::new(report, corpus);
    let result = view.results.iter().find(|result| result.case == case && result.verdict().is_finding())?;
    let mut paper = Paper::new(style);
    finding::write(&mut paper, &view, result, &mut finding::Shown::default());
    Some(paper.into_text())
}

/// The sign and the colour of a verdict.
fn mark(verdict: Verdict) -> (&'static str, Ink) {
    match verdict {
        Verdict::Fail => ("✗", Ink::Bad),
        Verdict::Warn => ("!", Ink::Doubtful),
        Verdict::Error => ("?", Ink::Doubtful),
        Verdict::Info => ("i", Ink::Neutral),
        Verdict::Untested => ("○", Ink::Doubtful),
        Verdict::NotApplicable => ("-", Ink::Faint),
        Verdict::Pass => ("✓", Ink::Good),
    }
}
