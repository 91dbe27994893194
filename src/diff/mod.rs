//! What changed between two runs: before and after an upgrade, in staging and in production.
//!
//! ```text
//! ✗ pass → fail   A parameter value is one token or stands in double quotes
//! ```
//!
//! Runs are read from recordings or JSON reports ([`side`]). What differs between any two runs, such as ports, dates and
//! random values, and the hosts that take each other's place, is no change (`stable`).

mod compare;
mod exchanges;
pub mod human;
pub mod markdown;
pub mod side;
mod stable;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use compare::compare;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::recording::{Target, Tool};
use crate::model::verdict::{Outcome, Verdict};

/// The version of the shape of a comparison. Members are only ever added to it.
pub const FORMAT: u32 = 1;

/// What differs where one run got no answer, or sent nothing.
const ANSWER: &str = "answer";

/// Two runs compared. As JSON this is a contract.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Comparison {
    /// The version of this document's shape.
    pub format: u32,
    /// What wrote it.
    pub tool: Tool,
    /// The first run.
    pub before: Run,
    /// The second.
    pub after: Run,
    /// The profile that decides, or `all`.
    pub profile: String,
    /// Whether something became worse under it.
    pub worse: bool,
    /// The outcomes, under every profile that both runs have.
    pub outcomes: BTreeMap<String, Change<Outcome>>,
    /// Origins that were taken for the same server.
    pub hosts: Vec<Change<String>>,
    /// The cases that changed: the worst first.
    pub changes: Vec<CaseChange>,
    /// Cases that exist only in the second run.
    pub appeared: Vec<Only>,
    /// Cases that exist only in the first.
    pub vanished: Vec<Only>,
}

/// Where one side comes from.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Run {
    /// The file.
    pub file: String,
    /// What it holds.
    pub kind: Kind,
    /// What wrote it.
    pub tool: Tool,
    /// What was tested.
    pub target: Target,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// What `check --record` wrote.
    Recording,
    /// What `check --format json` wrote.
    Report,
}

/// Something before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change<T> {
    /// In the first run.
    pub before: T,
    /// In the second.
    pub after: T,
}

/// Which way a case went. The order is that of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// A failure or warning that was not there, or a pass that cannot be shown any more.
    Worse,
    /// It cannot be seen any more: for want of an option, because of a case that is worse, or where it was wrong before.
    Unseen,
    /// What was wrong is right, or less wrong; or what was not tested passes.
    Better,
    /// Neither.
    Other,
    /// It changed only under profiles that do not decide.
    Elsewhere,
}

/// A case that changed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CaseChange {
    /// Its id.
    pub case: String,
    /// What a good target does.
    pub title: String,
    /// Which way it went.
    pub direction: Direction,
    /// The verdict under the profile that decides; of several, the one that went worst.
    pub verdict: Change<Verdict>,
    /// The verdicts that changed, by profile.
    pub verdicts: BTreeMap<String, Change<Verdict>>,
    /// What the runs say of it.
    pub facts: Change<Facts>,
    /// The exchanges it looked at, where they were answered differently.
    pub exchanges: Vec<ExchangeChange>,
}

/// What a run says of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Facts {
    /// What was found wrong.
    pub findings: Vec<Fact>,
    /// The case whose failure is the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Why it was not tested or not applicable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The options of `check` with which it would have been tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Fact {
    /// The item, where the probe was sent for each of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
}

/// An exchange that was answered differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExchangeChange {
    /// The probe that it answers.
    pub probe: String,
    /// Method and URL in the second run, or in the first if only that has it.
    pub request: String,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// One thing that differs in an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// What it is, as in `status`, `www-authenticate` and `body /issuer`.
    pub what: String,
    /// In the first run; left out where it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// In the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A case that only one of the runs knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Only {
    /// Its id.
    pub case: String,
    /// Its verdicts there, by profile.
    pub verdicts: BTreeMap<String, Verdict>,
}

impl Comparison {
    /// The cases that went this way.
    pub fn of(&self, direction: Direction) -> Vec<&CaseChange> {
        self.changes.iter().filter(|change| change.direction == direction).collect()
    }

    /// The comparison as JSON, indented, with a newline at its end.
    ///
    /// # Errors
    /// Never in practice: every member is plain data.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

/// The JSON Schema of a comparison.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Comparison)
}
