//! Texts of two runs, made equal in what says nothing about a target: hosts that take each other's place, dates, chance.
//!
//! `http://127.0.0.1:40001/mcp` of one run and `https://api.example/mcp` of the other are both `{target}`, and a `nonce` of
//! either is `[random]`. Only comparing looks at these texts: what is shown is what was said.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::Change;
use super::exchanges::path;
use crate::model::exchange::Exchange;
use crate::parse::well_known::origin;

/// Header fields that differ from answer to answer, or follow from the body.
const HEADERS: &[&str] = &[
    "age",
    "alt-svc",
    "cf-ray",
    "connection",
    "content-length",
    "date",
    "etag",
    "expires",
    "keep-alive",
    "last-modified",
    "nel",
    "report-to",
    "server-timing",
    "set-cookie",
    "traceparent",
    "tracestate",
    "x-amz-cf-id",
    "x-amzn-trace-id",
    "x-correlation-id",
    "x-envoy-upstream-service-time",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
    "x-response-time",
    "x-runtime",
];

/// Members of JSON that are another value at every server and every rotation: the keys themselves, and names of tokens.
const MEMBERS: &[&str] = &["jti", "kid", "n", "x", "x5c", "x5t", "x5t#S256", "y"];

/// Whether a header field says nothing about the target.
pub(super) fn is_volatile_header(name: &str) -> bool {
    HEADERS.contains(&name)
}

/// Whether a member of JSON says nothing about the target.
pub(super) fn is_volatile_member(name: &str) -> bool {
    MEMBERS.contains(&name)
}

struct Filters {
    plain: Vec<(Regex, &'static str)>,
    word: Regex,
}

/// A filter that does not compile would be found by every test of this module.
static FILTERS: LazyLock<Option<Filters>> = LazyLock::new(|| {
    let plain = [
        (r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT", "[date]"),
        (r"\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})", "[date]"),
        // Seconds since 1970, from 2020 to 2039.
        (r"\b(1[6-9]|2[01])\d{8}\b", "[time]"),
        (r"\b\d+(\.\d+)? ms\b", "[time]"),
        (r"(127\.0\.0\.1|localhost|\[::1\])(:|%3[Aa])\d{1,5}", "$1$2[port]"),
        (r"\beyJ[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)*", "[jwt]"),
        (r"\b[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", "[random]"),
    ];
    let plain = plain.into_iter().map(|(pattern, with)| Some((Regex::new(pattern).ok()?, with)));
    Some(Filters { plain: plain.collect::<Option<_>>()?, word: Regex::new("[A-Za-z0-9_-]{16,}").ok()? })
});

/// Whether nobody would write a word like this: capitals, small letters and digits mixed, or hexadecimal digits alone.
fn is_random(word: &str) -> bool {
    let has = |is: fn(&u8) -> bool| word.bytes().any(|byte| is(&byte));
    let digits = has(u8::is_ascii_digit);
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && digits;
    let hexadecimal = word.bytes().all(|byte| byte.is_ascii_hexdigit()) && digits;
    word.len() >= 20 && mixed || hexadecimal
}

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
        let Some(filters) = &*FILTERS else { return text };
        for (pattern, with) in &filters.plain {
            text = pattern.replace_all(&text, *with).into_owned();
        }
        let word = |word: &Captures<'_>| {
            if is_random(&word[0]) { "[random]".to_owned() } else { word[0].to_owned() }
        };
        filters.word.replace_all(&text, word).into_owned()
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
