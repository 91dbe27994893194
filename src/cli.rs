//! The command line, as clap reads it.

#![allow(rustdoc::bare_urls, reason = "these comments are the text of --help")]

mod diff;

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::diff::{Diff, DiffFormat};
use crate::lint::Kind;
use crate::model::requirement::Role;
use crate::report::format::FORMATS;

/// Checks whether the authorization of an MCP server conforms, and where it does not.
#[derive(Debug, Parser)]
#[command(name = "mcp-conform", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Whether to colour what goes to standard output [default: on a terminal, unless NO_COLOR is set].
    #[arg(long, value_enum, global = true, value_name = "WHEN", default_value_t = Colour::Auto, hide_default_value = true)]
    pub color: Colour,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Takes any text, for whose name the program has a better answer, and knows every format for help and for shells.
#[derive(Debug, Clone, Copy)]
struct Formats;

impl TypedValueParser for Formats {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let values = FORMATS
            .iter()
            .map(|(name, _, about)| PossibleValue::new(*name).help(about.trim_end_matches('.')));
        Some(Box::new(values))
    }
}

const EXIT_CODES: &str = "\
Exit codes: 0 conforms, 1 does not conform, 2 usage, 3 a case or recording file is wrong, 5 inconclusive or not \
protected (--allow-public makes the latter 0), 70 a bug of this program, 130 stopped by the user.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the authorization of an MCP server.
    Check(Check),
    /// Say whether an MCP server accepts tokens that were issued for other resources.
    Audience(Audience),
    /// Walk what a client walks to find the authorization server, and print each step.
    Discover(Discover),
    /// Judge a recording again, with no network.
    Replay(Replay),
    /// Say what changed between two recordings or reports: before and after an upgrade, staging and production.
    Diff(Diff),
    /// Judge a metadata document, a key set or a challenge in a file, with no network.
    Lint(Lint),
    /// Keep what a target answers in files, and show what drifts from them.
    Snapshot(Snapshot),
    /// Run the reference servers, for developing against.
    Serve(Serve),
    /// List what the checks are made of.
    List(List),
    /// Say what a case, requirement, probe, diagnosis, defect, variant or profile is about.
    Explain(Explain),
    /// Prove the cases: run them on the reference servers, clean, unusual and broken.
    SelfTest(SelfTest),
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// The MCP endpoint, as in https://example.com/mcp, or the issuer of an authorization server.
    #[arg(required_unless_present = "reference")]
    pub url: Option<String>,
    /// What the URL is.
    #[arg(long, value_enum, default_value_t = Tested::Server)]
    pub role: Tested,
    /// Start the bundled reference servers and check those [default profile: that of --profile].
    #[arg(long, value_name = "PROFILE", num_args = 0..=1, require_equals = true, default_missing_value = "", conflicts_with = "url")]
    pub reference: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub judging: Judging,
    /// Keep everything that was exchanged, without secrets, for `replay`.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub tokens: Tokens,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub network: Network,
}

/// What is given for the cases that need an access token. No secret is an argument.
#[derive(Debug, Default, Args)]
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
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub struct Network {
    /// Seconds that one answer may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = seconds)]
    pub timeout: f64,
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

/// What a URL can be tested as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
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

/// How what was recorded is judged and shown.
#[derive(Debug, Args)]
pub struct Judging {
    /// The profile that decides: a revision of the specification, `as-pointer`, or `all` revisions [default: the newest].
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// How to report, and where to: stdout or a file. May be given several times.
    #[arg(long, value_name = "FORMAT[=PATH]", default_value = "human", value_parser = Formats)]
    pub format: Vec<String>,
    /// Cases of your own, added to the built-in ones or put in place of those of the same path.
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
    /// What makes it exit with 1: a broken MUST, or a broken SHOULD as well.
    #[arg(long, value_enum, default_value_t = Strength::Must)]
    pub fail_on: Strength,
    /// Failures that are known: a line each, as in `server/challenge/present until=2027-01-31 # why`. They do not make it
    /// exit with 1; a line that is wrong by now does.
    #[arg(long, value_name = "FILE")]
    pub expected_failures: Option<PathBuf>,
    /// Write such a file, of what fails in this run.
    #[arg(long, value_name = "FILE")]
    pub write_expected_failures: Option<PathBuf>,
    /// Exit with 0 where the server asks nobody for a token.
    #[arg(long)]
    pub allow_public: bool,
    /// Show passed cases, too, and every exchange.
    #[arg(long, short)]
    pub verbose: bool,
    /// Show a line for each finding, and one for what it comes to.
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,
}

/// How strong a requirement is whose breach counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Strength {
    /// MUST and MUST NOT.
    Must,
    /// SHOULD and SHOULD NOT, too.
    Should,
}

/// Arguments of `audience`.
#[derive(Debug, Args)]
pub struct Audience {
    /// The MCP endpoint, as in https://example.com/mcp.
    pub url: String,
    /// How to print the answer.
    #[arg(long, value_enum, default_value_t = Shape::Human)]
    pub format: Shape,
    /// Keep everything that was exchanged, without secrets, for `replay`.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub tokens: Tokens,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub network: Network,
}

/// Arguments of `discover`.
#[derive(Debug, Args)]
pub struct Discover {
    /// The MCP endpoint, as in https://example.com/mcp.
    pub url: String,
    /// How to print the walk.
    #[arg(long, value_enum, default_value_t = Shape::Human)]
    pub format: Shape,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub network: Network,
}

/// For people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// Text.
    Human,
    /// JSON.
    Json,
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub struct Replay {
    /// A file that `check --record` wrote.
    pub recording: PathBuf,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub judging: Judging,
}

/// Arguments of `lint`.
#[derive(Debug, Args)]
pub struct Lint {
    /// The files; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What they hold.
    #[arg(long = "as", value_name = "KIND", value_enum)]
    pub kind: Kind,
    /// Where the document is served, to compare what it says with that.
    ///
    /// For metadata this is its own well-known URL, as in
    /// https://example.com/.well-known/oauth-protected-resource/mcp; the resource (RFC 9728 section 3.1) or the issuer
    /// (RFC 8414 section 3.1, OpenID Connect Discovery section 4) that it must name follows. For a challenge it is the
    /// MCP endpoint that answers with it, and for client metadata the client_id.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub judging: Judging,
}

/// Arguments of `snapshot`.
#[derive(Debug, Args)]
#[command(after_help = crate::snapshot::filter::table())]
pub struct Snapshot {
    /// The MCP endpoint, as in https://example.com/mcp, or the issuer of an authorization server.
    #[arg(required_unless_present = "recording")]
    pub url: Option<String>,
    /// What the URL is.
    #[arg(long, value_enum, default_value_t = Tested::Server)]
    pub role: Tested,
    /// Take what `check --record` kept in this file, with no network.
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    pub recording: Option<PathBuf>,
    /// The folder of the snapshots: one `.snap` file a probe, as the insta crate has them.
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
    /// What to write.
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Update::Auto, env = "INSTA_UPDATE", hide_env_values = true)]
    pub update: Update,
    /// Leave in the snapshots what a filter takes out. May be given several times.
    #[arg(long, value_name = "NAME")]
    pub keep: Vec<String>,
    /// Take out what a regular expression matches, before the built-in filters do. May be given several times.
    #[arg(long, value_name = "NAME=REGEX")]
    pub filter: Vec<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub tokens: Tokens,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub network: Network,
}

/// What `snapshot` writes, in the words of insta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Update {
    /// `no` in CI; elsewhere `unseen` in a folder without snapshots, and else `new`.
    Auto,
    /// A .snap.new for every response that drifted or is new, to be reviewed.
    New,
    /// The same, but what is new is written as reviewed.
    Unseen,
    /// Everything is written as reviewed, and snapshots of what is not answered any more are removed.
    #[value(alias = "1", alias = "force")]
    Always,
    /// Nothing.
    No,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// What the servers speak [default: the newest revision].
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Be wrong in this way. May be given several times; `list defects` shows them.
    #[arg(long, value_name = "DEFECT")]
    pub defect: Vec<String>,
    /// Be unusual but right in this way. May be given several times; `list variants` shows them.
    #[arg(long, value_name = "VARIANT")]
    pub variant: Vec<String>,
    /// Speak TLS, and write the certificate authority that clients have to trust to this file, in PEM.
    #[arg(long, value_name = "FILE")]
    pub tls: Option<PathBuf>,
    /// Port of the MCP server on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Port of the authorization server; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub authorization_port: u16,
    /// Run the authorization server alone, for an MCP server in staging that trusts it. It issues every token that it is
    /// asked for, also bad ones: nothing that matters may trust it.
    #[arg(long, requires = "resource", conflicts_with_all = ["port", "tls"])]
    pub authorization_server_only: bool,
    /// A resource that the authorization server alone issues tokens for: the URL of that MCP server. May be given several
    /// times.
    #[arg(long, value_name = "URL", requires = "authorization_server_only")]
    pub resource: Vec<String>,
    /// A scope that it knows. May be given several times; the first is granted where none is asked for.
    #[arg(long, value_name = "SCOPE", requires = "authorization_server_only")]
    pub scope: Vec<String>,
    /// Environment variable with the secret of its client, in place of a new one each time.
    #[arg(long, value_name = "VARIABLE")]
    pub client_secret_env: Option<String>,
    /// Milliseconds added to every answer.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pub delay: u64,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct List {
    /// What to list.
    #[arg(value_enum)]
    pub what: What,
    /// Only requirements that no case cites, and why.
    #[arg(long)]
    pub uncited: bool,
    /// How to print the list.
    #[arg(long, value_enum, default_value_t = Shape::Human)]
    pub format: Shape,
}

/// What can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum What {
    Cases,
    Requirements,
    Probes,
    Tokens,
    Diagnoses,
    Defects,
    Variants,
    Profiles,
}

/// Arguments of `self-test`.
#[derive(Debug, Args)]
pub struct SelfTest {
    /// Only the cases whose ids begin like this, as in server/audience [default: all].
    pub cases: Option<String>,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The id or name, as `list` prints it.
    pub id: String,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 600.0 => Ok(seconds),
        _ => Err("expected a number of seconds above 0, 600 at the most".to_owned()),
    }
}
