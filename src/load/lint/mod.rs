//! Checks the corpus as a whole: what names what, and that nothing is left without proof.

mod cases;
mod diagnoses;
mod probes;
mod statements;

use std::collections::BTreeMap;

use serde_saphyr::Spanned;

use super::frame::{Problem, nearest, word_end};
use crate::model::corpus::{Corpus, Filed};

/// Every mistake in the corpus; none where it is sound.
pub fn lint(corpus: &Corpus) -> Vec<Problem> {
    let mut desk = Desk { corpus, problems: Vec::new() };
    statements::lint(&mut desk);
    probes::lint(&mut desk);
    cases::lint(&mut desk);
    diagnoses::lint(&mut desk);
    desk.problems
}

/// Whether a case tests the statement.
pub fn is_cited(corpus: &Corpus, id: &str) -> bool {
    corpus.cases.values().any(|case| case.value.requirements.iter().any(|cited| cited.value == id))
}

/// Where mistakes are collected.
struct Desk<'a> {
    corpus: &'a Corpus,
    problems: Vec<Problem>,
}

impl Desk<'_> {
    /// A mistake at a value that remembers where it stood; its first line is underlined.
    fn at<T>(&mut self, file: usize, place: &Spanned<T>, message: String, help: Option<String>) {
        let text = &self.corpus.files[file].text;
        let span = place.referenced.span();
        let start = usize::try_from(span.byte_offset().unwrap_or(span.offset())).unwrap_or(text.len());
        let length = usize::try_from(span.byte_len().unwrap_or(span.len())).unwrap_or(0);
        let value = text.get(start..start + length).unwrap_or_default();
        let end = start + value.lines().next().unwrap_or_default().len();
        self.push(file, start..end.max(word_end(text, start)), message, help);
    }

    /// A mistake at the first line that begins with `key`, or at the start of the file.
    fn at_key(&mut self, file: usize, key: &str, message: String, help: Option<String>) {
        let text = &self.corpus.files[file].text;
        let start = text.match_indices(key).map(|(at, _)| at).find(|&at| {
            let before = text[..at].rsplit('\n').next().unwrap_or_default();
            before.trim().is_empty()
        });
        let span = start.map_or(0..0, |start| start..start + key.len());
        self.push(file, span, message, help);
    }

    fn push(&mut self, file: usize, span: std::ops::Range<usize>, message: String, help: Option<String>) {
        let source = &self.corpus.files[file];
        let mut problem = Problem::new(&source.path, &source.text, span, message);
        problem.help = help;
        self.problems.push(problem);
    }

    /// A mistake unless `name` is one of `known`.
    fn known<T>(
        &mut self,
        file: usize,
        name: &Spanned<String>,
        kind: &str,
        known: &BTreeMap<String, Filed<T>>,
    ) {
        if !known.contains_key(&name.value) {
            let help = nearest(&name.value, known.keys().map(String::as_str));
            self.at(file, name, format!("there is no {kind} `{}`", name.value), help);
        }
    }

    /// A mistake unless `reference` is a probe, or a candidate of one.
    fn known_probe<T>(&mut self, file: usize, place: &Spanned<T>, reference: &str) {
        if self.corpus.probe(reference).is_some() {
            return;
        }
        let mut names: Vec<String> = Vec::new();
        for (name, probe) in &self.corpus.probes {
            names.push(name.clone());
            names.extend(probe.value.parts().into_iter().map(|part| format!("{name}.{part}")));
        }
        let help = nearest(reference, names.iter().map(String::as_str));
        self.at(file, place, format!("there is no probe `{reference}`"), help);
    }
}

/// The members of a cycle through `edges`, from the first name on; `None` where there is none.
fn cycle<'a>(
    names: impl Iterator<Item = &'a str>,
    edges: impl Fn(&'a str) -> Vec<&'a str>,
) -> Option<Vec<&'a str>> {
    let mut done = Vec::new();
    for name in names {
        let mut path = Vec::new();
        if let Some(found) = visit(name, &edges, &mut path, &mut done) {
            return Some(found);
        }
    }
    None
}

fn visit<'a>(
    name: &'a str,
    edges: &impl Fn(&'a str) -> Vec<&'a str>,
    path: &mut Vec<&'a str>,
    done: &mut Vec<&'a str>,
) -> Option<Vec<&'a str>> {
    if let Some(start) = path.iter().position(|on_path| *on_path == name) {
        return Some(path[start..].to_vec());
    }
    if done.contains(&name) {
        return None;
    }
    path.push(name);
    for next in edges(name) {
        if let Some(found) = visit(next, edges, path, done) {
            return Some(found);
        }
    }
    path.pop();
    done.push(name);
    None
}
