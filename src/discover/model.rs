//! What a walk is: steps, what was tried and read in each, and where it led. As JSON this is a contract.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::model::recording::Tool;

/// The version of the walk's shape. Members are only ever added to it.
pub const FORMAT: u32 = 1;

/// A walk from an MCP endpoint to its authorization servers.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Walk {
    /// The version of this document's shape.
    pub format: u32,
    /// What wrote it.
    pub tool: Tool,
    /// The MCP endpoint, as the user gave it.
    pub target: String,
    /// Whether certificates were not verified, so that anybody may have answered.
    pub insecure: bool,
    /// Whether the walk came to the endpoints of an authorization server.
    pub arrived: bool,
    /// How the server tells where its authorization server is, as far as the walk found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// What there is to know about that layout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// In the order in which a client takes them.
    pub steps: Vec<Step>,
    /// Those that the walk came to.
    pub authorization_servers: Vec<AuthorizationServer>,
    /// Where it ended, if it did not arrive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broke: Option<Broke>,
}

/// How a server tells where its authorization server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Protected resource metadata lists it (MCP 2025-06-18 and later).
    ProtectedResourceMetadata,
    /// A document on the MCP host has an `issuer` elsewhere.
    AsPointer,
    /// The MCP host is the authorization server (MCP 2025-03-26).
    HostMetadata,
}

impl Layout {
    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProtectedResourceMetadata => "protected-resource-metadata",
            Self::AsPointer => "as-pointer",
            Self::HostMetadata => "host-metadata",
        }
    }

    /// How it is to be taken, in a sentence.
    pub fn note(self) -> Option<&'static str> {
        match self {
            Self::ProtectedResourceMetadata => None,
            Self::AsPointer => Some(
                "This is the as-pointer layout: authorization server metadata on the MCP host names an issuer \
                 elsewhere. It is not what MCP asks for from 2025-06-18 on, which is protected resource metadata \
                 (RFC 9728), and clients of those revisions stop at step 2.",
            ),
            Self::HostMetadata => Some(
                "This is the layout of MCP 2025-03-26: the MCP host is its own authorization server. From 2025-06-18 \
                 on MCP asks for protected resource metadata (RFC 9728), and clients of those revisions may stop at \
                 step 2.",
            ),
        }
    }
}

/// One step of a walk.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Step {
    /// What the client looks for.
    pub title: String,
    /// The requests, in the order in which a client makes them.
    pub tries: Vec<Try>,
    /// What the client reads from the answer that counts.
    pub read: Vec<Read>,
    /// Whether it found what it looks for.
    pub ok: bool,
    /// What is wrong: if `ok`, what strict clients refuse; if not, the last one is why.
    pub problems: Vec<String>,
}

/// One request of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Try {
    /// Why a client asks here.
    pub place: String,
    /// The HTTP method.
    pub method: String,
    /// The URL, unless there was nothing to make one from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The exchange's number in the recording.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<usize>,
    /// The HTTP status, if an answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why no answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What the answer is, or why the request was not sent.
    pub found: String,
    /// What it means for the walk.
    pub standing: Standing,
}

/// What one request means for the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The client goes on from here.
    Counts,
    /// The client finds nothing and tries the next.
    Passed,
    /// The client has what it needs and does not ask. It was asked for this walk all the same.
    NotNeeded,
    /// There was nothing to ask.
    NotSent,
}

/// One thing that a client reads.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Read {
    /// A parameter of a challenge (`Bearer scope`) or a member of a document.
    pub what: String,
    /// Its value, as it was sent; null where it is absent.
    pub value: Value,
}

/// An authorization server that a walk came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuthorizationServer {
    /// Its identifier.
    pub issuer: String,
    /// Where its metadata is.
    pub metadata_url: String,
    /// Where users give their consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    /// Where tokens are had.
    pub token_endpoint: String,
    /// Where clients register themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    /// Where its keys are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// The PKCE methods that it names.
    pub code_challenge_methods_supported: Vec<String>,
}

/// Where a walk ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Broke {
    /// The step, from 1.
    pub step: usize,
    /// Why, in a sentence without a period.
    pub why: String,
}

impl Read {
    pub(super) fn new(what: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { what: what.into(), value: value.into() }
    }
}
