//! Changes to finished responses: the part of being wrong, or unusual, that needs no code.
//!
//! ```yaml
//! - on: { server: mcp, status: 401 }
//!   www-authenticate: { remove-param: resource_metadata }
//! - on: { server: mcp, path: "/.well-known/oauth-protected-resource*", status: 200 }
//!   json: { set: { /authorization_servers: ["{{issuer}}/"] } }
//! ```
//!
//! What `on` can ask of a request: `path`, `method`, `has-authorization`, `with-header`, `without-header`, `with-form`,
//! `without-form`, `with-query`, of the response its `status` and `challenge`, and of an MCP message `rpc`, `tool` and `era`. `with-header: { origin: "*" }` is any
//! request with that header, `without-header: { accept: "*application/json*" }` one that does not ask for JSON.
//!
//! Edits are tried in order, each on what the one before left. One that cannot be made, such as `json` on a body
//! that is not JSON, turns the response into a 500 that says so: a silent one would pass for a conforming server.

mod asked;
mod challenge;
mod fill;
mod json;
mod layer;
mod response;
mod signed;
mod token;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use asked::Asked;
pub use asked::{Era, On, Server};
pub use challenge::ChallengeEdit;
pub use fill::{PLACEHOLDERS, UnknownPlaceholder};
pub(crate) use fill::{Places, filled};
pub use json::JsonEdit;
pub(crate) use layer::{Edits, layer};
pub use signed::SignedMetadataEdit;
pub use token::AccessTokenEdit;

/// One change, and the responses it is made to. Strings may hold placeholders such as `{{origin}}`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Edit {
    /// Which responses.
    pub on: On,
    /// Answers as if this path had been asked for; `on` is compared with what was really asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serve: Option<String>,
    /// Redirects here (302 unless `status` says otherwise), with an empty body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect: Option<String>,
    /// A new body, as JSON, with content-type application/json.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json_body: Option<Value>,
    /// A new body, as text; the content-type stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// A new body, as base64 of bytes that are no text; the content-type stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
    /// Changes members of a JSON body and leaves the others where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<JsonEdit>,
    /// Changes the access token of a token response and signs it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token: Option<AccessTokenEdit>,
    /// Adds a signed copy to a metadata document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_metadata: Option<SignedMetadataEdit>,
    /// Sends the body this many times over, chunked; for answers without a sensible end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<u64>,
    /// Waits this many milliseconds before each repetition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<u64>,
    /// Breaks the connection after this many bytes of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<usize>,
    /// A new status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Changes header lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<HeaderEdit>,
    /// Changes the challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub www_authenticate: Option<ChallengeEdit>,
    /// Waits this many milliseconds before the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<u64>,
}

/// Changes to header lines: removed, then set, then appended.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct HeaderEdit {
    /// Names of headers to drop.
    pub remove: Vec<String>,
    /// Headers to send instead of those there are.
    pub set: BTreeMap<String, String>,
    /// Header lines to send besides those there are.
    pub append: BTreeMap<String, String>,
}

/// Values for members, by JSON Pointer.
pub(crate) type Members = Map<String, Value>;

#[cfg(test)]
mod tests {
    use super::Edit;

    #[test]
    fn a_misspelled_key_is_an_error_with_its_position() {
        let error = serde_saphyr::from_str::<Vec<Edit>>("- on: { server: mcp }\n  staus: 401\n");
        let error = error.expect_err("an unknown key").to_string();
        assert!(error.contains("staus") && error.contains("json-body") && error.contains("2:3"), "{error}");
        assert!(serde_saphyr::from_str::<Vec<Edit>>("- { on: { server: mpc }, status: 401 }\n").is_err());
        assert!(serde_saphyr::from_str::<Vec<Edit>>("- { status: 401 }\n").is_err());
    }

    #[test]
    fn the_schema_names_every_action() {
        let schema = schemars::schema_for!(Edit).to_value().to_string();
        for name in [
            "json-body",
            "body-base64",
            "www-authenticate",
            "remove-param",
            "access-token",
            "has-authorization",
            "without-header",
            "with-form",
            "signed-metadata",
        ] {
            assert!(schema.contains(name), "{name}");
        }
    }
}
