//! Every profile beside the others: one row of counts each.

use super::paper::Ink;
use super::{Paper, View, count, headline, words};
use crate::model::verdict::{Outcome, Verdict};

/// The columns: the verdict, its heading, and that on a narrow terminal.
const COLUMNS: [(Verdict, &str, &str); 7] = [
    (Verdict::Pass, "pass", "pass"),
    (Verdict::Fail, "fail", "fail"),
    (Verdict::Warn, "warn", "warn"),
    (Verdict::Info, "info", "info"),
    (Verdict::Error, "error", "err"),
    (Verdict::Untested, "untested", "unt."),
    (Verdict::NotApplicable, "not applicable", "n/a"),
];
/// Below this many columns the short headings are used.
const WIDE: usize = 76;

/// The table, and how much the other profiles have to say.
pub(super) fn write(paper: &mut Paper, view: &View<'_>) {
    let names = view.profiles();
    let number = |name: &str, verdict| view.number(name, verdict);
    let narrow = paper.style.width < WIDE;
    // Our own errors are rare; a column of noughts would only puzzle.
    let columns: Vec<(Verdict, &str)> = COLUMNS
        .iter()
        .filter(|(verdict, _, _)| {
            *verdict != Verdict::Error || names.iter().any(|name| number(name, *verdict) > 0)
        })
        .map(|(verdict, long, short)| (*verdict, if narrow { *short } else { *long }))
        .collect();
    let first = names.iter().map(|name| name.chars().count()).max().unwrap_or_default().max(7) + 2;
    let mut heading = format!("{:<first$}", "profile");
    for (_, title) in &columns {
        heading.push_str(&format!("{title:>width$}", width = width(title)));
    }
    paper.blank();
    let heading = paper.inked(&format!("{heading}  outcome"), Ink::Faint);
    paper.raw(&heading);
    for name in names {
        let decides = view.chosen.iter().any(|chosen| chosen == name);
        let mut row = paper.inked(&format!("{name:<first$}"), if decides { Ink::Strong } else { Ink::Plain });
        for (verdict, title) in &columns {
            let cell = format!("{:>width$}", number(name, *verdict), width = width(title));
            row.push_str(&paper.inked(&cell, ink(*verdict, number(name, *verdict))));
        }
        let outcome = view.report.outcomes.get(name).copied().unwrap_or(Outcome::Inconclusive);
        row.push_str("  ");
        row.push_str(&paper.inked(words::of_outcome(outcome), headline::ink(outcome)));
        paper.raw(&row);
    }
    elsewhere(paper, view);
}

fn width(title: &str) -> usize {
    title.chars().count() + if title.chars().count() > 4 { 2 } else { 1 }
}

fn ink(verdict: Verdict, number: usize) -> Ink {
    match verdict {
        _ if number == 0 => Ink::Faint,
        Verdict::NotApplicable => Ink::Plain,
        verdict => super::mark(verdict).1,
    }
}

/// Findings that only other profiles make are counted above and shown nowhere: say how to see them.
fn elsewhere(paper: &mut Paper, view: &View<'_>) {
    let here = |profile: &String| view.chosen.contains(profile);
    let only_there = view.report.results.iter().filter(|result| !here(&result.profile));
    let broken = only_there.filter(|result| result.verdicts.values().any(|verdict| verdict.is_finding()));
    let broken: Vec<_> = broken.collect();
    let Some(example) = broken.first() else { return };
    let what = count(broken.len(), "finding exists only", "findings exist only");
    let text = format!("{what} under another profile: try --profile {}", example.profile);
    paper.blank();
    paper.hang(0, ("", Ink::Plain), 0, &text, Ink::Faint);
}
