//! One case that found something: what, where, by which clause, and what to do.

use std::collections::{BTreeMap, BTreeSet};

use super::paper::{COLUMN, Ink};
use super::{Paper, View, changed, curl, mark, words};
use crate::model::corpus::Corpus;
use crate::model::requirement::{Level, Role};
use crate::model::verdict::Verdict;
use crate::report::{CaseResult, Cited, Located, frame};

/// Findings of one case that are shown.
const FINDINGS: usize = 5;
/// Statements of one case that are shown.
const CLAUSES: usize = 3;
/// Requests of one case that are shown for repeating.
const REQUESTS: usize = 2;
/// With fewer columns than this a frame begins at the left.
const ROOMY: usize = 80;
/// Where a case's text stands under its title.
const INDENT: usize = 2;

/// The requests that a reader was already told how to repeat, and with which case.
#[derive(Default)]
pub(super) struct Shown(BTreeMap<usize, String>);

/// Writes one case.
pub(super) fn write(paper: &mut Paper, view: &View<'_>, result: &CaseResult, shown: &mut Shown) {
    let verdict = result.verdict();
    let (sign, ink) = mark(verdict);
    let head = format!("{sign} {}", verdict.word());
    paper.hang(0, (&head, ink), COLUMN + INDENT, &result.title, Ink::Strong);
    paper.hang(0, ("", Ink::Plain), COLUMN + INDENT, &result.case, Ink::Faint);
    if verdict == Verdict::Error {
        let why = result.message.as_deref().unwrap_or_default();
        paper.labelled(INDENT, "our bug", &format!("{why}; this says nothing about the target"), Ink::Plain);
        return;
    }
    for (index, located) in result.findings.iter().take(FINDINGS).enumerate() {
        if index > 0 {
            paper.blank();
        }
        write_one(paper, view, result, located);
    }
    if let Some(more) = result.findings.len().checked_sub(FINDINGS).filter(|more| *more > 0) {
        paper.labelled(INDENT, "", &format!("… and {more} more"), Ink::Faint);
    }
    tokens(paper, view, result);
    for diagnosis in &result.diagnoses {
        paper.hang(
            INDENT,
            ("likely", Ink::Strong),
            COLUMN,
            &format!("{}. {}", diagnosis.title, diagnosis.says),
            Ink::Plain,
        );
    }
    clauses(paper, view, result);
    let changed = changed::line(view, result);
    if let Some((line, _)) = &changed {
        paper.labelled(INDENT, "changed", line, Ink::Plain);
    }
    if let Some(also) = elsewhere(view, result, changed.is_some_and(|(_, tells)| tells)) {
        paper.labelled(INDENT, "also", &also, Ink::Plain);
    }
    if let Some(expected) = words::expected(result) {
        paper.labelled(INDENT, "known", &expected, Ink::Plain);
    }
    let required = result.level.get(&result.profile).is_some_and(|level| level.is_required());
    if verdict == Verdict::Warn && required {
        let note = "no failure, as clients can choose another server that is listed and in which nothing required is wrong";
        paper.labelled(INDENT, "note", note, Ink::Plain);
    }
    if !view.scores(result) {
        let note = format!("{} does not count this case for its outcome", result.profile);
        paper.labelled(INDENT, "note", &note, Ink::Plain);
    }
    if let Some(fix) = &result.fix {
        let fix = fix.split_whitespace().collect::<Vec<_>>().join(" ");
        paper.hang(INDENT, ("fix", Ink::Good), COLUMN, &fix, Ink::Plain);
    }
    // What breaks nothing need not be fixed, and so not be repeated.
    if verdict != Verdict::Info || paper.style.is_verbose() {
        requests(paper, view, result, shown);
    }
}

/// Which token was sent, and what the good one was answered.
fn tokens(paper: &mut Paper, view: &View<'_>, result: &CaseResult) {
    let exchange = |id: &usize| view.report.exchanges.iter().find(|exchange| exchange.id == *id);
    let sent = result.exchanges.iter().filter_map(exchange).find_map(|exchange| exchange.request.token());
    if let Some(token) = sent.and_then(|name| view.corpus.tokens.get(name)) {
        paper.labelled(INDENT, "token", &token.value.title, Ink::Plain);
    }
    if let Some(control) = result.control.as_ref().and_then(exchange) {
        let status = control.response().map_or(0, |response| response.status);
        let text = format!("the same request with the good token was answered {status}");
        paper.labelled(INDENT, "control", &text, Ink::Plain);
    }
}

fn write_one(paper: &mut Paper, view: &View<'_>, result: &CaseResult, located: &Located) {
    let finding = &located.finding;
    let (_, ink) = mark(result.verdict());
    paper.labelled(INDENT, "found", &finding.message, ink);
    if let Some(item) = &located.item {
        let label = match Corpus::role_of(&result.case) {
            Role::AuthorizationServer => "issuer",
            Role::Server | Role::Client => "item",
        };
        paper.labelled(INDENT, label, &item.value, Ink::Plain);
    }
    if let Some((document, spot)) = view.report.document.as_ref().zip(located.spot) {
        let at = format!("{}:{}:{}", document.file, spot.line, spot.column);
        paper.labelled(INDENT, "-->", &at, Ink::Plain);
    }
    if let Some(place) = &finding.place
        && let Some(exchange) = view.report.exchanges.iter().find(|exchange| exchange.id == place.exchange)
        && let Some(response) = exchange.response()
    {
        let mut at =
            format!("{} of {} {}", frame::part(place), exchange.request.method, exchange.request.url);
        if paper.style.is_verbose() {
            at.push_str(&format!(" (request {})", exchange.id));
        }
        if view.report.document.is_none() {
            paper.labelled(INDENT, "in", &at, Ink::Plain);
        }
        let style = paper.style;
        let indent = if style.width < ROOMY { INDENT } else { INDENT + COLUMN };
        let verdict = style.colour.then(|| result.verdict());
        if let Some(lines) = frame::render(response, place, style.width, verdict, indent) {
            lines.lines().for_each(|line| paper.raw(line));
        }
    }
    if let Some(expected) = &finding.expected {
        paper.labelled(INDENT, "expected", expected, Ink::Plain);
    }
    if let Some(actual) = &finding.actual {
        paper.labelled(INDENT, "actual", actual, Ink::Plain);
    }
}

/// The statements that bind here, each with its level and a link: those that give the verdict, or all where verbose.
fn clauses(paper: &mut Paper, view: &View<'_>, result: &CaseResult) {
    let requirement = |cited: &Cited| view.corpus.requirements.get(&cited.id).map(|filed| &filed.value);
    let here = result.level.get(&result.profile).copied().unwrap_or(Level::Info);
    let level = |cited: &Cited| {
        requirement(cited).and_then(|requirement| requirement.level_in(&result.profile)).unwrap_or(here)
    };
    let binding: Vec<&Cited> =
        result.requirements.iter().filter(|cited| cited.profiles.contains(&result.profile)).collect();
    let mut shown = binding.clone();
    if !paper.style.is_verbose() {
        shown.retain(|cited| level(cited).strength() == here.strength());
        shown.truncate(CLAUSES);
    }
    for cited in &shown {
        let requirement = requirement(cited);
        let level = level(cited);
        let ink = mark(Verdict::of_broken(level)).1;
        let text = format!("{} ({})", cited.source, cited.id);
        paper.hang(INDENT, (level.word(), ink), COLUMN, &text, Ink::Plain);
        if let Some(requirement) = requirement.filter(|_| paper.style.is_verbose()) {
            paper.labelled(INDENT, "", requirement.summary.trim(), Ink::Faint);
        }
        paper.labelled(INDENT, "", &cited.url, Ink::Link);
    }
    if let Some(more) = binding.len().checked_sub(shown.len()).filter(|more| *more > 0) {
        let more = format!("… and {more} more: mcp-conform explain {}", result.case);
        paper.labelled(INDENT, "", &more, Ink::Faint);
    }
}

/// What other profiles say of the case, where they differ and it is not told already.
fn elsewhere(view: &View<'_>, result: &CaseResult, told: bool) -> Option<String> {
    let verdict = result.verdict();
    let known = |profile: &str, verdict: Verdict| {
        let level = result.level.get(profile).copied();
        told && view.is_revision(profile) && level.map(Verdict::of_broken) == Some(verdict)
    };
    let others = result
        .verdicts
        .iter()
        .filter(|(profile, verdict)| **profile != result.profile && !known(profile, **verdict));
    let mut by: BTreeMap<Verdict, Vec<&str>> = BTreeMap::new();
    for (profile, other) in others {
        by.entry(*other).or_default().push(profile);
    }
    if by.keys().all(|other| *other == verdict) {
        return None;
    }
    let said = by.iter().map(|(verdict, profiles)| {
        let says = match verdict {
            Verdict::Fail => "fails",
            Verdict::Warn => "warns",
            Verdict::Error => "goes wrong",
            Verdict::Info => "is noted",
            Verdict::Untested => "not tested",
            Verdict::NotApplicable => "not applicable",
            Verdict::Pass => "passes",
        };
        format!("{says} under {}", profiles.join(" and "))
    });
    Some(said.collect::<Vec<_>>().join(", "))
}

/// How to send again what was answered wrongly; each request once in a report.
fn requests(paper: &mut Paper, view: &View<'_>, result: &CaseResult, shown: &mut Shown) {
    if view.report.document.is_some() {
        return;
    }
    let placed = result.findings.iter().filter_map(|one| Some(one.finding.place.as_ref()?.exchange));
    let mut ids: Vec<usize> = placed.chain(result.exchanges.iter().copied()).collect();
    let mut seen = BTreeSet::new();
    ids.retain(|id| seen.insert(*id));
    for id in ids.into_iter().take(REQUESTS) {
        let Some(exchange) = view.report.exchanges.iter().find(|exchange| exchange.id == id) else {
            continue;
        };
        if let Some(case) = shown.0.get(&id) {
            paper.labelled(INDENT, "repeat", &format!("as for {case}"), Ink::Faint);
            continue;
        }
        shown.0.insert(id, result.case.clone());
        let room = paper.measure().saturating_sub(INDENT + COLUMN);
        for (index, line) in curl(&exchange.request, view.report.insecure, room).iter().enumerate() {
            let label = if index == 0 { "repeat" } else { "" };
            let label = paper.inked(&format!("{label:<COLUMN$}"), Ink::Faint);
            paper.raw(&format!("{}{label}{line}", " ".repeat(INDENT)));
        }
    }
}
