//! Every format says the same of one recording: each is read back and compared with the report.

#[path = "support/read_back.rs"]
mod read_back;
#[path = "support/stable.rs"]
mod stable;

use std::collections::BTreeMap;

use mcp_conform::load;
use mcp_conform::matrix::{columns, record_column};
use mcp_conform::model::corpus::Corpus;
use mcp_conform::model::recording::Target;
use mcp_conform::model::requirement::Role;
use mcp_conform::model::verdict::{Outcome, Verdict};
use mcp_conform::report::format::{FORMATS, Format};
use mcp_conform::report::human::Style;
use mcp_conform::report::{Choice, Report};
use mcp_conform::run::Quiet;
use mcp_conform::session::{self, Options};
use read_back::{
    Said, of_github, of_html, of_job_summary, of_junit, of_markdown, of_sarif, of_tap, skeleton,
};
use serde_json::Value;

const VERDICTS_THAT_FIND: [&str; 3] = ["fail", "warn", "info"];

/// What the report says: the message of a finding, or the reason why there is none.
fn of_report(report: &Report) -> Said {
    let here = report.results.iter().filter(|result| result.profile == report.profile);
    let said = here.map(|result| {
        let verdict = result.verdict().word();
        let message = result.message.clone().unwrap_or_default();
        let reason = match (verdict, &result.because, &result.options) {
            ("untested", Some(root), _) => format!("because of {root}"),
            ("untested", None, Some(options)) => format!("{message}: {options} would change that"),
            _ => message,
        };
        (result.case.clone(), (verdict.to_owned(), reason))
    });
    said.collect()
}

fn findings(said: &Said) -> Said {
    let finds = |said: &&str| VERDICTS_THAT_FIND.contains(said);
    said.iter()
        .filter(|(_, (verdict, _))| finds(&verdict.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect()
}

fn render(report: &Report, corpus: &Corpus, name: &str) -> String {
    let format = Format::named(name).expect("a format");
    match format.render(report, corpus, &Style::default()) {
        Ok(text) => text,
        Err(error) => panic!("{name}: {error}"),
    }
}

fn words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Conforms => "conforms",
        Outcome::NotProtected => "not protected",
        Outcome::Inconclusive => "inconclusive",
        Outcome::DoesNotConform => "does not conform",
    }
}

/// Reads every format back.
fn compare(report: &Report, corpus: &Corpus) {
    let all = of_report(report);
    let found = findings(&all);
    assert_eq!(of_junit(&render(report, corpus, "junit")), all);
    assert_eq!(of_tap(&render(report, corpus, "tap")), all);
    assert_eq!(of_sarif(&render(report, corpus, "sarif")), found);
    assert_eq!(of_github(&render(report, corpus, "github")), found);
    assert_eq!(of_markdown(&render(report, corpus, "markdown")), found);
    assert_eq!(of_job_summary(&render(report, corpus, "job-summary")), found);
    let (shown, listed) = of_html(&render(report, corpus, "html"));
    assert_eq!(shown, found);
    let mut counts = BTreeMap::<String, usize>::new();
    for result in &report.results {
        *counts.entry(result.verdict().word().to_owned()).or_default() += 1;
    }
    assert_eq!(listed, counts);
    let json: Value = serde_json::from_str(&render(report, corpus, "json")).expect("JSON");
    for (id, (verdict, _)) in &all {
        let result =
            json["results"].as_array().expect("results").iter().find(|result| result["case"] == **id);
        assert_eq!(result.expect("the case")["verdicts"][&report.profile], **verdict, "{id}");
    }
    let outcome = words(report.outcome);
    let speaks = |format: Format| !matches!(format, Format::Json | Format::Badge | Format::JobOutputs);
    for (name, ..) in FORMATS.iter().filter(|(_, format, _)| speaks(*format)) {
        assert!(render(report, corpus, name).contains(outcome), "{name} does not say {outcome}");
    }
    let outputs = render(report, corpus, "job-outputs");
    let outputs: BTreeMap<&str, &str> = outputs.lines().filter_map(|line| line.split_once('=')).collect();
    assert_eq!(outputs["outcome"], report.outcome.word());
    let listed: BTreeMap<String, usize> = serde_json::from_str(outputs["counts"]).expect("JSON");
    for (verdict, number) in &listed {
        assert_eq!(outputs[verdict.as_str()], number.to_string());
        assert_eq!(all.values().filter(|(said, _)| said == verdict).count(), *number, "{verdict}");
    }
    assert_eq!(listed.values().sum::<usize>(), all.len());
    let badge = render(report, corpus, "badge");
    let image = roxmltree::Document::parse(&badge).expect("XML");
    let label = image.root_element().attribute("aria-label").expect("a label");
    assert_eq!(label, format!("MCP authorization: {outcome}"));
    let endpoint: Value = serde_json::from_str(&render(report, corpus, "badge-json")).expect("JSON");
    assert_eq!((&endpoint["message"], &endpoint["schemaVersion"]), (&Value::from(outcome), &Value::from(1)));
}

async fn of_column(corpus: &Corpus, name: &str) -> Report {
    let columns = columns(corpus);
    let column =
        columns.iter().find(|column| column.name == name && column.role == Role::Server).expect("a column");
    let recording = record_column(corpus, column).await.expect("the column is recorded");
    session::report(corpus, &recording, Some(&Choice::One(column.profile.clone())))
}

/// What was not there to be asked.
async fn of_nobody(corpus: &Corpus) -> Report {
    let target = Target { role: Role::Server, url: "http://127.0.0.1:9/mcp".to_owned() };
    let recording = session::record(corpus, target, &Options::default(), &Quiet).await.expect("a recording");
    let newest = corpus.newest_profile().expect("a profile").to_owned();
    session::report(corpus, &recording, Some(&Choice::One(newest)))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_says_the_same() {
    let corpus = load::embedded().expect("the built-in cases load");
    for (name, outcome) in [
        ("", Outcome::Conforms),
        ("challenge-with-unquoted-url", Outcome::DoesNotConform),
        ("consent-by-anybody", Outcome::Conforms),
        ("open-server", Outcome::NotProtected),
    ] {
        let report = of_column(&corpus, name).await;
        assert_eq!(report.outcome, outcome, "{name}");
        compare(&report, &corpus);
    }
    let report = of_nobody(&corpus).await;
    assert_eq!(report.outcome, Outcome::Inconclusive);
    compare(&report, &corpus);
}

/// GitHub refuses an issue that is longer, and all of it.
#[tokio::test(flavor = "multi_thread")]
async fn an_issue_has_room_for_a_report() {
    let corpus = load::embedded().expect("the built-in cases load");
    let mut report = of_column(&corpus, "challenge-with-unquoted-url").await;
    assert!(!render(&report, &corpus, "markdown").contains("as an issue holds"));
    let found = report.results.iter().find(|result| result.verdict() == Verdict::Fail).expect("a failure");
    let found = found.clone();
    report.results.extend((0..200).map(|_| found.clone()));
    let text = render(&report, &corpus, "markdown");
    let length = text.chars().count();
    assert!(length <= 65_536 && length > 60_000, "{length} characters");
    for says in
        ["Without request and answer: ", "Left out: ", " findings, as an issue holds 65536 characters"]
    {
        assert!(text.contains(says), "no {says:?}: {}", &text[text.len() - 800..]);
    }
    assert!(text.trim_end().ends_with("requests sent"), "the end is there");
}

/// What a stranger may send in the hope that it is more than text somewhere.
const HOSTILE: &str = "x\r\n::stop-commands::y\n%0A|`</code>\u{1b}[31m\u{202e}]]><script>alert(1)</script>&#x3c;\" onload=\" @everyone \
                       [a](javascript:b) ```\n# h\n\n<!-- \\ **b** https://evil.example #1 # SKIP ok\n  ::error::c \
                       ##[warning]d ##vso[task.setvariable variable=PATH]e";

/// Markdown without its code spans, which end at the next run of as many backticks; an escaped one begins none.
fn outside_code(text: &str) -> String {
    let mut outside = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('`') {
        let (before, from) = rest.split_at(at);
        outside.push_str(before);
        let run = from.len() - from.trim_start_matches('`').len();
        let (fence, after) = from.split_at(if before.ends_with('\\') { 1 } else { run });
        let ends = |place: &usize| {
            let tail = &after[*place..];
            tail.len() - tail.trim_start_matches('`').len() == run && !after[..*place].ends_with('`')
        };
        let end = after.match_indices(fence).map(|(place, _)| place).find(ends);
        rest = match end {
            Some(end) if !before.ends_with('\\') => &after[end + run..],
            _ => after,
        };
    }
    outside + rest
}

/// Puts `text` wherever a stranger's may stand.
fn spoil(report: &mut Report, text: &str) {
    text.clone_into(&mut report.target.url);
    for result in report.results.iter_mut().filter(|result| result.message.is_some()) {
        result.message = Some(text.to_owned());
        result.because = None;
        (result.expected, result.actual) = (Some(text.to_owned()), Some(text.to_owned()));
        for located in &mut result.findings {
            text.clone_into(&mut located.finding.message);
            located.finding.actual = Some(text.to_owned());
        }
    }
    for exchange in &mut report.exchanges {
        text.clone_into(&mut exchange.request.url);
        if let mcp_conform::model::exchange::Reply::Response(response) = &mut exchange.reply {
            response.headers.push(("x-hostile".to_owned(), text.to_owned()));
            response.body.text = Some(text.to_owned());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_strangers_send_breaks_out_of_no_format() {
    let corpus = load::embedded().expect("the built-in cases load");
    let mut report = of_column(&corpus, "challenge-with-unquoted-url").await;
    spoil(&mut report, "plain");
    let plain = skeleton(&render(&report, &corpus, "html"));
    spoil(&mut report, HOSTILE);
    assert_eq!(skeleton(&render(&report, &corpus, "html")), plain);
    let number = of_report(&report).len();
    assert_eq!(of_junit(&render(&report, &corpus, "junit")).len(), number);
    assert_eq!(of_tap(&render(&report, &corpus, "tap")).len(), number);
    let sarif = of_sarif(&render(&report, &corpus, "sarif"));
    assert_eq!(sarif.len(), 1);
    assert_eq!(of_github(&render(&report, &corpus, "github")).len(), 1);
    for (name, ..) in FORMATS.iter().filter(|(name, ..)| *name != "json") {
        let text = render(&report, &corpus, name);
        let hidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(hidden), "{name} holds what a terminal obeys");
    }
    for (name, ..) in FORMATS {
        let text = render(&report, &corpus, name);
        assert!(!text.contains("##[") && !text.contains("##vso["), "{name} holds what a CI system obeys");
        assert!(*name == "github" || !text.lines().any(|line| line.trim_start().starts_with("::")), "{name}");
    }
    let log: Value = serde_json::from_str(&render(&report, &corpus, "sarif")).expect("JSON");
    let shown = log["runs"][0]["results"][0]["message"]["text"].as_str().expect("a text");
    assert!(shown.contains("[a]") && !shown.contains("]("), "{shown}");
    let json: Value = serde_json::from_str(&render(&report, &corpus, "json")).expect("JSON");
    assert_eq!(json["target"]["url"], HOSTILE, "the contract holds what was sent");
    for name in ["markdown", "job-summary"] {
        let text = render(&report, &corpus, name);
        // What stands in a code span or a block is only text there.
        let mut prose = String::new();
        let mut fence = None;
        for line in text.lines() {
            let ticks = line.chars().take_while(|c| *c == '`').count();
            match fence {
                None if ticks >= 3 => fence = Some(ticks),
                Some(open) if ticks >= open && line.len() == ticks => fence = None,
                None => prose.push_str(&format!("{line}\n")),
                Some(_) => {}
            }
        }
        assert_eq!(fence, None, "{name}");
        let outside = outside_code(&prose).replace("\\]", "");
        for bad in ["<script", "@everyone", "](javascript", "https://evil"] {
            assert!(!outside.contains(bad), "{name} holds {bad}");
        }
        assert!(!prose.lines().any(|line| line.starts_with("# ") || line.starts_with("<!--")), "{name}");
    }
    let github = render(&report, &corpus, "github");
    assert!(
        github.lines().all(|line| line.starts_with("::error ") || line.starts_with("::notice ")),
        "{github}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_formats_are_as_they_were_reviewed() {
    let corpus = load::embedded().expect("the built-in cases load");
    let report = of_column(&corpus, "challenge-with-unquoted-url").await;
    let mut short = report.clone();
    let mut shown = Said::new();
    // Hundreds of cases are in the longest formats: the first of each verdict will do there.
    short.results.retain(|result| {
        let verdict = result.verdict().word().to_owned();
        result.profile == report.profile && shown.insert(verdict, Default::default()).is_none()
    });
    for (name, ..) in FORMATS.iter().filter(|(name, ..)| !["human", "json", "html"].contains(name)) {
        let report = if ["junit", "tap"].contains(name) { &short } else { &report };
        let text = stable::stable(&render(report, &corpus, name));
        insta::with_settings!({
            snapshot_path => "../../snapshots/reports",
            prepend_module_to_snapshot => false,
            omit_expression => true,
            filters => vec![("(?m)^date: .*$", "date: [date]")],
        }, {
            insta::assert_snapshot!(format!("format-{name}"), text);
        });
    }
}

/// Alerts of a CI system would come and go with the run if anything of it were in there.
#[tokio::test(flavor = "multi_thread")]
async fn a_finding_is_the_same_finding_in_the_next_run() {
    let corpus = load::embedded().expect("the built-in cases load");
    let mut seen = Vec::new();
    for _ in 0..2 {
        let report = of_column(&corpus, "challenge-with-unquoted-url").await;
        let log: Value = serde_json::from_str(&render(&report, &corpus, "sarif")).expect("JSON");
        let result = &log["runs"][0]["results"][0];
        let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str().expect("a fingerprint");
        assert!(hash.len() > 16, "{hash}");
        seen.push((report.target.url, hash.to_owned(), result["locations"][0]["physicalLocation"].clone()));
    }
    assert_ne!(seen[0].0, seen[1].0, "each run has a port of its own");
    assert_eq!((&seen[0].1, &seen[0].2), (&seen[1].1, &seen[1].2));
}

/// What a reader has to know of the run itself is in every format that is read.
#[tokio::test(flavor = "multi_thread")]
async fn every_format_says_what_is_to_be_known_of_the_run() {
    let corpus = load::embedded().expect("the built-in cases load");
    let mut report = of_nobody(&corpus).await;
    assert!(report.stopped.is_none(), "no login was asked for");
    (report.interrupted, report.insecure) = (true, true);
    report.left = vec!["client-7".to_owned()];
    let reason = report.reason.clone().expect("a reason");
    for (name, format, _) in FORMATS {
        if matches!(format, Format::Json | Format::Badge | Format::BadgeJson | Format::JobOutputs) {
            continue;
        }
        let text = render(&report, &corpus, name);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ").replace("&#58;", ":");
        let plain = words.replace(['\\', '*'], "").replace("%3A", ":").replace("&quot;", "\"");
        for said in ["stopped before it was over", "certificates were not verified", "client-7"] {
            assert!(plain.contains(said), "{name} does not say: {said}");
        }
        assert!(
            plain.contains(reason.split(':').next().unwrap_or_default()),
            "{name} does not say: {reason}"
        );
    }
    let log: Value = serde_json::from_str(&render(&report, &corpus, "sarif")).expect("JSON");
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false);
}
