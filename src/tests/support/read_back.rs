//! Every format read back, into what it says of each case.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use html5gum::{Token, Tokenizer};
use jsonschema::Validator;
use serde_json::Value;

/// Case ids, each with its verdict and what is said of it.
pub(crate) type Said = BTreeMap<String, (String, String)>;

/// `skipped` holds verdict and reason.
fn split(text: &str) -> (String, String) {
    let (verdict, reason) = text.split_once(": ").expect("a verdict and a reason");
    (verdict.to_owned(), reason.to_owned())
}

pub(crate) fn of_junit(text: &str) -> Said {
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

pub(crate) fn of_tap(text: &str) -> Said {
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

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The schema of SARIF 2.1.0 as OASIS published it: the crate that reads the format carries it.
fn sarif_schema() -> Validator {
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let metadata =
        cargo(&["metadata", "--format-version=1", "--offline", "--locked", "--filter-platform", host]);
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").expect("the crate");
    let manifest = Path::new(package["manifest_path"].as_str().expect("a path"));
    let schema = fs::read_to_string(manifest.with_file_name("src/schema.json")).expect("the schema");
    let mut schema: Value = serde_json::from_str(&schema).expect("JSON");
    // The patterns of languages in it have a bracket too many, and are no patterns.
    for object in ["run", "toolComponent"] {
        let language = schema["definitions"][object]["properties"]["language"].as_object_mut();
        language.and_then(|language| language.remove("pattern")).expect("a pattern of languages");
    }
    jsonschema::validator_for(&schema).expect("a schema")
}

/// Findings only.
pub(crate) fn of_sarif(text: &str) -> Said {
    static SCHEMA: LazyLock<Validator> = LazyLock::new(sarif_schema);
    let document = serde_json::from_str(text).expect("JSON");
    let wrong: Vec<String> =
        SCHEMA.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
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
        let said = result.message.text.as_deref().expect("a message");
        assert!(said.starts_with(&text("message").replace("](", "]\\u{28}")), "{id}");
        let physical = result.locations.as_ref().and_then(|all| all[0].physical_location.as_ref());
        let uri = physical.and_then(|physical| physical.artifact_location.as_ref()?.uri.clone());
        assert!(uri.is_some_and(|uri| !uri.starts_with('/') && !uri.contains(':')), "{id}");
        (id, (text("verdict"), text("message")))
    });
    said.collect()
}

fn decoded(text: &str) -> String {
    text.replace("%2C", ",").replace("%3A", ":").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
}

/// Findings only.
pub(crate) fn of_github(text: &str) -> Said {
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
pub(crate) fn of_markdown(text: &str) -> Said {
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
pub(crate) fn of_job_summary(text: &str) -> Said {
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
pub(crate) fn of_html(page: &str) -> (Said, BTreeMap<String, usize>) {
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
pub(crate) fn skeleton(page: &str) -> Vec<String> {
    let tags = pieces(page).into_iter().filter_map(|piece| match piece {
        Piece::Tag(name, attributes) => Some(format!("{name} {:?}", attributes.keys().collect::<Vec<_>>())),
        Piece::Text(_) => None,
    });
    tags.collect()
}
