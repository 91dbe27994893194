//! How a client gets an access token: a short procedure, one step after the other.
//!
//! ```text
//! login.wrong-verifier:
//!   login: { token: { code_verifier: "…" } }     a login whose token request is changed in one parameter
//! login.refresh:
//!   login: { then: [refresh, refresh-again] }    what is tried with what it gave
//! ```

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::template::Template;

/// Parameters that are not what they should be; `~` leaves one out.
pub type Changes = BTreeMap<String, Option<Spanned<Template>>>;

/// What is done with an authorization server.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Login {
    /// How the token is got.
    #[serde(default)]
    pub grant: Grant,
    /// Which scopes are asked for.
    #[serde(default)]
    pub scope: Scope,
    /// Which resource they are for.
    #[serde(default)]
    pub resource: Resource,
    /// Changes of the client metadata that is registered, for a client of its own; `~` leaves a member out.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub register: BTreeMap<String, Json>,
    /// For a client of its own that is a document on this machine: what is unusual about it. Where the client of the run is
    /// none, there is no such login.
    #[serde(default)]
    pub document: Option<Document>,
    /// For a client of its own that is registered with a key of ours and proves with a JWT who it is (RFC 7523 §2.2).
    #[serde(default)]
    pub assertion: Option<Assertion>,
    /// Changes of the authorization request.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Option<String>>")]
    pub authorize: Changes,
    /// Changes of the token request.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Option<String>>")]
    pub token: Changes,
    /// Parameters of the authorization request that are in it twice.
    #[serde(default)]
    pub twice: Vec<String>,
    /// Parameters of the token request that are in it twice.
    #[serde(default)]
    pub token_twice: Vec<String>,
    /// Whose page has the form sent by which the user agrees, where the authorization server asks for that.
    #[serde(default)]
    pub consent: Consent,
    /// Changes of the requests that use a refresh token.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Option<String>>")]
    pub refresh: Changes,
    /// Changes of the requests that revoke a token.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Option<String>>")]
    pub revoke: Changes,
    /// What is tried afterwards, in this order.
    #[serde(default)]
    pub then: Vec<Step>,
}

/// A client ID metadata document that is not what it should be.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Document {
    /// Members that are changed; `~` leaves one out. `{{document}}` in a text is the URL of the document.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub members: BTreeMap<String, Json>,
    /// The status with which it is served, 200 unless given.
    #[serde(default)]
    pub status: Option<u16>,
}

/// What is wrong with a client's assertion; nothing where all is left out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Assertion {
    /// Claims that are changed; `~` leaves one out.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub claims: BTreeMap<String, Json>,
    /// Whether its signature is one of another assertion.
    #[serde(default)]
    pub changed_afterwards: bool,
}

/// A JSON value in YAML.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Json(pub serde_json::Value);

/// How a token is got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Grant {
    /// By the authorization code grant with PKCE.
    #[default]
    Code,
    /// By the client credentials grant.
    ClientCredentials,
    /// Whichever of the two the good token was got by.
    AsGood,
    /// Not at all: a client is registered, and that is all.
    None,
}

/// What the token is for (RFC 8707).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// The server under test.
    #[default]
    Own,
    /// Another one: which, the user may say.
    Other,
}

/// Whose page has the form of consent sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Consent {
    /// That of the authorization server, by a button that the user presses.
    #[default]
    Given,
    /// A page of another site, with the form that the authorization server showed to somebody else (CSRF).
    Forged,
}

/// Which scopes are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Those of the challenge, or else of the resource metadata, as clients choose them (2025-11-25, scope selection).
    #[default]
    Needed,
    /// One that says who the user is and opens nothing.
    Other,
    /// Those that were needed, and those that the challenge to `insufficient-scope` asks for.
    StepUp,
    /// One that includes those that are needed, as the user says.
    Broader,
}

/// One request of a login, as it is called in a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// An authorization request of a client that is known by a document on this machine, to see whether such a one is taken.
    Document,
    /// The client is registered (RFC 7591).
    Register,
    /// The authorization request.
    Authorize,
    /// The page that asked the user to agree, and for nothing to be typed in.
    Consent,
    /// The authorization response, as it reached us.
    Callback,
    /// The token request.
    Token,
    /// The token request once more.
    TokenAgain,
    /// A new token is asked for with the refresh token.
    Refresh,
    /// The same with the refresh token that was used already.
    RefreshAgain,
    /// The newest refresh token, after an older one was used a second time.
    RefreshLast,
    /// The same with more scope than was granted.
    RefreshWider,
    /// The access token is revoked (RFC 7009).
    Revoke,
    /// The refresh token is revoked.
    RevokeRefresh,
    /// A token that nobody issued is revoked.
    RevokeUnknown,
    /// The authorization server is asked about the access token (RFC 7662).
    Introspect,
    /// It is asked about a token that nobody issued.
    IntrospectUnknown,
    /// The registration is read (RFC 7592).
    ReadClient,
    /// The same by somebody who does not have its registration access token.
    ReadClientAsStranger,
    /// The registration is removed (RFC 7592).
    RemoveClient,
}

impl Step {
    /// What the attempt is called in a recording.
    pub fn name(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Register => "register",
            Self::Authorize => "authorize",
            Self::Consent => "consent",
            Self::Callback => "callback",
            Self::Token => "token",
            Self::TokenAgain => "token-again",
            Self::Refresh => "refresh",
            Self::RefreshAgain => "refresh-again",
            Self::RefreshLast => "refresh-last",
            Self::RefreshWider => "refresh-wider",
            Self::Revoke => "revoke",
            Self::RevokeRefresh => "revoke-refresh",
            Self::RevokeUnknown => "revoke-unknown",
            Self::Introspect => "introspect",
            Self::IntrospectUnknown => "introspect-unknown",
            Self::ReadClient => "read-client",
            Self::ReadClientAsStranger => "read-client-as-stranger",
            Self::RemoveClient => "remove-client",
        }
    }
}

impl Step {
    /// The section that says how this step goes, and a link to it.
    pub fn clause(self) -> (&'static str, &'static str) {
        match self {
            Self::Document => (
                "Client ID Metadata Document draft-00 section 4",
                "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-00#section-4",
            ),
            Self::Register => {
                ("RFC 7591 section 3.2", "https://www.rfc-editor.org/rfc/rfc7591.html#section-3.2")
            }
            Self::Authorize | Self::Consent => (
                "OAuth 2.1 draft-13 section 4.1.1",
                "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-13#section-4.1.1",
            ),
            Self::Callback => (
                "OAuth 2.1 draft-13 section 4.1.2",
                "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-13#section-4.1.2",
            ),
            Self::Token | Self::TokenAgain => (
                "OAuth 2.1 draft-13 section 3.2",
                "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-13#section-3.2",
            ),
            Self::Refresh | Self::RefreshAgain | Self::RefreshLast | Self::RefreshWider => (
                "OAuth 2.1 draft-13 section 4.3",
                "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-13#section-4.3",
            ),
            Self::Revoke | Self::RevokeRefresh | Self::RevokeUnknown => {
                ("RFC 7009 section 2", "https://www.rfc-editor.org/rfc/rfc7009.html#section-2")
            }
            Self::Introspect | Self::IntrospectUnknown => {
                ("RFC 7662 section 2", "https://www.rfc-editor.org/rfc/rfc7662.html#section-2")
            }
            Self::ReadClient | Self::ReadClientAsStranger | Self::RemoveClient => {
                ("RFC 7592 section 2", "https://www.rfc-editor.org/rfc/rfc7592.html#section-2")
            }
        }
    }
}

impl Login {
    /// The steps that it consists of, in order.
    pub fn steps(&self) -> Vec<Step> {
        let code: &[Step] = match self.grant {
            Grant::Code | Grant::AsGood => {
                &[Step::Document, Step::Register, Step::Authorize, Step::Consent, Step::Callback, Step::Token]
            }
            Grant::ClientCredentials => &[Step::Register, Step::Token],
            Grant::None => &[Step::Register],
        };
        code.iter().chain(&self.then).copied().collect()
    }

    /// Every template in it.
    pub fn templates(&self) -> impl Iterator<Item = &Spanned<Template>> {
        let changes = [&self.authorize, &self.token, &self.refresh, &self.revoke];
        changes.into_iter().flat_map(BTreeMap::values).flatten()
    }
}
