//! What a user reads of each case on its first defect, to be reviewed: `snapshots/findings/`.

#[path = "support/stable.rs"]
mod stable;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use mcp_conform::load;
use mcp_conform::matrix::{columns, record_column};
use mcp_conform::model::case::Case;
use mcp_conform::model::corpus::Filed;
use mcp_conform::model::recording::Recording;
use mcp_conform::report::Choice;
use mcp_conform::report::human::{Style, finding};
use mcp_conform::session::report;

/// Columns recorded at once.
const AT_ONCE: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn findings_of_each_case_on_its_first_defect() {
    let corpus = load::embedded().expect("the built-in cases load");
    let columns = columns(&corpus);
    let defect =
        |filed: &Filed<Case>| filed.value.caught_by.first().expect("the linter wants one").value.clone();
    let wanted: BTreeSet<String> = corpus.cases.values().map(defect).collect();
    let wanted = columns.iter().filter(|column| wanted.contains(&column.name));
    let recorded = stream::iter(wanted).map(|column| async {
        let recording = record_column(&corpus, column).await.expect("the column is recorded");
        (column.title(), recording)
    });
    let recordings: BTreeMap<String, Recording> = recorded.buffered(AT_ONCE).collect().await;
    let mut silent = Vec::new();
    for (id, filed) in &corpus.cases {
        let defect = defect(filed);
        let mut text = None;
        for column in columns.iter().filter(|column| column.name == defect) {
            let choice = Choice::One(column.profile.clone());
            let report = report(&corpus, &recordings[&column.title()], Some(&choice));
            text = text.or_else(|| finding(&report, &corpus, id, &Style::default()));
        }
        let Some(text) = text else {
            silent.push(format!("{id} says nothing of {defect}"));
            continue;
        };
        insta::with_settings!({
            snapshot_path => "../../snapshots/findings",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(id.replace('/', "."), stable::stable(&text));
        });
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}
