//! JUnit XML, for the test view of a CI system: one test case a case, one suite an area.
//!
//! ```xml
//! <testcase name="server/challenge/answers-401" classname="Challenge">
//!   <failure message="the status is 403" type="MUST">…</failure>
//! </testcase>
//! ```
//!
//! A warning or a note is a test that passed, with what was found in its output: JUnit knows nothing between right and wrong.
//! What was not tested, does not apply, or is expected to fail is skipped, with the reason.

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

use super::human::{self, Style};
use super::view::{View, area_title};
use super::{CaseResult, Report, escape, words};
use crate::model::corpus::Corpus;
use crate::model::verdict::Verdict;

/// Columns of the text in a test case.
const WIDTH: usize = 100;

/// The report as XML.
///
/// # Errors
/// When the document cannot be written, which is a bug.
pub fn render(report: &Report, corpus: &Corpus) -> Result<String, quick_junit::SerializeError> {
    let view = View::new(report, corpus);
    let mut document = Document::new("mcp-conform");
    let mut suites: Vec<TestSuite> = Vec::new();
    for result in &view.results {
        let name = area_title(Corpus::role_of(&result.case), super::view::area(&result.case));
        if suites.last().is_none_or(|suite| suite.name.as_str() != name) {
            let mut suite = TestSuite::new(name.clone());
            suite.add_property(("target", shown(&report.target.url).as_str()));
            suite.add_property(("profile", report.profile.as_str()));
            suite.add_property(("outcome", shown(&words::concluded(&view)).as_str()));
            for note in words::notes(&view) {
                suite.add_property(("note", shown(&note).as_str()));
            }
            suites.push(suite);
        }
        if let Some(suite) = suites.last_mut() {
            suite.add_test_case(test_case(report, corpus, result, &name));
        }
    }
    document.add_test_suites(suites);
    Ok(document.to_string()? + "\n")
}

fn test_case(report: &Report, corpus: &Corpus, result: &CaseResult, area: &str) -> TestCase {
    let verdict = result.verdict();
    let message = shown(result.message.as_deref().unwrap_or_default());
    let known = words::expected(result);
    let mut status = match verdict {
        Verdict::Fail if known.is_some() => TestCaseStatus::skipped(),
        Verdict::Pass | Verdict::Warn | Verdict::Info => TestCaseStatus::success(),
        Verdict::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::Untested | Verdict::NotApplicable => TestCaseStatus::skipped(),
    };
    match verdict {
        Verdict::Fail | Verdict::Error => {
            status.set_message(match &known {
                Some(known) => format!("{message} (expected: {})", shown(known)),
                None => message.clone(),
            });
        }
        Verdict::Untested | Verdict::NotApplicable => {
            let reason = words::reason(result).unwrap_or_default();
            status.set_message(format!("{}: {}", verdict.word(), shown(&reason)));
        }
        Verdict::Pass | Verdict::Warn | Verdict::Info => {}
    }
    let text = human::finding(report, corpus, &result.case, &Style { width: WIDTH, ..Style::default() });
    if verdict == Verdict::Fail && known.is_none() {
        let level = result.level.get(&result.profile).map_or("", |level| level.word());
        status.set_type(level);
        status.set_description(text.clone().unwrap_or_default());
    }
    let mut case = TestCase::new(result.case.clone(), status);
    case.set_classname(area.to_owned());
    case.add_property(("verdict", verdict.word()));
    case.add_property(("title", shown(&result.title).as_str()));
    if matches!(verdict, Verdict::Warn | Verdict::Info) {
        case.add_property(("message", message.as_str()));
        case.set_system_out(text.unwrap_or_default());
    }
    case
}

fn shown(text: &str) -> String {
    escape::line(text).into_owned()
}
