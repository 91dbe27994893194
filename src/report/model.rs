//! The report of a run, for every format. As JSON it is a contract.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::stopped::Stopped;
use crate::check::Finding;
use crate::model::corpus::Corpus;
use crate::model::exchange::Exchange;
use crate::model::recording::{Item, Target, TokenFacts, Tool};
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

impl CaseResult {
    /// Its verdict under the profile that its message speaks of.
    pub fn verdict(&self) -> Verdict {
        self.verdicts.get(&self.profile).copied().unwrap_or(Verdict::Untested)
    }
}
