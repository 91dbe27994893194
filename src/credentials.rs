//! What a user gives for the cases that need a token. Secrets come from the environment or from files, and are never shown.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::login::secret::Secret;

/// How the run comes by its good token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// The user has one.
    Given(Secret),
    /// By the client credentials grant.
    ClientCredentials,
    /// By the authorization code grant, in the user's browser or without one.
    Login {
        /// Whether redirects are followed and plain forms submitted by the program itself.
        headless: bool,
    },
}

/// A client that is registered already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenClient {
    /// Its `client_id`.
    pub id: String,
    /// Its secret, if it has one.
    pub secret: Option<Secret>,
}

/// What a user gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Where the good token is to come from; nowhere, where left out.
    pub way: Option<Way>,
    /// The client to be.
    pub client: Option<GivenClient>,
    /// The URL of a client ID metadata document to be known by.
    pub client_metadata_url: Option<String>,
    /// The scopes to ask for, in place of those that the server names.
    pub scope: Option<String>,
    /// A scope that includes those that the first request needs.
    pub broader_scope: Option<String>,
    /// Another resource of the same authorization server.
    pub other_resource: Option<String>,
    /// Tokens that the user knows to be bad, by name.
    pub bad: BTreeMap<String, Secret>,
    /// The file in which the login is kept for the next run.
    pub keep: Option<PathBuf>,
    /// What is filled into login forms, by the name of the field.
    pub fields: BTreeMap<String, Secret>,
}

impl Credentials {
    /// Every secret in it.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let given = self.way.iter().filter_map(|way| match way {
            Way::Given(token) => Some(token),
            Way::ClientCredentials | Way::Login { .. } => None,
        });
        let client = self.client.iter().filter_map(|client| client.secret.as_ref());
        given.chain(client).chain(self.bad.values()).chain(self.fields.values())
    }
}
