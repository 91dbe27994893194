//! `audience`: one question, asked of one server.

use super::output::{create, save};
use super::targets::Found;
use super::{Failure, corpus, credentials, interrupt, network, print, target, tell};
use crate::audience::{self, Answer, FOLDER};
use crate::cli::{Audience, Shape};
use crate::exit;
use crate::judge::judge_plan;
use crate::model::requirement::Role;
use crate::plan::Plan;
use crate::report::progress::Bar;
use crate::report::{Choice, Report, terminal};
use crate::session::{self, Options};

pub(super) async fn audience(arguments: Audience) -> Result<u8, Failure> {
    let found = Found::new(&arguments.url, &arguments.configured)?;
    let (mut network, mut tokens) = (arguments.network, arguments.tokens);
    found.under(|settings, folder| {
        settings.under_network(folder, &mut network);
        settings.under_tokens(folder, &mut tokens);
    });
    let target = target::at(&found.url, Role::Server)?;
    let network = network::settings(&network)?;
    let corpus = corpus(None)?;
    let credentials = credentials::given(&tokens, &corpus)?;
    let file = match &arguments.record {
        Some(path) => Some((path.as_path(), create(path)?)),
        None => None,
    };
    let plan = Plan::for_folder(&corpus, Role::Server, FOLDER);
    let options = Options { profile: None, network, credentials, stop: interrupt::listen() };
    let progress = Bar::new();
    let recording = session::record_plan(&corpus, &plan, target, &options, &progress).await;
    progress.finish();
    let recording = recording.map_err(network::failed)?;
    if let Some((path, mut file)) = file {
        let text = serde_json::to_string_pretty(&recording).map_err(Failure::internal)? + "\n";
        save(path, &mut file, &text)?;
    }
    let choice = Choice::One(audience::spoken(&corpus, &recording).to_owned());
    let report = Report::new(&corpus, &recording, &judge_plan(&corpus, &plan, &recording), &choice);
    let found = audience::Found::new(&corpus, &report);
    match arguments.format {
        Shape::Human => tell(&found.in_words(&terminal::style()))?,
        Shape::Json => print(&(serde_json::to_string_pretty(&found).map_err(Failure::internal)? + "\n"))?,
    }
    Ok(match found.answer {
        _ if recording.interrupted => exit::INTERRUPTED,
        Answer::No => exit::CONFORMS,
        Answer::Yes => exit::DOES_NOT_CONFORM,
        Answer::CouldNotTell => exit::INCONCLUSIVE,
    })
}
