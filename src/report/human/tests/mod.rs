//! Whole reports as a reader sees them.

mod fixtures;

use self::fixtures::*;
use super::*;
use crate::check::{Finding, Part, Place};
use crate::judge::judge;
use crate::model::exchange::{Reply, TransportError, TransportErrorKind};
use crate::model::recording::Item;
use crate::report::Choice;
use crate::report::{Located, escape};

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
    settings.set_snapshot_path("../../../../snapshots/reports");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(concat!("\"version\":\"", env!("CARGO_PKG_VERSION"), "\""), "\"version\":\"0\"");
    settings.bind(|| insta::assert_snapshot!(name, text));
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
    snapshot(
        "pass-verbose",
        &shown(&report(&corpus, &challenge()), Style { detail: Detail::All, ..plain(80) }),
    );
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
    snapshot("fail-many-quiet", &shown(&report, Style { detail: Detail::Least, ..plain(80) }));
    snapshot("fail-many-verbose-200", &shown(&report, Style { detail: Detail::All, ..plain(200) }));
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
    snapshot("inconclusive", &shown(&report(&corpus, &reply), Style { detail: Detail::All, ..plain(80) }));
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
            spot: None,
        },
        found(Finding::new("no text").at(Place { exchange: id, part: Part::Body, span: 10..17 })),
        found(Finding::new("nowhere").at(Place { exchange: 99, part: Part::Body, span: 5..900 })),
        found(Finding::new("beyond").at(Place { exchange: id, part: Part::Body, span: 500..900 })),
    ];
    let text = shown(&report, Style { detail: Detail::All, ..plain(80) });
    snapshot("hostile", &text);
}

#[test]
fn what_is_rare() {
    let mut corpus = corpus();
    let mut report = report(&corpus, &challenge());
    let body: String = (0..12).map(|n| format!("  \"member_{n}\": \"{}\",\n", "v".repeat(n * 9))).collect();
    let body = format!("{{\n{body}  \"issuer\": 5\n}}\n");
    let reply = response(200, &[("content-type", "application/json")], body.as_bytes());
    let id = exchange(&mut report, "https://as.example/.well-known/oauth-authorization-server", reply);
    let issuer = body.find(": 5").unwrap() + 2;
    let cites = "rfc8414-3.3-issuer-identical";
    let lines =
        case(&mut report, &corpus, "authorization-server/metadata/issuer-is-text", cites, Verdict::Fail);
    lines.findings = vec![
        found(Finding::new("issuer is a number").expected("a string").actual("5").at(Place {
            exchange: id,
            part: Part::Body,
            span: issuer..issuer + 1,
        })),
        found(Finding::new("there is no token_endpoint").at(Place {
            exchange: id,
            part: Part::Body,
            span: 0..body.trim_end().len(),
        })),
    ];
    case(&mut report, &corpus, "server/challenge/broken", cites, Verdict::Error).message =
        Some("the case reads a probe that it does not name".to_owned());
    let info = case(&mut report, &corpus, "server/challenge/worth-knowing", cites, Verdict::Info);
    info.findings = vec![found(Finding::new("it is so"))];
    let old = case(&mut report, &corpus, "server/challenge/only-then", cites, Verdict::Warn);
    old.profile = "2025-03-26".to_owned();
    old.verdicts = [("2025-03-26".to_owned(), Verdict::Warn)].into();
    let newest = &mut corpus.profiles.get_mut(NEWEST).unwrap().value;
    newest.scored.retain(|pattern| pattern.value != "authorization-server/*");
    // The only failure does not count, so that the outcome is what it would be without it.
    report.outcome = crate::model::verdict::Outcome::Conforms;
    report.outcomes.insert(NEWEST.to_owned(), report.outcome);
    let text = render(&report, &corpus, &plain(80));
    snapshot("rare", &text);
}

#[test]
fn colours_change_no_word() {
    let corpus = corpus();
    let report = mixed(&corpus);
    let coloured = shown(&report, Style { colour: true, detail: Detail::All, ..plain(80) });
    assert!(coloured.contains('\u{1b}'));
    let codes = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    let bare: String =
        codes.replace_all(&coloured, "").lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    assert_eq!(bare, shown(&report, Style { detail: Detail::All, ..plain(80) }));
}
