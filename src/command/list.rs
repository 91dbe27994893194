//! `list` and `explain`: what the checks are made of.

use super::{Failure, corpus, known, print};
use crate::cli::What;
use crate::exit;
use crate::explain;
use crate::load::lint::Coverage;
use crate::model::corpus::Corpus;

pub(super) fn list(what: What) -> Result<u8, Failure> {
    let corpus = corpus(None)?;
    let rows: Vec<(String, String)> = match what {
        What::Cases => corpus.cases.iter().map(|(id, case)| (id.clone(), case.value.title.clone())).collect(),
        What::Requirements => requirements(&corpus),
        What::Probes => {
            corpus.probes.iter().map(|(id, probe)| (id.clone(), probe.value.title.clone())).collect()
        }
        What::Defects => {
            corpus.defects.iter().map(|(id, defect)| (id.clone(), defect.value.title.clone())).collect()
        }
        What::Variants => {
            corpus.variants.iter().map(|(id, one)| (id.clone(), one.value.title.clone())).collect()
        }
        What::Profiles => {
            corpus.profiles.iter().map(|(id, one)| (id.clone(), one.value.title.clone())).collect()
        }
    };
    let width = rows.iter().map(|(id, _)| id.chars().count()).max().unwrap_or_default();
    let mut text: String = rows.iter().map(|(id, title)| format!("{id:width$}  {title}\n")).collect();
    if what == What::Requirements {
        let Coverage { cited, untestable, planned } = Coverage::of(&corpus);
        let total = cited + untestable + planned;
        text.push_str(&format!(
            "\n{total} requirements: {cited} cited by a case, {untestable} untestable, {planned} planned\n"
        ));
    }
    print(&text)?;
    Ok(exit::CONFORMS)
}

/// Level, profiles and the cases that cite it.
fn requirements(corpus: &Corpus) -> Vec<(String, String)> {
    let row =
        |(id, filed): (&String, &crate::model::corpus::Filed<crate::model::requirement::Requirement>)| {
            let requirement = &filed.value;
            let cited: Vec<&str> = explain::cited_by(corpus, id);
            let state = match (&requirement.untestable, cited.is_empty()) {
                (_, false) => cited.join(" "),
                (Some(_), true) => "untestable".to_owned(),
                (None, true) => "planned".to_owned(),
            };
            let level = requirement.level.word();
            (id.clone(), format!("{level:10}  {}  {state}", requirement.profiles.join(" ")))
        };
    corpus.requirements.iter().map(row).collect()
}

pub(super) fn explain(id: &str) -> Result<u8, Failure> {
    let corpus = corpus(None)?;
    match explain::explain(&corpus, id) {
        Some(text) => {
            print(&text)?;
            Ok(exit::CONFORMS)
        }
        None => {
            let all = explain::names(&corpus);
            known("name", id, all.iter().copied())?;
            Ok(exit::CONFORMS)
        }
    }
}
