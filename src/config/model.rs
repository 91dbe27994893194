//! What `mcp-conform.yaml` may say. Each key does what the option of `check` does that its documentation names.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::cli::{Strength, Tested};

/// The targets of a project, and how each is checked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "mcp-conform.yaml")]
pub struct File {
    /// What holds for each target that does not say otherwise, and for a URL on the command line.
    #[serde(default)]
    pub defaults: Settings,
    /// What is checked, by name: letters, digits, `.`, `_` and `-`.
    #[serde(default)]
    pub targets: BTreeMap<String, Settings>,
}

/// A target, or what holds for all of them. Paths begin at the folder of the file; `{target}` in that of a report or recording
/// stands for the target's name.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// The MCP endpoint, or the issuer of an authorization server. Each target has one.
    #[schemars(with = "Option<String>")]
    pub url: Option<Spanned<String>>,
    /// What the URL is: `--role`.
    pub role: Option<Tested>,
    /// The profile that decides: `--profile`. One of your own needs `cases` beside it.
    #[schemars(with = "Option<String>")]
    pub profile: Option<Spanned<String>>,
    /// Whether a broken SHOULD fails the run, too: `--fail-on`.
    pub fail_on: Option<Strength>,
    /// Reports, each a FORMAT or FORMAT=PATH: `--format`.
    #[schemars(with = "Option<Vec<String>>")]
    pub formats: Option<Vec<Spanned<String>>>,
    /// The file of expected failures: `--expected-failures`.
    pub baseline: Option<PathBuf>,
    /// Whether a server that asks nobody for a token is a good one: `--allow-public`.
    pub allow_public: Option<bool>,
    /// A folder of cases of your own: `--cases`.
    pub cases: Option<PathBuf>,
    /// Where the recording goes: `--record`.
    pub record: Option<PathBuf>,
    /// Where the access token comes from.
    pub token: Option<Source>,
    /// The client that the authorization server knows.
    pub client: Option<Client>,
    /// Fields of a login form, each with the environment variable that holds its value: `--form-field`.
    pub form_fields: Option<BTreeMap<String, String>>,
    /// The scopes to ask for: `--scope`.
    pub scope: Option<String>,
    /// A scope that includes those: `--broader-scope`.
    pub broader_scope: Option<String>,
    /// Another resource of the same authorization server: `--other-resource`.
    pub other_resource: Option<String>,
    /// Tokens that are known to be bad, each with the environment variable that holds it: `--bad-token`.
    pub bad_tokens: Option<BTreeMap<String, String>>,
    /// Where tokens are kept for the next run: `--keep-tokens`.
    pub keep_tokens: Option<PathBuf>,
    /// Headers for the target, each with the environment variable that holds its value: `--header`.
    pub headers: Option<BTreeMap<String, String>>,
    /// Seconds that one answer may take: `--timeout`.
    #[schemars(with = "Option<f64>")]
    pub timeout: Option<Spanned<f64>>,
    /// Whether a public target may name private addresses: `--allow-private`.
    pub allow_private: Option<bool>,
    /// Files with certificate authorities to trust, too: `--cacert`.
    pub cacert: Option<Vec<PathBuf>>,
    /// Whether certificates are not verified: `--insecure`.
    pub insecure: Option<bool>,
    /// Where hosts are, each a HOST:PORT:ADDRESS: `--resolve`.
    pub resolve: Option<Vec<String>>,
    /// An HTTP proxy: `--proxy`.
    pub proxy: Option<String>,
    /// The environment variable with the user and password for it: `--proxy-user`.
    pub proxy_user: Option<String>,
}

/// Where an access token comes from. No secret stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Source {
    /// An environment variable: `--token-env`.
    Env(String),
    /// A file: `--token-file`.
    File(PathBuf),
    /// The grant of a client that acts for itself: `--client-credentials`.
    ClientCredentials,
    /// A login in the browser: `--login`.
    Login,
    /// A login without one: `--login --headless`.
    HeadlessLogin,
}

/// A client that the authorization server knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Client {
    /// Its client_id: `--client-id`.
    pub id: Option<String>,
    /// The environment variable with its secret: `--client-secret-env`.
    pub secret_env: Option<String>,
    /// The URL of its metadata document: `--client-metadata-url`.
    pub metadata_url: Option<String>,
}
