//! Everything that `cases/` says, loaded and cross-checked.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::deviation::Deviation;
use super::diagnosis::Diagnosis;
use super::probe::{Probe, Rpc};
use super::profile::Profile;
use super::requirement::{Level, Requirement, Role};
use super::token::{MadeUp, Token};

/// A file of the corpus.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Its path, from `cases/` on.
    pub path: String,
    /// Its text.
    pub text: String,
    /// What it says as JSON, where that is known: it is read faster.
    pub json: Option<&'static str>,
}

/// A thing and the file that it stands in.
#[derive(Debug, Clone)]
pub struct Filed<T> {
    /// The thing.
    pub value: T,
    /// Its place in [`Corpus::files`].
    pub file: usize,
}

/// What `cases/` says. Every map is by name or id.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    /// The files, for messages that point into them.
    pub files: Vec<SourceFile>,
    /// Statements of the specs.
    pub requirements: BTreeMap<String, Filed<Requirement>>,
    /// What a target can claim.
    pub profiles: BTreeMap<String, Filed<Profile>>,
    /// What is sent.
    pub probes: BTreeMap<String, Filed<Probe>>,
    /// What requests may carry.
    pub tokens: BTreeMap<String, Filed<Token>>,
    /// What is judged.
    pub cases: BTreeMap<String, Filed<Case>>,
    /// What often lies behind a finding.
    pub diagnoses: BTreeMap<String, Filed<Diagnosis>>,
    /// How the reference servers can be wrong.
    pub defects: BTreeMap<String, Filed<Deviation>>,
    /// How they can be unusual but right.
    pub variants: BTreeMap<String, Filed<Deviation>>,
}

impl Corpus {
    /// The newest revision of the specification: what is judged where nothing else is asked for.
    pub fn newest_profile(&self) -> Option<&str> {
        self.revisions().last().copied()
    }

    /// The revisions of the specification, oldest first.
    pub fn revisions(&self) -> Vec<&str> {
        let mut revisions: Vec<_> = self.profiles.iter().filter(|(_, p)| p.value.revision).collect();
        revisions.sort_by_key(|(_, p)| p.value.released.clone());
        revisions.into_iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The probe and the candidate that `reference` (`probe` or `probe.candidate`) names.
    pub fn probe<'a>(&self, reference: &'a str) -> Option<(&'a str, Option<&'a str>, &Probe)> {
        if let Some(probe) = self.probes.get(reference) {
            return Some((reference, None, &probe.value));
        }
        let (name, candidate) = reference.rsplit_once('.')?;
        let probe = &self.probes.get(name)?.value;
        probe.parts().contains(&candidate).then_some((name, Some(candidate), probe))
    }

    /// Whether `probe`, or one that it is built from, is sent for each of a list.
    pub fn has_items(&self, probe: &str) -> bool {
        let mut waiting = vec![probe];
        let mut seen = BTreeSet::new();
        while let Some(reference) = waiting.pop() {
            let Some((name, _, probe)) = self.probe(reference) else { continue };
            if !seen.insert(name) {
                continue;
            }
            if probe.for_each.is_some() {
                return true;
            }
            waiting.extend(probe.templates().flat_map(|template| template.value.probes()));
        }
        false
    }

    /// The level of `case` in `profile`: the strongest that binds there. `None` where the case does not exist.
    pub fn level(&self, case: &Case, profile: &str) -> Option<Level> {
        if !self.means_something(&case.probe.value, profile) {
            return None;
        }
        self.binding(case, profile).map(|(_, _, level)| level).max_by_key(|level| level.strength())
    }

    /// The requirements of `case` that bind in `profile`, with their level there.
    pub fn binding<'a>(
        &'a self,
        case: &'a Case,
        profile: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Requirement, Level)> {
        case.requirements.iter().filter_map(move |id| {
            let requirement = &self.requirements.get(&id.value)?.value;
            Some((id.value.as_str(), requirement, requirement.level_in(profile)?))
        })
    }

    /// Whether `probe`, and all that it is built from, means something in `profile`.
    fn means_something(&self, probe: &str, profile: &str) -> bool {
        let Some((_, _, probe)) = self.probe(probe) else { return false };
        let here = probe.profiles.as_ref().is_none_or(|known| known.iter().any(|p| p.value == profile));
        // A token that is made up has to be made of something; the good one may come from anywhere.
        let tokens = probe.rpc.iter().flat_map(Rpc::tokens).filter_map(|token| self.tokens.get(&token.value));
        let tokens = tokens.flat_map(|token| token.value.made_up.iter().flat_map(MadeUp::templates));
        let mut read = probe.templates().map(|template| &template.value).chain(tokens);
        here && read.all(|template| template.probes().all(|p| self.means_something(p, profile)))
    }

    /// The role of a case, from its folder.
    pub fn role_of(case: &str) -> Role {
        match case.split_once('/') {
            Some(("authorization-server", _)) => Role::AuthorizationServer,
            Some(("client", _)) => Role::Client,
            _ => Role::Server,
        }
    }
}
