//! Which variants come near a case: those that change what one of its defects changes, and are right.
//!
//! The matrix proves that no case complains about a variant; what is near is read off the edits of both.

use reference_servers::{Edit, On};

use crate::model::case::Case;
use crate::model::corpus::Corpus;
use crate::model::deviation::Deviation;

/// The variants that change the same part of the same answer as a defect of `case`, where the case exists.
pub(super) fn variants<'a>(corpus: &'a Corpus, case: &Case) -> Vec<(&'a str, &'a Deviation)> {
    let defects = case.caught_by.iter().filter_map(|name| corpus.defects.get(&name.value));
    let wrong: Vec<&Edit> = defects.flat_map(|filed| &filed.value.edits).collect();
    let newest = corpus.newest_profile().map(str::to_owned);
    let near = |variant: &Deviation| {
        let mut spoken =
            variant.profiles().iter().chain(newest.iter().filter(|_| variant.profiles().is_empty()));
        spoken.any(|profile| corpus.level(case, profile).is_some())
            && variant.edits.iter().any(|right| wrong.iter().any(|wrong| touch(right, wrong)))
    };
    let all = corpus.variants.iter().map(|(name, filed)| (name.as_str(), &filed.value));
    all.filter(|(_, variant)| near(variant)).collect()
}

/// Whether two edits change the same part of the same answer.
fn touch(one: &Edit, other: &Edit) -> bool {
    let parts = parts(other);
    same_answer(&one.on, &other.on) && self::parts(one).iter().any(|part| parts.contains(part))
}

fn same_answer(one: &On, other: &On) -> bool {
    let agree = |one: Option<u16>, other: Option<u16>| one.is_none() || other.is_none() || one == other;
    one.server == other.server
        && agree(one.status, other.status)
        && one.has_authorization == other.has_authorization
        && match (&one.path, &other.path) {
            (Some(one), Some(other)) => covers(one, other) || covers(other, one),
            (None, None) => true,
            _ => false,
        }
}

/// Whether `pattern`, with or without `*` at its end, takes in `path`.
fn covers(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => pattern == path,
    }
}

/// What an edit changes, by name. Where it is the status, the rest goes with it.
fn parts(edit: &Edit) -> Vec<String> {
    if edit.status.is_some() || edit.redirect.is_some() {
        return vec!["status".to_owned()];
    }
    let mut parts = Vec::new();
    if edit.www_authenticate.is_some() {
        parts.push("challenge".to_owned());
    }
    if let Some(json) = &edit.json {
        // The first step of a pointer: a list and its items are one part.
        let member = |pointer: &String| format!("member {}", pointer.split('/').nth(1).unwrap_or_default());
        parts.extend(json.remove.iter().chain(json.set.keys()).map(member));
    }
    if let Some(header) = &edit.header {
        let names = header.remove.iter().chain(header.set.keys()).chain(header.append.keys());
        parts.extend(names.map(|name| format!("header {}", name.to_ascii_lowercase())));
    }
    if edit.body.is_some() || edit.json_body.is_some() || edit.body_base64.is_some() {
        parts.push("body".to_owned());
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(yaml: &str) -> Edit {
        serde_saphyr::from_str(yaml).unwrap()
    }

    #[test]
    fn another_status_is_not_near_to_another_challenge() {
        let status = edit("{ on: { server: mcp, status: 401 }, status: 500, www-authenticate: remove }");
        let challenge =
            edit("{ on: { server: mcp, status: 401 }, www-authenticate: { rename-scheme: bearer } }");
        let throttled = edit("{ on: { server: mcp, status: 401 }, status: 429 }");
        assert!(!touch(&status, &challenge) && touch(&status, &throttled));
    }

    #[test]
    fn the_same_member_of_the_same_document_is_near() {
        let one = edit("{ on: { server: mcp, path: /x* }, json: { remove: [/scopes] } }");
        let near =
            edit("{ on: { server: mcp, path: /x/mcp, status: 200 }, json: { set: { /scopes/0: a } } }");
        assert!(touch(&one, &near));
        for far in [
            "{ on: { server: authorization, path: /x* }, json: { remove: [/scopes] } }",
            "{ on: { server: mcp, path: /x* }, json: { remove: [/resource] } }",
            "{ on: { server: mcp, path: /y }, json: { remove: [/scopes] } }",
        ] {
            assert!(!touch(&one, &edit(far)), "{far}");
        }
    }
}
