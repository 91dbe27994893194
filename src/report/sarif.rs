//! SARIF 2.1.0, for code scanning: a rule for each case that found something, and a result for each of them.
//!
//! ```json
//! { "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "mcp-conform", "rules": [] } }, "results": [] }] }
//! ```
//!
//! Of a running server there is no file. Code scanning wants one all the same, relative to the repository and the same in
//! every run, so that the place is the target's URL without its scheme (and on loopback without its port), and the logical
//! location is the URL itself. What was not tested is told as a notification of the run, and what is right is no result.

use aws_lc_rs::digest::{SHA256, digest};
use serde::Serialize;
use serde_json::{Value, json};

use super::view::{View, area};
use super::{CaseResult, Report, escape, words};
use crate::explain;
use crate::model::corpus::Corpus;
use crate::model::verdict::Verdict;
use crate::parse::url::{Parts, is_loopback};

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
            "outcome": words::concluded(&view),
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
        "help": { "text": help, "markdown": explain::markdown(view.corpus, &result.case).unwrap_or_default() },
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
        message: text(&format!("{message}{fix}")),
        locations: [location(view, result)],
        partial_fingerprints: fingerprints(view, result),
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

/// A message in which nothing becomes a link: `[text](target)` would (SARIF 2.1.0 §3.11.6).
fn text(said: &str) -> Value {
    json!({ "text": said.replace("](", "]\\u{28}") })
}

fn location(view: &View<'_>, result: &CaseResult) -> Value {
    if let Some(document) = &view.report.document {
        let spot = result.findings.first().and_then(|found| found.spot);
        let (line, column) = spot.map_or((1, 1), |spot| (spot.line, spot.column));
        return json!({ "physicalLocation": physical(&file(&document.file), line, column) });
    }
    json!({
        "physicalLocation": physical(&encoded(&place(view)), 1, 1),
        "logicalLocations": [{ "fullyQualifiedName": escape::line(&view.report.target.url), "kind": "resource" }],
    })
}

/// A point. Code scanning wants all four numbers.
fn physical(uri: &str, line: usize, column: usize) -> Value {
    json!({
        "artifactLocation": { "uri": uri },
        "region": { "startLine": line, "startColumn": column, "endLine": line, "endColumn": column },
    })
}

/// The target as something that is the same in every run: a server on loopback may get another port each time.
fn place(view: &View<'_>) -> String {
    let url = &view.report.target.url;
    let parts = Parts::split(url);
    match (parts.authority, parts.host()) {
        (Some(_), Some(host)) if is_loopback(host) => format!("{host}{}", parts.path),
        (Some(authority), _) => format!("{authority}{}", parts.path),
        (None, _) => url.clone(),
    }
}

/// A file as the user named it: relative to where the program runs, or absolute.
fn file(path: &str) -> String {
    match path.strip_prefix('/') {
        Some(_) => format!("file://{}", percent(path)),
        None => encoded(path.strip_prefix("./").unwrap_or(path)),
    }
}

/// A relative reference, whatever the text is (RFC 3986 §4.2).
fn encoded(path: &str) -> String {
    let text = percent(path.trim_start_matches('/'));
    if text.is_empty() { "target".to_owned() } else { text }
}

fn percent(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// What stays the same from run to run: the case and the target. Code scanning reads `primaryLocationLineHash` alone, and
/// would else make it from a file that is not there.
fn fingerprints(view: &View<'_>, result: &CaseResult) -> Value {
    let what = format!("{} {}", result.case, place(view));
    let hash: String =
        digest(&SHA256, what.as_bytes()).as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    json!({ "primaryLocationLineHash": format!("{hash}:1"), "mcpConform/v1": escape::line(&what) })
}

/// The run itself: whether it was done to its end, what a reader has to know of it, and at what it could not look.
fn invocation(view: &View<'_>) -> Value {
    let errors = view.with(Verdict::Error);
    let mut notifications: Vec<Value> = words::notes(view)
        .iter()
        .map(|note| json!({ "level": "warning", "message": text(&escape::line(note)) }))
        .collect();
    for result in &errors {
        let said = format!("{}: {}", result.case, words::reason(result).unwrap_or_default());
        notifications.push(json!({ "level": "error", "message": text(&escape::line(&said)) }));
    }
    for (cause, results) in view.causes() {
        let cases = words::count(results.len(), "case was", "cases were");
        let said = format!("{cases} not tested: {}", escape::line(&cause));
        let ids: Vec<&str> = results.iter().map(|result| result.case.as_str()).collect();
        notifications
            .push(json!({ "level": "note", "message": text(&said), "properties": { "cases": ids } }));
    }
    let is_whole = errors.is_empty() && !view.report.interrupted;
    json!({ "executionSuccessful": is_whole, "toolExecutionNotifications": notifications })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_as_they_are() {
        assert_eq!(file(".well-known/oauth-protected-resource"), ".well-known/oauth-protected-resource");
        assert_eq!(file("./a b.json"), "a%20b.json");
        assert_eq!(file("../a.json"), "../a.json");
        assert_eq!(file("/tmp/a:b.json"), "file:///tmp/a%3Ab.json");
        assert_eq!(file("<stdin>"), "%3Cstdin%3E");
    }

    #[test]
    fn a_message_holds_no_link() {
        assert_eq!(text("see [a](https://h)")["text"], "see [a]\\u{28}https://h)");
    }
}
