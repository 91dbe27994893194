//! TAP 14 (Test Anything Protocol), for harnesses that read it.
//!
//! ```text
//! not ok 3 - server/challenge/answers-401: A request without a token is answered 401
//!   ---
//!   verdict: fail
//!   message: "the status is 403"
//!   ...
//! ok 4 - server/challenge/names-scope: A 401 says which scopes are needed # SKIP because … failed
//! ```
//!
//! What is expected to fail is a TODO. A warning is `ok`, with its message beside it, since only a broken MUST fails.

use std::fmt::Write;

use super::view::View;
use super::{CaseResult, Report, escape, words};
use crate::model::corpus::Corpus;
use crate::model::verdict::Verdict;

/// The report as TAP.
pub fn render(report: &Report, corpus: &Corpus) -> String {
    let view = View::new(report, corpus);
    let mut text = format!("TAP version 14\n1..{}\n", view.results.len());
    let head = [words::target(&view), words::profile(&view), words::concluded(&view)];
    for line in head.into_iter().chain(words::notes(&view)) {
        // Writing to a String does not fail.
        let _ = writeln!(text, "# {}", escape::line(&line));
    }
    for (index, result) in view.results.iter().enumerate() {
        case(&mut text, &view, index + 1, result);
    }
    text
}

fn case(text: &mut String, view: &View<'_>, number: usize, result: &CaseResult) {
    let verdict = result.verdict();
    let ok = if matches!(verdict, Verdict::Fail | Verdict::Error) { "not ok" } else { "ok" };
    let title = described(&format!("{}: {}", result.case, result.title));
    let _ = write!(text, "{ok} {number} - {title}");
    if matches!(verdict, Verdict::Untested | Verdict::NotApplicable) {
        let reason = words::reason(result).unwrap_or_default();
        let _ = writeln!(text, " # SKIP {}: {}", verdict.word(), escape::line(&reason));
        return;
    }
    if let Some(known) = words::expected(result) {
        let _ = write!(text, " # TODO {}", escape::line(&known));
    }
    text.push('\n');
    if verdict == Verdict::Pass {
        return;
    }
    let members = [
        ("verdict", Some(verdict.word())),
        ("message", result.message.as_deref()),
        ("expected", result.expected.as_deref()),
        ("actual", result.actual.as_deref()),
        ("fix", result.fix.as_deref()),
        ("clause", view.clause(result).map(|cited| cited.url.as_str())),
    ];
    text.push_str("  ---\n");
    for (name, value) in members {
        if let Some(value) = value {
            // A JSON text is a YAML text.
            let _ = writeln!(text, "  {name}: {}", serde_json::Value::from(escape::line(value)));
        }
    }
    text.push_str("  ...\n");
}

/// A description in which nothing begins a directive.
fn described(text: &str) -> String {
    escape::line(text).replace('\\', "\\\\").replace('#', "\\#")
}
