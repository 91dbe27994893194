//! What the tools take. No secret is an argument, nor where one is: whoever misleads an agent could have it sent to himself.

use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cli::{Check, Judging, Network, Tested, Tokens, patience};
use crate::command::Failure;
use crate::lint::Kind;
use crate::load::read::plain;

/// The arguments of a call.
pub(super) fn read<T: DeserializeOwned>(given: JsonObject) -> Result<T, Failure> {
    serde_path_to_error::deserialize(Value::Object(given)).map_err(|error| {
        let (message, help) = plain(&error.inner().to_string());
        // The parser is at an argument that does not exist, too, and its message names that itself.
        let place = match error.path().to_string() {
            place if place == "." || message.contains(&format!("`{place}`")) => String::new(),
            place => format!("{place}: "),
        };
        let help = help.map_or(String::new(), |help| format!(": {help}"));
        Failure::usage(format!("{place}{message}{help}"))
    })
}

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
    /// Seconds that one answer may take; 10 where left out.
    timeout: Option<f64>,
    /// Whether a public server may name private addresses.
    #[serde(default)]
    allow_private: bool,
    /// Whether to give the requests and answers behind the findings, too.
    #[serde(default)]
    pub(super) exchanges: bool,
}

impl CheckArguments {
    /// The same as on the command line.
    pub(super) fn given(&self) -> Result<Check, Failure> {
        let timeout = seconds(self.timeout)?;
        Ok(Check {
            url: Some(self.url.clone()),
            role: self.role,
            judging: Judging { profile: self.profile.clone(), ..Judging::default() },
            tokens: Tokens { login: self.login, headless: self.login, ..Tokens::default() },
            network: Network { timeout, allow_private: self.allow_private, ..Network::default() },
            ..Check::default()
        })
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DiscoverArguments {
    /// The MCP endpoint, as in https://example.com/mcp, or a target by its name in mcp-conform.yaml.
    pub(super) url: String,
    /// Seconds that one answer may take; 10 where left out.
    timeout: Option<f64>,
    /// Whether a public server may name private addresses.
    #[serde(default)]
    allow_private: bool,
}

impl DiscoverArguments {
    /// The same as on the command line.
    pub(super) fn network(&self) -> Result<Network, Failure> {
        let timeout = seconds(self.timeout)?;
        Ok(Network { timeout, allow_private: self.allow_private, ..Network::default() })
    }
}

fn seconds(given: Option<f64>) -> Result<Option<f64>, Failure> {
    given.map(patience).transpose().map_err(|expected| Failure::usage(format!("timeout: {expected}")))
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
