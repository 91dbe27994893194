//! A comparison as Markdown, for a pull request.
//!
//! ```text
//! ## mcp-conform: worse: conforms before, does not conform after
//! ```
//!
//! What strangers sent is escaped or stands in code spans, as in the Markdown report.

use std::fmt::Write;

use super::human::{self, DIFFERENCES, EXCHANGES, SECTIONS};
use super::{CaseChange, Comparison, Difference, Fact};
use crate::report::escape::markdown;
use crate::report::markdown::code;

/// The comparison, with a newline at its end.
pub fn render(comparison: &Comparison) -> String {
    let mut text = format!("## mcp-conform: {}\n\n", markdown(&human::outcome(comparison)));
    // Writing to a String does not fail.
    let _ = writeln!(text, "- before: {}", code(&human::run(&comparison.before)));
    let _ = writeln!(text, "- after: {}", code(&human::run(&comparison.after)));
    let _ = writeln!(text, "- profile: {}", markdown(&comparison.profile));
    for host in &comparison.hosts {
        let _ = writeln!(text, "- the same: {} and {}", code(&host.before), code(&host.after));
    }
    if let Some(note) = human::versions(comparison) {
        let _ = writeln!(text, "- note: {}", markdown(&note));
    }
    for (direction, title) in SECTIONS {
        let (grouped, single): (Vec<_>, Vec<_>) =
            comparison.of(*direction).into_iter().partition(|change| human::is_sightless(change));
        if grouped.is_empty() && single.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n### {title}\n");
        for change in single {
            case(&mut text, change);
        }
        for (why, changes) in human::by_reason(&grouped) {
            let _ = writeln!(text, "- {}", markdown(&why));
            for change in changes {
                let _ = writeln!(text, "  - {}", code(&change.case));
            }
        }
    }
    for (title, cases) in [("New cases", &comparison.appeared), ("Gone", &comparison.vanished)] {
        if !cases.is_empty() {
            let _ = writeln!(text, "\n### {title}\n");
        }
        for only in cases {
            let _ = writeln!(text, "- {}", code(&only.case));
        }
    }
    let _ = writeln!(text, "\n{}", markdown(&human::summary(comparison)));
    text
}

fn case(text: &mut String, change: &CaseChange) {
    let turn = human::turn(&change.verdict);
    let _ = writeln!(text, "- **{turn}**: {} {}", markdown(&change.title), code(&change.case));
    let (before, after) = (&change.facts.before, &change.facts.after);
    for (label, here, there) in [("was", before, after), ("is", after, before)] {
        for Fact { item, message, actual, .. } in
            here.findings.iter().filter(|fact| !there.findings.contains(fact))
        {
            let item = item.as_ref().map_or(String::new(), |item| format!("{}: ", code(item)));
            let actual = actual.as_ref().map_or(String::new(), |actual| format!(", actual {}", code(actual)));
            let _ = writeln!(text, "  - {label}: {item}{}{actual}", markdown(message));
        }
    }
    for exchange in change.exchanges.iter().take(EXCHANGES) {
        let _ = writeln!(text, "  - answer to {}", code(&exchange.request));
        for Difference { what, before, after } in exchange.differences.iter().take(DIFFERENCES) {
            let shown = |text: &Option<String>| match text {
                Some(text) => code(&human::cut(text)),
                None => human::absent(what).to_owned(),
            };
            let _ = writeln!(text, "    - {}: {} → {}", code(what), shown(before), shown(after));
        }
    }
}
