//! Every format says the same of one recording: each is read back and compared with the report.

#[path = "support/stable.rs"]
mod stable;

use std::collections::BTreeMap;

use html5gum::{Token, Tokenizer};
use mcp_conform::load;
use mcp_conform::matrix::{columns, record_column};
use mcp_conform::model::corpus::Corpus;
use mcp_conform::model::recording::Target;
use mcp_conform::model::requirement::Role;
use mcp_conform::model::verdict::Outcome;
use mcp_conform::report::format::{FORMATS, Format};
use mcp_conform::report::human::Style;
use mcp_conform::report::{Choice, Report};
use mcp_conform::run::Quiet;
use mcp_conform::session::{self, Options};
use serde_json::Value;

/// Case ids, each with its verdict and what is said of it.
type Said = BTreeMap<String, (String, String)>;

const VERDICTS_THAT_FIND: [&str; 3] = ["fail", "warn", "info"];

/// What the report says: the message of a finding, or the reason why there is none.
fn of_report(report: &Report) -> Said {
    let here = report.results.iter().filter(|result| result.profile == report.profile);
    let said = here.map(|result| {
        let verdict = result.verdict().word();
        let message = result.message.clone().unwrap_or_default();
        let reason = match (verdict, &result.because, &result.options) {
            ("untested", Some(root), _) => format!("because {root} failed"),
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

/// `skipped` holds verdict and reason.
fn split(text: &str) -> (String, String) {
    let (verdict, reason) = text.split_once(": ").expect("a verdict and a reason");
    (verdict.to_owned(), reason.to_owned())
}

fn of_junit(text: &str) -> Said {
    let document = roxmltree::Document::parse(text).expect("XML");
    let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
    let said = cases.map(|case| {
        let id = case.attribute("name").expect("a name").to_owned();
        let child = |name: &str| case.children().find(|node| node.has_tag_name(name));
        let property = |name: &str| {
            let mut properties = case.descendants().filter(|node| node.has_tag_name("property"));
            properties
                .find(|node| node.attribute("name") == Some(name))
                .and_then(|node| node.attribute("value"))
        };
        let message = |name: &str| child(name).and_then(|node| node.attribute("message"));
        let verdict = property("verdict").expect("a verdict").to_owned();
        match (verdict.as_str(), message("failure"), message("skipped")) {
            ("fail", Some(message), None) => (id, (verdict, message.to_owned())),
            ("untested" | "not-applicable", None, Some(reason)) => {
                let (word, reason) = split(reason);
                assert_eq!(word, verdict, "{id}");
                (id, (verdict, reason))
            }
            ("warn" | "info", None, None) => {
                assert!(child("system-out").is_some(), "{id}");
                (id, (verdict, property("message").expect("a message").to_owned()))
            }
            ("pass", None, None) => (id, (verdict, String::new())),
            other => panic!("{id}: {other:?}"),
        }
    });
    said.collect()
}

fn of_tap(text: &str) -> Said {
    let mut lines = text.lines().peekable();
    assert_eq!(lines.next(), Some("TAP version 14"));
    let plan: usize = lines.next().and_then(|line| line.strip_prefix("1..")?.parse().ok()).expect("a plan");
    let mut said = Said::new();
    while let Some(line) = lines.next() {
        if line.starts_with("# ") {
            continue;
        }
        let is_ok = line.starts_with("ok ");
        assert!(is_ok || line.starts_with("not ok "), "{line}");
        let (_, rest) = line.split_once(" - ").expect("a description");
        let (id, rest) = rest.split_once(": ").expect("an id");
        if let Some((_, skipped)) = rest.split_once(" # SKIP ") {
            said.insert(id.to_owned(), split(skipped));
            continue;
        }
        let mut members = BTreeMap::new();
        if lines.peek() == Some(&"  ---") {
            lines.next();
            for line in lines.by_ref().take_while(|line| *line != "  ...") {
                let (name, value) = line.trim_start().split_once(": ").expect("a member");
                let value = serde_json::from_str(value).unwrap_or(Value::from(value));
                members.insert(name.to_owned(), value.as_str().unwrap_or_default().to_owned());
            }
        }
        let verdict = members.remove("verdict").unwrap_or_else(|| "pass".to_owned());
        assert_eq!(is_ok, verdict != "fail", "{id}");
        said.insert(id.to_owned(), (verdict, members.remove("message").unwrap_or_default()));
    }
    assert_eq!(said.len(), plan);
    said
}

/// Findings only.
fn of_sarif(text: &str) -> Said {
    let log: serde_sarif::sarif::Sarif = serde_json::from_str(text).expect("what the schema of SARIF allows");
    let run = &log.runs[0];
    let rules = run.tool.driver.rules.clone().unwrap_or_default();
    let results = run.results.clone().unwrap_or_default();
    let said = results.iter().map(|result| {
        let id = result.rule_id.clone().expect("a rule");
        let index = usize::try_from(result.rule_index.expect("an index")).expect("an index");
        assert_eq!(rules[index].id, id);
        let properties = serde_json::to_value(result).expect("JSON")["properties"].clone();
        let text = |name: &str| properties[name].as_str().unwrap_or_default().to_owned();
        assert!(result.message.text.as_ref().is_some_and(|said| said.starts_with(&text("message"))), "{id}");
        (id, (text("verdict"), text("message")))
    });
    said.collect()
}

fn decoded(text: &str) -> String {
    text.replace("%2C", ",").replace("%3A", ":").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
}

/// Findings only.
fn of_github(text: &str) -> Said {
    let mut said = Said::new();
    for line in text.lines() {
        let (command, message) =
            line.strip_prefix("::").and_then(|rest| rest.split_once("::")).expect("a command");
        let (level, properties) = command.split_once(' ').expect("properties");
        assert!(["error", "warning", "notice"].contains(&level), "{line}");
        let title = decoded(properties.rsplit("title=").next().expect("a title"));
        let (verdict, _) = title.split_once(": ").expect("a verdict");
        if verdict == "mcp-conform" {
            continue;
        }
        let message = decoded(message);
        let first = message.lines().next().expect("a line");
        let (message, rest) = first.rsplit_once(" (").expect("a case");
        let id = rest.split([',', ')']).next().expect("an id");
        said.insert(id.to_owned(), (verdict.to_owned(), message.to_owned()));
    }
    said
}

fn unescaped(text: &str) -> String {
    let mut shown = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        shown.push(if letter == '\\' { letters.next().unwrap_or('\\') } else { letter });
    }
    let entities =
        [("&#58;", ":"), ("&#64;", "@"), ("&#46;", "."), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    entities.iter().fold(shown, |text, (entity, letter)| text.replace(entity, letter))
}

/// Findings only.
fn of_markdown(text: &str) -> Said {
    let mut said = Said::new();
    let mut verdict = String::new();
    let mut id = String::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("### ") {
            let word = heading.split_whitespace().nth(1).unwrap_or_default();
            verdict = word.trim_end_matches(':').to_owned();
        } else if let Some(rest) = line.strip_prefix('`') {
            id = rest.split('`').next().unwrap_or_default().to_owned();
        } else if let Some(message) = line.strip_prefix("- found: ") {
            said.entry(id.clone()).or_insert_with(|| (verdict.clone(), unescaped(message)));
        }
    }
    said
}

/// Findings only.
fn of_job_summary(text: &str) -> Said {
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let said = rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let verdict = cells[0].split_whitespace().next_back().expect("a verdict").to_owned();
        (cells[1].trim_matches('`').to_owned(), (verdict, unescaped(cells[2])))
    });
    said.collect()
}

/// A tag with its attributes, or a text.
enum Piece {
    Tag(String, BTreeMap<String, String>),
    Text(String),
}

fn pieces(page: &str) -> Vec<Piece> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let mut tokenizer = Tokenizer::new(page);
    let mut pieces = Vec::new();
    while let Some(Ok(token)) = tokenizer.next() {
        match token {
            Token::StartTag(tag) => {
                if let Some(state) = html5gum::naive_next_state(&tag.name) {
                    tokenizer.set_state(state);
                }
                let attributes = tag.attributes.iter().map(|(name, value)| (text(name), text(value)));
                pieces.push(Piece::Tag(text(&tag.name), attributes.collect()));
            }
            Token::String(string) => pieces.push(Piece::Text(text(&string))),
            _ => {}
        }
    }
    pieces
}

/// Findings by their articles, and how many cases of each verdict are listed.
fn of_html(page: &str) -> (Said, BTreeMap<String, usize>) {
    let (mut said, mut listed) = (Said::new(), BTreeMap::<String, usize>::new());
    let (mut article, mut found) = (None, false);
    for piece in pieces(page) {
        match piece {
            Piece::Tag(name, attributes) => {
                let of = |name: &str| attributes.get(name).cloned().unwrap_or_default();
                found = name == "p" && of("class") == "found";
                if name == "article" {
                    article = Some((of("id"), of("data-verdict")));
                } else if name == "li" && of("class") == "case" {
                    *listed.entry(of("data-verdict")).or_default() += 1;
                }
            }
            Piece::Text(text) if found => {
                if let Some((id, verdict)) = &article {
                    said.entry(id.clone()).or_insert_with(|| (verdict.clone(), text));
                }
                found = false;
            }
            Piece::Text(_) => {}
        }
    }
    (said, listed)
}

/// Every element with the names of its attributes.
fn skeleton(page: &str) -> Vec<String> {
    let tags = pieces(page).into_iter().filter_map(|piece| match piece {
        Piece::Tag(name, attributes) => Some(format!("{name} {:?}", attributes.keys().collect::<Vec<_>>())),
        Piece::Text(_) => None,
    });
    tags.collect()
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
    for (name, ..) in
        FORMATS.iter().filter(|(_, format, _)| *format != Format::Json && *format != Format::Badge)
    {
        assert!(render(report, corpus, name).contains(outcome), "{name} does not say {outcome}");
    }
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

/// What a stranger may send in the hope that it is more than text somewhere.
const HOSTILE: &str = "x\r\n::stop-commands::y\n%0A|`</code>\u{1b}[31m\u{202e}]]><script>alert(1)</script>&#x3c;\" onload=\" @everyone \
                       [a](javascript:b) ```\n# h\n\n<!-- \\ **b** https://evil.example #1 # SKIP ok";

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
    for name in ["sarif", "github", "markdown", "job-summary", "badge", "badge-json"] {
        let text = stable::stable(&render(&report, &corpus, name));
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
