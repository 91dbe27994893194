//! What a document in a file does not decide, and what would.

use super::paper::Ink;
use super::{Paper, View, count};
use crate::report::{LeftOut, Need};

/// How many cases need more than the file; which, if the reader wants all.
pub(super) fn write(paper: &mut Paper, view: &View<'_>) {
    let Some(document) = &view.report.document else { return };
    let here = |case: &&LeftOut| case.profiles.iter().any(|profile| view.chosen.contains(profile));
    let of = |need| document.left_out.iter().filter(here).filter(|case| case.needs == need).collect();
    let groups: [(Vec<&LeftOut>, &str); 2] = [
        (of(Need::Url), "to know where it is served: --url says it"),
        (of(Need::Server), "a running server: `mcp-conform check URL` runs them"),
    ];
    for (index, (cases, what)) in groups.iter().filter(|(cases, _)| !cases.is_empty()).enumerate() {
        if index == 0 {
            paper.blank();
        }
        let need = if cases.len() == 1 { "needs" } else { "need" };
        let text = format!("{} about it {need} {what}", count(cases.len(), "more case", "more cases"));
        paper.hang(0, ("○", Ink::Doubtful), 2, &text, Ink::Plain);
        if paper.style.is_verbose() {
            for case in cases {
                paper.hang(2, ("", Ink::Plain), 0, &case.case, Ink::Faint);
            }
        }
    }
}
