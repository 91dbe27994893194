//! Which probes a run needs, and in which eras: those that its cases read, and what those are built from.

use std::collections::BTreeSet;

use crate::check::Check;
use crate::diagnose::explains;
use crate::model::case::Case;
use crate::model::corpus::Corpus;
use crate::model::diagnosis::Diagnosis;
use crate::model::login::{Login, Scope};
use crate::model::probe::Rpc;
use crate::model::profile::Era;
use crate::model::reception::FIRST_CONTACT;
use crate::model::requirement::Role;
use crate::model::token::{GOOD, Signed};

/// The probes that the good token comes from.
pub const LOGIN: &str = "login";
/// The same where no user takes part.
pub const CLIENT_CREDENTIALS: &str = "client-credentials";
/// The metadata of the authorization server to log in at: the first of these that there is.
pub const AUTHORIZATION_SERVERS: [&str; 3] = ["server-metadata", "host-metadata", "pointer-issuer"];
/// The keys of that server.
pub const KEYS: &str = "server-keys";
/// The probe that names the scopes to ask for where the challenge names none.
pub const RESOURCE_METADATA: &str = "resource-metadata";
/// The probe whose challenge asks for more scopes.
pub const CHALLENGED: &str = "mcp.insufficient-scope";

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

    /// For the cases in a folder of `role`, and those that they need.
    pub fn for_folder(corpus: &Corpus, role: Role, folder: &str) -> Self {
        let mut plan = Self::for_role(corpus, role);
        let mut waiting: Vec<String> =
            plan.cases.iter().filter(|id| id.starts_with(folder)).cloned().collect();
        let mut wanted = BTreeSet::new();
        while let Some(id) = waiting.pop() {
            let Some(filed) = corpus.cases.get(&id) else { continue };
            if wanted.insert(id) {
                waiting.extend(leans_on(corpus, &filed.value).into_iter().map(str::to_owned));
            }
        }
        plan.cases.retain(|id| wanted.contains(id));
        plan.probes.clear();
        for id in &plan.cases.clone() {
            let Some(case) = corpus.cases.get(id) else { continue };
            for era in eras(corpus, &case.value) {
                for reference in references(&case.value) {
                    plan.add(corpus, role, reference, era);
                }
            }
        }
        for era in Era::ALL {
            plan.add(corpus, role, FIRST_CONTACT, era);
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
        for after in probe.after.iter().chain(&probe.control) {
            self.add(corpus, role, &after.value, era);
        }
        for token in probe.rpc.iter().flat_map(Rpc::tokens) {
            self.add_token(corpus, role, &token.value, era);
        }
        if probe.rpc.as_ref().is_some_and(|rpc| rpc.session.is_some()) {
            self.add_token(corpus, role, GOOD, era);
        }
        if let Some(login) = &probe.login {
            for reference in sources_of_login(login) {
                self.add(corpus, role, reference, era);
            }
        }
    }

    /// What a token is made of.
    fn add_token(&mut self, corpus: &Corpus, role: Role, name: &str, era: Era) {
        for reference in sources_of_token(corpus, name) {
            self.add(corpus, role, reference, era);
        }
    }
}

/// The probes that a token comes from.
pub fn sources_of_token<'a>(corpus: &'a Corpus, name: &str) -> Vec<&'a str> {
    let of_good = [LOGIN, CLIENT_CREDENTIALS];
    let Some(token) = corpus.tokens.get(name).map(|filed| &filed.value).filter(|_| name != GOOD) else {
        return of_good.to_vec();
    };
    let read = token.templates().flat_map(|template| template.probes());
    let from = token.or_from.iter().map(|probe| probe.value.as_str());
    let keys = (token.signed == Some(Signed::ByPublicKeyAsSecret)).then_some(KEYS);
    let good = of_good.into_iter().filter(|_| token.made_up.is_none());
    read.chain(from).chain(keys).chain(good).collect()
}

/// The probes that a login is built from besides what its templates read.
pub fn sources_of_login(login: &Login) -> Vec<&'static str> {
    let steps_up = (login.scope == Scope::StepUp).then_some(CHALLENGED);
    AUTHORIZATION_SERVERS.into_iter().chain([FIRST_CONTACT, RESOURCE_METADATA]).chain(steps_up).collect()
}

/// The cases without which `case` says nothing: those that it names, and the one that wants its control.
fn leans_on<'a>(corpus: &'a Corpus, case: &'a Case) -> Vec<&'a str> {
    let probe = corpus.probe(&case.probe.value).map(|(_, _, probe)| probe);
    let control = probe.and_then(|probe| corpus.probe(&probe.control.as_ref()?.value));
    let control = control.and_then(|(_, _, control)| control.wanted_by.as_ref());
    let wanted_by = probe.and_then(|probe| probe.wanted_by.as_ref());
    let named = case.needs.iter().chain(control).chain(wanted_by);
    named.map(|case| case.value.as_str()).collect()
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
