//! What every format says in the same words: what was tested, what it comes to, why a case is not decided.

use super::view::View;
use super::{CaseResult, Report};
use crate::model::requirement::Role;
use crate::model::verdict::{Outcome, Verdict};

/// For a run that verified no certificate.
pub(crate) const INSECURE: &str =
    "certificates were not verified (--insecure): anybody may have answered in the target's place";

/// For a run that somebody stopped.
pub(crate) const INTERRUPTED: &str =
    "the run was stopped before it was over: what was not sent until then is not tested";

/// What was tested.
pub(crate) fn target(view: &View<'_>) -> String {
    let report = view.report;
    let what = match (&report.document, report.target.role) {
        (Some(document), _) => document.title.as_str(),
        (None, Role::Server) => "MCP server",
        (None, Role::AuthorizationServer) => "authorization server",
        (None, Role::Client) => "client",
    };
    format!("{} ({what})", report.target.url)
}

/// What it was tested against.
pub(crate) fn profile(view: &View<'_>) -> String {
    let report = view.report;
    match report.profile.as_str() {
        "all" => format!("all revisions: {}", view.chosen.join(", ")),
        name => match view.corpus.profiles.get(name) {
            Some(profile) if profile.value.title.contains(name) => profile.value.title.clone(),
            Some(profile) => format!("{name}: {}", profile.value.title),
            None => name.to_owned(),
        },
    }
}

/// What a run comes to, in one line.
pub(crate) fn outcome(view: &View<'_>) -> String {
    let words = of_outcome(view.report.outcome);
    let counted = |verdict| view.with(verdict).iter().filter(|result| view.scores(result)).count();
    let warnings = match counted(Verdict::Warn) {
        0 => String::new(),
        number => count(number, "warning", "warnings"),
    };
    let detail = match view.report.outcome {
        Outcome::DoesNotConform => {
            let number = counted(Verdict::Fail);
            let known =
                view.with(Verdict::Fail).iter().filter(|result| result.expected_failure.is_some()).count();
            let expected = match known {
                0 => String::new(),
                known if known == number => ", expected".to_owned(),
                known => format!(", {known} of them expected"),
            };
            let broken = format!("{}{expected}", count(number, "broken requirement", "broken requirements"));
            if warnings.is_empty() { broken } else { format!("{broken}, {warnings}") }
        }
        Outcome::Conforms if view.report.document.is_some() => match warnings.is_empty() {
            true => "nothing is wrong with what the file shows".to_owned(),
            false => format!("no requirement is broken, {warnings}"),
        },
        Outcome::Conforms => {
            let kept = match warnings.is_empty() {
                true => "every requirement that was tested is kept".to_owned(),
                false => format!("no requirement is broken, {warnings}"),
            };
            match unasked(view) {
                0 => kept,
                cases => format!("{kept}; {} not tested", were(cases)),
            }
        }
        Outcome::NotProtected => "the server asks nobody for a token".to_owned(),
        Outcome::Inconclusive => "what decides could not be tested".to_owned(),
    };
    format!("{words}: {detail}")
}

/// What a run comes to, and why where that is neither right nor wrong.
pub(crate) fn concluded(view: &View<'_>) -> String {
    match &view.report.reason {
        Some(reason) => format!("{}: {reason}", outcome(view)),
        None => outcome(view),
    }
}

/// What a reader has to know of the run itself.
pub(crate) fn notes(view: &View<'_>) -> Vec<String> {
    let report = view.report;
    let mut notes = Vec::new();
    if report.interrupted {
        notes.push(INTERRUPTED.to_owned());
    }
    if report.insecure {
        notes.push(INSECURE.to_owned());
    }
    if let Some(stopped) = &report.stopped {
        let (step, why) = (&stopped.step, &stopped.why);
        notes.push(format!("the login stopped at {step}: {why} ({}, {})", stopped.source, stopped.url));
    }
    if let Some((clients, where_they_are)) = left(report) {
        notes.push(format!("{clients} {where_they_are}"));
    }
    notes
}

/// How many clients stay where the run registered them, and which.
pub(crate) fn left(report: &Report) -> Option<(String, String)> {
    let clients = count(report.left.len(), "client", "clients");
    let text = "registered for this run and still there, as the authorization server removes none";
    (!report.left.is_empty()).then(|| (clients, format!("{text}: {}", report.left.join(", "))))
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
pub(crate) fn of_outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Conforms => "conforms",
        Outcome::NotProtected => "not protected",
        Outcome::Inconclusive => "inconclusive",
        Outcome::DoesNotConform => "does not conform",
    }
}

/// What a file of expected failures says of a finding.
pub(crate) fn expected(result: &CaseResult) -> Option<String> {
    let expected = result.expected_failure.as_ref()?;
    let until = expected.until.as_ref().map_or(String::new(), |until| format!(", until {until}"));
    Some(format!("{}{until}", expected.reason))
}

/// How many cases there are, by verdict, and how many requests.
pub(crate) fn summary(view: &View<'_>) -> String {
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
    format!("{cases}{colon}{parts}{sent}")
}

/// Why a case is untested, not applicable or went wrong; nothing where it was looked at.
pub(crate) fn reason(result: &CaseResult) -> Option<String> {
    let why = || result.message.clone().unwrap_or_else(|| "no reason is known".to_owned());
    match result.verdict() {
        Verdict::Untested => Some(match &result.because {
            Some(root) => because(root),
            None => remedied(&why(), result.options.as_deref()),
        }),
        Verdict::NotApplicable | Verdict::Error => Some(why()),
        Verdict::Fail | Verdict::Warn | Verdict::Info | Verdict::Pass => None,
    }
}

/// Why a case is untested that rests on what another one found.
pub(crate) fn because(root: &str) -> String {
    format!("because of {root}")
}

/// Why a case is untested, and with which options it would not be.
pub(crate) fn remedied(why: &str, options: Option<&str>) -> String {
    options.map_or_else(|| why.to_owned(), |options| format!("{why}: {options} would change that"))
}

/// `1 case`, `2 cases`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
