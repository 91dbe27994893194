//! `mcp`: the program as an MCP server over standard input and output, so that an agent can ask what a person would.
//!
//! The tools are `check`, `discover`, `explain` and `lint`; their results are the JSON reports of the commands
//! of the same names. Tokens and headers go to the targets that `mcp-conform.yaml` names and to no other URL: an agent can be
//! talked into asking anybody. Bad arguments are results with `isError` and the words that the command line would use.

mod arguments;
mod calls;
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

use self::arguments::{CheckArguments, DiscoverArguments, ExplainArguments, LintArguments};
use self::calls::{Explained, walked};
use super::{Failure, corpus};
use crate::exit;
use crate::model::corpus::Corpus;
use crate::report::{json as report_json, walk};

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
        description = "Sends about 60 requests, with a token 300, to an MCP server and the authorization servers that it names, and judges the answers by a \
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
