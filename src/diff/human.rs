//! A comparison for people: what became worse first, with what was said and answered then and now.
//!
//! ```text
//! ✗ pass → fail    A 401 carries a challenge
//!                  server/challenge/present
//!   is             the 401 has no WWW-Authenticate
//! ```

use std::collections::BTreeMap;

use super::{CaseChange, Change, Comparison, Difference, Direction, Fact, Facts, Kind, Run};
use crate::model::verdict::{Outcome, Verdict};
use crate::report::human::{Ink, Paper, Style};
use crate::report::words::{self, count, of_outcome};

/// Differences of one exchange that are shown; the others are counted.
pub(super) const DIFFERENCES: usize = 6;
/// Exchanges of one case that are shown.
pub(super) const EXCHANGES: usize = 3;
/// Characters of one text that are shown.
const LIMIT: usize = 300;
/// Findings of one case that are shown.
const FACTS: usize = 4;
/// Cases that share a reason and are named without `-v`.
const NAMED: usize = 3;

/// The comparison as text, with a newline at its end.
pub fn render(comparison: &Comparison, style: &Style) -> String {
    let mut paper = Paper::new(style);
    head(&mut paper, comparison);
    let mut shown = Shown::default();
    for (direction, title) in SECTIONS {
        let (grouped, single): (Vec<_>, Vec<_>) =
            comparison.of(*direction).into_iter().partition(|change| is_sightless(change));
        if grouped.is_empty() && single.is_empty() {
            continue;
        }
        paper.rule(title);
        if *direction == Direction::Better && !style.is_verbose() {
            for change in single {
                heading(&mut paper, change);
            }
        } else {
            for (index, change) in single.into_iter().enumerate() {
                if index > 0 {
                    paper.blank();
                }
                case(&mut paper, change, &mut shown);
            }
        }
        groups(&mut paper, &grouped, style.is_verbose());
    }
    elsewhere(&mut paper, comparison);
    only(&mut paper, comparison);
    table(&mut paper, comparison);
    paper.blank();
    paper.hang(0, ("", Ink::Plain), 0, &summary(comparison), Ink::Strong);
    paper.into_text()
}

/// The sections of a comparison, in their order.
pub(super) const SECTIONS: &[(Direction, &str)] = &[
    (Direction::Worse, "Worse"),
    (Direction::Unseen, "Not tested any more"),
    (Direction::Better, "Better"),
    (Direction::Other, "Changed"),
];

fn head(paper: &mut Paper, comparison: &Comparison) {
    paper.labelled(0, "before", &run(&comparison.before), Ink::Strong);
    paper.labelled(0, "after", &run(&comparison.after), Ink::Strong);
    paper.labelled(0, "profile", &comparison.profile, Ink::Plain);
    for host in &comparison.hosts {
        paper.labelled(0, "same", &format!("{} before is {} after", host.before, host.after), Ink::Plain);
    }
    if let Some(note) = versions(comparison) {
        paper.labelled(0, "note", &note, Ink::Plain);
    }
    let conforms = |change: &Change<Outcome>| change.after == Outcome::Conforms;
    let ink = match comparison.outcomes.get(&comparison.profile) {
        _ if comparison.worse => Ink::Bad,
        Some(change) if !conforms(change) => Ink::Plain,
        _ => Ink::Good,
    };
    paper.labelled(0, "outcome", &outcome(comparison), ink);
}

/// A side in a line.
pub(super) fn run(run: &Run) -> String {
    let kind = match run.kind {
        Kind::Recording => "recording",
        Kind::Report => "report",
    };
    format!("{} ({kind} of {})", run.file, run.target.url)
}

/// Reports of different versions differ in what was asked as well.
pub(super) fn versions(comparison: &Comparison) -> Option<String> {
    let (before, after) = (&comparison.before, &comparison.after);
    let reports = before.kind == Kind::Report || after.kind == Kind::Report;
    (reports && before.tool.version != after.tool.version).then(|| {
        format!(
            "made by versions {} and {}: cases may have changed, too; recordings are judged by the same ones",
            before.tool.version, after.tool.version
        )
    })
}

/// What it comes to.
pub(super) fn outcome(comparison: &Comparison) -> String {
    let word = if comparison.worse { "worse" } else { "nothing became worse" };
    let decisive = comparison.outcomes.get(&comparison.profile);
    match decisive {
        Some(change) if change.before == change.after => {
            format!("{word}; it {} as before", verb(change.after))
        }
        Some(change) => {
            format!("{word}: {} before, {} after", of_outcome(change.before), of_outcome(change.after))
        }
        None => word.to_owned(),
    }
}

fn verb(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Conforms => "conforms",
        Outcome::DoesNotConform => "does not conform",
        Outcome::NotProtected => "is not protected",
        Outcome::Inconclusive => "is inconclusive",
    }
}

/// Whether all there is to say is why a case was not tested or does not apply.
pub(super) fn is_sightless(change: &CaseChange) -> bool {
    change.facts.after.reason.is_some()
        && matches!(change.verdict.after, Verdict::Untested | Verdict::NotApplicable | Verdict::Error)
}

/// Cases that are not tested any more or do not apply, by reason.
pub(super) fn by_reason<'a>(changes: &[&'a CaseChange]) -> Vec<(String, Vec<&'a CaseChange>)> {
    let mut by: BTreeMap<String, Vec<&CaseChange>> = BTreeMap::new();
    for change in changes {
        let facts = &change.facts.after;
        let why = facts.reason.clone().unwrap_or_else(|| "no reason is known".to_owned());
        let why = words::remedied(&why, facts.options.as_deref());
        by.entry(format!("{} → {}: {why}", change.verdict.before.word(), change.verdict.after.word()))
            .or_default()
            .push(*change);
    }
    let mut by: Vec<_> = by.into_iter().collect();
    by.sort_by(|(a, left), (b, right)| right.len().cmp(&left.len()).then(a.cmp(b)));
    by
}

fn groups(paper: &mut Paper, changes: &[&CaseChange], verbose: bool) {
    for (why, changes) in by_reason(changes) {
        paper.labelled(0, &count(changes.len(), "case", "cases"), &why, Ink::Plain);
        if verbose || changes.len() <= NAMED {
            for change in changes {
                paper.labelled(0, "", &change.case, Ink::Faint);
            }
        }
    }
}

fn heading(paper: &mut Paper, change: &CaseChange) {
    let (sign, ink) = mark(change);
    let verdict = turn(&change.verdict);
    paper.hang(0, (&format!("{sign} {verdict}"), ink), HEAD, &change.title, Ink::Strong);
    paper.hang(HEAD, ("", Ink::Plain), 0, &change.case, Ink::Faint);
}

/// The column of a case's title.
const HEAD: usize = 20;

fn mark(change: &CaseChange) -> (&'static str, Ink) {
    match change.direction {
        Direction::Worse if change.verdict.after == Verdict::Warn => ("!", Ink::Doubtful),
        Direction::Worse => ("✗", Ink::Bad),
        Direction::Unseen => ("○", Ink::Doubtful),
        Direction::Better => ("✓", Ink::Good),
        Direction::Other | Direction::Elsewhere => ("~", Ink::Neutral),
    }
}

/// `pass → fail`, or `still fail`.
pub(super) fn turn(verdict: &Change<Verdict>) -> String {
    if verdict.before == verdict.after {
        format!("still {}", verdict.after.word())
    } else {
        format!("{} → {}", verdict.before.word(), verdict.after.word())
    }
}

/// What has been shown already: many cases look at one exchange.
#[derive(Default)]
struct Shown(Vec<(super::ExchangeChange, String)>);

fn case(paper: &mut Paper, change: &CaseChange, shown: &mut Shown) {
    heading(paper, change);
    facts(paper, "was", &change.facts.before, &change.facts.after);
    facts(paper, "is", &change.facts.after, &change.facts.before);
    for exchange in change.exchanges.iter().take(EXCHANGES) {
        paper.labelled(2, "answer to", &format!("{} ({})", exchange.request, exchange.probe), Ink::Plain);
        if let Some((_, case)) = shown.0.iter().find(|(other, _)| other == exchange) {
            paper.labelled(4, "", &format!("differs as shown for {case}"), Ink::Faint);
            continue;
        }
        for difference in exchange.differences.iter().take(DIFFERENCES) {
            let Difference { what, before, after } = difference;
            paper.hang(4, ("", Ink::Plain), 0, what, Ink::Strong);
            side(paper, ("-", Ink::Bad), before.as_deref(), what);
            side(paper, ("+", Ink::Good), after.as_deref(), what);
        }
        more(paper, exchange.differences.len(), DIFFERENCES, "difference", "differences");
        shown.0.push((exchange.clone(), change.case.clone()));
    }
    more(paper, change.exchanges.len(), EXCHANGES, "answer that changed", "answers that changed");
}

fn side(paper: &mut Paper, sign: (&str, Ink), text: Option<&str>, what: &str) {
    match text {
        Some(text) => paper.hang(6, sign, 2, &cut(text), Ink::Plain),
        None => paper.hang(6, sign, 2, absent(what), Ink::Faint),
    }
}

/// A text that is not longer than helps.
pub(super) fn cut(text: &str) -> String {
    match text.chars().nth(LIMIT) {
        None => text.to_owned(),
        Some(_) => text.chars().take(LIMIT).chain(['…']).collect(),
    }
}

/// What is said of something that only the other run has.
pub(super) fn absent(what: &str) -> &'static str {
    if what == super::ANSWER { "(not sent)" } else { "(nothing)" }
}

fn more(paper: &mut Paper, number: usize, shown: usize, one: &str, many: &str) {
    if number > shown {
        let left = number - shown;
        let text = format!("and {left} more {}", if left == 1 { one } else { many });
        paper.hang(4, ("", Ink::Plain), 0, &text, Ink::Faint);
    }
}

/// What one side says and the other does not.
fn facts(paper: &mut Paper, label: &str, here: &Facts, there: &Facts) {
    let told: Vec<&Fact> = here.findings.iter().filter(|fact| !there.findings.contains(fact)).collect();
    for fact in told.iter().take(FACTS) {
        let item = fact.item.as_ref().map_or(String::new(), |item| format!("{item}: "));
        paper.labelled(2, label, &format!("{item}{}", fact.message), Ink::Plain);
        if let Some(expected) = &fact.expected {
            paper.labelled(2, "  expected", expected, Ink::Plain);
        }
        if let Some(actual) = &fact.actual {
            paper.labelled(2, "  actual", actual, Ink::Plain);
        }
    }
    more(paper, told.len(), FACTS, "finding", "findings");
    if let Some(reason) = here.reason.as_ref().filter(|_| told.is_empty() && here.reason != there.reason) {
        paper.labelled(2, label, reason, Ink::Plain);
    }
}

fn elsewhere(paper: &mut Paper, comparison: &Comparison) {
    let changes = comparison.of(Direction::Elsewhere);
    if changes.is_empty() {
        return;
    }
    let mut by: BTreeMap<&str, usize> = BTreeMap::new();
    for profile in changes.iter().flat_map(|change| change.verdicts.keys()) {
        *by.entry(profile.as_str()).or_default() += 1;
    }
    let by: Vec<String> = by.iter().map(|(profile, number)| format!("{number} under {profile}")).collect();
    let cases = count(changes.len(), "case", "cases");
    let detail = if by.is_empty() { String::new() } else { format!(": {}", by.join(", ")) };
    paper.blank();
    let text =
        format!("{cases} changed only under profiles that do not decide{detail} (--profile shows them)");
    paper.hang(0, ("", Ink::Plain), 0, &text, Ink::Plain);
}

fn only(paper: &mut Paper, comparison: &Comparison) {
    for (label, cases) in [("new", &comparison.appeared), ("gone", &comparison.vanished)] {
        if cases.is_empty() {
            continue;
        }
        paper.blank();
        for only in cases {
            let verdict = only.verdicts.get(&comparison.profile).or_else(|| only.verdicts.values().min());
            let verdict = verdict.map_or("", |verdict| verdict.word());
            paper.labelled(0, label, &format!("{} ({verdict})", only.case), Ink::Plain);
        }
    }
}

fn table(paper: &mut Paper, comparison: &Comparison) {
    let changed = comparison.outcomes.iter().filter(|(_, change)| change.before != change.after);
    let lines: Vec<String> = changed
        .map(|(profile, change)| {
            format!("{profile:<12} {} → {}", of_outcome(change.before), of_outcome(change.after))
        })
        .collect();
    if !lines.is_empty() {
        paper.rule("Outcomes that changed");
        lines.iter().for_each(|line| paper.raw(line));
    }
}

/// The last line.
pub(super) fn summary(comparison: &Comparison) -> String {
    let parts = [
        (Direction::Worse, "worse"),
        (Direction::Unseen, "not tested any more"),
        (Direction::Better, "better"),
        (Direction::Other, "changed otherwise"),
    ];
    let mut parts: Vec<String> = parts
        .into_iter()
        .filter_map(|(direction, words)| match comparison.of(direction).len() {
            0 => None,
            number => Some(format!("{number} {words}")),
        })
        .collect();
    for (number, words) in [(comparison.appeared.len(), "new"), (comparison.vanished.len(), "gone")] {
        if number > 0 {
            parts.push(format!("{number} {words}"));
        }
    }
    if parts.is_empty() {
        return format!("no case changed under {}", comparison.profile);
    }
    format!("cases under {}: {}", comparison.profile, parts.join(", "))
}
