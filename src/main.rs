//! The `mcp-conform` program: see `mcp-conform --help`.

use std::process::ExitCode;

use clap::Parser;
use mcp_conform::cli::Cli;
use mcp_conform::{command, exit};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and the version come this way, too; they go to stdout with 0, mistakes to stderr with 2.
            let code = if error.use_stderr() { exit::USAGE } else { 0 };
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    // The panic itself has said on stderr what it was.
    ExitCode::from(std::panic::catch_unwind(|| command::run(cli)).unwrap_or(exit::INTERNAL))
}
