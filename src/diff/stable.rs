//! Texts of two runs, made equal in what says nothing about a target: hosts that take each other's place, dates, chance.
//!
//! `http://127.0.0.1:40001/mcp` of one run and `https://api.example/mcp` of the other are both `{target}`, and a `state` of
//! either is `[random]`. Only comparing looks at these texts: what is shown is what was said.

use std::sync::LazyLock;

use regex::Regex;

use super::Change;
use super::exchanges::path;
use crate::model::exchange::Exchange;
use crate::parse::well_known::origin;
use crate::snapshot::filter::{self, Filters};

/// Header fields that differ from answer to answer, or follow from the body, besides those that a filter of snapshots takes out.
const HEADERS: &[&str] =
    &["alt-svc", "connection", "date", "expires", "keep-alive", "last-modified", "set-cookie"];

/// Members of JSON that are another value at every server and every rotation: the keys themselves, and names of tokens.
const MEMBERS: &[&str] = &["jti", "kid", "n", "x", "x5c", "x5t", "x5t#S256", "y"];

/// A pattern that does not compile would be found by every test of this module.
static VOLATILE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names: Vec<&str> = HEADERS.iter().copied().chain(filter::headers()).collect();
    Regex::new(&format!("^(?:{})$", names.join("|"))).ok()
});

/// Whether a header field says nothing about the target.
pub(super) fn is_volatile_header(name: &str) -> bool {
    VOLATILE.as_ref().is_some_and(|names| names.is_match(name))
}

/// Whether a member of JSON says nothing about the target.
pub(super) fn is_volatile_member(name: &str) -> bool {
    MEMBERS.contains(&name)
}

/// Those filters of snapshots that need no header or member around what they take out.
static FILTERS: LazyLock<Filters> =
    LazyLock::new(|| Filters::only(&["port", "date", "jwt", "uuid", "random"]));

/// Seconds since 1970, from 2020 to 2039, and how long something took.
static TIMES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(?:(?:1[6-9]|2[01])\d{8}|\d+(?:\.\d+)? ms)\b").ok());

/// How the texts of one side are made comparable.
#[derive(Debug, Default)]
pub(super) struct Stable {
    replaced: Vec<(Regex, String)>,
}

impl Stable {
    /// For the texts of two runs whose targets are `targets` and whose servers take each other's place as in `hosts`.
    pub(super) fn pair(targets: &Change<&str>, hosts: &[Change<String>]) -> Change<Self> {
        let side = |of: for<'a> fn(&'a Change<String>) -> &'a str, target: &str| {
            let mut replaced = Vec::new();
            let mut replace = |text: &str, before: &str, name: &str| {
                // As a whole only: `https://a.example` does not stand in `https://a.example.com`.
                let pattern = format!(r"{before}{}($|[^A-Za-z0-9.:-]|[.:](?:\s|$))", regex::escape(text));
                let with = if before.is_empty() { format!("{name}$1") } else { format!("$1{name}$2") };
                replaced.extend(Regex::new(&pattern).map(|pattern| (pattern, with)));
            };
            if targets.before != targets.after {
                replace(target, "", "{target}");
                if path(target).len() > 1 {
                    replace(path(target), r"(/\.well-known/[a-z-]+)", "{path}");
                }
            }
            for (index, host) in hosts.iter().enumerate() {
                let (origin, name) = (of(host), format!("{{server {}}}", index + 1));
                replace(origin, "", &name);
                replace(&origin.replace(':', "%3A").replace('/', "%2F"), "", &name);
                if let Some((_, authority)) = origin.split_once("://") {
                    replace(authority, "", &name);
                }
            }
            Self { replaced }
        };
        Change {
            before: side(|host| &host.before, targets.before),
            after: side(|host| &host.after, targets.after),
        }
    }

    /// `text` without what says nothing about the target.
    pub(super) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (pattern, with) in &self.replaced {
            text = pattern.replace_all(&text, with.as_str()).into_owned();
        }
        let text = FILTERS.apply(&text);
        match &*TIMES {
            Some(times) => times.replace_all(&text, "[time]").into_owned(),
            None => text,
        }
    }
}

/// The origins that take each other's place: of requests that do, and the targets first. An origin that both runs speak to is
/// itself.
pub(super) fn hosts(targets: &Change<&str>, pairs: &[Change<&Exchange>]) -> Vec<Change<String>> {
    let urls = pairs.iter().map(|pair| (pair.before.request.url.as_str(), pair.after.request.url.as_str()));
    let urls: Vec<_> = std::iter::once((targets.before, targets.after)).chain(urls).collect();
    let in_both = |wanted: &str| {
        urls.iter().any(|(before, _)| origin(before) == Some(wanted))
            && urls.iter().any(|(_, after)| origin(after) == Some(wanted))
    };
    let mut hosts: Vec<Change<String>> = Vec::new();
    for (before, after) in &urls {
        let (Some(before), Some(after)) = (origin(before), origin(after)) else { continue };
        let taken = hosts.iter().any(|host| host.before == before || host.after == after);
        if before != after && !taken && !in_both(before) && !in_both(after) {
            hosts.push(Change { before: before.to_owned(), after: after.to_owned() });
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stable(before: &str, after: &str) -> Change<Stable> {
        let targets = Change { before, after };
        let hosts = hosts(&targets, &[]);
        Stable::pair(&targets, &hosts)
    }

    #[test]
    fn what_says_nothing_is_equal() {
        let Change { before, after } = stable("http://127.0.0.1:40001/dev/mcp", "https://api.example/mcp");
        for (left, right) in [
            ("http://127.0.0.1:40001/dev/mcp answers 404", "https://api.example/mcp answers 404"),
            ("see http://127.0.0.1:40001/authorize.", "see https://api.example/authorize."),
            (
                "http://127.0.0.1:40001/.well-known/oauth-protected-resource/dev/mcp",
                "https://api.example/.well-known/oauth-protected-resource/mcp",
            ),
            ("resource=http%3A%2F%2F127.0.0.1%3A40001/x", "resource=https%3A%2F%2Fapi.example/x"),
            ("Tue, 24 Nov 2026 00:00:01 GMT", "Wed, 25 Nov 2026 06:54:34 GMT"),
            ("exp 1795000000", "exp 1795000999"),
            ("http://127.0.0.1:5000/cb", "http://127.0.0.1:61234/cb"),
            ("took 12.5 ms", "took 3 ms"),
            ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "K2-ltc83acc4h0c9w6ESC_rEMTJ3bww-uCHaoeK1t8U"),
            ("id 0f8fad5b-d9cb-469f-a165-70867728950e", "id 7c9e6679-7425-40de-944b-e07fc1f90ae7"),
        ] {
            assert_eq!(before.text(left), after.text(right));
        }
    }

    #[test]
    fn what_says_something_is_not() {
        let Change { before, after } = stable("https://a.example/mcp", "https://b.example/mcp");
        for (left, right) in [
            ("https://a.example.com/x", "https://b.example.org/x"),
            ("https://a.example/x", "https://b.example/y"),
            ("oauth-protected-resource", "oauth-authorization-server"),
            ("expires_in 3600", "expires_in 7200"),
            ("https://a.example:8443/x", "https://b.example/x"),
            ("server/challenge/names-resource-metadata", "server/challenge/values-are-tokens-or-quoted"),
        ] {
            assert_ne!(before.text(left), after.text(right));
        }
    }

    #[test]
    fn a_server_that_both_runs_speak_to_is_itself() {
        let exchange = |url: &str| Exchange {
            id: 0,
            probe: "jwks".to_owned(),
            request: crate::model::exchange::Request::get(url),
            reply: crate::model::exchange::Reply::Response(crate::model::exchange::Response::new(
                200,
                &[],
                "",
            )),
            milliseconds: 1.0,
        };
        let (one, two) = (exchange("https://one.example/jwks"), exchange("https://two.example/jwks"));
        let new = exchange("https://new.example/jwks");
        let targets = Change { before: "https://h/mcp", after: "https://h/mcp" };
        let swapped = [Change { before: &one, after: &two }, Change { before: &two, after: &one }];
        assert_eq!(hosts(&targets, &swapped), []);
        let moved = [Change { before: &one, after: &new }];
        let named =
            Change { before: "https://one.example".to_owned(), after: "https://new.example".to_owned() };
        assert_eq!(hosts(&targets, &moved), [named]);
    }
}
