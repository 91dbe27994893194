//! `mcp-conform mcp` as a client meets it: the program as a child process, spoken to by rmcp.

use mcp_conform::matrix;
use reference_servers::{Options, Running};
use rmcp::model::{CallToolRequestParams, CallToolResult, Tool};
use rmcp::service::RunningService;
use rmcp::transport::TokioChildProcess;
use rmcp::{RoleClient, ServiceExt};
use serde_json::{Value, json};
use tokio::process::Command;

type Client = RunningService<RoleClient, ()>;

async fn client() -> Client {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-conform"));
    command.arg("mcp");
    ().serve(TokioChildProcess::new(command).expect("the program starts")).await.expect("it is an MCP server")
}

async fn servers(defect: Option<&str>) -> Running {
    let corpus = mcp_conform::load::embedded().expect("the built-in cases load");
    let deviations: Vec<_> = defect.iter().map(|name| &corpus.defects[*name].value).collect();
    matrix::start("2026-07-28", &deviations, Options::default()).await.expect("servers start")
}

async fn call(client: &Client, tool: &'static str, arguments: Value) -> CallToolResult {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    client.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments)).await.expect("an answer")
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
        ("check", json!({ "url": "https://x.example/mcp", "token_env": "HOME" }), "unknown field"),
        ("discover", json!({ "url": "ftp://x.example" }), "only http and https"),
        ("explain", json!({ "id": "server/challenge/presnt" }), "did you mean `server/challenge/present`"),
        ("lint", json!({ "kind": "jwks", "text": " " }), "<text>"),
    ] {
        let result = call(&client, tool, arguments.clone()).await;
        assert_eq!(result.is_error, Some(true), "{arguments}: {}", text(&result));
        assert!(text(&result).contains(says), "{arguments}: {}", text(&result));
    }
    let refused = call(&client, "explain", json!({ "id": "x", "no": 1 })).await;
    assert!(refused.is_error == Some(true) && text(&refused).contains("unknown field"), "{}", text(&refused));
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
    let client = ().serve(TokioChildProcess::new(command).expect("it starts")).await.expect("a server");
    for (url, sent) in [("mine", true), (other.server_url.as_str(), false)] {
        let result = call(&client, "check", json!({ "url": url })).await;
        let report = result.structured_content.expect("a report");
        let tokens = report["tokens"].as_array().expect("tokens");
        assert_eq!(tokens.iter().any(|token| token["source"] == "given"), sent, "{url}: {tokens:?}");
    }
}
