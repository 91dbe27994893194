//! `diff`: what changed between two recordings or reports.

use std::path::Path;

use super::{Failure, corpus, known, print};
use crate::cli::{Diff, DiffFormat};
use crate::diff::side::{ReadError, Side, Unjudged};
use crate::diff::{compare, human, markdown};
use crate::exit;
use crate::model::corpus::Corpus;
use crate::report::human::{Detail, Style};
use crate::report::{Choice, terminal};

pub(super) fn diff(arguments: &Diff) -> Result<u8, Failure> {
    let corpus = corpus(arguments.cases.as_deref())?;
    let (before, after) = (read(&arguments.before)?, read(&arguments.after)?);
    let choice = choice(arguments.profile.as_deref(), &corpus, &before, &after)?;
    let judged = |side: Unjudged| side.judged(&corpus, &choice).map_err(Failure::internal);
    let (before, after) = (judged(before)?, judged(after)?);
    fit(&before, &after)?;
    let comparison = compare(&corpus, &choice, &before, &after);
    let text = match arguments.format {
        DiffFormat::Human => {
            terminal::spelt(&human::render(&comparison, &style(arguments.verbose))).into_owned()
        }
        DiffFormat::Json => comparison.json().map_err(Failure::internal)?,
        DiffFormat::Markdown => markdown::render(&comparison),
    };
    print(&text)?;
    Ok(if comparison.worse { exit::DOES_NOT_CONFORM } else { exit::CONFORMS })
}

fn style(verbose: bool) -> Style {
    let detail = if verbose { Detail::All } else { Detail::Findings };
    Style { detail, ..terminal::style() }
}

fn read(path: &Path) -> Result<Unjudged, Failure> {
    let file = path.display().to_string();
    let text = std::fs::read(path).map_err(|error| Failure::usage(format!("cannot read {file}: {error}")))?;
    let text = String::from_utf8(text).map_err(|_| {
        Failure::bad_file(format!("{file} is neither a recording nor a JSON report: it is not UTF-8"))
    })?;
    Unjudged::parse(&file, &text).map_err(|error: ReadError| Failure::bad_file(error))
}

/// The profile that decides: the one asked for, that of the reports, or the newest revision.
fn choice(
    asked: Option<&str>,
    corpus: &Corpus,
    before: &Unjudged,
    after: &Unjudged,
) -> Result<Choice, Failure> {
    let name = match (asked, before.profile(), after.profile()) {
        (Some(name), ..) => name,
        (None, Some(before), Some(after)) if before != after => {
            return Err(Failure::usage(format!(
                "the reports were made under {before} and under {after}: say which decides with --profile"
            )));
        }
        (None, Some(name), _) | (None, None, Some(name)) => name,
        (None, None, None) => corpus.newest_profile().unwrap_or_default(),
    };
    known("profile", name, corpus.profiles.keys().map(String::as_str).chain(["all"]))?;
    Ok(if name == "all" { Choice::All } else { Choice::One(name.to_owned()) })
}

fn fit(before: &Side, after: &Side) -> Result<(), Failure> {
    let (old, new) = (&before.run, &after.run);
    if old.target.role == new.target.role {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "{} is about a target of another role than {}: what an MCP server and an authorization server do is not comparable",
        old.file, new.file
    )))
}
