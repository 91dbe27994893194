//! The command line, as clap reads it.

#![allow(rustdoc::bare_urls, reason = "these comments are the text of --help")]

mod check;
mod diff;
mod manual;
mod target;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::check::{Check, Judging, Strength};
pub use self::diff::{Diff, DiffFormat};
pub use self::manual::{Completions, Manual};
pub use self::target::{Configured, Network, Tested, Tokens, patience};
use crate::lint::Kind;

/// Checks whether the authorization of an MCP server conforms, and where it does not.
#[derive(Debug, Parser)]
#[command(name = "mcp-conform", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Whether to colour what goes to standard output [default: on a terminal, unless NO_COLOR is set].
    #[arg(long, value_enum, global = true, display_order = 1000, value_name = "WHEN", default_value_t = Colour::Auto, hide_default_value = true)]
    pub color: Colour,
    /// Write ASCII alone to people: `x` for a cross, `+` for a tick, `~` where text is left out.
    #[arg(long, global = true, display_order = 1001)]
    pub ascii: bool,
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

const EXIT_CODES: &str = "\
Exit codes: 0 conforms, 1 does not conform, 2 usage, 3 a file of cases, a config or a recording is wrong, 5 inconclusive or not \
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
    /// Show the file that holds the targets and options of a project, and check it.
    Config(Config),
    /// Run the reference servers, for developing against.
    Serve(Serve),
    /// Serve check, discover, explain and lint as MCP tools over standard input and output, for agents.
    ///
    /// An MCP client starts it, with the command `mcp-conform` and the argument `mcp`. No secret is an argument of a tool: tokens
    /// and headers are those that mcp-conform.yaml, in its working directory or above, gives to a target, and go to no other.
    Mcp,
    /// List what the checks are made of.
    List(List),
    /// Say what a case, requirement, probe, diagnosis, defect, variant or profile is about.
    Explain(Explain),
    /// Prove the cases: run them on the reference servers, clean, unusual and broken.
    SelfTest(SelfTest),
    /// Print what a shell completes.
    Completions(Completions),
    /// Print the manual page.
    Man(Manual),
}

/// Arguments of `audience`.
#[derive(Debug, Args)]
pub struct Audience {
    /// The MCP endpoint, as in https://example.com/mcp, or a target by its name in mcp-conform.yaml.
    #[arg(value_name = "URL|TARGET")]
    pub url: String,
    /// How to print the answer.
    #[arg(long, value_enum, default_value_t = Shape::Human)]
    pub format: Shape,
    /// Keep everything that was exchanged, without secrets, for `replay`.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub configured: Configured,
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
    /// The MCP endpoint, as in https://example.com/mcp, or a target by its name in mcp-conform.yaml.
    #[arg(value_name = "URL|TARGET")]
    pub url: String,
    /// How to print the walk.
    #[arg(long, value_enum, default_value_t = Shape::Human)]
    pub format: Shape,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub configured: Configured,
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
    /// The MCP endpoint, as in https://example.com/mcp, or the issuer of an authorization server; or a target by its name in
    /// mcp-conform.yaml.
    #[arg(value_name = "URL|TARGET", required_unless_present = "recording")]
    pub url: Option<String>,
    /// What the URL is [default: server].
    #[arg(long, value_enum)]
    pub role: Option<Tested>,
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
    pub configured: Configured,
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

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct Config {
    /// The file [default: mcp-conform.yaml in this folder or the nearest one above].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print the JSON Schema of such files, for editors.
    #[arg(long, conflicts_with = "config")]
    pub schema: bool,
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
