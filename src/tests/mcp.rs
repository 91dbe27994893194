//! `mcp-conform mcp` as a client meets it: the program as a child process, spoken to by rmcp.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use mcp_conform::matrix;
use reference_servers::{Options, Running};
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CallToolResult, ClientRequest, ProgressNotificationParam, Tool,
};
use rmcp::service::{NotificationContext, PeerRequestOptions, RunningService};
use rmcp::transport::TokioChildProcess;
use rmcp::{ClientHandler, RoleClient, ServiceExt};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A client that passes on what it hears of progress.
struct Listener(UnboundedSender<ProgressNotificationParam>);

impl ClientHandler for Listener {
    async fn on_progress(&self, note: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        // A test that has heard enough listens no more.
        let _ = self.0.send(note);
    }
}

type Client = RunningService<RoleClient, Listener>;

async fn client() -> Client {
    listening_client().await.0
}

async fn listening_client() -> (Client, UnboundedReceiver<ProgressNotificationParam>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-conform"));
    command.arg("mcp");
    served(command).await
}

async fn served(command: Command) -> (Client, UnboundedReceiver<ProgressNotificationParam>) {
    let (to, from) = unbounded_channel();
    let child = TokioChildProcess::new(command).expect("the program starts");
    (Listener(to).serve(child).await.expect("it is an MCP server"), from)
}

async fn servers(defect: Option<&str>) -> Running {
    let corpus = mcp_conform::load::embedded().expect("the built-in cases load");
    let deviations: Vec<_> = defect.iter().map(|name| &corpus.defects[*name].value).collect();
    matrix::start("2026-07-28", &deviations, Options::default()).await.expect("servers start")
}

async fn call(client: &Client, tool: &'static str, arguments: Value) -> CallToolResult {
    client.call_tool(params(tool, arguments)).await.expect("an answer")
}

fn params(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    CallToolRequestParams::new(tool).with_arguments(arguments)
}

fn text(result: &CallToolResult) -> String {
    result.content.iter().filter_map(|block| block.as_text()).map(|text| text.text.clone()).collect()
}

/// The structured content, which is as the tool said that it would be.
fn value(tools: &[Tool], name: &str, result: &CallToolResult) -> Value {
    assert_ne!(result.is_error, Some(true), "{}", text(result));
    let tool = tools.iter().find(|tool| tool.name == name).expect("the tool");
    let schema = Value::Object((**tool.output_schema.as_ref().expect("an output schema")).clone());
    let value = result.structured_content.clone().expect("structured content");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    value
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_can_check_discover_explain_and_lint() {
    let client = client().await;
    let tools = client.list_all_tools().await.expect("tools");
    let mut names: Vec<&str> = tools.iter().map(|tool| &*tool.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["check", "discover", "explain", "lint"]);
    assert!(tools.iter().all(|tool| tool.description.is_some() && tool.annotations.is_some()));

    let broken = servers(Some("challenge-with-unquoted-url")).await;
    let result = call(&client, "check", json!({ "url": broken.server_url })).await;
    let report = value(&tools, "check", &result);
    assert_eq!(report["outcome"], "does-not-conform");
    assert_eq!(report["results"].as_array().map(Vec::len), Some(3), "{}", report["results"]);
    let case = "server/challenge/values-are-tokens-or-quoted";
    let found = report["results"].as_array().into_iter().flatten().find(|result| result["case"] == case);
    assert!(found.is_some_and(|found| found["fix"].is_string()) && report["exchanges"] == json!([]));
    assert!(text(&result).contains("does not conform: 1 broken requirement"), "{}", text(&result));
    // What an agent is told to do, it can do.
    let words = text(&result);
    assert!(words.contains("the argument login, or a target of mcp-conform.yaml"), "{words}");
    assert!(!words.contains(" --"), "{words}");
    let with = json!({ "url": broken.server_url, "profile": "2025-06-18", "login": true, "exchanges": true });
    let report = value(&tools, "check", &call(&client, "check", with).await);
    assert_eq!(report["profile"], "2025-06-18");
    assert!(report["exchanges"].as_array().is_some_and(|exchanges| !exchanges.is_empty()));

    let result = call(&client, "discover", json!({ "url": broken.server_url })).await;
    let walk = value(&tools, "discover", &result);
    assert_eq!(walk["target"], broken.server_url.as_str());

    let result = call(&client, "explain", json!({ "id": case })).await;
    assert_eq!(value(&tools, "explain", &result)["id"], case);
    assert!(text(&result).contains("challenge-with-unquoted-url"));

    let metadata =
        json!({ "resource": "https://x.example/mcp", "authorization_servers": "https://as.example" });
    let arguments = json!({ "kind": "resource-metadata", "text": metadata.to_string() });
    let report = value(&tools, "lint", &call(&client, "lint", arguments).await);
    assert_eq!(report["outcome"], "does-not-conform");
    client.cancel().await.expect("it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_said_and_ends_nothing() {
    let client = client().await;
    for (tool, arguments, says) in [
        ("check", json!({ "url": "example.com/mcp" }), "did you mean `https://example.com/mcp`"),
        (
            "check",
            json!({ "url": "https://x.example/mcp", "profile": "2026-07-29" }),
            "did you mean `2026-07-28`",
        ),
        ("check", json!({ "url": "https://x.example/mcp", "token_env": "HOME" }), "no key `token_env`"),
        ("check", json!({ "url": "https://x.example/mcp", "profil": "all" }), "did you mean `profile`"),
        ("check", json!({ "url": "https://x.example/mcp", "login": "yes" }), "login: invalid type: string"),
        ("check", json!({ "url": "https://x.example/mcp", "timeout": 0 }), "timeout: expected a number"),
        ("discover", json!({ "url": "https://x.example/mcp", "timeout": 601 }), "600 at the most"),
        ("check", json!({}), "there is no `url`"),
        ("discover", json!({ "url": "ftp://x.example" }), "only http and https"),
        ("explain", json!({ "id": "server/challenge/presnt" }), "did you mean `server/challenge/present`"),
        ("explain", json!({ "id": "server", "no": 1 }), "there is no key `no`: known: id"),
        ("lint", json!({ "kind": "jwks", "text": " " }), "<text>"),
        (
            "lint",
            json!({ "kind": "jwk", "text": "{}" }),
            "kind: nothing is called `jwk`: did you mean `jwks`",
        ),
    ] {
        let result = call(&client, tool, arguments.clone()).await;
        assert_eq!(result.is_error, Some(true), "{arguments}: {}", text(&result));
        assert!(text(&result).contains(says), "{arguments}: {}", text(&result));
    }
    let sound = servers(None).await;
    let report = call(&client, "check", json!({ "url": sound.server_url, "login": true })).await;
    assert_eq!(report.structured_content.expect("a report")["outcome"], "conforms");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_the_file_goes_to_its_target_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (named, other) = (servers(None).await, servers(None).await);
    let file = format!(
        "defaults: {{ token: {{ env: SECRET_TOKEN }} }}\ntargets: {{ mine: {{ url: '{}' }} }}\n",
        named.server_url
    );
    std::fs::write(folder.path().join("mcp-conform.yaml"), file).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-conform"));
    command.arg("mcp").current_dir(folder.path()).env("SECRET_TOKEN", "made-up");
    let (client, _) = served(command).await;
    for (url, sent) in [("mine", true), (other.server_url.as_str(), false)] {
        let result = call(&client, "check", json!({ "url": url })).await;
        let report = result.structured_content.expect("a report");
        let tokens = report["tokens"].as_array().expect("tokens");
        assert_eq!(tokens.iter().any(|token| token["source"] == "given"), sent, "{url}: {tokens:?}");
    }
}

/// A server that refuses everybody slowly, and how often it was asked.
async fn slow_server() -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let answer = move || {
        count.fetch_add(1, Ordering::SeqCst);
        async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            StatusCode::UNAUTHORIZED
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
    tokio::spawn(axum::serve(listener, Router::new().fallback(answer)).into_future());
    (url, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_told_and_a_check_taken_back_ends() {
    let (client, mut notes) = listening_client().await;
    let (url, asked) = slow_server().await;
    let request = CallToolRequest::new(params("check", json!({ "url": url })));
    let call = client
        .send_cancellable_request(ClientRequest::CallToolRequest(request), PeerRequestOptions::default())
        .await
        .expect("a request");
    let token = call.progress_token.clone();
    // The client does not keep their order.
    let mut counted = Vec::new();
    for _ in 0..3 {
        let note = notes.recv().await.expect("a note");
        assert_eq!(note.progress_token, token);
        assert!(note.message.as_ref().is_some_and(|text| text.contains(&url[..20])), "{note:?}");
        counted.push(note.progress);
    }
    counted.sort_by(f64::total_cmp);
    counted.dedup();
    assert_eq!(counted.len(), 3, "{counted:?}");
    call.cancel(None).await.expect("the call is taken back");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let then = asked.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(asked.load(Ordering::SeqCst), then, "nothing is sent any more");

    // The same, not taken back, sends more; and the program goes on serving.
    let result = self::call(&client, "check", json!({ "url": url })).await;
    assert_ne!(result.is_error, Some(true), "{}", text(&result));
    assert!(asked.load(Ordering::SeqCst) > 3 * then, "{then}, then {}", asked.load(Ordering::SeqCst));
}
