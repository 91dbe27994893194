//! Reading one side of a comparison: a recording, which is judged here, or a report, which was judged when it was written.
//!
//! `{ "probes": [ … ], … }` is a recording, `{ "results": [ … ], … }` a report.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Fact, Facts, Kind, Run};
use crate::model::corpus::Corpus;
use crate::model::exchange::Exchange;
use crate::model::recording::{self, Item, Recording, Target, Tool};
use crate::model::verdict::{Outcome, Verdict};
use crate::report::{self, Choice, words};
use crate::session;

/// One side of a comparison.
#[derive(Debug, Clone)]
pub struct Side {
    /// Where it comes from.
    pub run: Run,
    /// The profile under which a report was written.
    pub profile: String,
    pub(super) outcomes: BTreeMap<String, Outcome>,
    pub(super) results: BTreeMap<String, Judged>,
    pub(super) exchanges: Vec<Exchange>,
}

/// A file that is read, and not judged yet.
#[derive(Debug)]
pub struct Unjudged {
    file: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Recording(Box<Recording>),
    Report(Box<Written>),
}

/// Why a file cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no JSON.
    #[error("{file} is neither a recording nor a JSON report: {error}{}", if error.is_eof() { "; it is cut off" } else { "" })]
    NoJson {
        /// The file.
        file: String,
        /// What the parser says.
        error: serde_json::Error,
    },
    /// It is JSON of another kind.
    #[error(
        "{0} is neither a recording (`check --record`) nor a report (`check --format json`): \
         it has no `probes` and no `results`"
    )]
    Neither(String),
    /// It is of one kind, and wrong.
    #[error("{file} is not a {kind} that this version reads: {error}")]
    Wrong {
        /// The file.
        file: String,
        /// What it seems to be.
        kind: &'static str,
        /// What the parser says.
        error: serde_json::Error,
    },
    /// It is of another version.
    #[error("{file} has format {format}, and this version reads {}", recording::FORMAT)]
    Format {
        /// The file.
        file: String,
        /// Its format.
        format: u32,
    },
}

/// As much of a report as is compared. Members that later versions add are passed over.
#[derive(Debug, Deserialize)]
struct Written {
    format: u32,
    tool: Tool,
    target: Target,
    profile: String,
    outcomes: BTreeMap<String, Outcome>,
    results: Vec<Judged>,
    exchanges: Vec<Exchange>,
}

/// As much of a case's result as is compared.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Judged {
    case: String,
    pub(super) title: String,
    pub(super) verdicts: BTreeMap<String, Verdict>,
    pub(super) profile: String,
    message: Option<String>,
    because: Option<String>,
    options: Option<String>,
    findings: Vec<Located>,
    pub(super) exchanges: Vec<usize>,
}

#[derive(Debug, Clone, Deserialize)]
struct Located {
    item: Option<Item>,
    finding: Found,
}

#[derive(Debug, Clone, Deserialize)]
struct Found {
    message: String,
    expected: Option<String>,
    actual: Option<String>,
}

impl Unjudged {
    /// Reads `text`, which stands in `file`.
    ///
    /// # Errors
    /// Where it is neither a recording nor a report, or of a version that is not known here.
    pub fn parse(file: &str, text: &str) -> Result<Self, ReadError> {
        let name = || file.to_owned();
        let value: Value =
            serde_json::from_str(text).map_err(|error| ReadError::NoJson { file: name(), error })?;
        let wrong = |kind| move |error| ReadError::Wrong { file: name(), kind, error };
        // From the text once more, so that an error has its line.
        let (format, content) = if value.get("probes").is_some() {
            let recording: Recording = serde_json::from_str(text).map_err(wrong("recording"))?;
            (recording.format, Content::Recording(Box::new(recording)))
        } else if value.get("results").is_some() {
            let report: Written = serde_json::from_str(text).map_err(wrong("report"))?;
            (report.format, Content::Report(Box::new(report)))
        } else {
            return Err(ReadError::Neither(name()));
        };
        let known = match content {
            Content::Recording(_) => recording::FORMAT,
            Content::Report(_) => report::FORMAT,
        };
        if format != known {
            return Err(ReadError::Format { file: name(), format });
        }
        Ok(Self { file: name(), content })
    }

    /// The profile that a report was written under; a recording has none.
    pub fn profile(&self) -> Option<&str> {
        match &self.content {
            Content::Recording(_) => None,
            Content::Report(report) => Some(&report.profile),
        }
    }

    /// Judges a recording under `choice`; a report stays what it is.
    ///
    /// # Errors
    /// Where a report that was just made does not read, which is a bug.
    pub fn judged(self, corpus: &Corpus, choice: &Choice) -> Result<Side, serde_json::Error> {
        let (kind, written) = match self.content {
            Content::Report(report) => (Kind::Report, *report),
            Content::Recording(recording) => {
                let report = serde_json::to_value(session::report(corpus, &recording, Some(choice)))?;
                let mut written: Written = serde_json::from_value(report)?;
                written.tool = recording.tool;
                (Kind::Recording, written)
            }
        };
        let Written { tool, target, profile, outcomes, results, exchanges, .. } = written;
        let results = results.into_iter().map(|result| (result.case.clone(), result)).collect();
        Ok(Side { run: Run { file: self.file, kind, tool, target }, profile, outcomes, results, exchanges })
    }
}

impl Judged {
    pub(super) fn case(&self) -> &str {
        &self.case
    }

    /// The verdict under the profile that its facts speak of.
    pub(super) fn verdict(&self) -> Verdict {
        self.verdicts.get(&self.profile).copied().unwrap_or(Verdict::Untested)
    }

    pub(super) fn facts(&self) -> Facts {
        let fact = |located: &Located| Fact {
            item: located.item.as_ref().map(|item| item.value.clone()),
            message: located.finding.message.clone(),
            expected: located.finding.expected.clone(),
            actual: located.finding.actual.clone(),
        };
        let reason = match (&self.because, self.verdict()) {
            (Some(root), _) => Some(words::because(root)),
            (None, Verdict::Untested | Verdict::NotApplicable | Verdict::Error) => self.message.clone(),
            (None, _) => None,
        };
        Facts {
            findings: self.findings.iter().map(fact).collect(),
            because: self.because.clone(),
            reason,
            options: self.options.clone().filter(|_| self.because.is_none()),
        }
    }
}
