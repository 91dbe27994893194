//! A report as its reader chose to see it, for every format that is read.

use std::collections::BTreeMap;

use super::{CaseResult, Choice, Cited, Report, words};
use crate::model::corpus::Corpus;
use crate::model::exchange::Exchange;
use crate::model::requirement::Role;
use crate::model::verdict::Verdict;

/// The report as its reader chose to see it: the cases of the profiles that decide.
pub(crate) struct View<'a> {
    pub(crate) report: &'a Report,
    pub(crate) corpus: &'a Corpus,
    /// The profiles that decide.
    pub(crate) chosen: Vec<String>,
    /// The cases that exist in one of them.
    pub(crate) results: Vec<&'a CaseResult>,
}

impl<'a> View<'a> {
    pub(crate) fn new(report: &'a Report, corpus: &'a Corpus) -> Self {
        let choice = match report.profile.as_str() {
            "all" => Choice::All,
            name => Choice::One(name.to_owned()),
        };
        let chosen: Vec<String> = choice.profiles(corpus).into_iter().map(str::to_owned).collect();
        let here = |result: &&CaseResult| chosen.contains(&result.profile);
        let results = report.results.iter().filter(here).collect();
        Self { report, corpus, chosen, results }
    }

    pub(crate) fn with(&self, verdict: Verdict) -> Vec<&'a CaseResult> {
        self.results.iter().copied().filter(|result| result.verdict() == verdict).collect()
    }

    /// Whether a case counts for the outcome.
    pub(crate) fn scores(&self, result: &CaseResult) -> bool {
        self.corpus.profiles.get(&result.profile).is_some_and(|profile| profile.value.scores(&result.case))
    }

    /// Why cases are untested, each cause with its cases: the most frequent first.
    pub(crate) fn causes(&self) -> Vec<(String, Vec<&'a CaseResult>)> {
        let mut causes: BTreeMap<String, Vec<&CaseResult>> = BTreeMap::new();
        for result in self.with(Verdict::Untested) {
            causes.entry(words::reason(result).unwrap_or_default()).or_default().push(result);
        }
        let mut causes: Vec<_> = causes.into_iter().collect();
        causes.sort_by(|(a, left), (b, right)| right.len().cmp(&left.len()).then(a.cmp(b)));
        causes
    }

    /// The profiles of the table: revisions first.
    pub(crate) fn profiles(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = self.corpus.revisions();
        names.extend(self.report.summary.keys().map(String::as_str).filter(|name| !self.is_revision(name)));
        names.retain(|name| self.report.summary.contains_key(*name));
        names
    }

    /// Whether a profile is a revision of the specification.
    pub(crate) fn is_revision(&self, profile: &str) -> bool {
        self.corpus.profiles.get(profile).is_some_and(|profile| profile.value.revision)
    }

    /// How many cases have a verdict under a profile.
    pub(crate) fn number(&self, profile: &str, verdict: Verdict) -> usize {
        let counts = self.report.summary.get(profile);
        counts.and_then(|counts| counts.get(&verdict)).copied().unwrap_or_default()
    }

    /// The statement of a specification that gives a finding its level, or else the first that binds.
    pub(crate) fn clause(&self, result: &'a CaseResult) -> Option<&'a Cited> {
        let mut binding = result.requirements.iter().filter(|cited| cited.profiles.contains(&result.profile));
        let level = result.level.get(&result.profile).copied();
        let first = binding.clone().next();
        let gives = |cited: &&Cited| {
            let requirement = self.corpus.requirements.get(&cited.id);
            requirement.and_then(|filed| filed.value.level_in(&result.profile)) == level
        };
        binding.find(gives).or(first)
    }

    /// An exchange by its id.
    pub(crate) fn exchange(&self, id: usize) -> Option<&'a Exchange> {
        self.report.exchanges.iter().find(|exchange| exchange.id == id)
    }

    /// What is to be said, by area: the worst first.
    pub(crate) fn areas(&self) -> Vec<(String, Vec<&'a CaseResult>)> {
        let mut areas: BTreeMap<(Role, &str), Vec<&CaseResult>> = BTreeMap::new();
        for result in &self.results {
            if result.verdict().is_finding() || result.verdict() == Verdict::Error {
                areas.entry((Corpus::role_of(&result.case), area(&result.case))).or_default().push(result);
            }
        }
        let mut areas: Vec<_> = areas.into_iter().collect();
        for (_, results) in &mut areas {
            results.sort_by_key(|result| (result.verdict(), &result.case));
        }
        areas.sort_by_key(|(key, results)| (results.first().map(|result| result.verdict()), *key));
        areas.into_iter().map(|((role, area), results)| (area_title(role, area), results)).collect()
    }
}

/// The second part of a case's id.
pub(crate) fn area(case: &str) -> &str {
    case.split('/').nth(1).unwrap_or(case)
}

pub(crate) fn area_title(role: Role, area: &str) -> String {
    let words = area.replace('-', " ");
    match role {
        Role::AuthorizationServer => format!("Authorization server: {words}"),
        Role::Client => format!("Client: {words}"),
        Role::Server => {
            let mut chars = words.chars();
            chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
        }
    }
}
