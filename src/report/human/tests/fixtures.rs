//! Recordings and reports that are made by hand. The cases are few and fixed, so that new ones change none of them.

use std::collections::BTreeMap;

use crate::check::{Finding, Part, Place};
use crate::judge::judge;
use crate::model::corpus::Corpus;
use crate::model::exchange::{Exchange, Reply, Request, Response};
use crate::model::probe::Call;
use crate::model::profile::Era;
use crate::model::recording::{Attempt, FORMAT, Item, ProbeRecord, Recording, Target, Tool};
use crate::model::requirement::Level;
use crate::model::requirement::Role;
use crate::model::verdict::{Outcome, Verdict};
use crate::probe::rpc;
use crate::report::{CaseResult, Choice, Cited, Located, Report};

pub(super) const URL: &str = "http://127.0.0.1:8765/mcp";
pub(super) const NEWEST: &str = "2026-07-28";
pub(super) const BAD_CHALLENGE: &str =
    r#"Basic realm="mcp", Bearer resource_metadata="/.well-known/oauth-protected-resource/mcp""#;

/// The embedded corpus with the one case that the recordings below are judged by.
pub(super) fn corpus() -> Corpus {
    let mut corpus = crate::load::embedded().unwrap();
    corpus.cases.retain(|id, _| id == "server/challenge/answers-401");
    corpus
}

pub(super) fn response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    Reply::Response(Response::new(status, headers, body))
}

pub(super) fn challenge() -> Reply {
    response(401, &[("www-authenticate", r#"Basic realm="mcp", Bearer error="invalid_token""#)], b"")
}

/// One request without a token in each era, answered with `reply`.
pub(super) fn recording(reply: &Reply) -> Recording {
    let mut recording = Recording {
        format: FORMAT,
        tool: Tool::this(),
        target: Target { role: Role::Server, url: URL.to_owned() },
        insecure: false,
        tokens: Vec::new(),
        interrupted: false,
        left: Vec::new(),
        probes: Vec::new(),
        exchanges: Vec::new(),
    };
    for (id, era) in Era::ALL.into_iter().enumerate() {
        let request = rpc::request(Call::Open, 1, era, URL, None);
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

pub(super) fn report(corpus: &Corpus, reply: &Reply) -> Report {
    let recording = recording(reply);
    let choice = Choice::One(NEWEST.to_owned());
    Report::new(corpus, &recording, &judge(corpus, &recording), &choice)
}

/// Adds the answer to a GET and returns its id.
pub(super) fn exchange(report: &mut Report, url: &str, reply: Reply) -> usize {
    let id = report.exchanges.len();
    let probe = "resource-metadata".to_owned();
    report.exchanges.push(Exchange { id, probe, request: Request::get(url), reply, milliseconds: 12.34 });
    id
}

/// Adds a case that came to `verdict` in every profile from 2025-06-18 on.
pub(super) fn case<'a>(
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
            report.outcomes.insert(profile.to_owned(), Outcome::DoesNotConform);
            report.outcome = Outcome::DoesNotConform;
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
        options: None,
        findings: Vec::new(),
        exchanges: Vec::new(),
        control: None,
        expected_failure: None,
        diagnoses: Vec::new(),
        fix: None,
        why: None,
    });
    report.results.last_mut().unwrap()
}

pub(super) fn found(finding: Finding) -> Located {
    Located { item: None, finding, spot: None }
}

pub(super) fn header(exchange: usize, span: std::ops::Range<usize>) -> Place {
    Place { exchange, part: Part::Header { name: "www-authenticate".to_owned(), line: 0 }, span }
}

/// A server that does well in one thing and badly in several.
pub(super) fn mixed(corpus: &Corpus) -> Report {
    let mut report = report(corpus, &response(401, &[("www-authenticate", BAD_CHALLENGE)], b""));
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

    let url = case(
        &mut report,
        corpus,
        "server/challenge/metadata-url-is-absolute",
        "rfc9728-5.1-resource-metadata-is-url",
        Verdict::Fail,
    );
    let value = BAD_CHALLENGE.find("\"/.well").unwrap();
    url.title = "The challenge holds an absolute URL of the metadata".to_owned();
    url.findings = vec![found(
        Finding::new("resource_metadata is no absolute URL: it has no scheme")
            .expected("an absolute URL")
            .actual("/.well-known/oauth-protected-resource/mcp")
            .at(header(1, value..BAD_CHALLENGE.len())),
    )];
    url.verdicts.insert("2025-11-25".to_owned(), Verdict::Warn);
    url.verdicts.insert("2025-06-18".to_owned(), Verdict::Pass);
    url.fix = Some("Write the URL out, scheme and host\nincluded.".to_owned());

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
            spot: None,
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
        "mcp-only-tokens-for-own-resources",
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
