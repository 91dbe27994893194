//! `completions` and `man`: what shells and manuals know of the command line, from its one description.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use super::{Failure, print};
use crate::cli::{Cli, Completions, Manual};
use crate::exit;

pub(super) fn completions(arguments: &Completions) -> Result<u8, Failure> {
    let mut script = Vec::new();
    let shell: Shell = arguments.shell;
    clap_complete::generate(shell, &mut Cli::command(), "mcp-conform", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(exit::CONFORMS)
}

pub(super) fn man(arguments: &Manual) -> Result<u8, Failure> {
    let command = Cli::command();
    match &arguments.dir {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| unwritten(folder, &error))?;
            clap_mangen::generate_to(command, folder).map_err(|error| unwritten(folder, &error))?;
        }
        None => {
            let mut page = Vec::new();
            Man::new(command).render(&mut page).map_err(Failure::internal)?;
            print(&String::from_utf8_lossy(&page))?;
        }
    }
    Ok(exit::CONFORMS)
}

fn unwritten(folder: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot write to {}: {error}", folder.display()))
}
