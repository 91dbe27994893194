//! The first and the last thing a reader looks at: what was tested, and what it comes to.

use super::paper::Ink;
use super::{Paper, View, count};
use crate::model::requirement::Role;
use crate::model::verdict::{Outcome, Verdict};

const INSECURE: &str =
    "certificates were not verified (--insecure): anybody may have answered in the target's place";

/// Target, profile, outcome and why.
pub(super) fn write(paper: &mut Paper, view: &View<'_>) {
    let report = view.report;
    let what = match (&report.document, report.target.role) {
        (Some(document), _) => document.title.as_str(),
        (None, Role::Server) => "MCP server",
        (None, Role::AuthorizationServer) => "authorization server",
        (None, Role::Client) => "client",
    };
    paper.labelled(0, "target", &format!("{} ({what})", report.target.url), Ink::Strong);
    if let Some(url) = report.document.as_ref().and_then(|document| document.url.as_ref()) {
        paper.labelled(0, "served at", url, Ink::Plain);
    }
    let profile = match report.profile.as_str() {
        "all" => format!("all revisions: {}", view.chosen.join(", ")),
        name => match view.corpus.profiles.get(name) {
            Some(profile) if profile.value.title.contains(name) => profile.value.title.clone(),
            Some(profile) => format!("{name}: {}", profile.value.title),
            None => name.to_owned(),
        },
    };
    paper.labelled(0, "profile", &profile, Ink::Plain);
    let (words, ink) = outcome(view);
    paper.labelled(0, "outcome", &words, ink);
    if let Some(reason) = &report.reason {
        paper.labelled(0, "because", reason, Ink::Plain);
    }
    if report.insecure {
        paper.labelled(0, "INSECURE", INSECURE, Ink::Bad);
    }
    if report.outcome == Outcome::NotProtected {
        paper.labelled(
            0,
            "hint",
            "if it is meant to be public, --allow-public makes this a pass",
            Ink::Plain,
        );
    }
}

fn outcome(view: &View<'_>) -> (String, Ink) {
    let words = self::words(view.report.outcome);
    let ink = ink(view.report.outcome);
    let counted = |verdict| view.with(verdict).iter().filter(|result| view.scores(result)).count();
    let warnings = match counted(Verdict::Warn) {
        0 => String::new(),
        number => count(number, "warning", "warnings"),
    };
    let detail = match view.report.outcome {
        Outcome::DoesNotConform => {
            let broken = count(counted(Verdict::Fail), "broken requirement", "broken requirements");
            if warnings.is_empty() { broken } else { format!("{broken}, {warnings}") }
        }
        Outcome::Conforms if view.report.document.is_some() => match warnings.is_empty() {
            true => "nothing is wrong with what the file shows".to_owned(),
            false => format!("no requirement is broken, {warnings}"),
        },
        Outcome::Conforms => match (warnings.is_empty(), unasked(view)) {
            (true, 0) => "every requirement that was tested is kept".to_owned(),
            (false, 0) => format!("no requirement is broken, {warnings}"),
            (true, cases) => {
                format!("every requirement that was tested is kept; {} not", were(cases))
            }
            (false, cases) => format!("no requirement is broken, {warnings}; {} not tested", were(cases)),
        },
        Outcome::NotProtected => "the server asks nobody for a token".to_owned(),
        Outcome::Inconclusive => "what decides could not be tested".to_owned(),
    };
    (format!("{words}: {detail}"), ink)
}

/// How many cases that decide take an option which was not given.
fn unasked(view: &View<'_>) -> usize {
    let untested = view.with(Verdict::Untested);
    untested.iter().filter(|result| result.options.is_some() && view.scores(result)).count()
}

fn were(cases: usize) -> String {
    let were = if cases == 1 { "was" } else { "were" };
    format!("{} {were}", count(cases, "required case", "required cases"))
}

/// An outcome as a reader would say it.
pub(super) fn words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Conforms => "conforms",
        Outcome::NotProtected => "not protected",
        Outcome::Inconclusive => "inconclusive",
        Outcome::DoesNotConform => "does not conform",
    }
}

/// An outcome's colour: only one is green.
pub(super) fn ink(outcome: Outcome) -> Ink {
    match outcome {
        Outcome::Conforms => Ink::Good,
        Outcome::NotProtected | Outcome::Inconclusive => Ink::Doubtful,
        Outcome::DoesNotConform => Ink::Bad,
    }
}

/// The last line.
pub(super) fn write_summary(paper: &mut Paper, view: &View<'_>) {
    let mut parts = Vec::new();
    for (verdict, words) in [
        (Verdict::Fail, "failed"),
        (Verdict::Warn, "warned"),
        (Verdict::Error, "went wrong here"),
        (Verdict::Info, "noted"),
        (Verdict::Pass, "passed"),
        (Verdict::Untested, "not tested"),
        (Verdict::NotApplicable, "not applicable"),
    ] {
        match view.with(verdict).len() {
            0 => {}
            number => parts.push(format!("{number} {words}")),
        }
    }
    let cases = count(view.results.len(), "case", "cases");
    let requests = count(view.report.exchanges.len(), "request", "requests");
    let (parts, colon) = (parts.join(", "), if parts.is_empty() { "" } else { ": " });
    let sent = match view.report.document {
        Some(_) => String::new(),
        None => format!("; {requests} sent"),
    };
    paper.blank();
    paper.hang(0, ("", Ink::Plain), 0, &format!("{cases}{colon}{parts}{sent}"), Ink::Strong);
}
