//! What later steps of a job may ask for: a line for each, as for `$GITHUB_OUTPUT`.
//!
//! ```text
//! outcome=does-not-conform
//! fail=1
//! counts={"pass":143,"fail":1}
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Report;
use super::view::View;
use crate::model::corpus::Corpus;
use crate::model::verdict::Verdict;

/// The verdicts, in the order of the lines.
const VERDICTS: [Verdict; 7] = [
    Verdict::Pass,
    Verdict::Fail,
    Verdict::Warn,
    Verdict::Info,
    Verdict::Untested,
    Verdict::NotApplicable,
    Verdict::Error,
];

/// The outcome, how many cases have which verdict under the profile that decides, and the latter once more as JSON.
pub fn render(report: &Report, corpus: &Corpus) -> String {
    let view = View::new(report, corpus);
    let mut text = format!("outcome={}\n", report.outcome.word());
    let mut counts = BTreeMap::new();
    for verdict in VERDICTS {
        let number = view.with(verdict).len();
        let name = verdict.word();
        // Writing to a String does not fail.
        let _ = writeln!(text, "{name}={number}");
        counts.insert(name, number);
    }
    // Names and numbers always serialise.
    let counts = serde_json::to_string(&counts).unwrap_or_default();
    let _ = writeln!(text, "counts={counts}");
    text
}
