//! The report a person reads: what is wrong, where, by which clause, and what to do.
//!
//! ```text
//! target     https://api.example/mcp (MCP server)
//! profile    MCP specification, revision 2026-07-28
//! outcome    does not conform: 1 broken requirement
//! ```
//!
//! Then the findings by area, what was not tested, and every profile's counts.

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

use std::collections::BTreeMap;

use super::{CaseResult, Choice, Report};
use crate::model::corpus::Corpus;
use crate::model::requirement::Role;
use crate::model::verdict::Verdict;

/// How the report looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour it.
    pub colour: bool,
    /// Whether to list what is right, what does not apply, and every exchange.
    pub verbose: bool,
    /// The columns of the terminal.
    pub width: usize,
}

impl Default for Style {
    /// Plain text of 80 columns.
    fn default() -> Self {
        Self { colour: false, verbose: false, width: 80 }
    }
}

/// The report as text, with a newline at its end.
pub fn render(report: &Report, corpus: &Corpus, style: &Style) -> String {
    let view = View::new(report, corpus);
    let mut paper = Paper::new(style);
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
    if style.verbose && report.document.is_none() {
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

/// The report as its reader chose to see it: the cases of the profiles that decide.
struct View<'a> {
    report: &'a Report,
    corpus: &'a Corpus,
    /// The profiles that decide.
    chosen: Vec<String>,
    /// The cases that exist in one of them.
    results: Vec<&'a CaseResult>,
}

impl<'a> View<'a> {
    fn new(report: &'a Report, corpus: &'a Corpus) -> Self {
        let choice = match report.profile.as_str() {
            "all" => Choice::All,
            name => Choice::One(name.to_owned()),
        };
        let chosen: Vec<String> = choice.profiles(corpus).into_iter().map(str::to_owned).collect();
        let here = |result: &&CaseResult| chosen.contains(&result.profile);
        let results = report.results.iter().filter(here).collect();
        Self { report, corpus, chosen, results }
    }

    fn with(&self, verdict: Verdict) -> Vec<&'a CaseResult> {
        self.results.iter().copied().filter(|result| result.verdict() == verdict).collect()
    }

    /// Whether a case counts for the outcome.
    fn scores(&self, result: &CaseResult) -> bool {
        self.corpus.profiles.get(&result.profile).is_some_and(|profile| profile.value.scores(&result.case))
    }

    /// What is to be said, by area: the worst first.
    fn areas(&self) -> Vec<(String, Vec<&'a CaseResult>)> {
        let mut areas: BTreeMap<(Role, &str), Vec<&CaseResult>> = BTreeMap::new();
        for result in &self.results {
            if result.verdict().is_finding() || result.verdict() == Verdict::Error {
                areas.entry((Corpus::role_of(&result.case), area(&result.case))).or_default().push(result);
            }
        }
        let mut areas: Vec<_> = areas.into_iter().collect();
        for (_, results) in &mut areas {
            results.sort_by_key(|result| (result.verdict(), &result.case));
        }
        areas.sort_by_key(|(key, results)| (results.first().map(|result| result.verdict()), *key));
        areas.into_iter().map(|((role, area), results)| (area_title(role, area), results)).collect()
    }
}

/// The second part of a case's id.
fn area(case: &str) -> &str {
    case.split('/').nth(1).unwrap_or(case)
}

fn area_title(role: Role, area: &str) -> String {
    let words = area.replace('-', " ");
    match role {
        Role::AuthorizationServer => format!("Authorization server: {words}"),
        Role::Client => format!("Client: {words}"),
        Role::Server => {
            let mut chars = words.chars();
            chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
        }
    }
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

/// `1 case`, `2 cases`.
fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
