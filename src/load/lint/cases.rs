//! Cases: that what they name exists, that they can be wrong, and that a defect shows it.

use super::{Desk, cycle};
use crate::check::Check;
use crate::model::corpus::Corpus;

pub(super) fn lint(desk: &mut Desk<'_>) {
    let corpus = desk.corpus;
    for (id, filed) in &corpus.cases {
        let (case, file) = (&filed.value, filed.file);
        for requirement in &case.requirements {
            desk.known(file, requirement, "requirement", &corpus.requirements);
        }
        desk.known_probe(file, &case.probe, &case.probe.value);
        for predicate in case.when.iter().chain(&case.expect) {
            for reference in predicate.value.probes() {
                desk.known_probe(file, predicate, reference);
            }
        }
        for need in &case.needs {
            desk.known(file, need, "case", &corpus.cases);
        }
        for defect in &case.caught_by {
            // A case that only takes note may do so of what is unusual but right.
            if !corpus.variants.contains_key(&defect.value) {
                desk.known(file, defect, "defect", &corpus.defects);
            }
        }
        let mut want = |key: &str, there: bool, message: &str| {
            if !there {
                desk.at_key(file, key, message.to_owned(), None);
            }
        };
        want(
            "title",
            case.why.is_some(),
            "no `why` says what a client does, or cannot do, where this is broken",
        );
        want("title", case.example.is_some(), "no `example` shows a good answer");
        want("requirements", !case.requirements.is_empty(), "a case tests at least one requirement");
        want("expect", !case.expect.is_empty(), "a case that expects nothing always passes");
        want("caught-by", !case.caught_by.is_empty(), "no defect shows that this case can fail");
        want(
            "when",
            case.when.is_empty() || case.otherwise.is_some(),
            "`when` needs `otherwise`: why it does not apply",
        );
        want("otherwise", !case.when.is_empty() || case.otherwise.is_none(), "`otherwise` needs `when`");
        let somewhere = corpus.profiles.keys().any(|profile| corpus.level(case, profile).is_some());
        want(
            "requirements",
            somewhere,
            &format!("{id} exists in no profile: nothing that it cites binds where its probe is sent"),
        );
    }
    let edges = |id: &'_ str| needs(corpus, id);
    if let Some(found) = cycle(corpus.cases.keys().map(String::as_str), edges) {
        let file = corpus.cases[found[0]].file;
        let message = format!("these cases need each other: {} → {}", found.join(" → "), found[0]);
        desk.at_key(file, "needs", message, None);
    }
}

/// The cases that must hold for `id` to say anything.
fn needs<'a>(corpus: &'a Corpus, id: &str) -> Vec<&'a str> {
    let Some(filed) = corpus.cases.get(id) else { return Vec::new() };
    let named = filed.value.needs.iter().map(|need| need.value.as_str());
    let whole = corpus.probe(&filed.value.probe.value).filter(|(_, candidate, _)| candidate.is_none());
    let wanted = whole.and_then(|(_, _, probe)| probe.wanted_by.as_ref());
    let secured = corpus.probe(&filed.value.probe.value).and_then(|(_, _, probe)| probe.secured_by.as_ref());
    let control = corpus.probe(&filed.value.probe.value).and_then(|(_, _, probe)| probe.control.as_ref());
    let control = control.and_then(|control| corpus.probe(&control.value)?.2.wanted_by.as_ref());
    let implied = wanted.into_iter().chain(control).chain(secured).map(|case| case.value.as_str());
    let implied = implied.filter(|implied| *implied != id && !filed.value.is_about_channel());
    named.chain(implied).filter(|id| corpus.cases.contains_key(*id)).collect()
}
