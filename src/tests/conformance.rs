//! `cargo test`: every case on the clean reference servers, on each of its defects and on each variant, a trial each, and
//! the whole cross product as one snapshot.
//!
//! Trials share the recording of their column, which is made when the first of them runs. nextest gives each trial its
//! own process: there, a column is one trial, or it would be recorded a hundred times over.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use mcp_conform::judge::Conclusion;
use mcp_conform::load;
use mcp_conform::matrix::{Column, Judged, Kind, columns, gaps, is_green, record_column, render};
use mcp_conform::model::corpus::Corpus;
use tokio::runtime::Runtime;

static CORPUS: LazyLock<Corpus> = LazyLock::new(|| load::embedded().expect("the built-in cases load"));
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));

type Cell = Arc<OnceLock<Result<Judged, String>>>;

fn main() {
    let arguments = Arguments::from_args();
    let cells: BTreeMap<Column, Cell> =
        columns(&CORPUS).into_iter().map(|column| (column, Cell::default())).collect();
    let apart = std::env::var_os("NEXTEST").is_some();
    let mut trials = Vec::new();
    for (column, cell) in &cells {
        let cases = cases(column);
        if apart {
            let (column, cell) = (column.clone(), Arc::clone(cell));
            let name = format!("every case on {}", column.title());
            trials.push(Trial::test(name, move || {
                cases.iter().try_for_each(|case| judge(case, &column, &cell).map(drop))
            }));
            continue;
        }
        for case in cases {
            let (column, cell) = (column.clone(), Arc::clone(cell));
            let name = format!("{case} on {}", column.title());
            trials.push(Trial::ignorable_test(name, move || judge(&case, &column, &cell)));
        }
    }
    // Last, when the columns are there already.
    let cells = Arc::new(cells);
    trials.push(Trial::test("the matrix is as it was reviewed", move || reviewed(&cells)));
    libtest_mimic::run(&arguments, trials).exit();
}

/// The whole cross product in one snapshot, `snapshots/matrix.snap`, and no gap in the proof.
fn reviewed(cells: &BTreeMap<Column, Cell>) -> Result<(), Failed> {
    let judged = cells.iter().map(|(column, cell)| judged(column, cell).cloned());
    let matrix: Vec<Judged> = judged.collect::<Result<_, Failed>>()?;
    insta::with_settings!({
        snapshot_path => "../../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("matrix", render(&CORPUS, &matrix));
    });
    match gaps(&CORPUS, &matrix) {
        gaps if gaps.is_empty() => Ok(()),
        gaps => Err(gaps.join("\n").into()),
    }
}

/// The cases that are tried on `column`: on a defect, those that it should be caught by.
fn cases(column: &Column) -> Vec<String> {
    let tried = CORPUS.cases.iter().filter(|(id, filed)| {
        let exists = CORPUS.level(&filed.value, &column.profile).is_some();
        let caught = filed.value.caught_by.iter().any(|defect| defect.value == column.name);
        exists && column.concerns(id) && (column.kind != Kind::Defect || caught)
    });
    tried.map(|(id, _)| id.clone()).collect()
}

/// The column, recorded when it is first asked for.
fn judged<'a>(column: &Column, cell: &'a Cell) -> Result<&'a Judged, Failed> {
    let judged = cell.get_or_init(|| {
        let recording =
            RUNTIME.block_on(record_column(&CORPUS, column)).map_err(|error| error.to_string())?;
        Ok(Judged::new(&CORPUS, column.clone(), &recording))
    });
    judged.as_ref().map_err(|error| Failed::from(error.as_str()))
}

fn judge(case: &str, column: &Column, cell: &Cell) -> Result<Completion, Failed> {
    let judged = judged(column, cell)?;
    let Some(judgement) = judged.cases.get(case) else {
        return match column.kind {
            Kind::Variant => Ok(Completion::ignored_with("the variant has not what the case takes")),
            _ => Err("the case was not judged".into()),
        };
    };
    let right = match column.kind {
        Kind::Defect => judgement.verdict.is_finding(),
        Kind::Clean | Kind::Variant => is_green(&CORPUS, column, case, judgement.verdict),
    };
    if right {
        return Ok(Completion::Completed);
    }
    let said = match &judgement.conclusion {
        Conclusion::Broken(flawed) => flawed.iter().map(|one| one.finding.message.clone()).collect(),
        Conclusion::Untested { why, because, .. } => vec![format!("{why} ({because:?})")],
        Conclusion::NotApplicable(why) | Conclusion::Error(why) => vec![why.clone()],
        Conclusion::Holds => Vec::new(),
    };
    Err(format!("{}: {}", judgement.verdict.word(), said.join("; ")).into())
}
