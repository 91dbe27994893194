//! SARIF 2.1.0, for code scanning: a rule for each case that found something, and a result for each of them.
//!
//! ```json
//! { "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "mcp-conform", "rules": [] } }, "results": [] }] }
//! ```
//!
//! Of a running server there is no file. Code scanning wants one all the same, relative to the repository, so that the place
//! is the target's URL without its scheme, and the logical location is the URL itself. What was not tested is told as a
//! notification of the run, and what is right is no result.

use serde::Serialize;
use serde_json::{Value, json};

use super::view::{View, area};
use super::{CaseResult, Report, escape, words};
use crate::explain;
use crate::model::corpus::Corpus;
use crate::model::verdict::Verdict;
use crate::parse::url::Uri;

/// Where its schema is.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// A log with one run.
#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Value,
    invocations: [Value; 1],
    results: Vec<Finding>,
    column_kind: &'static str,
    properties: Value,
}

/// A case that found something.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Value,
    locations: [Value; 1],
    partial_fingerprints: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Value>,
    properties: Value,
}

/// The report as SARIF.
///
/// # Errors
/// When it cannot be written, which is a bug.
pub fn render(report: &Report, corpus: &Corpus) -> Result<String, serde_json::Error> {
    let view = View::new(report, corpus);
    let mut found: Vec<&CaseResult> = view.results.clone();
    found.retain(|result| result.verdict().is_finding());
    let driver = json!({
        "name": report.tool.name,
        "version": report.tool.version,
        "semanticVersion": report.tool.version,
        "rules": found.iter().map(|result| rule(&view, result)).collect::<Vec<_>>(),
    });
    let run = Run {
        tool: json!({ "driver": driver }),
        invocations: [invocation(&view)],
        results: found.iter().enumerate().map(|(index, result)| finding(&view, result, index)).collect(),
        column_kind: "unicodeCodePoints",
        properties: json!({
            "target": escape::line(&report.target.url),
            "profile": report.profile,
            "outcome": words::outcome(&view),
            "summary": report.summary.get(view.chosen.last().map_or("", String::as_str)),
        }),
    };
    Ok(serde_json::to_string_pretty(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] })? + "\n")
}

/// The levels of SARIF: a note breaks nothing.
fn level(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fail => "error",
        Verdict::Warn => "warning",
        _ => "note",
    }
}

fn rule(view: &View<'_>, result: &CaseResult) -> Value {
    let help = explain::explain(view.corpus, &result.case).unwrap_or_default();
    let mut rule = json!({
        "id": result.case,
        "name": name(&result.case),
        "shortDescription": { "text": result.title },
        "fullDescription": { "text": one_line(result.why.as_deref().unwrap_or(&result.title)) },
        "help": { "text": help, "markdown": format!("```text\n{help}\n```") },
        "defaultConfiguration": { "level": level(result.verdict()) },
        "properties": { "tags": ["security", "mcp", area(&result.case)], "precision": "high" },
    });
    if let Some(cited) = view.clause(result) {
        rule["helpUri"] = json!(cited.url);
    }
    rule
}

/// The id in the form that SARIF asks of names.
fn name(case: &str) -> String {
    let words = case.split(['/', '-', '.']);
    words
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
        .collect()
}

fn finding(view: &View<'_>, result: &CaseResult, index: usize) -> Finding {
    let message = escape::line(result.message.as_deref().unwrap_or_default()).into_owned();
    let fix = result.fix.as_deref().map_or(String::new(), |fix| format!("\nFix: {}", one_line(fix)));
    let said = |text: &Option<String>| text.as_deref().map(|text| escape::line(text).into_owned());
    Finding {
        rule_id: result.case.clone(),
        rule_index: index,
        level: level(result.verdict()),
        message: json!({ "text": format!("{message}{fix}") }),
        locations: [location(view, result)],
        partial_fingerprints: json!({ "mcpConform/v1": fingerprint(view, result) }),
        suppressions: words::expected(result)
            .map(|known| json!({ "kind": "external", "justification": escape::line(&known) }))
            .into_iter()
            .collect(),
        properties: json!({
            "verdict": result.verdict().word(),
            "profile": result.profile,
            "message": message,
            "expected": said(&result.expected),
            "actual": said(&result.actual),
        }),
    }
}

fn location(view: &View<'_>, result: &CaseResult) -> Value {
    let spot = result.findings.first().and_then(|found| found.spot);
    if let Some(document) = &view.report.document {
        let region = spot.map(|spot| json!({ "startLine": spot.line, "startColumn": spot.column }));
        let mut physical = json!({ "artifactLocation": { "uri": relative(&document.file) } });
        physical["region"] = region.unwrap_or_else(|| json!({ "startLine": 1 }));
        return json!({ "physicalLocation": physical });
    }
    let url = &view.report.target.url;
    let bare = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": relative(bare) },
            "region": { "startLine": 1 },
        },
        "logicalLocations": [{ "fullyQualifiedName": escape::line(url), "kind": "resource" }],
    })
}

/// A relative reference, whatever the text is (RFC 3986 §4.2).
fn relative(path: &str) -> String {
    let path = path.trim_start_matches(['/', '.']);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encoded = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let text: String = path.bytes().map(encoded).collect();
    if text.is_empty() { "target".to_owned() } else { text }
}

/// What stays the same from run to run: the case, and the target without the port that a loopback server was given.
fn fingerprint(view: &View<'_>, result: &CaseResult) -> String {
    let url = &view.report.target.url;
    let target = match Uri::parse(url) {
        Ok(uri) if uri.is_loopback() => "loopback".to_owned(),
        _ => escape::line(url).into_owned(),
    };
    format!("{} {} {target}", result.case, result.profile)
}

/// The run itself: whether it could look, and at what it could not.
fn invocation(view: &View<'_>) -> Value {
    let notifications: Vec<Value> = view
        .causes()
        .into_iter()
        .map(|(cause, results)| {
            let cases = words::count(results.len(), "case was", "cases were");
            let text = format!("{cases} not tested: {}", escape::line(&cause));
            let ids: Vec<&str> = results.iter().map(|result| result.case.as_str()).collect();
            json!({ "level": "note", "message": { "text": text }, "properties": { "cases": ids } })
        })
        .collect();
    json!({ "executionSuccessful": true, "toolExecutionNotifications": notifications })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
