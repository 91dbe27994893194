//! Failures that are known and expected for now: a file with a line for each.
//!
//! ```text
//! server/challenge/names-scope  # our gateway drops it, ticket 12
//! server/challenge/present  2025-11-25  until=2027-01-31  # gone with the next release
//! ```
//!
//! What such a line names does not decide how a run ends. A line that has become wrong does: where the case passes or does
//! not apply any more, does not exist, or `until` is past. So a file of excuses cannot grow old unnoticed.

mod date;

use std::ops::Range;

use date::Date;
pub use date::today;

use crate::load::Problem;
use crate::load::frame::nearest;
use crate::model::corpus::Corpus;
use crate::model::verdict::Verdict;
use crate::report::view::View;
use crate::report::{CaseResult, Expected, Report};

/// A file of expected failures.
#[derive(Debug, Clone)]
pub struct Baseline {
    path: String,
    text: String,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    case: String,
    profile: Option<String>,
    until: Option<Date>,
    reason: String,
    /// The line without its comment.
    span: Range<usize>,
}

impl Baseline {
    /// Reads a file; what is wrong with it is told line by line.
    ///
    /// # Errors
    /// Where a line has no reason, or names a case, a profile or a date that does not exist.
    pub fn parse(path: &str, text: &str, corpus: &Corpus) -> Result<Self, Vec<Problem>> {
        let (mut entries, mut problems, mut start) = (Vec::new(), Vec::new(), 0);
        for line in text.split_inclusive('\n') {
            let range = start..start + line.len();
            start = range.end;
            match entry(line, range.start, corpus) {
                Ok(entry) => entries.extend(entry),
                Err((span, message, help)) => {
                    let problem = Problem::new(path, text, span, message);
                    problems.push(match help {
                        Some(help) => problem.help(help),
                        None => problem,
                    });
                }
            }
        }
        for (index, entry) in entries.iter().enumerate() {
            let same = |other: &&Entry| other.case == entry.case && other.profile == entry.profile;
            if entries[..index].iter().any(|other| same(&other)) {
                let message = format!("{} is expected to fail already", entry.case);
                problems.push(Problem::new(path, text, entry.span.clone(), message));
            }
        }
        if problems.is_empty() {
            Ok(Self { path: path.to_owned(), text: text.to_owned(), entries })
        } else {
            Err(problems)
        }
    }

    /// Marks what is expected in a report, and gives the lines that are wrong by now. `today` is seconds since 1970.
    pub fn apply(&self, report: &mut Report, corpus: &Corpus, today: u64) -> Vec<Problem> {
        let chosen = View::new(report, corpus).chosen;
        let today = Date::of(today);
        let mut problems = Vec::new();
        for entry in &self.entries {
            if entry.profile.as_ref().is_some_and(|profile| !chosen.contains(profile)) {
                continue;
            }
            let found = report.results.iter_mut().find(|result| {
                result.case == entry.case
                    && chosen.contains(&result.profile)
                    && entry.profile.as_ref().is_none_or(|profile| *profile == result.profile)
            });
            match (entry.stale(found.as_deref(), today), found) {
                (Some((message, help)), _) => {
                    problems
                        .push(Problem::new(&self.path, &self.text, entry.span.clone(), message).help(help));
                }
                (None, Some(result)) => {
                    let until = entry.until.map(|until| until.to_string());
                    result.expected_failure = Some(Expected { reason: entry.reason.clone(), until });
                }
                (None, None) => {}
            }
        }
        problems
    }
}

impl Entry {
    /// Why it does not hold any more, and what to do.
    fn stale(&self, result: Option<&CaseResult>, today: Date) -> Option<(String, &'static str)> {
        if let Some(until) = self.until.filter(|until| *until < today) {
            let message = format!("{} was expected to fail until {until}, and it is {today}", self.case);
            return Some((message, "fix it, or say anew until when"));
        }
        let Some(result) = result else {
            return Some((format!("{} is not judged in this run", self.case), "remove the line"));
        };
        match result.verdict() {
            Verdict::Pass => Some((format!("{} passes", self.case), "remove the line: it is fixed")),
            Verdict::NotApplicable => Some((format!("{} does not apply here", self.case), "remove the line")),
            // What could not be looked at is no sign of either.
            _ => None,
        }
    }
}

type Wrong = (Range<usize>, String, Option<String>);

/// The entry of a line, if there is one; `start` is where the line begins in the file.
fn entry(line: &str, start: usize, corpus: &Corpus) -> Result<Option<Entry>, Wrong> {
    let (before, reason) = match line.split_once('#') {
        Some((before, reason)) => (before, reason.trim()),
        None => (line, ""),
    };
    let from = before.len() - before.trim_start().len();
    let span = start + from..start + before.trim_end().len().max(from);
    let mut words = before.split_whitespace();
    let Some(case) = words.next() else { return Ok(None) };
    let at = |word: &str| {
        let place = start + before.find(word).unwrap_or_default();
        place..place + word.len()
    };
    if !corpus.cases.contains_key(case) {
        let help = nearest(case, corpus.cases.keys().map(String::as_str));
        return Err((at(case), format!("there is no case `{case}`"), help));
    }
    let mut entry =
        Entry { case: case.to_owned(), profile: None, until: None, reason: reason.to_owned(), span };
    for word in words {
        if let Some(date) = word.strip_prefix("until=") {
            let until = Date::parse(date);
            entry.until = Some(until.ok_or_else(|| {
                let help = "as in until=2027-01-31".to_owned();
                (at(word), format!("`{date}` is no date"), Some(help))
            })?);
        } else if corpus.profiles.contains_key(word) {
            entry.profile = Some(word.to_owned());
        } else {
            let help = nearest(word, corpus.profiles.keys().map(String::as_str).chain(["until="]));
            return Err((at(word), format!("there is no profile `{word}`"), help));
        }
    }
    if reason.is_empty() {
        let help = "write it after a #".to_owned();
        return Err((entry.span, "the line gives no reason".to_owned(), Some(help)));
    }
    Ok(Some(entry))
}

/// The file that expects what a report found wrong: failures, and warnings too where `warnings` says so. What was expected
/// already keeps its reason and its date.
pub fn written(report: &Report, corpus: &Corpus, warnings: bool) -> String {
    let mut text = "\
# Failures that are expected for now. A line is: CASE [PROFILE] [until=DATE] # REASON
# Put the reason in place of what was found. A line whose case passes fails the run.
"
    .to_owned();
    for result in View::new(report, corpus).results {
        let counts = match result.verdict() {
            Verdict::Fail => true,
            Verdict::Warn => warnings,
            _ => false,
        };
        if !counts {
            continue;
        }
        let (until, reason) = match &result.expected_failure {
            Some(expected) => (expected.until.as_deref(), expected.reason.as_str()),
            None => (None, result.message.as_deref().unwrap_or_default()),
        };
        let until = until.map_or(String::new(), |until| format!(" until={until}"));
        text.push_str(&format!("{}{until}  # {}\n", result.case, crate::report::escape::line(reason)));
    }
    text
}

#[cfg(test)]
mod tests;
