//! What the tools take. No secret is an argument, nor where one is: whoever misleads an agent could have it sent to himself.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::cli::{Check, Judging, Network, Tested, Tokens};
use crate::lint::Kind;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckArguments {
    /// The MCP endpoint, as in https://example.com/mcp, or a target by its name in mcp-conform.yaml.
    url: String,
    /// What the URL is; server where left out.
    role: Option<Tested>,
    /// The profile that decides: 2025-03-26, 2025-06-18, 2025-11-25, 2026-07-28, as-pointer or all; the newest where left out.
    profile: Option<String>,
    /// Whether to log in without a browser: follow redirects and submit plain forms. Registers clients and removes them.
    #[serde(default)]
    login: bool,
    /// Whether a public server may name private addresses.
    #[serde(default)]
    allow_private: bool,
    /// Whether to give the requests and answers behind the findings, too.
    #[serde(default)]
    pub(super) exchanges: bool,
}

impl CheckArguments {
    /// The same as on the command line.
    pub(super) fn given(&self) -> Check {
        Check {
            url: Some(self.url.clone()),
            role: self.role,
            judging: Judging { profile: self.profile.clone(), ..Judging::default() },
            tokens: Tokens { login: self.login, headless: self.login, ..Tokens::default() },
            network: Network { allow_private: self.allow_private, ..Network::default() },
            ..Check::default()
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DiscoverArguments {
    /// The MCP endpoint, as in https://example.com/mcp, or a target by its name in mcp-conform.yaml.
    pub(super) url: String,
    /// Whether a public server may name private addresses.
    #[serde(default)]
    pub(super) allow_private: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExplainArguments {
    /// The id, as in server/challenge/present.
    pub(super) id: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LintArguments {
    /// What the text is.
    pub(super) kind: Kind,
    /// The document, or the challenge.
    pub(super) text: String,
    /// Where it is served, to compare what it says with that.
    pub(super) url: Option<String>,
    /// The profile that decides; the newest where left out.
    pub(super) profile: Option<String>,
}
