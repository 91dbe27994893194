//! Which cases a document decides: those of which everything that they look at is in sight.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::Spanned;

use super::sight::{Sight, Standing};
use crate::check::{Check, Predicate};
use crate::model::case::Case;
use crate::model::corpus::{Corpus, Filed};
use crate::model::probe::Probe;
use crate::model::template::{Hole, Part, Source};
use crate::report::{LeftOut, Need};

/// The cases that are judged, and what became of the others about such documents.
pub(super) struct Selection {
    /// Those cases, with only those predicates of them that look at something in sight, and what they are judged by.
    pub(super) corpus: Corpus,
    /// Cases of which something expected is out of sight: they can be broken, but not hold.
    pub(super) partly: BTreeSet<String>,
    /// Cases of which a condition is supposed: they can apply, but not be inapplicable.
    pub(super) supposing: BTreeSet<String>,
    left_out: BTreeMap<String, Need>,
}

/// What is left of a case.
struct Trimmed {
    case: Case,
    partly: bool,
    supposing: bool,
}

impl Selection {
    pub(super) fn new(corpus: &Corpus, sight: &Sight<'_>) -> Self {
        let mut kept = BTreeMap::new();
        let mut selection = Self {
            corpus: Corpus {
                requirements: corpus.requirements.clone(),
                profiles: corpus.profiles.clone(),
                probes: corpus.probes.clone(),
                ..Corpus::default()
            },
            partly: BTreeSet::new(),
            supposing: BTreeSet::new(),
            left_out: BTreeMap::new(),
        };
        let elsewhere = Sight::placed_anywhere(corpus, sight.kind);
        for (id, filed) in &corpus.cases {
            let Some((probe, _, _)) = corpus.probe(&filed.value.probe.value) else { continue };
            if !sight.kind.probes().contains(&probe) {
                continue;
            }
            let Some(trimmed) = trim(corpus, &filed.value, sight) else {
                let there = trim(corpus, &filed.value, &elsewhere);
                let would = !sight.is_placed() && there.is_some_and(|there| !there.partly);
                selection.left_out.insert(id.clone(), if would { Need::Url } else { Need::Server });
                continue;
            };
            if trimmed.partly {
                selection.partly.insert(id.clone());
            }
            if trimmed.supposing {
                selection.supposing.insert(id.clone());
            }
            kept.insert(id.clone(), Filed { value: trimmed.case, file: filed.file });
        }
        let ids: BTreeSet<String> = kept.keys().cloned().collect();
        for filed in kept.values_mut() {
            let needs = std::mem::take(&mut filed.value.needs);
            filed.value.needs = in_sight(corpus, &ids, needs);
        }
        for filed in selection.corpus.probes.values_mut() {
            let probe = &mut filed.value;
            probe.wanted_by = probe.wanted_by.take().filter(|wanted| ids.contains(&wanted.value));
        }
        selection.corpus.cases = kept;
        selection
    }

    /// Notes that a case turned out to rest on a supposition.
    pub(super) fn leave_out(&mut self, id: &str) {
        self.left_out.insert(id.to_owned(), Need::Server);
    }

    /// The cases that a file alone does not decide, in the profiles of `corpus` in which they exist.
    pub(super) fn left_out(&self, corpus: &Corpus) -> Vec<LeftOut> {
        let of = |(id, needs): (&String, &Need)| {
            let case = &corpus.cases.get(id)?.value;
            let exists = corpus.profiles.keys().filter(|profile| corpus.level(case, profile).is_some());
            Some(LeftOut { case: id.clone(), needs: *needs, profiles: exists.cloned().collect() })
        };
        self.left_out.iter().filter_map(of).collect()
    }
}

/// `case` with what of it can be judged; `None` where nothing can.
fn trim(corpus: &Corpus, case: &Case, sight: &Sight<'_>) -> Option<Trimmed> {
    let (name, candidate, probe) = corpus.probe(&case.probe.value)?;
    if !sight.is_answer(name, candidate) {
        return None;
    }
    let mut case = case.clone();
    case.when.retain(|condition| !is_granted(probe, &condition.value));
    let conditions: Vec<Standing> = case.when.iter().flat_map(|one| standings(sight, one)).collect();
    if conditions.contains(&Standing::Hidden) {
        return None;
    }
    let mut partly = false;
    case.expect.retain(|expected| {
        let standings = standings(sight, expected);
        partly |= standings.iter().any(|standing| *standing != Standing::Shown);
        !standings.contains(&Standing::Hidden) && standings.contains(&Standing::Shown)
    });
    let supposing = conditions.contains(&Standing::Supposed);
    (!case.expect.is_empty()).then_some(Trimmed { case, partly, supposing })
}

fn standings(sight: &Sight<'_>, predicate: &Spanned<Predicate>) -> Vec<Standing> {
    predicate.value.looks().into_iter().map(|look| sight.of(look)).collect()
}

/// Whether a condition asks only for what the request of `probe` was built from: since there is a document, it was there.
fn is_granted(probe: &Probe, condition: &Predicate) -> bool {
    let Predicate::Elsewhere(elsewhere) = condition else { return false };
    let Some((asked, member)) = elsewhere.asks_for() else { return false };
    probe.get.iter().flat_map(|get| &get.value.parts).any(|part| match part {
        Part::Hole(Hole { source: Source::Json { probe, pointer }, .. }) => {
            probe == asked && pointer.strip_prefix('/') == Some(member)
        }
        _ => false,
    })
}

/// `needs` with those of a case that is out of sight in its place: it is granted, and so is nothing else.
fn in_sight(corpus: &Corpus, ids: &BTreeSet<String>, needs: Vec<Spanned<String>>) -> Vec<Spanned<String>> {
    let mut waiting = needs;
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    while let Some(need) = waiting.pop() {
        if !seen.insert(need.value.clone()) {
            continue;
        }
        if ids.contains(&need.value) {
            found.push(need);
        } else if let Some(filed) = corpus.cases.get(&need.value) {
            waiting.extend(filed.value.needs.iter().cloned());
        }
    }
    found.sort_by(|left, right| left.value.cmp(&right.value));
    found
}
