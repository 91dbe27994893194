//! Requirements, profiles, defects and variants.

use super::{Desk, is_cited};
use crate::load::frame::nearest;
use crate::model::deviation::Deviation;
use crate::model::profile::covers;

pub(super) fn lint(desk: &mut Desk<'_>) {
    requirements(desk);
    profiles(desk);
    deviations(desk);
}

fn requirements(desk: &mut Desk<'_>) {
    let corpus = desk.corpus;
    for (id, filed) in &corpus.requirements {
        let requirement = &filed.value;
        for profile in requirement.profiles.iter().chain(requirement.levels.keys()) {
            if !corpus.profiles.contains_key(profile) {
                let help = nearest(profile, corpus.profiles.keys().map(String::as_str));
                desk.at_key(filed.file, id, format!("there is no profile `{profile}`"), help);
            }
        }
        for profile in requirement.levels.keys().filter(|name| !requirement.profiles.contains(name)) {
            let message = format!("`levels` names {profile}, where this does not bind");
            desk.at_key(filed.file, id, message, None);
        }
        for variant in requirement.variants.iter().filter(|name| !corpus.variants.contains_key(*name)) {
            let help = nearest(variant, corpus.variants.keys().map(String::as_str));
            desk.at_key(filed.file, id, format!("there is no variant `{variant}`"), help);
        }
        let cited = is_cited(corpus, id);
        let wrong = match (cited, requirement.planned, requirement.untestable.is_some()) {
            (true, false, false) | (false, true, false) | (false, false, true) => None,
            (true, true, _) => Some("a case tests this, so it is not planned"),
            (true, _, true) => Some("a case tests this, so it is not untestable"),
            (false, true, true) => Some("this is planned or untestable, not both"),
            (false, false, false) => Some("no case tests this: say `planned: true` or `untestable:` and why"),
        };
        if let Some(message) = wrong {
            desk.at_key(filed.file, id, message.to_owned(), None);
        }
    }
}

fn profiles(desk: &mut Desk<'_>) {
    let corpus = desk.corpus;
    for filed in corpus.profiles.values() {
        for pattern in &filed.value.scored {
            if !corpus.cases.keys().any(|case| covers(&pattern.value, case)) {
                desk.at(filed.file, pattern, format!("`{}` names no case", pattern.value), None);
            }
        }
    }
}

fn deviations(desk: &mut Desk<'_>) {
    let corpus = desk.corpus;
    for (name, filed) in &corpus.defects {
        let caught =
            corpus.cases.values().any(|case| case.value.caught_by.iter().any(|defect| defect.value == *name));
        if !caught {
            desk.at_key(filed.file, "title", "no case names this defect in `caught-by`".to_owned(), None);
        }
    }
    for filed in corpus.defects.values().chain(corpus.variants.values()) {
        let Deviation { profile, edits, behaviours, tls, .. } = &filed.value;
        for name in filed.value.profiles().iter().filter(|name| !corpus.profiles.contains_key(*name)) {
            let help = nearest(name, corpus.profiles.keys().map(String::as_str));
            if let Some(place) = profile {
                desk.at(filed.file, place, format!("there is no profile `{name}`"), help);
            }
        }
        if edits.is_empty() && behaviours.is_empty() && tls.is_off() {
            let message = "this changes nothing: it needs `edits`, `behaviours` or `tls`".to_owned();
            desk.at_key(filed.file, "title", message, None);
        }
    }
    for (name, filed) in &corpus.variants {
        if corpus.defects.contains_key(name) {
            desk.at_key(filed.file, "title", format!("`{name}` is a defect, too: names are used once"), None);
        }
    }
}
