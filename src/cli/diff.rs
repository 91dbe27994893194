//! The command line of `diff`: `mcp-conform diff before.json after.json`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(after_help = DIFF_CODES)]
pub struct Diff {
    /// What `check --record FILE` or `check --format json=FILE` wrote.
    pub before: PathBuf,
    /// The same, later or elsewhere.
    pub after: PathBuf,
    /// The profile that decides whether it became worse [default: that of the reports, else the newest].
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// How to print what changed.
    #[arg(long, value_enum, default_value_t = DiffFormat::Human)]
    pub format: DiffFormat,
    /// Cases of your own, to judge recordings by, too.
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
    /// Name every case that is not tested any more, and say what was wrong with those that became better.
    #[arg(long, short)]
    pub verbose: bool,
}

const DIFF_CODES: &str = "\
Exit codes: 0 nothing became worse, 1 something did: a failure or a warning that was not there, a pass that cannot be \
shown any more (but for an option that was not given), or a worse outcome; 2 usage, 3 a file is neither a recording nor a report.";

/// How a comparison is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people, in a terminal.
    Human,
    /// For programs: everything that changed.
    Json,
    /// For a pull request.
    Markdown,
}
