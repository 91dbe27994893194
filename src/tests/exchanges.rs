//! What the clean reference servers answer, under each profile, to be reviewed: `snapshots/exchanges/`. They are shown
//! and filtered as `mcp-conform snapshot` does it.

use mcp_conform::load;
use mcp_conform::matrix::{Kind, columns, record_column};
use mcp_conform::model::exchange::Exchange;
use mcp_conform::model::reception::FIRST_CONTACT;
use mcp_conform::model::requirement::Role;
use mcp_conform::snapshot::filter::Filters;
use mcp_conform::snapshot::shown;

#[tokio::test(flavor = "multi_thread")]
async fn exchanges_of_the_clean_servers() {
    let corpus = load::embedded().expect("the built-in cases load");
    let filters = Filters::new(&[], &[]).expect("the built-in filters");
    for column in columns(&corpus)
        .into_iter()
        .filter(|column| column.kind == Kind::Clean && column.role == Role::Server)
    {
        let recording = record_column(&corpus, &column).await.expect("the column is recorded");
        let text: Vec<String> = recording.exchanges.iter().map(shown::exchange).collect();
        let text = filters.apply(&text.join("\n"));
        insta::with_settings!({
            snapshot_path => "../../snapshots/exchanges",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(column.profile.clone(), text);
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
