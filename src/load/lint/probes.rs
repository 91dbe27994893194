//! Probes: what they are built from, in which order, and that somebody reads them.

use std::collections::BTreeSet;

use super::{Desk, cycle};
use crate::model::corpus::Corpus;
use crate::model::probe::Rpc;
use crate::model::reception::FIRST_CONTACT;
use crate::model::token::GOOD;
use crate::plan::{diagnosis_references, references, sources_of_login, sources_of_token};

pub(super) fn lint(desk: &mut Desk<'_>) {
    let corpus = desk.corpus;
    for (name, filed) in &corpus.probes {
        let probe = &filed.value;
        let kinds = usize::from(probe.rpc.is_some())
            + usize::from(probe.get.is_some())
            + usize::from(probe.http.is_some())
            + usize::from(probe.login.is_some())
            + usize::from(!probe.candidates.is_empty());
        if kinds != 1 {
            let message =
                format!("`{name}` needs exactly one of `rpc`, `get`, `http`, `login` and `candidates`");
            desk.at_key(filed.file, name, message, None);
        }
        if probe.rpc.as_ref().is_some_and(|rpc| rpc.calls.is_empty()) {
            desk.at_key(filed.file, name, format!("`{name}` calls nothing"), None);
        }
        let mut names = BTreeSet::new();
        for candidate in probe.candidates.iter().filter(|candidate| !names.insert(&candidate.name)) {
            let message = format!("two candidates are called `{}`", candidate.name);
            desk.at(filed.file, &candidate.get, message, None);
        }
        for template in probe.templates() {
            for reference in template.value.probes() {
                desk.known_probe(filed.file, template, reference);
            }
            if template.value.wants_item() && !corpus.has_items(name) {
                let message = format!("`{name}` is not sent for each of a list, so it has no item");
                desk.at(filed.file, template, message, Some("add `for-each`".to_owned()));
            }
        }
        for after in probe.after.iter().chain(&probe.control) {
            desk.known(filed.file, after, "probe", &corpus.probes);
        }
        for token in probe.rpc.iter().flat_map(Rpc::tokens) {
            desk.known(filed.file, token, "token", &corpus.tokens);
            let leans_on_good =
                corpus.tokens.get(&token.value).is_some_and(|token| token.value.made_up.is_none());
            if leans_on_good && token.value != GOOD && probe.control.is_none() {
                let message = format!("`{name}` sends a bad token and names no `control`");
                desk.at(filed.file, token, message, Some("add `control: mcp.good-token`".to_owned()));
            }
        }
        if let Some(control) = &probe.control
            && corpus.probes.get(&control.value).is_some_and(|probe| probe.value.wanted_by.is_none())
        {
            let message = format!("no case says whether `{}` was accepted", control.value);
            desk.at(filed.file, control, message, Some("a control has a `wanted-by`".to_owned()));
        }
        for profile in probe.profiles.iter().flatten() {
            desk.known(filed.file, profile, "profile", &corpus.profiles);
        }
        for case in probe.wanted_by.iter().chain(&probe.secured_by) {
            desk.known(filed.file, case, "case", &corpus.cases);
        }
        if !read(corpus).contains(name.as_str()) {
            desk.at_key(filed.file, name, format!("nothing reads `{name}`"), None);
        }
    }
    let edges = |name| corpus.probe(name).map(|(name, ..)| upstream(corpus, name)).unwrap_or_default();
    if let Some(found) = cycle(corpus.probes.keys().map(String::as_str), edges) {
        let file = corpus.probes[found[0]].file;
        let message = format!("these probes wait for each other: {} → {}", found.join(" → "), found[0]);
        desk.at_key(file, found[0], message, None);
    }
}

/// The probes that `name` is built from or comes after.
fn upstream<'a>(corpus: &'a Corpus, name: &str) -> Vec<&'a str> {
    let Some(filed) = corpus.probes.get(name) else { return Vec::new() };
    let read = filed.value.templates().flat_map(|template| template.value.probes());
    let probe = &filed.value;
    let after = probe.after.iter().chain(&probe.control).map(|after| after.value.as_str());
    let tokens = probe.rpc.iter().flat_map(Rpc::tokens);
    let tokens = tokens.flat_map(|token| sources_of_token(corpus, &token.value));
    let login = probe.login.iter().flat_map(sources_of_login).map(|source| -> &'a str { source });
    let read = read.chain(tokens).chain(login);
    read.filter_map(|reference| corpus.probe(reference).map(|(name, ..)| name)).chain(after).collect()
}

/// The probes that a case or another probe reads.
fn read(corpus: &Corpus) -> BTreeSet<&str> {
    let by_cases = corpus.cases.values().flat_map(|case| references(&case.value));
    let by_probes = corpus.probes.keys().flat_map(|name| upstream(corpus, name));
    let by_diagnoses = corpus.diagnoses.values().flat_map(|filed| diagnosis_references(&filed.value));
    let named = by_cases
        .chain(by_probes)
        .chain(by_diagnoses)
        .filter_map(|reference| corpus.probe(reference).map(|(name, ..)| name));
    named.chain([FIRST_CONTACT]).collect()
}
