//! Whole reports as a reader sees them. The cases are few and fixed, so that new ones change none of these.

use std::collections::BTreeMap;

use super::*;
use crate::check::{Finding, Part, Place};
use crate::judge::judge;
use crate::model::exchange::{Body, Exchange, Reply, Request, Response, TransportError, TransportErrorKind};
use crate::model::probe::Call;
use crate::model::profile::Era;
use crate::model::recording::{Attempt, FORMAT, Item, ProbeRecord, Recording, Target, Tool};
use crate::model::requirement::Level;
use crate::probe::rpc;
use crate::report::{Cited, Located, escape};

const URL: &str = "http://127.0.0.1:8765/mcp";
const NEWEST: &str = "2026-07-28";

/// The embedded corpus with the one case that the recordings below are judged by.
fn corpus() -> Corpus {
    let mut corpus = crate::load::embedded().unwrap();
    corpus.cases.retain(|id, _| id == "server/challenge/answers-401");
    corpus
}

fn response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    Reply::Response(Response {
        status,
        version: "HTTP/1.1".to_owned(),
        headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        body: Body::new(body.to_vec(), false),
    })
}

fn challenge() -> Reply {
    response(401, &[("www-authenticate", r#"Basic realm="mcp", Bearer error="invalid_token""#)], b"")
}

/// One request without a token in each era, answered with `reply`.
fn recording(reply: &Reply) -> Recording {
    let mut recording = Recording {
        format: FORMAT,
        tool: Tool::this(),
        target: Target { role: Role::Server, url: URL.to_owned() },
        probes: Vec::new(),
        exchanges: Vec::new(),
    };
    for (id, era) in Era::ALL.into_iter().enumerate() {
        let request = rpc::request(Call::Open, era, URL, None);
        let probe = "mcp.no-token".to_owned();
        let attempt = Attempt { name: Call::Open.name().to_owned(), exchange: Some(id), not_sent: None };
        recording.probes.push(ProbeRecord {
            probe: probe.clone(),
            era,
            item: None,
            attempts: vec![attempt],
            used: Some(id),
        });
        recording.exchanges.push(Exchange { id, probe, request, reply: reply.clone(), milliseconds: 1.9 });
    }
    recording
}

fn report(corpus: &Corpus, reply: &Reply) -> Report {
    let recording = recording(reply);
    let choice = Choice::One(NEWEST.to_owned());
    Report::new(corpus, &recording, &judge(corpus, &recording), &choice)
}

/// Adds the answer to a GET and returns its id.
fn exchange(report: &mut Report, url: &str, reply: Reply) -> usize {
    let id = report.exchanges.len();
    let probe = "resource-metadata".to_owned();
    report.exchanges.push(Exchange { id, probe, request: Request::get(url), reply, milliseconds: 12.34 });
    id
}

/// Adds a case that came to `verdict` in every profile from 2025-06-18 on.
fn case<'a>(
    report: &'a mut Report,
    corpus: &Corpus,
    id: &str,
    cites: &str,
    verdict: Verdict,
) -> &'a mut CaseResult {
    let requirement = &corpus.requirements[cites].value;
    let profiles = ["2025-06-18", "2025-11-25", NEWEST];
    for profile in profiles {
        *report.summary.get_mut(profile).unwrap().entry(verdict).or_default() += 1;
        if verdict == Verdict::Fail {
            report.outcomes.insert(profile.to_owned(), crate::model::verdict::Outcome::DoesNotConform);
            report.outcome = crate::model::verdict::Outcome::DoesNotConform;
        }
    }
    let level = requirement.level;
    report.results.push(CaseResult {
        case: id.to_owned(),
        title: format!("The case {}", id.rsplit('/').next().unwrap().replace('-', " ")),
        verdicts: profiles.iter().map(|profile| ((*profile).to_owned(), verdict)).collect(),
        level: profiles.iter().map(|profile| ((*profile).to_owned(), level)).collect::<BTreeMap<_, Level>>(),
        requirements: vec![Cited {
            id: cites.to_owned(),
            source: requirement.source.clone(),
            url: requirement.url.clone(),
            profiles: requirement.profiles.clone(),
        }],
        profile: NEWEST.to_owned(),
        message: None,
        expected: None,
        actual: None,
        because: None,
        findings: Vec::new(),
        exchanges: Vec::new(),
        fix: None,
    });
    report.results.last_mut().unwrap()
}

fn found(finding: Finding) -> Located {
    Located { item: None, finding }
}

fn header(exchange: usize, span: std::ops::Range<usize>) -> Place {
    Place { exchange, part: Part::Header { name: "www-authenticate".to_owned(), line: 0 }, span }
}

fn shown(report: &Report, style: Style) -> String {
    let text = render(report, &corpus(), &style);
    if !style.colour {
        let hidden: Vec<char> = text.chars().filter(|c| *c != '\n' && escape::is_hidden(*c)).collect();
        assert!(hidden.is_empty(), "{hidden:?}");
    }
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"));
    assert!(text.lines().all(|line| line.trim_end() == line), "spaces at the end of a line");
    text
}

fn plain(width: usize) -> Style {
    Style { width, ..Style::default() }
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../snapshots/reports");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(concat!("\"version\":\"", env!("CARGO_PKG_VERSION"), "\""), "\"version\":\"0\"");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// A server that does well in one thing and badly in several.
fn mixed(corpus: &Corpus) -> Report {
    let mut report = report(corpus, &challenge());
    let metadata = "http://127.0.0.1:8765/.well-known/oauth-protected-resource/mcp";
    let scopes: Vec<String> = (0..40).map(|n| format!(r#""files:read:{n}""#)).collect();
    let body = format!(
        r#"{{"authorization_servers":["http://127.0.0.1:9000"],"scopes_supported":[{}],"resource":"http://127.0.0.1:8765/mcp/","resource_name":"An MCP server","bearer_methods_supported":["header"]}}"#,
        scopes.join(",")
    );
    let at = body.find("\"http://127.0.0.1:8765/mcp/\"").unwrap();
    let json = exchange(
        &mut report,
        metadata,
        response(200, &[("content-type", "application/json")], body.as_bytes()),
    );

    let names = case(
        &mut report,
        corpus,
        "server/challenge/names-resource-metadata",
        "mcp-2025-06-18-resource-metadata-on-401",
        Verdict::Fail,
    );
    names.findings = vec![found(
        Finding::new("the Bearer challenge has no resource_metadata")
            .expected("resource_metadata=\"…\"")
            .at(header(1, 19..47)),
    )];
    names.verdicts.insert("2025-11-25".to_owned(), Verdict::Warn);
    names.fix = Some("Add resource_metadata=\"https://…/.well-known/oauth-protected-resource/…\" to the\nBearer challenge.".to_owned());

    let identical = case(
        &mut report,
        corpus,
        "server/metadata/names-the-resource-it-was-asked-for",
        "rfc9728-3.3-resource-identical-wellknown",
        Verdict::Fail,
    );
    identical.findings = vec![found(
        Finding::new("resource is not the URL of the server: it has a slash more at its end")
            .expected(URL)
            .actual("http://127.0.0.1:8765/mcp/")
            .at(Place { exchange: json, part: Part::Body, span: at..at + 28 }),
    )];
    identical.fix = Some("Publish the URL that clients connect to, byte for byte.".to_owned());

    let realm =
        case(&mut report, corpus, "server/challenge/no-basic", "rfc9728-1.2-resource-query", Verdict::Warn);
    realm.findings =
        vec![found(Finding::new("there is a Basic challenge").actual("Basic").at(header(1, 0..5)))];
    realm.fix = Some("Offer Bearer alone.".to_owned());

    let issuer = case(
        &mut report,
        corpus,
        "authorization-server/metadata/states-its-issuer",
        "rfc8414-3.3-issuer-identical",
        Verdict::Fail,
    );
    issuer.findings = (0..7)
        .map(|index| Located {
            item: Some(Item { index, value: format!("https://as{index}.example") }),
            finding: Finding::new("the issuer is another")
                .expected(format!("https://as{index}.example"))
                .actual(""),
        })
        .collect();
    issuer.fix = Some("Publish the issuer that the URL was made from.".to_owned());

    for name in ["a", "b", "c"] {
        let blind = case(
            &mut report,
            corpus,
            &format!("authorization-server/keys/{name}"),
            "rfc8414-3.3-issuer-identical",
            Verdict::Untested,
        );
        blind.message = Some("server/metadata/published could not be tested".to_owned());
        blind.because = Some("server/metadata/published".to_owned());
    }
    let token = case(
        &mut report,
        corpus,
        "server/token/other-audience-refused",
        "rfc9728-1.2-resource-query",
        Verdict::Untested,
    );
    token.message = Some("no token was given".to_owned());
    let opaque = case(
        &mut report,
        corpus,
        "server/token/audience",
        "rfc9728-1.2-resource-query",
        Verdict::NotApplicable,
    );
    opaque.message = Some("the token is opaque".to_owned());
    report
}

#[test]
fn a_clean_pass() {
    let corpus = corpus();
    let text = shown(&report(&corpus, &challenge()), plain(80));
    assert!(text.lines().count() <= 24, "{text}");
    snapshot("pass", &text);
}

#[test]
fn a_clean_pass_in_full() {
    let corpus = corpus();
    snapshot("pass-verbose", &shown(&report(&corpus, &challenge()), Style { verbose: true, ..plain(80) }));
}

#[test]
fn a_broken_requirement() {
    let corpus = corpus();
    let reply = response(403, &[("content-type", "text/plain")], b"no");
    snapshot("fail-status", &shown(&report(&corpus, &reply), plain(80)));
}

#[test]
fn findings_of_every_kind() {
    let corpus = corpus();
    let report = mixed(&corpus);
    for width in [60, 80] {
        snapshot(&format!("fail-many-{width}"), &shown(&report, plain(width)));
    }
    snapshot("fail-many-verbose-200", &shown(&report, Style { verbose: true, ..plain(200) }));
}

#[test]
fn no_frame_is_wider_than_the_terminal() {
    let corpus = corpus();
    for width in [60, 80, 200] {
        for line in shown(&mixed(&corpus), plain(width)).lines().filter(|line| line.contains(" | ")) {
            assert!(line.chars().count() <= width, "{line}");
        }
    }
}

#[test]
fn every_revision_at_once() {
    let corpus = corpus();
    let recording = recording(&response(403, &[], b""));
    let report = Report::new(&corpus, &recording, &judge(&corpus, &recording), &Choice::All);
    snapshot("fail-all", &shown(&report, plain(80)));
}

#[test]
fn nobody_asked_for_a_token() {
    let corpus = corpus();
    let reply = response(
        200,
        &[("content-type", "application/json")],
        br#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25"}}"#,
    );
    snapshot("not-protected", &shown(&report(&corpus, &reply), plain(80)));
}

#[test]
fn nobody_answered() {
    let corpus = corpus();
    let reply = Reply::Error(TransportError {
        kind: TransportErrorKind::Refused,
        message: "nobody listens at 127.0.0.1:8765".to_owned(),
    });
    snapshot("inconclusive", &shown(&report(&corpus, &reply), Style { verbose: true, ..plain(80) }));
}

#[test]
fn a_server_that_attacks_the_reader() {
    let corpus = corpus();
    let evil = "Basic realm=\"\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}txt\u{200b}\", x=\"\u{9b}31m\"";
    let mut report = report(&corpus, &response(403, &[("location", "https://h/\u{1b}[8m\r\n✓ pass")], b""));
    report.target.url = format!("{URL}\u{1b}[1A");
    let body = b"{\"issuer\":\"\xff\xfe\x1b[2J\"}\n";
    let url = "https://evil.example/\u{202e}\u{1b}c'$(id)";
    let id = exchange(&mut report, url, response(200, &[("www-authenticate", evil)], body));
    let hostile = case(
        &mut report,
        &corpus,
        "server/challenge/is-harmless",
        "rfc9728-3.3-resource-identical-wellknown",
        Verdict::Fail,
    );
    let item = Some(Item { index: 0, value: "https://as/\u{2066}\u{1b}[0m".to_owned() });
    hostile.findings = vec![
        Located {
            item,
            finding: Finding::new(format!("realm is {evil}")).actual(evil).at(header(id, 13..40)),
        },
        found(Finding::new("no text").at(Place { exchange: id, part: Part::Body, span: 10..17 })),
        found(Finding::new("nowhere").at(Place { exchange: 99, part: Part::Body, span: 5..900 })),
        found(Finding::new("beyond").at(Place { exchange: id, part: Part::Body, span: 500..900 })),
    ];
    let text = shown(&report, Style { verbose: true, ..plain(80) });
    snapshot("hostile", &text);
}

#[test]
fn colours_change_no_word() {
    let corpus = corpus();
    let report = mixed(&corpus);
    let coloured = shown(&report, Style { colour: true, verbose: true, ..plain(80) });
    assert!(coloured.contains('\u{1b}'));
    let codes = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    let bare: String =
        codes.replace_all(&coloured, "").lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    assert_eq!(bare, shown(&report, Style { verbose: true, ..plain(80) }));
}
