//! `list` and `explain`: what the checks are made of.

mod json;
mod requirements;

use std::collections::BTreeMap;

use super::{Failure, corpus, known, print, tell};
use crate::cli::{List, Shape, What};
use crate::exit;
use crate::explain;
use crate::model::corpus::Filed;

pub(super) fn list(arguments: &List) -> Result<u8, Failure> {
    let corpus = corpus(None)?;
    if arguments.uncited && arguments.what != What::Requirements {
        return Err(Failure::usage("only requirements are cited: `list requirements --uncited`"));
    }
    let text = match (arguments.format, arguments.what) {
        (Shape::Json, _) => json::render(&corpus, arguments).map_err(Failure::internal)?,
        (Shape::Human, What::Requirements) => requirements::render(&corpus, arguments.uncited),
        (Shape::Human, What::Cases) => titles(&corpus.cases, |case| &case.title),
        (Shape::Human, What::Probes) => titles(&corpus.probes, |probe| &probe.title),
        (Shape::Human, What::Tokens) => titles(&corpus.tokens, |token| &token.title),
        (Shape::Human, What::Diagnoses) => titles(&corpus.diagnoses, |diagnosis| &diagnosis.title),
        (Shape::Human, What::Defects) => titles(&corpus.defects, |defect| &defect.title),
        (Shape::Human, What::Variants) => titles(&corpus.variants, |variant| &variant.title),
        (Shape::Human, What::Profiles) => titles(&corpus.profiles, |profile| &profile.title),
    };
    match arguments.format {
        Shape::Human => tell(&text)?,
        Shape::Json => print(&text)?,
    }
    Ok(exit::CONFORMS)
}

/// A line each: name and title.
fn titles<T>(all: &BTreeMap<String, Filed<T>>, title: impl Fn(&T) -> &str) -> String {
    let width = all.keys().map(|name| name.chars().count()).max().unwrap_or_default();
    all.iter().map(|(name, filed)| format!("{name:width$}  {}\n", title(&filed.value))).collect()
}

pub(super) fn explain(id: &str) -> Result<u8, Failure> {
    let corpus = corpus(None)?;
    let Some(text) = explain::explain(&corpus, id) else {
        let all = explain::names(&corpus);
        known("name", id, all.iter().copied())?;
        return Ok(exit::CONFORMS);
    };
    tell(&text)?;
    Ok(exit::CONFORMS)
}
