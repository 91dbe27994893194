//! The command line of `check`, and of what judges as it does.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};
use schemars::JsonSchema;
use serde::Deserialize;

use super::target::{Configured, Network, Tested, Tokens};
use crate::report::format::FORMATS;

/// Arguments of `check`.
#[derive(Debug, Clone, Default, Args)]
pub struct Check {
    /// The MCP endpoint, as in https://example.com/mcp, or the issuer of an authorization server; or a target by its name in
    /// mcp-conform.yaml, all of them where left out.
    #[arg(value_name = "URL|TARGET")]
    pub url: Option<String>,
    /// What the URL is [default: server].
    #[arg(long, value_enum)]
    pub role: Option<Tested>,
    /// Start the bundled reference servers and check those [default profile: that of --profile].
    #[arg(long, value_name = "PROFILE", num_args = 0..=1, require_equals = true, default_missing_value = "", conflicts_with = "url")]
    pub reference: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub configured: Configured,
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

/// How what was recorded is judged and shown.
#[derive(Debug, Clone, Default, Args)]
pub struct Judging {
    /// The profile that decides: a revision of the specification, `as-pointer`, or `all` revisions [default: the newest].
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// How to report, and where to: stdout or a file. May be given several times [default: human].
    #[arg(long, value_name = "FORMAT[=PATH]", value_parser = Formats)]
    pub format: Vec<String>,
    /// Cases of your own, added to the built-in ones or put in place of those of the same path.
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
    /// What makes it exit with 1: a broken MUST, or a broken SHOULD as well [default: must].
    #[arg(long, value_enum)]
    pub fail_on: Option<Strength>,
    /// Failures that are known: a line each, as in `server/challenge/present until=2027-01-31 # why`. They do not make it
    /// exit with 1; a line that is wrong by now does.
    #[arg(long, value_name = "FILE", visible_alias = "baseline")]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// MUST and MUST NOT.
    Must,
    /// SHOULD and SHOULD NOT, too.
    Should,
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
