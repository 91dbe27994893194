//! Markdown, for an issue or a pull request, and in short for the summary of a job.
//!
//! ```text
//! ## mcp-conform: does not conform: 1 broken requirement
//! …
//! ### ✗ fail: A 401 carries a challenge
//! ```
//!
//! What strangers sent stands in code spans and blocks, or is escaped: it starts no heading, link, mention or HTML.

use std::fmt::Write;

use super::human::curl;
use super::view::View;
use super::{CaseResult, Report, escape, words};
use crate::model::corpus::Corpus;
use crate::model::exchange::Exchange;
use crate::model::verdict::{Outcome, Verdict};

/// Columns of a curl line.
const WIDTH: usize = 100;

/// Characters of a body that are shown.
const BODY: usize = 2000;

/// Characters that an issue or a comment holds on GitHub, which refuses a longer one as a whole.
const ROOM: usize = 65_536;

/// Characters for the sentences that say what had no room.
const NOTES: usize = 300;

/// The report with every finding, how to repeat it and what was answered, as far as an issue has room.
pub fn render(report: &Report, corpus: &Corpus) -> String {
    let view = View::new(report, corpus);
    let (mut text, mut end) = (head(&view), String::new());
    rest(&mut end, &view);
    // As long as it becomes where a CI system would obey it.
    let length = |text: &str| escape::in_log(text, escape::PLAIN).chars().count();
    let mut room = ROOM.saturating_sub(length(&text) + length(&end) + NOTES);
    let (mut without, mut left_out) = (0, 0);
    for (title, results) in view.areas() {
        for result in results {
            let (found, exchange) = (finding(&view, &title, result), exchange(&view, result));
            let parts: &[&str] = if length(&found) + length(&exchange) <= room {
                &[&found, &exchange]
            } else if length(&found) <= room {
                without += 1;
                &[&found]
            } else {
                left_out += 1;
                &[]
            };
            room -= parts.iter().map(|part| length(part)).sum::<usize>();
            text.extend(parts.iter().copied());
        }
    }
    for (number, how) in [(without, "Without request and answer"), (left_out, "Left out")] {
        if number > 0 {
            let findings = words::count(number, "finding", "findings");
            let _ = writeln!(text, "\n{how}: {findings}, as an issue holds {ROOM} characters");
        }
    }
    text + &end
}

/// The same in short: a line for each finding.
pub fn job_summary(report: &Report, corpus: &Corpus) -> String {
    let view = View::new(report, corpus);
    let mut text = head(&view);
    let areas = view.areas();
    if !areas.is_empty() {
        text.push_str("\n| verdict | case | found | clause |\n|---|---|---|---|\n");
    }
    for result in areas.into_iter().flat_map(|(_, results)| results) {
        let clause = view.clause(result).map_or(String::new(), |cited| link(&cited.source, &cited.url));
        let known = words::expected(result).map_or(String::new(), |known| format!(" (expected: {known})"));
        let message = escape::markdown(&format!("{}{known}", result.message.as_deref().unwrap_or_default()));
        let (verdict, case) = (result.verdict(), code(&result.case));
        // Writing to a String does not fail.
        let _ = writeln!(text, "| {} {} | {case} | {message} | {clause} |", mark(verdict), verdict.word());
    }
    rest(&mut text, &view);
    text
}

fn head(view: &View<'_>) -> String {
    let mut text = format!("## mcp-conform: {}\n\n", escape::markdown(&words::outcome(view)));
    let _ = writeln!(text, "- target: {}", code(&words::target(view)));
    let _ = writeln!(text, "- profile: {}", escape::markdown(&words::profile(view)));
    if let Some(reason) = &view.report.reason {
        let _ = writeln!(text, "- because: {}", escape::markdown(reason));
    }
    for note in words::notes(view) {
        let _ = writeln!(text, "- **{}**", escape::markdown(&note));
    }
    text.push_str("\n| profile | pass | fail | warn | info | untested | not applicable | outcome |\n");
    text.push_str("|---|--:|--:|--:|--:|--:|--:|---|\n");
    for profile in view.profiles() {
        let number = |verdict| view.number(profile, verdict);
        let outcome = view.report.outcomes.get(profile).copied().unwrap_or(Outcome::Inconclusive);
        let name = if view.chosen.iter().any(|one| one == profile) {
            format!("**{profile}**")
        } else {
            profile.to_owned()
        };
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} | {} | {} |",
            number(Verdict::Pass),
            number(Verdict::Fail),
            number(Verdict::Warn),
            number(Verdict::Info),
            number(Verdict::Untested),
            number(Verdict::NotApplicable),
            words::of_outcome(outcome),
        );
    }
    text
}

fn finding(view: &View<'_>, area: &str, result: &CaseResult) -> String {
    let mut text = String::new();
    let verdict = result.verdict();
    let title = escape::markdown(&result.title);
    let _ = writeln!(text, "\n### {} {}: {title}\n", mark(verdict), verdict.word());
    let _ = writeln!(text, "{} · {}\n", code(&result.case), escape::markdown(area));
    for located in &result.findings {
        let found = &located.finding;
        let _ = writeln!(text, "- found: {}", escape::markdown(&found.message));
        if let Some(item) = &located.item {
            let _ = writeln!(text, "  - of: {}", code(&item.value));
        }
        if let Some(expected) = &found.expected {
            let _ = writeln!(text, "  - expected: {}", code(expected));
        }
        if let Some(actual) = &found.actual {
            let _ = writeln!(text, "  - actual: {}", code(actual));
        }
    }
    if result.findings.is_empty() {
        let _ =
            writeln!(text, "- found: {}", escape::markdown(result.message.as_deref().unwrap_or_default()));
    }
    if let Some(cited) = view.clause(result) {
        let level = result.level.get(&result.profile).map_or("", |level| level.word());
        let _ = writeln!(text, "- {level}: {} ({})", link(&cited.source, &cited.url), code(&cited.id));
    }
    for diagnosis in &result.diagnoses {
        let (title, says) = (escape::markdown(&diagnosis.title), escape::markdown(&diagnosis.says));
        let _ = writeln!(text, "- likely: {title}. {says}");
    }
    if let Some(known) = words::expected(result) {
        let _ = writeln!(text, "- expected: {}", escape::markdown(&known));
    }
    if let Some(fix) = &result.fix {
        let _ = writeln!(text, "- fix: {}", escape::markdown(&one_line(fix)));
    }
    text
}

/// What was sent and answered, where a server was asked.
fn exchange(view: &View<'_>, result: &CaseResult) -> String {
    let id = result.exchanges.first().filter(|_| view.report.document.is_none());
    let Some(exchange) = id.and_then(|id| view.exchange(*id)) else { return String::new() };
    let lines = curl(&exchange.request, view.report.insecure, WIDTH).join("\n");
    let (sent, answered) = (block("console", &lines), block("http", &answer(exchange)));
    format!("\n<details><summary>The request and its answer</summary>\n\n{sent}{answered}\n</details>\n")
}

/// The answer as it would be read off the wire.
fn answer(exchange: &Exchange) -> String {
    let Some(response) = exchange.response() else { return "no answer came".to_owned() };
    let mut text = format!("HTTP/1.1 {}\n", response.status);
    for (name, value) in &response.headers {
        let _ = writeln!(text, "{}: {}", escape::line(name), escape::line(value));
    }
    let body = String::from_utf8_lossy(&response.body.bytes()).into_owned();
    if !body.is_empty() {
        let lines = body.lines().map(escape::line).collect::<Vec<_>>().join("\n");
        let shown: String = lines.chars().take(BODY).collect();
        let more = if lines.chars().count() > BODY { "\n…" } else { "" };
        let _ = write!(text, "\n{shown}{more}");
    }
    text
}

/// What was not tested and why, and the counts.
fn rest(text: &mut String, view: &View<'_>) {
    let causes = view.causes();
    if !causes.is_empty() {
        text.push_str("\n### Not tested\n\n");
    }
    for (cause, results) in causes {
        let cases = words::count(results.len(), "case", "cases");
        let _ = writeln!(text, "- {cases}: {}", escape::markdown(&cause));
    }
    let _ = writeln!(text, "\n{}", escape::markdown(&words::summary(view)));
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fail => "❌",
        Verdict::Warn => "⚠️",
        Verdict::Error => "❓",
        _ => "ℹ️",
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn link(text: &str, url: &str) -> String {
    format!("[{}](<{}>)", escape::markdown(text), url.replace(['<', '>', ' ', '\n'], ""))
}

/// A code span, in which a run of backticks ends nothing.
pub(crate) fn code(text: &str) -> String {
    let text = escape::line(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    let room = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{room}{text}{room}{fence}")
}

/// A code block, in which no line of backticks ends it.
fn block(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}\n")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}
