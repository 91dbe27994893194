//! `snapshot`: what a target answers, compared with what was reviewed of it.

use std::path::Path;

use super::targets::Found;
use super::{Failure, check, corpus, credentials, interrupt, known, network, target, tell};
use crate::cli::{Snapshot, Tested, Update};
use crate::exit;
use crate::model::exchange::{Exchange, Reply};
use crate::model::recording::Recording;
use crate::model::requirement::Role;
use crate::report::progress::Bar;
use crate::report::{drift, terminal};
use crate::session::{self, Options};
use crate::snapshot::filter::{FILTERS, Filters};
use crate::snapshot::folder::{self, Comparison, Folder};

pub(super) async fn snapshot(arguments: Snapshot) -> Result<u8, Failure> {
    for name in &arguments.keep {
        known("filter", name, FILTERS.iter().map(|filter| filter.name))?;
    }
    let filters = Filters::new(&arguments.keep, &arguments.filter)
        .map_err(|error| Failure::usage(format!("--filter: {error}")))?;
    let corpus = corpus(None)?;
    let recording = match (&arguments.recording, &arguments.url) {
        (Some(file), _) => Some(check::read(file)?),
        (None, Some(_)) => None,
        (None, None) => {
            return Err(Failure::usage("expected the URL of an MCP endpoint, or --recording FILE"));
        }
    };
    let (mut network, mut tokens, mut role) = (arguments.network, arguments.tokens, arguments.role);
    let asked = match &arguments.url {
        Some(url) => {
            let found = Found::new(url, &arguments.configured)?;
            found.under(|settings, folder| {
                settings.under_network(folder, &mut network);
                settings.under_tokens(folder, &mut tokens);
                role = role.or(settings.role);
            });
            Some(target::at(&found.url, Role::from(role.unwrap_or(Tested::Server)))?)
        }
        None => None,
    };
    let network = network::settings(&network)?;
    let credentials = credentials::given(&tokens, &corpus)?;
    let folder = Folder::open(&arguments.dir).map_err(Failure::usage)?;
    let recording = match (recording, asked) {
        (Some(recording), _) => recording,
        (None, Some(target)) => {
            let options = Options { profile: None, network, credentials, stop: interrupt::listen() };
            let progress = Bar::new();
            let recording = session::record(&corpus, target, &options, &progress).await;
            progress.finish();
            recording.map_err(network::failed)?
        }
        (None, None) => return Err(Failure::internal("nothing was to be asked")),
    };
    if recording.interrupted {
        tell("the run was stopped: no snapshot is written\n")?;
        return Ok(exit::INTERRUPTED);
    }
    if let Some(why) = unanswered(&recording) {
        tell(&format!("{} did not answer: {why}\nno snapshot is written\n", recording.target.url))?;
        return Ok(exit::INCONCLUSIVE);
    }
    let answered = crate::snapshot::of(&corpus, &recording, &filters);
    let found = folder.compare(&answered, &recording);
    let update = update(arguments.update, folder.is_empty());
    let before = found.drifts.len();
    let left = folder.write(found, update).map_err(Failure::usage)?;
    tell(&said(&arguments.dir, &folder, before, &left, update))?;
    Ok(if left.drifts.is_empty() { exit::CONFORMS } else { exit::DOES_NOT_CONFORM })
}

/// Why nothing was answered at all, where that is so.
fn unanswered(recording: &Recording) -> Option<String> {
    if recording.exchanges.iter().any(|exchange| exchange.response().is_some()) {
        return None;
    }
    let error = |exchange: &Exchange| match &exchange.reply {
        Reply::Error(error) => Some(error.to_string()),
        Reply::Response(_) => None,
    };
    Some(recording.exchanges.iter().find_map(error).unwrap_or_else(|| "nothing was asked".to_owned()))
}

/// What is to be written, as insta decides it; a first run has nothing to drift from, but for one in CI that shows that
/// the snapshots are missing.
fn update(asked: Update, first: bool) -> folder::Update {
    match asked {
        Update::Auto if is_ci() => folder::Update::No,
        Update::Auto if first => folder::Update::Unseen,
        Update::Auto | Update::New => folder::Update::New,
        Update::Unseen => folder::Update::Unseen,
        Update::Always => folder::Update::Always,
        Update::No => folder::Update::No,
    }
}

fn is_ci() -> bool {
    let set =
        |name: &str| std::env::var(name).is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
    set("CI") || set("TF_BUILD")
}

fn said(dir: &Path, folder: &Folder, before: usize, left: &Comparison, update: folder::Update) -> String {
    let shown = dir.display().to_string();
    let written = before - left.drifts.len();
    let mut text = String::new();
    if written > 0 {
        let snapshots = if written == 1 { "snapshot" } else { "snapshots" };
        text = match folder.is_empty() {
            true => format!(
                "wrote {written} {snapshots} to {shown}: read them once, and keep them with your code\n"
            ),
            false => format!("wrote {written} {snapshots} in {shown} anew\n"),
        };
        if left.drifts.is_empty() && left.same == 0 {
            return text;
        }
    }
    text.push_str(&drift::render(left, &shown, &terminal::style()));
    if left.drifts.is_empty() {
        return text;
    }
    text.push_str(&match update {
        folder::Update::No if folder.is_empty() => {
            "nothing was reviewed there yet, and in CI (or with --update no) nothing is written: run it once elsewhere\n".to_owned()
        }
        folder::Update::No => "nothing was written (CI, or --update no)\n".to_owned(),
        _ => "to review and accept, in a Cargo project: cargo insta review; or all at once: --update always\n".to_owned(),
    });
    text
}
