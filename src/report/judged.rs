//! The report of a recording that was judged.

use std::collections::BTreeMap;

use super::model::{CaseResult, Choice, Cited, Diagnosed, Document, FORMAT, Located, Report};
use super::outcome;
use super::stopped::Stopped;
use crate::judge::{Conclusion, Flawed, Judgement, Judgements};
use crate::model::case::Case;
use crate::model::corpus::Corpus;
use crate::model::diagnosis::Diagnosis;
use crate::model::recording::{Recording, Tool};
use crate::model::verdict::{Outcome, Verdict};

impl Report {
    /// The report of `recording`, judged.
    pub fn new(corpus: &Corpus, recording: &Recording, judgements: &Judgements, choice: &Choice) -> Self {
        let outcome = |profile: &String| outcome::of(corpus, recording, judgements, profile);
        // A profile may have nothing for this role.
        let tested = |profile: &&String| judgements.values().any(|by| by.contains_key(*profile));
        let profiles = corpus.profiles.keys().filter(tested);
        let outcomes = profiles.map(|profile| (profile.clone(), outcome(profile))).collect();
        Self::with(corpus, recording, judgements, choice, outcomes)
    }

    /// The report of the recording of one document, judged: only profiles that say something of it are in it.
    pub fn of_document(
        corpus: &Corpus,
        recording: &Recording,
        judgements: &Judgements,
        choice: &Choice,
        document: Document,
    ) -> Self {
        let outcome = |profile: &String| outcome::of_document(corpus, judgements, profile);
        let chosen = choice.profiles(corpus);
        let speaks = |profile: &&String| {
            chosen.contains(&profile.as_str()) || judgements.values().any(|by| by.contains_key(*profile))
        };
        let profiles = corpus.profiles.keys().filter(speaks);
        let outcomes = profiles.map(|profile| (profile.clone(), outcome(profile))).collect();
        let mut report = Self::with(corpus, recording, judgements, choice, outcomes);
        report.target.url.clone_from(&document.file);
        report.document = Some(document);
        report
    }

    fn with(
        corpus: &Corpus,
        recording: &Recording,
        judgements: &Judgements,
        choice: &Choice,
        outcomes: BTreeMap<String, outcome::Reasoned>,
    ) -> Self {
        let chosen = choice.profiles(corpus);
        let decisive =
            chosen.iter().filter_map(|profile| outcomes.get(*profile)).max_by_key(|one| one.outcome);
        Self {
            format: FORMAT,
            tool: Tool::this(),
            target: recording.target.clone(),
            insecure: recording.insecure,
            interrupted: recording.interrupted,
            profile: choice.name().to_owned(),
            outcome: decisive.map_or(Outcome::Inconclusive, |one| one.outcome),
            reason: decisive.and_then(|one| one.reason.clone()),
            summary: outcomes.keys().map(|profile| (profile.clone(), count(judgements, profile))).collect(),
            outcomes: outcomes.into_iter().map(|(profile, one)| (profile, one.outcome)).collect(),
            results: judgements
                .iter()
                .filter_map(|(id, by)| CaseResult::new(corpus, id, by, &chosen))
                .collect(),
            document: None,
            tokens: recording.tokens.clone(),
            stopped: Stopped::of(corpus, recording),
            left: recording.left.clone(),
            exchanges: recording.exchanges.clone(),
        }
    }
}

fn count(judgements: &Judgements, profile: &str) -> BTreeMap<Verdict, usize> {
    let mut counts: BTreeMap<Verdict, usize> = Verdict::ALL.into_iter().map(|verdict| (verdict, 0)).collect();
    for judgement in judgements.values().filter_map(|by| by.get(profile)) {
        *counts.entry(judgement.verdict).or_default() += 1;
    }
    counts
}

impl Diagnosed {
    fn new(corpus: &Corpus, id: &str) -> Option<Self> {
        let Diagnosis { title, says, .. } = &corpus.diagnoses.get(id)?.value;
        let says = says.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Self { id: id.to_owned(), title: title.clone(), says })
    }
}

impl CaseResult {
    fn new(corpus: &Corpus, id: &str, by: &BTreeMap<String, Judgement>, chosen: &[&str]) -> Option<Self> {
        let case = &corpus.cases.get(id)?.value;
        let worst =
            chosen.iter().filter_map(|profile| by.get_key_value(*profile)).min_by_key(|(_, j)| j.verdict);
        let newest = || {
            let released = |profile: &String| corpus.profiles.get(profile).map(|p| p.value.released.clone());
            by.iter().max_by_key(|(profile, _)| released(profile))
        };
        let (profile, judgement) = worst.or_else(newest)?;
        let requirements = case.requirements.iter().filter_map(|cited| {
            let requirement = &corpus.requirements.get(&cited.value)?.value;
            Some(Cited {
                id: cited.value.clone(),
                source: requirement.source.clone(),
                url: requirement.url.clone(),
                profiles: requirement.profiles.clone(),
            })
        });
        let mut result = Self {
            case: id.to_owned(),
            title: case.title.clone(),
            verdicts: by.iter().map(|(profile, j)| (profile.clone(), j.verdict)).collect(),
            level: by.iter().map(|(profile, j)| (profile.clone(), j.level)).collect(),
            requirements: requirements.collect(),
            profile: profile.clone(),
            message: None,
            expected: None,
            actual: None,
            because: None,
            options: None,
            findings: Vec::new(),
            exchanges: judgement.exchanges.clone(),
            control: judgement.control,
            expected_failure: None,
            diagnoses: judgement.diagnoses.iter().filter_map(|id| Diagnosed::new(corpus, id)).collect(),
            fix: None,
            why: None,
        };
        result.explain(&judgement.conclusion, case);
        Some(result)
    }

    fn explain(&mut self, conclusion: &Conclusion, case: &Case) {
        match conclusion {
            Conclusion::Holds => {}
            Conclusion::Broken(flawed) => {
                let first = flawed.first().map(|one| &one.finding);
                self.message = first.map(|finding| finding.message.clone());
                self.expected = first.and_then(|finding| finding.expected.clone());
                self.actual = first.and_then(|finding| finding.actual.clone());
                let located = |one: &Flawed| Located {
                    item: one.item.clone(),
                    finding: one.finding.clone(),
                    spot: None,
                };
                self.findings = flawed.iter().map(located).collect();
                self.fix = Some(case.fix.clone());
                self.why.clone_from(&case.why);
            }
            Conclusion::NotApplicable(why) | Conclusion::Error(why) => self.message = Some(why.clone()),
            Conclusion::Untested { why, because, options } => {
                self.options.clone_from(options);
                self.message = Some(why.clone());
                self.because.clone_from(because);
            }
        }
    }
}
