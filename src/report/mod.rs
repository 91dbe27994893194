//! From judgements to what is read: the report of a run, and its formats, one a file.

pub mod ascii;
pub mod badge;
pub mod drift;
pub mod escape;
pub mod format;
pub mod frame;
pub mod github;
pub mod html;
pub mod human;
pub mod job_outputs;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod outcome;
pub mod progress;
pub mod sarif;
pub mod stopped;
pub mod tap;
pub mod terminal;
pub(crate) mod view;
pub mod walk;
pub(crate) mod words;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use self::stopped::Stopped;
use crate::check::Finding;
use crate::judge::{Conclusion, Judgement, Judgements};
use crate::model::case::Case;
use crate::model::corpus::Corpus;
use crate::model::diagnosis::Diagnosis;
use crate::model::exchange::Exchange;
use crate::model::profile::Era;
use crate::model::recording::{Item, Recording, Target, TokenFacts, Tool};
use crate::model::requirement::Level;
use crate::model::verdict::{Outcome, Verdict};

/// The version of the report's shape. Members are only ever added to it.
pub const FORMAT: u32 = 1;

/// What a run says about its target. As JSON this is a contract.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Report {
    /// The version of this document's shape.
    pub format: u32,
    /// What wrote it.
    pub tool: Tool,
    /// What was tested.
    pub target: Target,
    /// Whether certificates were not verified, so that anybody may have answered in the target's place.
    pub insecure: bool,
    /// Whether the run was stopped before it was over.
    pub interrupted: bool,
    /// The profile that decides, or `all`.
    pub profile: String,
    /// What it comes to under that profile.
    pub outcome: Outcome,
    /// Why it comes to that, where it is neither conforming nor not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The outcome under every profile.
    pub outcomes: BTreeMap<String, Outcome>,
    /// The number of cases by verdict, under every profile.
    pub summary: BTreeMap<String, BTreeMap<Verdict, usize>>,
    /// By case.
    pub results: Vec<CaseResult>,
    /// The document that was judged, where one was read instead of asking a target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    /// What is known of the tokens that requests carried.
    pub tokens: Vec<TokenFacts>,
    /// Where the login stopped, if it led to no token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
    /// Ids of clients that the run registered and could not remove.
    pub left: Vec<String>,
    /// What was exchanged, by id.
    pub exchanges: Vec<Exchange>,
}

/// A document that was read from a file. Of the one exchange in such a report only the body, or the challenge, is from
/// the file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Document {
    /// What it was read as.
    #[serde(rename = "as")]
    pub kind: String,
    /// The same as a noun phrase.
    pub title: String,
    /// The file, or `<stdin>`.
    pub file: String,
    /// Where it is served, as the user gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Cases about such documents that the file alone does not decide.
    pub left_out: Vec<LeftOut>,
}

/// A case that was not judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftOut {
    /// Its id.
    pub case: String,
    /// What it takes.
    pub needs: Need,
    /// The profiles in which it exists.
    pub profiles: Vec<String>,
}

/// What it takes to judge a case that a file alone does not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// Where the document is served.
    Url,
    /// A server that runs.
    Server,
}

/// A place in a file, counted from one; columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Spot {
    /// The line.
    pub line: usize,
    /// The character in that line.
    pub column: usize,
}

/// What one case says.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct CaseResult {
    /// Its id.
    pub case: String,
    /// What a good target does.
    pub title: String,
    /// By profile; profiles in which the case does not exist are left out.
    pub verdicts: BTreeMap<String, Verdict>,
    /// How strongly it binds, by profile.
    pub level: BTreeMap<String, Level>,
    /// What it tests.
    pub requirements: Vec<Cited>,
    /// The profile that the members below speak of: the one that decides, or else the newest in which the case exists.
    pub profile: String,
    /// What is wrong, or why it is not tested or not applicable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// The case whose failure is the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The options of `check` with which it would have been tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
    /// Everything that was found wrong; `message`, `expected` and `actual` are those of the first.
    pub findings: Vec<Located>,
    /// The exchanges it looked at.
    pub exchanges: Vec<usize>,
    /// The exchange with the good token: what a bad one does counts only where that was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<usize>,
    /// That it was known to fail, where a file of expected failures says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_failure: Option<Expected>,
    /// What probably lies behind it.
    pub diagnoses: Vec<Diagnosed>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// Why it matters to a client, where something was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A finding and the item in which it was made.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Located {
    /// The item, where the probe was sent for each of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<Item>,
    /// What is wrong.
    pub finding: Finding,
    /// Where in the file, if a document was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spot: Option<Spot>,
}

/// A failure that is expected for now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Expected {
    /// Why.
    pub reason: String,
    /// The last day on which it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// What probably lies behind a finding.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Diagnosed {
    /// The name of the diagnosis.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// How that comes about and what to do.
    pub says: String,
}

/// A requirement that a case tests.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Cited {
    /// Its id.
    pub id: String,
    /// The document and section.
    pub source: String,
    /// A link to it.
    pub url: String,
    /// The profiles in which it binds.
    pub profiles: Vec<String>,
}

/// Which profile decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// This one.
    One(String),
    /// Every revision of the specification.
    All,
}

impl Choice {
    /// `all`, or the profile's name.
    pub fn name(&self) -> &str {
        match self {
            Self::One(name) => name,
            Self::All => "all",
        }
    }

    /// The profiles that it stands for.
    pub fn profiles<'a>(&'a self, corpus: &'a Corpus) -> Vec<&'a str> {
        match self {
            Self::One(name) => vec![name],
            Self::All => corpus.revisions(),
        }
    }
}

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
                let located = |one: &crate::judge::Flawed| Located {
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

    /// Its verdict under the profile that its message speaks of.
    pub fn verdict(&self) -> Verdict {
        self.verdicts.get(&self.profile).copied().unwrap_or(Verdict::Untested)
    }
}

/// The era of a profile, for what is said about its requests.
pub fn era_of(corpus: &Corpus, profile: &str) -> Era {
    corpus.profiles.get(profile).map_or(Era::Modern, |profile| profile.value.era)
}
