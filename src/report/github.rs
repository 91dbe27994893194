//! Annotations of GitHub Actions: a workflow command for each finding, on standard output of a step.
//!
//! ```text
//! ::error title=fail%3A A 401 carries a challenge::there is no WWW-Authenticate header (server/challenge/present, RFC 9110 …)
//! ::notice title=mcp-conform%3A https%3A//api.example/mcp::does not conform%3A 1 broken requirement
//! ```
//!
//! What was not tested, or is right, is no annotation: GitHub shows ten of a kind for a step. The last one is the outcome.

use super::view::View;
use super::{CaseResult, Report, escape, words};
use crate::model::corpus::Corpus;
use crate::model::verdict::{Outcome, Verdict};

/// The report as workflow commands.
pub fn render(report: &Report, corpus: &Corpus) -> String {
    let view = View::new(report, corpus);
    let mut findings: Vec<&CaseResult> = view.results.clone();
    findings.retain(|result| result.verdict().is_finding() || result.verdict() == Verdict::Error);
    findings.sort_by_key(|result| result.verdict());
    let mut text: String = findings.into_iter().map(|result| annotation(&view, result)).collect();
    let command = match report.outcome {
        Outcome::Conforms => "notice",
        Outcome::NotProtected | Outcome::Inconclusive => "warning",
        Outcome::DoesNotConform => "error",
    };
    let title = format!("mcp-conform: {}", report.target.url);
    for note in words::notes(&view) {
        text.push_str(&line("warning", &[("title", &title)], &escape::line(&note)));
    }
    let said = words::concluded(&view);
    text.push_str(&line(command, &[("title", &title)], &escape::line(&said)));
    text
}

fn annotation(view: &View<'_>, result: &CaseResult) -> String {
    let verdict = result.verdict();
    let command = match verdict {
        Verdict::Fail if result.expected_failure.is_some() => "notice",
        Verdict::Fail | Verdict::Error => "error",
        Verdict::Warn => "warning",
        _ => "notice",
    };
    let title = format!("{}: {}", verdict.word(), result.title);
    let clause =
        view.clause(result).map_or(String::new(), |cited| format!(", {} {}", cited.source, cited.url));
    let fix = result.fix.as_deref().map_or(String::new(), |fix| format!("\nfix: {}", one_line(fix)));
    let message = result.message.as_deref().unwrap_or_default();
    let known = words::expected(result)
        .map_or(String::new(), |known| format!("\nexpected: {}", escape::line(&known)));
    let says = format!("{} ({}{clause}){known}{fix}", escape::line(message), result.case);
    let spot = result.findings.first().and_then(|found| found.spot);
    match view.report.document.as_ref().zip(spot) {
        Some((document, spot)) => {
            let (row, column) = (spot.line.to_string(), spot.column.to_string());
            let place =
                [("file", document.file.as_str()), ("line", &row), ("col", &column), ("title", &title)];
            line(command, &place, &says)
        }
        None => line(command, &[("title", &title)], &says),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One workflow command, in which nothing of a value ends it or begins another.
fn line(command: &str, properties: &[(&str, &str)], message: &str) -> String {
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    format!("::{command} {}::{}\n", properties.join(","), data(message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(&escape::line(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_value_ends_a_command() {
        assert_eq!(
            line("error", &[("title", "a:b,c\n::stop-commands::x"), ("line", "1")], "50 %\r\n::add-mask::y"),
            "::error title=a%3Ab%2Cc\\n%3A%3Astop-commands%3A%3Ax,line=1::50 %25%0D%0A::add-mask::y\n"
        );
    }
}
