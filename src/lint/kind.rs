//! The documents that can be judged in a file.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::requirement::Role;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Protected resource metadata (RFC 9728).
    ResourceMetadata,
    /// Authorization server metadata (RFC 8414), or an OpenID configuration.
    ServerMetadata,
    /// A JSON Web Key set (RFC 7517).
    Jwks,
    /// The metadata document of a client, at its client_id (MCP client registration).
    ClientMetadata,
    /// WWW-Authenticate of a 401: its values, its lines, or the head of the response.
    Challenge,
}

impl Kind {
    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::ResourceMetadata => "resource-metadata",
            Self::ServerMetadata => "server-metadata",
            Self::Jwks => "jwks",
            Self::ClientMetadata => "client-metadata",
            Self::Challenge => "challenge",
        }
    }

    /// What it is, as a noun phrase.
    pub fn title(self) -> &'static str {
        match self {
            Self::ResourceMetadata => "protected resource metadata",
            Self::ServerMetadata => "authorization server metadata",
            Self::Jwks => "key set",
            Self::ClientMetadata => "client metadata",
            Self::Challenge => "challenge of a 401",
        }
    }

    /// Whose it is.
    pub fn role(self) -> Role {
        match self {
            Self::ResourceMetadata | Self::Challenge => Role::Server,
            Self::ServerMetadata | Self::Jwks => Role::AuthorizationServer,
            Self::ClientMetadata => Role::Client,
        }
    }

    /// The probes whose answer it is.
    pub fn probes(self) -> &'static [&'static str] {
        match self {
            Self::ResourceMetadata => &["resource-metadata"],
            Self::ServerMetadata => &["server-metadata", "openid-configuration"],
            Self::Jwks => &["server-keys"],
            Self::ClientMetadata => &["client-metadata"],
            Self::Challenge => &["mcp.no-token"],
        }
    }
}
