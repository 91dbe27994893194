//! `self-test`: the matrix, for a user.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::stream;

use super::{Failure, corpus, tell};
use crate::cli::SelfTest;
use crate::exit;
use crate::matrix::{Column, Judged, Kind, columns, gaps, is_caught_by, record_column};

/// Columns recorded at once.
const AT_ONCE: usize = 8;

pub(super) async fn self_test(arguments: &SelfTest) -> Result<u8, Failure> {
    let mut corpus = corpus(None)?;
    let start = arguments.cases.as_deref().unwrap_or_default();
    let wanted: BTreeSet<String> = corpus.cases.keys().filter(|id| id.starts_with(start)).cloned().collect();
    if wanted.is_empty() {
        return Err(Failure::usage(format!(
            "no case begins with `{start}`: `mcp-conform list cases` shows them"
        )));
    }
    let caught = |name: &String| wanted.iter().any(|case| is_caught_by(&corpus, case, name));
    let columns: Vec<Column> = columns(&corpus)
        .into_iter()
        .filter(|column| column.kind != Kind::Defect || caught(&column.name))
        .collect();
    let recorded = stream::iter(columns).map(|column| async {
        let recording = record_column(&corpus, &column).await?;
        let mut judged = Judged::new(&corpus, column, &recording);
        judged.cases.retain(|id, _| wanted.contains(id));
        Ok(judged)
    });
    let matrix: Vec<Result<Judged, crate::matrix::MatrixError>> = recorded.buffered(AT_ONCE).collect().await;
    let matrix: Vec<Judged> = matrix.into_iter().collect::<Result<_, _>>().map_err(Failure::internal)?;
    // Of the others nothing was to be shown.
    corpus.cases.retain(|id, _| wanted.contains(id));
    corpus.diagnoses.retain(|_, _| start.is_empty());
    let count = |kind| matrix.iter().filter(|judged| judged.column.kind == kind).count();
    let pairs: usize = corpus.cases.values().map(|case| case.value.caught_by.len()).sum();
    let gaps = gaps(&corpus, &matrix);
    tell(&format!(
        "{} cases on the reference servers: {} clean, {} with a variant, {} with a defect.\n",
        corpus.cases.len(),
        count(Kind::Clean),
        count(Kind::Variant),
        count(Kind::Defect),
    ))?;
    if gaps.is_empty() {
        tell(&format!(
            "Every case catches each of its defects ({pairs}), and none complains of what is right.\n"
        ))?;
        return Ok(exit::CONFORMS);
    }
    Err(Failure::internal(format!("the proof has gaps:\n  {}", gaps.join("\n  "))))
}
