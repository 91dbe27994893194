//! What a person reads of responses that drifted from their snapshots.
//!
//! ```text
//! ✗ changed    the first request without a token
//!              snapshots/first-contact.snap.new
//!   - < HTTP/1.1 401
//!   + < HTTP/1.1 403
//! ```

use std::collections::{BTreeMap, BTreeSet};

use similar::{ChangeTag, TextDiff};

use super::human::{Ink, Paper, Style};
use super::words::count;
use crate::snapshot::folder::{Comparison, Drift, What};

/// The column of what stands beside a label.
const COLUMN: usize = 13;
/// Lines around a change that did not change.
const CONTEXT: usize = 2;
/// Lines of one response that are shown.
const LINES: usize = 60;

/// Every drift, the counts, and what to do.
pub fn render(comparison: &Comparison, folder: &str, style: &Style) -> String {
    let mut paper = Paper::new(style);
    let mut told: BTreeMap<BTreeSet<String>, &str> = BTreeMap::new();
    for drift in &comparison.drifts {
        let lines = differing(&drift.what);
        write(&mut paper, drift, told.get(&lines).copied());
        if !lines.is_empty() {
            told.entry(lines).or_insert(&drift.probe);
        }
        paper.blank();
    }
    let drifts = comparison.drifts.len();
    let same = comparison.same;
    let (sign, ink) = if drifts == 0 { ("✓", Ink::Good) } else { ("✗", Ink::Bad) };
    let says = match drifts {
        0 => format!("{} as reviewed", count(same, "snapshot is", "snapshots are")),
        _ => format!(
            "{} from {folder}, {same} as reviewed",
            count(drifts, "snapshot drifted", "snapshots drifted")
        ),
    };
    paper.hang(0, (sign, ink), 2, &says, Ink::Plain);
    let mut unasked: BTreeMap<&str, usize> = BTreeMap::new();
    for options in comparison.unasked.values() {
        *unasked.entry(options).or_default() += 1;
    }
    for (options, number) in unasked {
        let snapshots = count(number, "snapshot was", "snapshots were");
        let text = format!("{snapshots} not compared, as that takes {options}");
        paper.hang(0, ("○", Ink::Doubtful), 2, &text, Ink::Plain);
    }
    paper.into_text()
}

/// The lines that changed, with their signs; of what is new or gone there are none.
fn differing(what: &What) -> BTreeSet<String> {
    let What::Changed { old, new } = what else { return BTreeSet::new() };
    let (old, new) = (ended(old), ended(&new.text));
    let diff = TextDiff::from_lines(&old, &new);
    let changes = diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal);
    changes.map(|change| format!("{}{}", change.tag(), change.value())).collect()
}

/// One drift; `told` is the probe with which the same lines were shown.
fn write(paper: &mut Paper, drift: &Drift, told: Option<&str>) {
    let (sign, ink, title) = match &drift.what {
        What::Changed { new, .. } => ("✗ changed", Ink::Bad, new.title.as_str()),
        What::New(new) => ("✗ new", Ink::Bad, new.title.as_str()),
        What::Gone(_) => ("✗ gone", Ink::Bad, drift.probe.as_str()),
    };
    paper.hang(0, (sign, ink), COLUMN, title, Ink::Strong);
    paper.hang(0, ("", Ink::Plain), COLUMN, &drift.file.display().to_string(), Ink::Faint);
    if let Some(told) = told {
        paper.hang(0, ("", Ink::Plain), COLUMN, &format!("the same lines as in {told}"), Ink::Plain);
        return;
    }
    match &drift.what {
        What::Changed { old, new } => changes(paper, old, &new.text),
        What::New(new) => changes(paper, "", &new.text),
        What::Gone(why) => {
            paper.hang(0, ("", Ink::Plain), COLUMN, &format!("not answered: {why}"), Ink::Plain)
        }
    }
}

/// The lines that differ. They were escaped when the snapshot was made.
fn changes(paper: &mut Paper, old: &str, new: &str) {
    let (old, new) = (ended(old), ended(new));
    let diff = TextDiff::from_lines(&old, &new);
    let mut lines = Vec::new();
    for (index, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            lines.push(("  …".to_owned(), Ink::Faint));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, ink) = match change.tag() {
                ChangeTag::Delete => ("-", Ink::Bad),
                ChangeTag::Insert => ("+", Ink::Good),
                ChangeTag::Equal => (" ", Ink::Faint),
            };
            lines.push((format!("  {sign} {}", change.value().trim_end_matches('\n')), ink));
        }
    }
    let more = lines.len().saturating_sub(LINES);
    for (line, ink) in lines.iter().take(LINES) {
        let line = paper.inked(line.trim_end(), *ink);
        paper.raw(&line);
    }
    if more > 0 {
        let line = paper.inked(&format!("  … and {}", count(more, "more line", "more lines")), Ink::Faint);
        paper.raw(&line);
    }
}

/// The end of a text is no difference.
fn ended(text: &str) -> String {
    let text: Vec<&str> = text.trim_end().lines().collect();
    text.iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::snapshot::Snapshot;

    fn snapshot(title: &str, text: &str) -> Snapshot {
        Snapshot { title: title.to_owned(), text: text.to_owned() }
    }

    fn drift(probe: &str, what: What) -> Drift {
        Drift { probe: probe.to_owned(), what, file: PathBuf::from(format!("d/{probe}.snap.new")) }
    }

    fn changed(title: &str, from: &str, to: &str) -> What {
        let text = |scope: &str| format!("< HTTP/1.1 401\n< a: 1\n< b: 1\n< scope: {scope}\n< c: 1\n");
        What::Changed { old: text(from), new: snapshot(title, &text(to)) }
    }

    #[test]
    fn shows_what_changed_once_with_the_lines_around_it() {
        let comparison = Comparison {
            same: 2,
            drifts: vec![
                drift("mcp.get", changed("A GET", "x", "y")),
                drift("mcp.post", changed("A POST", "x", "y")),
                drift("keys", What::New(snapshot("The keys", "< HTTP/1.1 200\n"))),
                drift("metadata", What::Gone("nobody names it".to_owned())),
            ],
            unasked: [("a", "--login"), ("b", "--login"), ("c", "--other-resource URL")]
                .map(|(probe, options)| (probe.to_owned(), options.to_owned()))
                .into(),
        };
        let shown = render(&comparison, "d", &Style::default());
        let expected = "\
✗ changed    A GET
             d/mcp.get.snap.new
    < a: 1
    < b: 1
  - < scope: x
  + < scope: y
    < c: 1

✗ changed    A POST
             d/mcp.post.snap.new
             the same lines as in mcp.get

✗ new        The keys
             d/keys.snap.new
  + < HTTP/1.1 200

✗ gone       metadata
             d/metadata.snap.new
             not answered: nobody names it

✗ 4 snapshots drifted from d, 2 as reviewed
○ 2 snapshots were not compared, as that takes --login
○ 1 snapshot was not compared, as that takes --other-resource URL
";
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_did_not_drift_is_one_line() {
        let comparison = Comparison { same: 1, ..Comparison::default() };
        assert_eq!(render(&comparison, "d", &Style::default()), "✓ 1 snapshot is as reviewed\n");
    }
}
