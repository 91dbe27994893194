//! What the clean reference servers answer, under each profile, to be reviewed: `snapshots/exchanges/`.

#[path = "support/stable.rs"]
mod stable;

use std::fmt::Write as _;

use mcp_conform::load;
use mcp_conform::matrix::{Kind, columns, record_column};
use mcp_conform::model::exchange::{Exchange, Reply};
use mcp_conform::model::reception::FIRST_CONTACT;
use mcp_conform::model::requirement::Role;

#[tokio::test(flavor = "multi_thread")]
async fn exchanges_of_the_clean_servers() {
    let corpus = load::embedded().expect("the built-in cases load");
    for column in columns(&corpus)
        .into_iter()
        .filter(|column| column.kind == Kind::Clean && column.role == Role::Server)
    {
        let recording = record_column(&corpus, &column).await.expect("the column is recorded");
        let text: String = recording.exchanges.iter().map(shown).collect();
        insta::with_settings!({
            snapshot_path => "../../snapshots/exchanges",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(column.profile.clone(), stable::stable(&text));
        });
    }
}

/// Nothing is judged there, so that nothing is asked that an MCP client would not ask.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_for_no_token_is_left_alone() {
    let corpus = load::embedded().expect("the built-in cases load");
    let open: Vec<_> = columns(&corpus).into_iter().filter(|column| column.name == "open-server").collect();
    assert!(!open.is_empty());
    for column in open {
        let recording = record_column(&corpus, &column).await.expect("the column is recorded");
        for Exchange { request, probe, .. } in &recording.exchanges {
            let reads = matches!(request.method.as_str(), "GET" | "OPTIONS");
            assert!(reads || probe == FIRST_CONTACT, "{probe} sends {} {}", request.method, request.url);
        }
    }
}

fn shown(exchange: &Exchange) -> String {
    let mut text = format!("{} {}  ({})\n", exchange.request.method, exchange.request.url, exchange.probe);
    let mut line = |line: &str| writeln!(text, "{line}").expect("a string takes text");
    for (name, value) in &exchange.request.headers {
        line(&format!("> {name}: {value}"));
    }
    if let Some(body) = &exchange.request.body {
        line(&format!("> {body}"));
    }
    match &exchange.reply {
        Reply::Error(error) => line(&format!("< {error}")),
        Reply::Response(response) => {
            line(&format!("< {} {}", response.version, response.status));
            for (name, value) in response.headers.iter().filter(|(name, _)| name != "date") {
                line(&format!("< {name}: {value}"));
            }
            line(&format!("< {}", response.body.text.as_deref().unwrap_or("")));
        }
    }
    text.push('\n');
    text
}
