//! `mcp`: the program as an MCP server over standard input and output, so that an agent can ask what a person would.
//!
//! The tools are [`check`], `discover`, [`explain`](crate::explain) and `lint`; their results are the JSON reports of the commands
//! of the same names. Tokens and headers go to the targets that `mcp-conform.yaml` names and to no other URL: an agent can be
//! talked into asking anybody. Bad arguments are results with `isError` and the words that the command line would use.

mod arguments;
mod progress;

use std::sync::Arc;

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{
    CallToolResult, ContentBlock, Implementation, JsonObject, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::transport::stdio;
use rmcp::{RoleServer, ServerHandler, ServiceExt, tool, tool_handler, tool_router};
use schemars::{Schema, schema_for};
use serde::Serialize;
use serde_json::{Value, json};

use self::arguments::{CheckArguments, DiscoverArguments, ExplainArguments, LintArguments, read};
use self::progress::Notes;
use super::check::Run;
use super::output::Files;
use super::targets::{Found, one};
use super::{Failure, corpus, known, network, target};
use crate::cli::Configured;
use crate::lint::{self, Address, Text};
use crate::model::corpus::Corpus;
use crate::model::requirement::Role;
use crate::model::verdict::Verdict;
use crate::report::human::{self, Style};
use crate::report::{Choice, Report, json as report_json, markdown, walk};
use crate::run::stop::Stop;
use crate::session::{self, Options};
use crate::{discover, exit, explain};

/// What an agent is told of this server as a whole.
const INSTRUCTIONS: &str = "\
Says whether the authorization of a remote MCP server conforms to the MCP specification and its RFCs. Start with `check` and the \
URL of the MCP endpoint; without a token it sends only requests that cannot succeed. `explain` says more about a case id of its \
findings, `discover` shows the way to the authorization server, `lint` judges a document that you have as text.";

/// Serves until standard input ends.
pub(super) async fn mcp() -> Result<u8, Failure> {
    let tools = Tools { corpus: Arc::new(corpus(None)?) };
    let running = tools.serve(stdio()).await.map_err(|error| {
        Failure::usage(format!(
            "no MCP client speaks on standard input ({error}): `mcp` is to be started by one"
        ))
    })?;
    running.waiting().await.map_err(Failure::internal)?;
    Ok(exit::CONFORMS)
}

#[derive(Clone)]
struct Tools {
    corpus: Arc<Corpus>,
}

#[tool_router]
impl Tools {
    #[tool(
        title = "Check the authorization of an MCP server",
        description = "Sends about 60 requests to an MCP server and the authorization servers that it names, and judges the answers by a \
                       revision of the MCP specification. Gives the outcome, how many cases have which verdict, and each finding with \
                       the clause that is broken, what was found, what would be right, and how to mend it. Without a token most cases \
                       are untested: `login`, or a target of mcp-conform.yaml with a token, shows more; `login` registers a \
                       client with the authorization server and removes it again. `results` holds only what was found; \
                       `summary` counts the rest.",
        annotations(read_only_hint = false, destructive_hint = false, open_world_hint = true),
        input_schema = object(schema_for!(CheckArguments)),
        output_schema = object(report_json::schema())
    )]
    async fn check(
        &self,
        Parameters(arguments): Parameters<JsonObject>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        answer(self.checked(arguments, context).await)
    }

    #[tool(
        title = "Find the authorization server of an MCP server",
        description = "Walks from an MCP endpoint to its authorization server as an MCP client does: the 401, the protected resource \
                       metadata, the authorization server metadata. Says at which step the walk breaks.",
        annotations(read_only_hint = true, open_world_hint = true),
        input_schema = object(schema_for!(DiscoverArguments)),
        output_schema = object(walk::schema())
    )]
    async fn discover(
        &self,
        Parameters(arguments): Parameters<JsonObject>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        answer(walked(arguments, context).await)
    }

    #[tool(
        title = "Explain a case or requirement",
        description = "Says what a case of the findings is about: why it matters, by which clause, what is sent, what must hold, how to \
                       mend it, a good answer. Also takes the ids of requirements, probes, tokens, diagnoses, defects, variants and \
                       profiles.",
        annotations(read_only_hint = true, open_world_hint = false),
        input_schema = object(schema_for!(ExplainArguments)),
        output_schema = object(schema_for!(Explained))
    )]
    async fn explain(&self, Parameters(arguments): Parameters<JsonObject>) -> CallToolResult {
        answer(self.explained(arguments))
    }

    #[tool(
        title = "Judge a document",
        description = "Judges protected resource metadata, authorization server metadata, a key set, client metadata or the \
                       WWW-Authenticate of a 401, given as text, without a network. `results` holds only what was found; \
                       `summary` counts the rest.",
        annotations(read_only_hint = true, open_world_hint = false),
        input_schema = object(schema_for!(LintArguments)),
        output_schema = object(report_json::schema())
    )]
    async fn lint(&self, Parameters(arguments): Parameters<JsonObject>) -> CallToolResult {
        answer(self.linted(arguments))
    }
}

#[tool_handler]
impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        let server = Implementation::new("mcp-conform", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(server)
            .with_instructions(INSTRUCTIONS)
    }
}

/// What `explain` says.
#[derive(Serialize, schemars::JsonSchema)]
struct Explained {
    /// The name that was asked for.
    id: String,
    /// What it is about.
    text: String,
}

impl Tools {
    async fn checked(
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

    fn explained(&self, arguments: JsonObject) -> Result<(String, Explained), Failure> {
        let ExplainArguments { id } = read(arguments)?;
        let Some(text) = explain::explain(&self.corpus, &id) else {
            known("name", &id, explain::names(&self.corpus).iter().copied())?;
            return Err(Failure::internal(format!("nothing is said of {id}")));
        };
        Ok((text.clone(), Explained { id, text }))
    }

    fn linted(&self, arguments: JsonObject) -> Result<(String, Report), Failure> {
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

async fn walked(
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

fn answer<T: Serialize>(found: Result<(String, T), Failure>) -> CallToolResult {
    let said = found.and_then(|(text, value)| {
        let value = serde_json::to_value(value).map_err(Failure::internal)?;
        Ok((text, value))
    });
    match said {
        Ok((text, value)) => {
            let mut result = CallToolResult::structured(value);
            result.content = vec![ContentBlock::text(text)];
            result
        }
        Err(failure) => CallToolResult::error(vec![ContentBlock::text(failure.message)]),
    }
}

fn object(schema: Schema) -> Arc<JsonObject> {
    match schema.to_value() {
        Value::Object(members) => Arc::new(members),
        _ => Arc::new(JsonObject::from_iter([("type".to_owned(), json!("object"))])),
    }
}
