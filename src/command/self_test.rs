//! `self-test`: the matrix, for a user.

use futures_util::StreamExt;
use futures_util::stream;

use super::{Failure, corpus, print};
use crate::exit;
use crate::matrix::{Judged, Kind, columns, gaps, record_column};

/// Columns recorded at once.
const AT_ONCE: usize = 8;

pub(super) async fn self_test() -> Result<u8, Failure> {
    let corpus = corpus(None)?;
    let recorded = stream::iter(columns(&corpus)).map(|column| async {
        let recording = record_column(&corpus, &column).await?;
        Ok(Judged::new(&corpus, column, &recording))
    });
    let matrix: Vec<Result<Judged, crate::matrix::MatrixError>> = recorded.buffered(AT_ONCE).collect().await;
    let matrix: Vec<Judged> = matrix.into_iter().collect::<Result<_, _>>().map_err(Failure::internal)?;
    let count = |kind| matrix.iter().filter(|judged| judged.column.kind == kind).count();
    let pairs: usize = corpus.cases.values().map(|case| case.value.caught_by.len()).sum();
    let gaps = gaps(&corpus, &matrix);
    print(&format!(
        "{} cases on the reference servers: {} clean, {} with a variant, {} with a defect.\n",
        corpus.cases.len(),
        count(Kind::Clean),
        count(Kind::Variant),
        count(Kind::Defect),
    ))?;
    if gaps.is_empty() {
        print(&format!(
            "Every case catches each of its defects ({pairs}), and none complains of what is right.\n"
        ))?;
        return Ok(exit::CONFORMS);
    }
    Err(Failure::internal(format!("the proof has gaps:\n  {}", gaps.join("\n  "))))
}
