//! Something we send: once a run, however many cases read it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::template::Template;

/// One probe. Files in `cases/probes/` map names to these. Exactly one of `rpc`, `get` and `candidates` is given.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Probe {
    /// What it asks for, as a noun phrase.
    pub title: String,
    /// Probes that must be over first, besides those whose answers the templates read.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub after: Vec<Spanned<String>>,
    /// The profiles in which it means something; all where left out. Cases over it exist only there.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub profiles: Option<Vec<Spanned<String>>>,
    /// The case that wants this answer: other cases over it are untested because of that one unless it holds.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub wanted_by: Option<Spanned<String>>,
    /// Sent once for each string of this list.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub for_each: Option<Spanned<Template>>,
    /// JSON-RPC requests to the target.
    #[serde(default)]
    pub rpc: Option<Rpc>,
    /// A GET.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub get: Option<Spanned<Template>>,
    /// Several GETs of which one counts: the first, in this order, that answers 200 with a JSON object.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
}

/// JSON-RPC requests in the form of the era, one after the other until one is refused.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rpc {
    /// What is called, in order. The request that counts is the first that is refused, else the first.
    pub calls: Vec<Call>,
    /// Headers besides those of the era. With them, what counts is the first answer that is not a good one.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// A JSON-RPC request that a client would send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// `initialize` in the legacy era, `server/discover` in the modern one.
    Open,
    /// `tools/list`.
    ToolsList,
    /// `tools/call` of a tool that does not exist, so that nothing happens where it is allowed.
    ToolsCall,
}

impl Call {
    /// What the attempt is called in a recording.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::ToolsList => "tools-list",
            Self::ToolsCall => "tools-call",
        }
    }
}

/// One of several places where an answer may be.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Candidate {
    /// Its name; a case looks at this candidate alone as `probe.name`.
    pub name: String,
    /// The URL.
    #[schemars(with = "String")]
    pub get: Spanned<Template>,
}

impl Probe {
    /// The templates of its requests, by candidate name.
    pub fn gets(&self) -> Vec<(&str, &Template)> {
        let one = self.get.iter().map(|get| ("", &get.value));
        one.chain(self.candidates.iter().map(|c| (c.name.as_str(), &c.get.value))).collect()
    }

    /// Every template in it.
    pub fn templates(&self) -> impl Iterator<Item = &Spanned<Template>> {
        self.for_each.iter().chain(&self.get).chain(self.candidates.iter().map(|c| &c.get))
    }
}
