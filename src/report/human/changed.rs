//! What the revisions ask of a case, where they ask different things: one line.
//!
//! ```text
//! changed    warn up to 2025-06-18 (SHOULD), fail from 2025-11-25 on (MUST)
//! changed    not asked before 2025-06-18 nor from 2025-11-25 on
//! ```
//!
//! It is the words of the requirement that decides, where it has some (`changed`), else what levels and profiles say.

use super::View;
use crate::model::corpus::Corpus;
use crate::model::requirement::{Level, Requirement};
use crate::model::verdict::Verdict;
use crate::report::CaseResult;

/// The line, and whether it tells the verdicts of the other revisions; `None` where all ask the same.
pub(super) fn line(view: &View<'_>, result: &CaseResult) -> Option<(String, bool)> {
    let runs = runs(view.corpus, result);
    if runs.len() < 2 {
        return None;
    }
    if let Some(words) = in_words(view.corpus, result) {
        return Some((words.to_owned(), false));
    }
    let mut parts = asked(view.corpus, result, &runs);
    // One level alone stands in the clause already.
    if parts.len() == 1 {
        parts.clear();
    }
    parts.extend(not_asked(&runs));
    Some((parts.join(", "), true))
}

/// What is asked, run by run.
fn asked(corpus: &Corpus, result: &CaseResult, runs: &[Run<'_>]) -> Vec<String> {
    let said = |(index, run): (usize, &Run<'_>)| {
        let level = run.level?;
        let when = run.when(index == 0, index + 1 == runs.len());
        Some(match run.verdict(result) {
            Some(verdict) => {
                format!("{} {when} ({}{})", verdict.word(), level.word(), run.by(corpus, result))
            }
            None => format!("{} {when}", level.word()),
        })
    };
    runs.iter().enumerate().filter_map(said).collect()
}

/// Where nothing is asked, in one phrase.
fn not_asked(runs: &[Run<'_>]) -> Option<String> {
    let said = |(index, run): (usize, &Run<'_>)| {
        let next = runs.get(index + 1).and_then(|next| next.revisions.first());
        match next {
            _ if run.level.is_some() => None,
            Some(next) if index == 0 => Some(format!("before {next}")),
            _ => Some(run.when(index == 0, index + 1 == runs.len())),
        }
    };
    let places: Vec<String> = runs.iter().enumerate().filter_map(said).collect();
    (!places.is_empty()).then(|| format!("not asked {}", places.join(" nor ")))
}

/// Revisions in a row in which a case binds equally.
struct Run<'a> {
    level: Option<Level>,
    revisions: Vec<&'a str>,
}

impl Run<'_> {
    /// `in X`, `up to X`, `from X on`, `from X to Y`.
    fn when(&self, first: bool, last: bool) -> String {
        match (self.revisions.as_slice(), first, last) {
            ([from, .., to], false, false) => format!("from {from} to {to}"),
            ([.., to], true, _) if self.revisions.len() > 1 => format!("up to {to}"),
            ([from, ..], _, true) => format!("from {from} on"),
            (revisions, ..) => format!("in {}", revisions.join(" and ")),
        }
    }

    /// What the case came to in all of them, if it is what a broken one of this level comes to.
    fn verdict(&self, result: &CaseResult) -> Option<Verdict> {
        let verdict = Verdict::of_broken(self.level?);
        self.revisions.iter().all(|name| result.verdicts.get(*name) == Some(&verdict)).then_some(verdict)
    }

    /// The clause that decides here, where it is none of those that are shown anyway.
    fn by(&self, corpus: &Corpus, result: &CaseResult) -> String {
        let Some((case, profile)) = corpus.cases.get(&result.case).zip(self.revisions.first()) else {
            return String::new();
        };
        let shown = |id: &str| corpus.binding(&case.value, &result.profile).any(|(other, ..)| other == id);
        let strongest = corpus.binding(&case.value, profile).max_by_key(|(.., level)| level.strength());
        match strongest {
            Some((id, ..)) if !shown(id) => format!(", {id}"),
            _ => String::new(),
        }
    }
}

/// The runs of all revisions but those in which the clause binds and the case cannot look.
fn runs<'a>(corpus: &'a Corpus, result: &CaseResult) -> Vec<Run<'a>> {
    let Some(case) = corpus.cases.get(&result.case) else { return Vec::new() };
    let mut runs: Vec<Run<'a>> = Vec::new();
    for revision in corpus.revisions() {
        let level = corpus.level(&case.value, revision);
        if level.is_none() && corpus.binding(&case.value, revision).next().is_some() {
            continue;
        }
        let same = |run: &Run<'_>| run.level.map(Level::strength) == level.map(Level::strength);
        match runs.last_mut() {
            Some(run) if same(run) => run.revisions.push(revision),
            _ => runs.push(Run { level, revisions: vec![revision] }),
        }
    }
    runs
}

/// The words of a requirement that binds as strongly as the case does wherever that exists: no other explains it.
fn in_words<'a>(corpus: &'a Corpus, result: &'a CaseResult) -> Option<&'a str> {
    let case = &corpus.cases.get(&result.case)?.value;
    let strength = |level: Option<Level>| level.map(Level::strength);
    let explains = |requirement: &Requirement| {
        let mut levels = corpus.revisions().into_iter().map(|name| (name, corpus.level(case, name)));
        levels.all(|(name, level)| level.is_none() || strength(level) == strength(requirement.level_in(name)))
    };
    let mut binding = corpus.binding(case, &result.profile);
    binding.find_map(|(_, requirement, _)| requirement.changed.as_deref().filter(|_| explains(requirement)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::judge;
    use crate::model::recording::{FORMAT, Recording, Target, Tool};
    use crate::model::requirement::Role;
    use crate::report::{Choice, Report};

    const CASE: &str = "server/challenge/answers-401";

    /// The line for a case whose one requirement has these levels, oldest revision first, and whose verdicts are
    /// those of a broken one.
    fn said(levels: [Option<Level>; 4], words: Option<&str>) -> Option<(String, bool)> {
        let mut corpus = crate::load::embedded().unwrap();
        let revisions: Vec<String> = corpus.revisions().into_iter().map(str::to_owned).collect();
        let case = &mut corpus.cases.get_mut(CASE).unwrap().value;
        case.requirements.truncate(1);
        let id = case.requirements[0].value.clone();
        let bound: Vec<_> =
            revisions.iter().zip(levels).filter_map(|(name, l)| Some((name.clone(), l?))).collect();
        let requirement = &mut corpus.requirements.get_mut(&id).unwrap().value;
        *requirement = Requirement {
            profiles: bound.iter().map(|(name, _)| name.clone()).collect(),
            levels: bound.iter().cloned().collect(),
            changed: words.map(str::to_owned),
            ..requirement.clone()
        };
        let target = Target { role: Role::Server, url: "http://h/mcp".to_owned() };
        let recording = Recording {
            insecure: false,
            tokens: Vec::new(),
            interrupted: false,
            left: Vec::new(),
            format: FORMAT,
            tool: Tool::this(),
            target,
            probes: Vec::new(),
            exchanges: Vec::new(),
        };
        let newest = bound.last().unwrap().0.clone();
        let judgements = judge(&corpus, &recording);
        let mut report = Report::new(&corpus, &recording, &judgements, &Choice::One(newest));
        let result = report.results.iter_mut().find(|result| result.case == CASE).unwrap();
        result.verdicts = bound.iter().map(|(name, l)| (name.clone(), Verdict::of_broken(*l))).collect();
        let result = result.clone();
        line(&View::new(&report, &corpus), &result)
    }

    #[test]
    fn tells_what_was_asked_and_when() {
        use Level::{Must, Should};
        for (levels, words) in [
            ([Some(Must), Some(Must), Some(Must), Some(Must)], None),
            ([None, Some(Must), Some(Must), Some(Must)], Some("not asked before 2025-06-18")),
            ([Some(Must), None, None, None], Some("not asked from 2025-06-18 on")),
            ([None, Some(Must), None, None], Some("not asked before 2025-06-18 nor from 2025-11-25 on")),
            (
                [Some(Should), Some(Should), Some(Must), Some(Must)],
                Some("warn up to 2025-06-18 (SHOULD), fail from 2025-11-25 on (MUST)"),
            ),
            (
                [None, Some(Must), Some(Should), Some(Should)],
                Some(
                    "fail in 2025-06-18 (MUST), warn from 2025-11-25 on (SHOULD), not asked before 2025-06-18",
                ),
            ),
            (
                [Some(Must), Some(Should), Some(Should), Some(Must)],
                Some(
                    "fail in 2025-03-26 (MUST), warn from 2025-06-18 to 2025-11-25 (SHOULD), \
                     fail from 2026-07-28 on (MUST)",
                ),
            ),
        ] {
            assert_eq!(said(levels, None).map(|(line, _)| line).as_deref(), words);
        }
    }

    #[test]
    fn the_words_of_the_requirement_come_first() {
        let levels = [None, Some(Level::Must), None, None];
        assert_eq!(
            said(levels, Some("It became an option.")),
            Some(("It became an option.".to_owned(), false))
        );
    }
}
