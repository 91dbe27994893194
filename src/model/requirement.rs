//! A numbered statement of a spec, in our own words.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How strongly a statement binds (RFC 2119); INFO is worth knowing and binds nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Level {
    /// An absolute requirement.
    #[serde(rename = "MUST")]
    Must,
    /// An absolute prohibition.
    #[serde(rename = "MUST NOT")]
    MustNot,
    /// A recommendation.
    #[serde(rename = "SHOULD")]
    Should,
    /// Something not recommended.
    #[serde(rename = "SHOULD NOT")]
    ShouldNot,
    /// A permission.
    #[serde(rename = "MAY")]
    May,
    /// No keyword binds; a definition or a note on interoperability.
    #[serde(rename = "INFO")]
    Info,
}

impl Level {
    /// The RFC 2119 words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::MustNot => "MUST NOT",
            Self::Should => "SHOULD",
            Self::ShouldNot => "SHOULD NOT",
            Self::May => "MAY",
            Self::Info => "INFO",
        }
    }

    /// Whether it is a MUST or a MUST NOT.
    pub fn is_required(self) -> bool {
        matches!(self, Self::Must | Self::MustNot)
    }

    /// 3 for a MUST, 2 for a SHOULD, 1 for a MAY, 0 for INFO; a prohibition is as strong as its requirement.
    pub fn strength(self) -> u8 {
        match self {
            Self::Must | Self::MustNot => 3,
            Self::Should | Self::ShouldNot => 2,
            Self::May => 1,
            Self::Info => 0,
        }
    }
}

/// Whom a statement binds, and so what a case tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// An MCP server, as an OAuth resource server.
    Server,
    /// An OAuth authorization server.
    AuthorizationServer,
    /// An MCP client, as an OAuth client.
    Client,
}

impl Role {
    /// Its name in `cases/`, on the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::AuthorizationServer => "authorization-server",
            Self::Client => "client",
        }
    }
}

/// What it takes to see whether a statement is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// Requests to the MCP server that carry no good token.
    Tokenless,
    /// A good token.
    WithToken,
    /// Tokens that only its authorization server can make.
    AsCooperation,
    /// Requests to the authorization server by nobody in particular.
    Anonymous,
    /// A registered client.
    WithRegistration,
    /// A user who logs in.
    UserLogin,
    /// The metadata document that a client publishes.
    ClientMetadata,
    /// Nothing that is visible from outside.
    NotObservable,
}

/// One statement. Files in `cases/requirements/` map ids to these.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Requirement {
    /// Whom it binds.
    pub role: Role,
    /// The document and section it comes from.
    pub source: String,
    /// A link to that section.
    pub url: String,
    /// How strongly it binds.
    pub level: Level,
    /// Where a profile binds more or less strongly than `level`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub levels: BTreeMap<String, Level>,
    /// The profiles in which it binds.
    pub profiles: Vec<String>,
    /// The condition under which it binds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies_if: Option<String>,
    /// The statement in our own words.
    pub summary: String,
    /// How it can be seen.
    pub how: String,
    /// What it takes to see it.
    pub seen: Seen,
    /// No case tests it yet, but one will.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub planned: bool,
    /// Why no case can test it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untestable: Option<String>,
    /// Variants of the reference servers that make use of it, or come close to it, and are right all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
    /// What the revisions differ in, where they do: what was asked before, what is asked now, and since when. One line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
    /// What is easily got wrong about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

impl Requirement {
    /// How strongly it binds in `profile`; `None` where it does not.
    pub fn level_in(&self, profile: &str) -> Option<Level> {
        self.profiles
            .iter()
            .any(|p| p == profile)
            .then(|| self.levels.get(profile).copied().unwrap_or(self.level))
    }
}
