//! The subcommands: one a file. Each answers with its exit code or a [`Failure`].

mod audience;
mod bench;
mod check;
mod config;
mod credentials;
mod diff;
mod discover;
mod interrupt;
mod lint;
mod list;
mod manual;
mod mcp;
mod network;
mod output;
mod overview;
mod self_test;
mod serve;
mod snapshot;
mod target;
mod targets;

use std::fmt;
use std::path::Path;

use clap::ValueEnum;

use crate::cli::{Cli, Colour, Command, What};
use crate::exit;
use crate::load;
use crate::load::frame::nearest;
use crate::load::read::OverlayError;
use crate::model::corpus::Corpus;
use crate::report::terminal;

/// Why a command could not do what it was asked for.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// A sentence for stderr: what is wrong and what to do.
    pub message: String,
}

impl Failure {
    /// The command line asks for something that cannot be done.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self { code: exit::USAGE, message: message.to_string() }
    }

    /// A file that was read is wrong.
    pub fn bad_file(message: impl fmt::Display) -> Self {
        Self { code: exit::BAD_FILE, message: message.to_string() }
    }

    /// A bug of this program.
    pub fn internal(message: impl fmt::Display) -> Self {
        let message = format!("{message}\nThis is a bug of mcp-conform and says nothing about the target.");
        Self { code: exit::INTERNAL, message }
    }
}

/// Runs a command and gives the exit code.
pub fn run(cli: Cli) -> u8 {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&Failure::internal(format!("no runtime: {error}"))),
    };
    terminal::set_ascii(cli.ascii);
    match cli.color {
        Colour::Auto => {}
        Colour::Always => terminal::set_colour(true),
        Colour::Never => terminal::set_colour(false),
    }
    let result = runtime.block_on(async {
        match cli.command {
            Command::Check(arguments) => check::check(arguments).await,
            Command::Audience(arguments) => audience::audience(arguments).await,
            Command::Replay(arguments) => check::replay(&arguments),
            Command::Diff(arguments) => diff::diff(&arguments),
            Command::Lint(arguments) => lint::lint(&arguments),
            Command::Discover(arguments) => discover::discover(arguments).await,
            Command::Config(arguments) => config::config(&arguments),
            Command::Mcp => mcp::mcp().await,
            Command::Serve(arguments) => serve::serve(arguments).await,
            Command::Snapshot(arguments) => snapshot::snapshot(arguments).await,
            Command::List(arguments) => list::list(&arguments),
            Command::Explain(arguments) => list::explain(&arguments.id),
            Command::Completions(arguments) => manual::completions(&arguments),
            Command::Man(arguments) => manual::man(&arguments),
            Command::SelfTest(arguments) => self_test::self_test(&arguments).await,
        }
    });
    match result {
        Ok(code) => code,
        Err(failure) => failed(&failure),
    }
}

fn failed(failure: &Failure) -> u8 {
    // Where even standard error is gone, the exit code is all that is left.
    let _ = terminal::err(&terminal::spelt(&format!("error: {}\n", failure.message)));
    failure.code
}

/// The built-in cases, with those of `folder` over them.
fn corpus(folder: Option<&Path>) -> Result<Corpus, Failure> {
    let Some(folder) = folder else {
        return load::embedded().map_err(|problems| Failure::internal(shown(&problems)));
    };
    let overlay = load::overlay(folder).map_err(|error| match error {
        OverlayError::Unreadable { .. } | OverlayError::Empty(_) => Failure::usage(error),
        OverlayError::Wrong(_) => Failure::bad_file(format!("these cases are wrong:\n{error}")),
    })?;
    match overlay.problems().as_slice() {
        [] => Ok(overlay.corpus),
        problems => Err(Failure::bad_file(format!("these cases are wrong:\n{}", shown(problems)))),
    }
}

fn shown(problems: &[load::Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n")
}

/// `name`, if it is one of `known`; else what is there and what may be meant.
fn known<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Result<(), Failure> {
    if known.clone().any(|one| one == name) {
        return Ok(());
    }
    let hint = match nearest(name, known.clone()) {
        Some(hint) => hint,
        None if !is_listed(kind) || known.clone().count() < 12 => {
            format!("known: {}", known.collect::<Vec<_>>().join(", "))
        }
        None => format!("`mcp-conform list {kind}s` shows them"),
    };
    Err(Failure::usage(format!("there is no {kind} `{name}`: {hint}")))
}

/// Whether `list` shows things of this kind.
fn is_listed(kind: &str) -> bool {
    let names = What::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    names.into_iter().any(|what| what.get_name() == format!("{kind}s"))
}

/// Writes to standard output what people read.
fn tell(text: &str) -> Result<(), Failure> {
    print(&terminal::spelt(text))
}

/// Writes to standard output; a full disk behind it is an error, a closed pipe is not.
fn print(text: &str) -> Result<(), Failure> {
    terminal::out(text).map_err(|error| Failure::usage(format!("cannot write to standard output: {error}")))
}
