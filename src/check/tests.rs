//! Of every predicate, an answer of each kind: it can pass, it can fail, and it is blind where there is nothing to see.

use std::collections::BTreeSet;

use super::sample::{judge, recording};
use super::{Answer, NAMES, Predicate};
use crate::model::exchange::{Reply, Response, TransportError, TransportErrorKind};

const JSON: (&str, &str) = ("content-type", "application/json");

fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    Reply::Response(Response::new(status, headers, body))
}

fn silence() -> Reply {
    let message = "nothing listens".to_owned();
    Reply::Error(TransportError { kind: TransportErrorKind::Refused, message })
}

/// What `yaml` answers on the probe `p`, whose one attempt, `first`, got `reply`; that of `q`, `other`, got JSON.
fn answer(yaml: &str, reply: Reply) -> Answer {
    let other = r#"{"issuer":"https://h","list":["a","b"]}"#;
    let mut recording = recording(&[("p", 200, "", ""), ("q", 200, "application/json", other)]);
    let found = matches!(&reply, Reply::Response(response) if response.status == 200);
    recording.exchanges[0].reply = reply;
    recording.probes[0].used = found.then_some(0);
    for (probe, name) in recording.probes.iter_mut().zip(["first", "other"]) {
        probe.attempts[0].name = name.to_owned();
    }
    judge(&recording, "p", yaml)
}

fn bearer(value: &str) -> Reply {
    reply(401, &[("www-authenticate", value)], "")
}

fn json(body: &str) -> Reply {
    reply(200, &[JSON], body)
}

/// A predicate, what passes it, what fails it, and what it is blind to, where that is not silence.
struct Example(&'static str, Reply, Reply, Option<Reply>);

fn examples() -> Vec<Example> {
    vec![
        Example("status-other-than: 404", reply(400, &[], ""), reply(404, &[], ""), None),
        Example("let-through: {}", reply(400, &[], ""), reply(429, &[], ""), None),
        Example(
            "keeps-from: https://probe.example/cb",
            reply(302, &[("location", "/login?redirect_uri=https://probe.example/cb")], ""),
            reply(302, &[("location", "https://probe.example/cb?error=x")], ""),
            None,
        ),
        Example(
            "framing: prevented",
            reply(200, &[("x-frame-options", "DENY")], ""),
            reply(200, &[("x-frame-options", "ALLOWALL")], ""),
            None,
        ),
        Example(
            "shows: app.example",
            reply(200, &[("content-type", "text/html")], "<p>to app.example"),
            reply(200, &[("content-type", "text/html")], "<p>Allow?"),
            Some(json("{}")),
        ),
        Example("lacks: secret", json("{}"), json(r#"{"echo":"secret"}"#), None),
        Example(
            "metadata: protected-resource",
            json(r#"{"resource":"x"}"#),
            json(r#"{"issuer":"x"}"#),
            Some(json("1")),
        ),
        Example(
            "each-candidate: document-or-error",
            json("{}"),
            reply(200, &[("content-type", "text/html")], "<"),
            None,
        ),
        Example("status: 401", reply(401, &[], ""), reply(403, &[], ""), None),
        Example("status: [400, 401]", reply(400, &[], ""), reply(500, &[], ""), None),
        Example(
            "header: { name: Content-Type, media-type: application/json }",
            reply(200, &[("content-type", "Application/JSON; charset=utf-8")], ""),
            reply(200, &[], ""),
            None,
        ),
        Example(
            "header: { name: x-a, absent: true }",
            reply(200, &[], ""),
            reply(200, &[("x-a", "")], ""),
            None,
        ),
        Example(
            "header: { name: x-a, matches: \"^b\" }",
            reply(200, &[("x-a", "b")], ""),
            reply(200, &[("x-a", "a")], ""),
            None,
        ),
        Example(
            "header: { name: x-a, lists: [b, c] }",
            reply(200, &[("x-a", "a,C"), ("X-A", " b ")], ""),
            reply(200, &[("x-a", "a, b c")], ""),
            None,
        ),
        Example(
            "header: { name: x-a, lists: b, wildcard: true }",
            reply(200, &[("x-a", "a, *")], ""),
            reply(200, &[("x-a", "a, b*")], ""),
            None,
        ),
        Example(
            "header: { name: x-a, once: true }",
            reply(200, &[("x-a", "a")], ""),
            reply(200, &[("x-a", "a"), ("x-a", "a")], ""),
            None,
        ),
        Example(
            "without-result: {}",
            reply(401, &[JSON], r#"{"result":{"x":1},"success":false}"#),
            reply(401, &[JSON], r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}"#),
            Some(json(r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}"#)),
        ),
        Example("unfolded: {}", reply(200, &[("x-a", "a")], ""), folded(), None),
        Example("body: json-object", json("{}"), json("[]"), None),
        Example("body: not-empty", reply(400, &[], "no"), reply(400, &[], " \n"), None),
        Example("body: utf-8", json("{}"), not_utf8(), None),
        Example("body: no-byte-order-mark", json("{}"), json("\u{feff}{}"), None),
        Example("body: unique-names", json("{\"a\":1}"), json("{\"a\":1,\"a\":2}"), Some(json("{"))),
        Example("found: true", json("{}"), reply(404, &[], ""), None),
        Example("found: false", reply(404, &[], ""), json("{}"), None),
        Example("url: { is: https-or-loopback }", json("{}"), json("{}"), None),
        Example("redirect: {}", reply(302, &[("location", "/x")], ""), reply(200, &[], ""), None),
        Example(
            "json: { at: $.issuer, type: string }",
            json(r#"{"issuer":"x"}"#),
            json(r#"{"issuer":1}"#),
            Some(json("<")),
        ),
        Example("json: { at: $.issuer }", json(r#"{"issuer":null}"#), json("{}"), None),
        Example("json: { at: $.issuer, absent: true }", json("{}"), json(r#"{"issuer":1}"#), Some(json(""))),
        Example(
            "json: { at: $.issuer, equals: \"{{target.url}}\" }",
            json(r#"{"issuer":"https://h/mcp"}"#),
            json(r#"{"issuer":"https://h/mcp/"}"#),
            None,
        ),
        Example(
            "json: { at: $.issuer, equals: \"{{q.json./issuer}}\" }",
            json(r#"{"issuer":"https://h"}"#),
            json(r#"{"issuer":"https://H"}"#),
            None,
        ),
        Example(
            "json: { at: $.issuer, equals: \"{{q.json./nothing}}\" }",
            json(r#"{"issuer":"https://h"}"#),
            json(r#"{"issuer":"https://h"}"#),
            Some(json(r#"{"issuer":"x"}"#)),
        ),
        Example(
            "json: { at: \"$.l[*]\", is: scope-token }",
            json(r#"{"l":["a"]}"#),
            json(r#"{"l":["a b"]}"#),
            None,
        ),
        Example(
            "json: { at: $.l, contains: S256 }",
            json(r#"{"l":["S256"]}"#),
            json(r#"{"l":["s256"]}"#),
            None,
        ),
        Example("json: { at: $.l, not-empty: true }", json(r#"{"l":["a"]}"#), json(r#"{"l":[]}"#), None),
        Example(
            "json: { at: \"$.l[*]\", distinct: true }",
            json(r#"{"l":[1,2]}"#),
            json(r#"{"l":[1,1]}"#),
            None,
        ),
        Example("json: { at: $.x, one-of: [a, b] }", json(r#"{"x":"a"}"#), json(r#"{"x":"A"}"#), None),
        Example(
            "jwt: { at: $.t, claim: iss, equals: x }",
            json(r#"{"t":"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln"}"#),
            json(r#"{"t":"eyJhbGciOiJFUzI1NiJ9.e30.c2ln"}"#),
            Some(json(r#"{"t":"x"}"#)),
        ),
        Example(
            "lists: { at: $.list, all-of: { probe: q.other, at: \"$.list[*]\" } }",
            json(r#"{"list":["c","b","a"]}"#),
            json(r#"{"list":["a"]}"#),
            Some(json(r#"{"list":"a b"}"#)),
        ),
        Example(
            "same-as: { probe: q.other, members: [issuer, list] }",
            json(r#"{"issuer":"https://h","list":["b","a"]}"#),
            json(r#"{"issuer":"https://h/"}"#),
            Some(json("<")),
        ),
        Example("www-authenticate: {}", bearer("Basic"), reply(401, &[], ""), None),
        Example(
            "www-authenticate: { scheme: [Bearer, DPoP] }",
            bearer("bearer"),
            bearer("Basic realm=\"x\""),
            Some(reply(401, &[], "")),
        ),
        Example(
            "www-authenticate: { scheme: Bearer, min-params: 1 }",
            bearer("Bearer a=b"),
            bearer("Bearer"),
            Some(reply(401, &[], "")),
        ),
        Example(
            "www-authenticate: { scheme: Bearer, param: scope, is: scope-list }",
            bearer("Bearer scope=\"a b\""),
            bearer("Bearer realm=\"x\""),
            Some(reply(401, &[], "")),
        ),
        Example(
            "www-authenticate: { param: error, absent: true }",
            bearer("Bearer scope=a"),
            bearer("Bearer Error=x"),
            None,
        ),
        Example(
            "www-authenticate: { param: a, agrees: true }",
            bearer("X a=b, Y c=d, Z A=b"),
            bearer("X a=b, Y a=c"),
            Some(reply(401, &[], "")),
        ),
        Example(
            "www-authenticate: { param: \"*\", equals: \"{{target.url}}\" }",
            bearer("X a=\"https://h/mcp\""),
            bearer("X a=b"),
            Some(reply(401, &[], "")),
        ),
        Example(
            "www-authenticate: { free-of: duplicate-params }",
            bearer("Bearer a=b"),
            bearer("Bearer a=b, A=c"),
            Some(reply(401, &[], "")),
        ),
        Example(
            "refused: {}",
            reply(401, &[], ""),
            json(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
            Some(json("{}")),
        ),
        Example("each-attempt: [{ status: 401 }]", reply(401, &[], ""), reply(403, &[], ""), None),
        Example("all: [{ status: 200 }, { body: json-object }]", json("{}"), json("1"), None),
        Example("any: [{ status: 401 }, { status: 403 }]", reply(403, &[], ""), reply(200, &[], ""), None),
        Example(
            "any: [{ status: 401 }, { json: { at: $.x } }]",
            reply(401, &[], ""),
            json("{}"),
            Some(reply(200, &[], "<")),
        ),
        Example("not: { status: 500 }", reply(200, &[], ""), reply(500, &[], ""), None),
        Example("not: { json: { at: $.x } }", json("{}"), json(r#"{"x":1}"#), Some(json("<"))),
    ]
}

fn folded() -> Reply {
    Reply::Response(Response { folded: true, ..Response::new(200, &[("x-a", "a b")], "") })
}

fn not_utf8() -> Reply {
    Reply::Response(Response::new(200, &[], [b'{', 0xff, b'}']))
}

#[test]
fn each_predicate_passes_fails_and_is_blind() {
    // The URL of a request is there whatever came back, and a hole that nothing fills blinds before it can fail.
    let odd = ["url: { is: https-or-loopback }", "{{q.json./nothing}}", "absent: true"];
    for Example(yaml, right, wrong, unseen) in examples() {
        let is_odd = odd.iter().any(|part| yaml.contains(part));
        if !is_odd || yaml.contains("absent") {
            assert_eq!(answer(yaml, right), Answer::Pass, "{yaml}");
            assert!(matches!(answer(yaml, wrong), Answer::Fail(found) if !found.is_empty()), "{yaml}");
        }
        if let Some(unseen) = unseen {
            assert!(matches!(answer(yaml, unseen), Answer::Blind(_)), "{yaml}");
        }
        if !yaml.starts_with("url:") {
            assert!(matches!(answer(yaml, silence()), Answer::Blind(_)), "{yaml}");
        }
    }
    assert_eq!(answer("url: { is: https-or-loopback }", silence()), Answer::Pass);
    assert!(matches!(answer("url: { equals: \"{{target.url}}\" }", silence()), Answer::Fail(_)));
    assert!(matches!(answer("url: { equals: \"{{gone.url}}\" }", silence()), Answer::Blind(_)));
}

/// What does not depend on the answer that the case judges.
#[test]
fn predicates_on_other_answers() {
    assert_eq!(answer("counts: first", json("{}")), Answer::Pass);
    assert!(matches!(answer("counts: second", json("{}")), Answer::Fail(_)));
    assert!(matches!(answer("counts: first", reply(404, &[], "")), Answer::Blind(_)));
    assert_eq!(answer("elsewhere: { probe: q, holds: [{ status: 200 }] }", silence()), Answer::Pass);
    assert!(matches!(
        answer("elsewhere: { probe: q, holds: [{ status: 404 }] }", silence()),
        Answer::Fail(_)
    ));
    assert!(matches!(
        answer("elsewhere: { probe: r, holds: [{ status: 200 }] }", silence()),
        Answer::Blind(_)
    ));
}

#[test]
fn no_predicate_is_without_an_example() {
    let examples = examples();
    let shown: BTreeSet<&str> = examples
        .iter()
        .map(|Example(yaml, ..)| yaml.split(':').next().unwrap_or_default())
        // These look at more than one answer, and have their examples beside them.
        .chain([
            "accepted",
            "code",
            "cookies",
            "counts",
            "elsewhere",
            "key-of",
            "public-client",
            "query",
            "session-id",
            "tls",
            "token",
        ])
        .collect();
    let missing: Vec<_> = NAMES.iter().filter(|name| !shown.contains(**name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_finding_says_what_is_wrong_and_where() {
    let Answer::Fail(found) =
        answer("json: { at: $.issuer, equals: \"{{target.url}}\" }", json(r#"{"issuer":"https://h/mcp/"}"#))
    else {
        panic!("it does not fail");
    };
    assert_eq!(found[0].message, "issuer is another URL: it differs only by a trailing slash");
    assert_eq!(found[0].expected.as_deref(), Some("https://h/mcp"));
    assert_eq!(found[0].place.as_ref().map(|place| place.span.clone()), Some(10..26));
}

#[test]
fn every_file_is_a_predicate_or_serves_them() {
    let listed: Vec<String> = NAMES.iter().map(|name| name.replace('-', "_")).collect();
    let shared = ["mod", "answer", "form", "look", "rules", "scene", "compound", "tests", "sample"];
    for entry in std::fs::read_dir("src/check").unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(listed.contains(&stem) || shared.contains(&stem.as_str()), "{stem} is not in checks![…]");
    }
}

#[test]
fn names_are_sorted_and_those_of_yaml() {
    assert!(NAMES.is_sorted());
    let schema = serde_json::to_string(&schemars::schema_for!(Predicate)).unwrap();
    for name in NAMES {
        assert!(schema.contains(&format!("\"{name}\"")), "{name} is not what YAML calls it");
    }
}
