//! A set of requirements that a target can claim.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

/// How an MCP request looks on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Era {
    /// An initialize handshake opens a session (to 2025-11-25).
    Legacy,
    /// Every request carries its own `_meta` and headers (from 2026-07-28).
    Modern,
}

impl Era {
    /// Both, in the order in which they came.
    pub const ALL: [Self; 2] = [Self::Legacy, Self::Modern];
}

/// One file of `cases/profiles/`; its name is the file's.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// What it stands for, in a sentence.
    pub title: String,
    /// How requests look in it.
    pub era: Era,
    /// The day it came out, `YYYY-MM-DD`.
    pub released: String,
    /// Whether it is a revision of the MCP specification, and so part of `--profile all`.
    pub revision: bool,
    /// The cases that decide the outcome: ids, or a folder with `/*` at its end. Others are only reported.
    #[schemars(with = "Vec<String>")]
    pub scored: Vec<Spanned<String>>,
}

impl Profile {
    /// Whether the outcome depends on `case`.
    pub fn scores(&self, case: &str) -> bool {
        self.scored.iter().any(|pattern| covers(&pattern.value, case))
    }
}

/// Whether `pattern` of a `scored` list names `case`.
pub(crate) fn covers(pattern: &str, case: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(folder) => case.starts_with(folder),
        None => pattern == case,
    }
}
