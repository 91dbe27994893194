//! The `mcp-conform` program: see `mcp-conform --help`.

use std::process::ExitCode;

use clap::Parser;
use mcp_conform::cli::Cli;
use mcp_conform::{command, exit};

fn main() -> ExitCode {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tell(panic);
        std::process::exit(exit::INTERNAL.into());
    }));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and the version come this way, too; they go to stdout with 0, mistakes to stderr with 2.
            let code = if error.use_stderr() { exit::USAGE } else { 0 };
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    ExitCode::from(command::run(cli))
}
