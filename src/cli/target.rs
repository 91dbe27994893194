//! What is asked, with which token, and how requests travel: the same for every command that asks a server.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::requirement::Role;

/// Where the options of a project are kept.
#[derive(Debug, Clone, Default, Args)]
pub struct Configured {
    /// The file with targets and options [default: mcp-conform.yaml in this folder or the nearest one above].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Read no such file.
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,
}

/// What a URL can be tested as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tested {
    /// An MCP endpoint; its authorization servers are tested with it.
    Server,
    /// The issuer of an authorization server, character by character as it calls itself.
    AuthorizationServer,
}

impl From<Tested> for Role {
    fn from(tested: Tested) -> Self {
        match tested {
            Tested::Server => Self::Server,
            Tested::AuthorizationServer => Self::AuthorizationServer,
        }
    }
}

/// What is given for the cases that need an access token. No secret is an argument.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Tokens")]
pub struct Tokens {
    /// Environment variable with an access token for the server.
    #[arg(long, value_name = "VARIABLE", group = "way")]
    pub token_env: Option<String>,
    /// File with an access token for the server; `-` is standard input.
    #[arg(long, value_name = "FILE", group = "way")]
    pub token_file: Option<PathBuf>,
    /// Get a token as a client that acts for itself. Needs --client-id, and most servers want --client-secret-env.
    #[arg(long, group = "way", requires = "client_id")]
    pub client_credentials: bool,
    /// Log in with the authorization code flow, in your browser. Registers a client where none is given, and removes it
    /// afterwards.
    #[arg(long, group = "way")]
    pub login: bool,
    /// Log in without a browser: follow redirects and submit plain forms.
    #[arg(long, requires = "login")]
    pub headless: bool,
    /// A client that the authorization server knows.
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Environment variable with that client's secret.
    #[arg(long, value_name = "VARIABLE", requires = "client_id")]
    pub client_secret_env: Option<String>,
    /// The URL of a client ID metadata document to log in as.
    #[arg(long, value_name = "URL", requires = "login", conflicts_with = "client_id")]
    pub client_metadata_url: Option<String>,
    /// What to fill into a field of a login form, from an environment variable. May be given several times.
    #[arg(long, value_name = "NAME=VARIABLE", requires = "headless")]
    pub form_field: Vec<String>,
    /// The scopes to ask for, in place of those that the server names.
    #[arg(long, value_name = "SCOPES")]
    pub scope: Option<String>,
    /// A scope that includes those that the first request needs.
    #[arg(long, value_name = "SCOPE")]
    pub broader_scope: Option<String>,
    /// Another resource of the same authorization server, to get a token that is not for the server under test.
    #[arg(long, value_name = "URL")]
    pub other_resource: Option<String>,
    /// A token that you know to be bad, from an environment variable: expired, other-audience, other-issuer,
    /// insufficient-scope, revoked and more; `list tokens` shows them. May be given several times.
    #[arg(long, value_name = "NAME=VARIABLE")]
    pub bad_token: Vec<String>,
    /// Keep tokens and the client in this file, which nobody else can read, and use them in the next run.
    #[arg(long, value_name = "FILE", requires = "login")]
    pub keep_tokens: Option<PathBuf>,
}

/// How requests travel.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Network")]
pub struct Network {
    /// Seconds that one answer may take [default: 10].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<f64>,
    /// Let a public target name private addresses, and go there.
    #[arg(long)]
    pub allow_private: bool,
    /// Trust the certificate authorities in this PEM file, too. May be given several times.
    #[arg(long, value_name = "FILE")]
    pub cacert: Vec<PathBuf>,
    /// Do not verify certificates. Reports say so, and what depends on certificates is not tested.
    #[arg(long, conflicts_with = "cacert")]
    pub insecure: bool,
    /// Where a host is, in place of a look-up, and even if the address is private. May be given several times.
    #[arg(long, value_name = "HOST:PORT:ADDRESS", conflicts_with = "proxy")]
    pub resolve: Vec<String>,
    /// Send a header to the target's origin and nowhere else, with the value of an environment variable. May be given
    /// several times.
    #[arg(long, short = 'H', value_name = "NAME=VARIABLE")]
    pub header: Vec<String>,
    /// Send everything through this HTTP proxy. It looks names up itself, so names of private hosts are not noticed.
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,
    /// Environment variable with `user:password` for the proxy.
    #[arg(long, value_name = "VARIABLE", requires = "proxy")]
    pub proxy_user: Option<String>,
}

/// What is wrong with a number of seconds that an answer may take.
const PATIENCE: &str = "expected a number of seconds above 0, 600 at the most";

/// `seconds`, if an answer may take so many.
///
/// # Errors
/// What is expected instead.
pub fn patience(seconds: f64) -> Result<f64, &'static str> {
    if seconds > 0.0 && seconds <= 600.0 { Ok(seconds) } else { Err(PATIENCE) }
}

fn seconds(text: &str) -> Result<f64, &'static str> {
    text.parse().map_err(|_| PATIENCE).and_then(patience)
}
