//! What a case, and a whole run, can come to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::requirement::Level;

/// What a case says about a target under one profile. The order is that of reports: worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// A broken MUST.
    Fail,
    /// A broken SHOULD.
    Warn,
    /// Our own bug or a broken case; says nothing about the target.
    Error,
    /// Something worth knowing that breaks nothing.
    Info,
    /// We could not look. Never green.
    Untested,
    /// The case's condition does not hold for this target.
    NotApplicable,
    /// Looked at, and right.
    Pass,
}

impl Verdict {
    /// Every verdict, worst first.
    pub const ALL: [Self; 7] =
        [Self::Fail, Self::Warn, Self::Error, Self::Info, Self::Untested, Self::NotApplicable, Self::Pass];

    /// The verdict on something wrong, from the level of what it breaks.
    pub fn of_broken(level: Level) -> Self {
        match level {
            Level::Must | Level::MustNot => Self::Fail,
            Level::Should | Level::ShouldNot => Self::Warn,
            Level::May | Level::Info => Self::Info,
        }
    }

    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Info => "info",
            Self::Untested => "untested",
            Self::NotApplicable => "not-applicable",
            Self::Pass => "pass",
        }
    }

    /// Whether the case looked and found something to say.
    pub fn is_finding(self) -> bool {
        matches!(self, Self::Fail | Self::Warn | Self::Info)
    }
}

/// What a run says about a target under one profile. The order is from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// No MUST is broken, and there was something to judge.
    Conforms,
    /// Nothing ever asked for a token: authorization is optional in MCP.
    NotProtected,
    /// We could not look at what decides.
    Inconclusive,
    /// At least one MUST is broken.
    DoesNotConform,
}

impl Outcome {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Conforms => "conforms",
            Self::NotProtected => "not-protected",
            Self::Inconclusive => "inconclusive",
            Self::DoesNotConform => "does-not-conform",
        }
    }
}
