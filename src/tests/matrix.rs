//! The whole cross product, in one reviewed snapshot: `snapshots/matrix.snap`.

use mcp_conform::load;
use mcp_conform::matrix::{Judged, columns, gaps, record_column, render};

async fn matrix(corpus: &mcp_conform::model::corpus::Corpus) -> Vec<Judged> {
    let mut matrix = Vec::new();
    for column in columns(corpus) {
        let recording = record_column(corpus, &column).await.expect("the column is recorded");
        matrix.push(Judged::new(corpus, column, &recording));
    }
    matrix
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_bites_and_none_barks_at_the_right() {
    let corpus = load::embedded().expect("the built-in cases load");
    let matrix = matrix(&corpus).await;
    insta::with_settings!({
        snapshot_path => "../../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("matrix", render(&corpus, &matrix));
    });
    let gaps = gaps(&corpus, &matrix);
    assert!(gaps.is_empty(), "{}", gaps.join("\n"));
}
