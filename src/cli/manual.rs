//! The command lines of `completions` and `man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// For which shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct Manual {
    /// Write a page for every command into this folder, in place of the first page to standard output.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}
