//! Which probes a run needs, and in which eras: those that its cases read, and what those are built from.

use std::collections::BTreeSet;

use crate::check::Check;
use crate::diagnose::explains;
use crate::model::case::Case;
use crate::model::corpus::Corpus;
use crate::model::diagnosis::Diagnosis;
use crate::model::profile::Era;
use crate::model::reception::FIRST_CONTACT;
use crate::model::requirement::Role;

/// The cases to judge and the probes to send for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Ids of cases.
    pub cases: BTreeSet<String>,
    /// Probes, each in an era.
    pub probes: BTreeSet<(String, Era)>,
}

impl Plan {
    /// For every case of `role`, in every profile in which it exists.
    pub fn for_role(corpus: &Corpus, role: Role) -> Self {
        let mut plan = Self { cases: BTreeSet::new(), probes: BTreeSet::new() };
        for (id, case) in &corpus.cases {
            // An MCP server is checked together with the authorization servers that it names.
            let with = role == Role::Server && Corpus::role_of(id) == Role::AuthorizationServer;
            if Corpus::role_of(id) != role && !with {
                continue;
            }
            let eras = eras(corpus, &case.value);
            if eras.is_empty() {
                continue;
            }
            plan.cases.insert(id.clone());
            for era in eras {
                for reference in references(&case.value).into_iter().chain(explaining(corpus, id)) {
                    plan.add(corpus, role, reference, era);
                }
            }
        }
        if role == Role::Server {
            for era in Era::ALL {
                plan.add(corpus, role, FIRST_CONTACT, era);
            }
        }
        plan
    }

    /// For some probes in both eras, and what they are built from.
    pub fn for_probes(corpus: &Corpus, probes: &[&str]) -> Self {
        let mut plan = Self { cases: BTreeSet::new(), probes: BTreeSet::new() };
        for era in Era::ALL {
            for probe in probes {
                plan.add(corpus, Role::Server, probe, era);
            }
        }
        plan
    }

    fn add(&mut self, corpus: &Corpus, role: Role, reference: &str, era: Era) {
        let Some((name, _, probe)) = corpus.probe(reference) else { return };
        if !self.probes.insert((name.to_owned(), era)) {
            return;
        }
        // An authorization server alone is given: no list names it.
        let list = probe.for_each.iter().filter(|_| role == Role::Server);
        for template in list.chain(probe.request_templates()) {
            for reference in template.value.probes() {
                self.add(corpus, role, reference, era);
            }
        }
        for after in &probe.after {
            self.add(corpus, role, &after.value, era);
        }
    }
}

/// The probes that a case reads.
pub fn references(case: &Case) -> Vec<&str> {
    let predicates = case.when.iter().chain(&case.expect);
    let read = predicates.flat_map(|predicate| predicate.value.probes());
    std::iter::once(case.probe.value.as_str()).chain(read).collect()
}

/// The probes that the diagnoses of a case read.
fn explaining<'a>(corpus: &'a Corpus, case: &str) -> impl Iterator<Item = &'a str> {
    let diagnoses = corpus.diagnoses.values().map(|filed| &filed.value);
    diagnoses.filter(move |diagnosis| explains(diagnosis, case)).flat_map(diagnosis_references)
}

/// The probes that a diagnosis reads.
pub fn diagnosis_references(diagnosis: &Diagnosis) -> impl Iterator<Item = &str> {
    let read = diagnosis.when.iter().flat_map(|predicate| predicate.value.probes());
    std::iter::once(diagnosis.probe.value.as_str()).chain(read)
}

/// The eras of the profiles in which `case` exists.
fn eras(corpus: &Corpus, case: &Case) -> BTreeSet<Era> {
    let exists = corpus.profiles.iter().filter(|(name, _)| corpus.level(case, name).is_some());
    exists.map(|(_, profile)| profile.value.era).collect()
}
