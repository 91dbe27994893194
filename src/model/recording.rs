//! Everything that was exchanged in a run: one JSON document that can be judged again with no network.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::exchange::Exchange;
use super::profile::Era;
use super::requirement::Role;

/// What is tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// As what.
    pub role: Role,
    /// The URL as the user gave it.
    pub url: String,
}

impl Target {
    /// The MCP server whose endpoint is at `url`, with its authorization servers.
    pub fn server(url: impl Into<String>) -> Self {
        Self { role: Role::Server, url: url.into() }
    }

    /// The authorization server that calls itself `issuer`, alone.
    pub fn authorization_server(issuer: impl Into<String>) -> Self {
        Self { role: Role::AuthorizationServer, url: issuer.into() }
    }
}

/// The program that wrote a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// `mcp-conform`.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Tool {
    /// This program.
    pub fn this() -> Self {
        Self { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// What one candidate of a probe came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// The candidate's name; empty where the probe has only one.
    pub name: String,
    /// The exchange, if it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<usize>,
    /// Why it was not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_sent: Option<NotSent>,
}

/// Why a request was not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotSent {
    /// In words, for a sentence after "because".
    pub why: String,
    /// The probe that gave nothing to build the request from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<String>,
    /// The options of `check` with which it could be sent: the user asked for less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
}

impl NotSent {
    /// For a reason that no probe is to blame for.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), probe: None, options: None }
    }

    /// Because `probe` gave nothing.
    pub fn because_of(probe: &str, why: impl Into<String>) -> Self {
        Self { probe: Some(probe.to_owned()), ..Self::new(why) }
    }

    /// For want of `options`.
    pub fn without(options: &str, why: impl Into<String>) -> Self {
        Self { options: Some(options.to_owned()), ..Self::new(why) }
    }
}

impl std::fmt::Display for NotSent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.why)
    }
}

/// What one probe came to: in one era, and for one item where it is sent for each of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeRecord {
    /// The probe's name.
    pub probe: String,
    /// How its requests, and those before it, looked.
    pub era: Era,
    /// Its place in the list and the item, where the probe is sent for each of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Item>,
    /// The candidates, in the order of the probe.
    pub attempts: Vec<Attempt>,
    /// The exchange that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<usize>,
}

impl ProbeRecord {
    /// The attempt called `name`.
    pub fn attempt(&self, name: &str) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.name == name)
    }

    /// The exchange that a look at the probe sees: that of `candidate`, or the one that counts.
    pub fn seen(&self, candidate: Option<&str>) -> Option<usize> {
        match candidate {
            Some(name) => self.attempt(name)?.exchange,
            None => self.used,
        }
    }
}

/// One member of the list that a probe is sent for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// From 0.
    pub index: usize,
    /// The member as text.
    pub value: String,
}

/// Where a token came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TokenSource {
    /// The user gave it.
    Given,
    /// The authorization server issued it to us in this run.
    Issued,
    /// It was made up, or another one changed.
    Forged,
    /// An authorization server for tests signed it.
    Signed,
}

/// What is known of a token that requests carried; in their place stands `~token.NAME~`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenFacts {
    /// Its name, as in `cases/tokens/`.
    pub name: String,
    /// Where it came from.
    pub source: TokenSource,
    /// The header of a JWT; nothing of an opaque token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Value>,
    /// The claims of a JWT, the personal ones by name only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Value>,
    /// Whether somebody asked for the key at the URL that its header names, which is ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_fetched: Option<bool>,
}

/// A whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// The version of this document's shape.
    pub format: u32,
    /// What recorded it.
    pub tool: Tool,
    /// What was tested.
    pub target: Target,
    /// Whether it was recorded without verifying certificates, so that anybody may have answered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insecure: bool,
    /// Whether it was stopped before it was over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// The tokens that requests carried, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<TokenFacts>,
    /// Ids of the clients that the run registered and could not remove.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
    /// By probe, era and item.
    pub probes: Vec<ProbeRecord>,
    /// By id.
    pub exchanges: Vec<Exchange>,
}

/// The shape of recordings that this version reads and writes.
pub const FORMAT: u32 = 1;

impl Recording {
    /// The records of `probe` in `era`: one, or one an item.
    pub fn of<'a>(&'a self, probe: &'a str, era: Era) -> impl Iterator<Item = &'a ProbeRecord> {
        self.probes.iter().filter(move |record| record.probe == probe && record.era == era)
    }

    /// What is known of a token.
    pub fn token(&self, name: &str) -> Option<&TokenFacts> {
        self.tokens.iter().find(|token| token.name == name)
    }

    /// The exchange with this id.
    pub fn exchange(&self, id: usize) -> Option<&Exchange> {
        self.exchanges.get(id)
    }
}
