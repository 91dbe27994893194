//! What each tool does, from its arguments to a text and a value. Tokens and headers of a project go to its named targets alone.

use rmcp::RoleServer;
use rmcp::model::JsonObject;
use rmcp::service::RequestContext;
use serde::Serialize;

use super::Tools;
use super::arguments::{CheckArguments, DiscoverArguments, ExplainArguments, LintArguments, read};
use super::progress::Notes;
use crate::cli::Configured;
use crate::command::check::Run;
use crate::command::output::Files;
use crate::command::targets::{Found, one};
use crate::command::{Failure, known, network, target};
use crate::lint::{self, Address, Text};
use crate::model::requirement::Role;
use crate::model::verdict::Verdict;
use crate::report::human::{self, Style};
use crate::report::{Choice, Report, markdown, walk};
use crate::run::stop::Stop;
use crate::session::{self, Options};
use crate::{discover, explain};

/// What `explain` says.
#[derive(Serialize, schemars::JsonSchema)]
pub(super) struct Explained {
    /// The name that was asked for.
    id: String,
    /// What it is about.
    text: String,
}

impl Tools {
    pub(super) async fn checked(
        &self,
        arguments: JsonObject,
        context: RequestContext<RoleServer>,
    ) -> Result<(String, Report), Failure> {
        let arguments: CheckArguments = read(arguments)?;
        let given = arguments.given()?;
        let mut wanted = one(&given, None)?;
        if wanted.name.is_none() {
            wanted.arguments.tokens = given.tokens;
            wanted.arguments.network.header.clear();
        }
        // The result is the report; the files of a project are not this call's to write.
        let judging = &mut wanted.arguments.judging;
        (judging.format, judging.expected_failures, wanted.arguments.record) = (Vec::new(), None, None);
        let mut run = Run::new(wanted, &mut Files::default())?;
        let recording = run.recorded(stopped_by(&context), &Notes::new(&context)).await?;
        let mut report = session::report(&run.bench.corpus, &recording, Some(&run.bench.choice));
        for options in report.results.iter_mut().filter_map(|result| result.options.as_mut()) {
            *options = in_arguments(options);
        }
        let text = markdown::job_summary(&report, &run.bench.corpus);
        Ok((text, short(report, arguments.exchanges)))
    }

    pub(super) fn explained(&self, arguments: JsonObject) -> Result<(String, Explained), Failure> {
        let ExplainArguments { id } = read(arguments)?;
        let Some(text) = explain::explain(&self.corpus, &id) else {
            known("name", &id, explain::names(&self.corpus).iter().copied())?;
            return Err(Failure::internal(format!("nothing is said of {id}")));
        };
        Ok((text.clone(), Explained { id, text }))
    }

    pub(super) fn linted(&self, arguments: JsonObject) -> Result<(String, Report), Failure> {
        let LintArguments { kind, text, url, profile } = read(arguments)?;
        let text = Text::new(kind, "<text>", text.into_bytes()).map_err(Failure::usage)?;
        let address = url.map(|url| Address::of(&url, &text)).transpose().map_err(Failure::usage)?;
        let choice = match profile {
            Some(profile) => {
                known("profile", &profile, self.corpus.profiles.keys().map(String::as_str))?;
                profile
            }
            None => self.corpus.newest_profile().unwrap_or_default().to_owned(),
        };
        let report = lint::lint(&self.corpus, &text, address.as_ref(), &Choice::One(choice));
        Ok((human::render(&report, &self.corpus, &Style::default()), short(report, false)))
    }
}

pub(super) async fn walked(
    arguments: JsonObject,
    context: RequestContext<RoleServer>,
) -> Result<(String, discover::Walk), Failure> {
    let arguments: DiscoverArguments = read(arguments)?;
    let found = Found::new(&arguments.url, &Configured::default())?;
    let mut given = arguments.network()?;
    found.under(|settings, folder| settings.under_network(folder, &mut given));
    if found.name().is_none() {
        given.header.clear();
    }
    let target = target::at(&found.url, Role::Server)?;
    let options = Options { network: network::settings(&given)?, ..Options::default() };
    let walk = discover::discover(&target.url, &options, &Notes::new(&context)).await;
    let walk = walk.map_err(network::failed)?;
    Ok((walk::human(&walk, false), walk))
}

/// What an agent can do where the command line takes `options`.
fn in_arguments(options: &str) -> String {
    let file = "a target of mcp-conform.yaml";
    match options.starts_with("--login") {
        true => format!("the argument login, or {file} with a token,"),
        false => format!("{file} with what stands for {options}"),
    }
}

/// Stops a run when the client takes its request back.
fn stopped_by(context: &RequestContext<RoleServer>) -> Stop {
    let (stop, taken_back) = (Stop::default(), context.ct.clone());
    let run = stop.clone();
    tokio::spawn(async move {
        taken_back.cancelled().await;
        run.now();
    });
    stop
}

/// The report without what passed or does not apply: its counts say how much that is.
fn short(mut report: Report, exchanges: bool) -> Report {
    report.results.retain(|result| result.verdict().is_finding() || result.verdict() == Verdict::Error);
    let results = &report.results;
    report
        .exchanges
        .retain(|exchange| exchanges && results.iter().any(|result| result.exchanges.contains(&exchange.id)));
    report
}
