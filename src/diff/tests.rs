use super::compare::direction;
use super::side::{ReadError, Side, Unjudged};
use super::*;
use crate::load;
use crate::report::Choice;
use crate::report::human::Style;

const CASE: &str = "server/challenge/present";
const OTHER: &str = "server/challenge/names-scope";

/// A report with these cases: id, verdict under 2026-07-28, and the members that stand beside it.
fn report(url: &str, cases: &[(&str, &str, &str)]) -> Side {
    let results: Vec<String> = cases
        .iter()
        .map(|(case, verdict, members)| {
            let members = if members.is_empty() { r#""findings":[]"# } else { members };
            format!(
                r#"{{"case":"{case}","title":"It is so","verdicts":{{"2026-07-28":"{verdict}","2025-03-26":"pass"}},
                    "profile":"2026-07-28","exchanges":[],"of-a-later-version":1,{members}}}"#
            )
        })
        .collect();
    let text = format!(
        r#"{{"format":1,"tool":{{"name":"mcp-conform","version":"0.1.0"}},"target":{{"role":"server","url":"{url}"}},
            "profile":"2026-07-28","outcomes":{{"2026-07-28":"inconclusive"}},"results":[{}],"exchanges":[]}}"#,
        results.join(",")
    );
    let side = Unjudged::parse("a.json", &text).unwrap();
    side.judged(&load::embedded().unwrap(), &choice()).unwrap()
}

fn choice() -> Choice {
    Choice::One("2026-07-28".to_owned())
}

fn compared(before: &[(&str, &str, &str)], after: &[(&str, &str, &str)]) -> Comparison {
    let (before, after) = (report("https://a.example/mcp", before), report("https://b.example/mcp", after));
    compare(&load::embedded().unwrap(), &choice(), &before, &after)
}

fn directions(comparison: &Comparison) -> Vec<(&str, Direction)> {
    comparison.changes.iter().map(|change| (change.case.as_str(), change.direction)).collect()
}

fn found(message: &str) -> String {
    format!(r#""message":{0},"findings":[{{"finding":{{"message":{0}}}}}]"#, Value::from(message))
}

use serde_json::Value;

#[test]
fn every_turn_of_a_verdict_has_its_direction() {
    use Direction::{Better, Other, Unseen, Worse};
    use Verdict::{Error, Fail, Info, NotApplicable, Pass, Untested, Warn};
    for (before, after, expected) in [
        (Pass, Fail, Worse),
        (Pass, Warn, Worse),
        (Warn, Fail, Worse),
        (Info, Fail, Worse),
        (NotApplicable, Fail, Worse),
        (Untested, Fail, Worse),
        (Untested, Warn, Worse),
        (Pass, Untested, Worse),
        (Pass, Error, Worse),
        (Fail, Untested, Unseen),
        (Warn, Untested, Unseen),
        (Info, Untested, Unseen),
        (NotApplicable, Untested, Unseen),
        (Fail, Pass, Better),
        (Fail, Warn, Better),
        (Warn, Info, Better),
        (Fail, NotApplicable, Better),
        (Untested, Pass, Better),
        (Pass, Info, Other),
        (Pass, NotApplicable, Other),
        (NotApplicable, Pass, Other),
        (Untested, NotApplicable, Other),
    ] {
        let change = Change { before, after };
        assert_eq!(direction(&change, &Facts::default()), expected, "{before:?} → {after:?}");
    }
    let unasked = Facts { options: Some("--login".to_owned()), ..Facts::default() };
    assert_eq!(direction(&Change { before: Pass, after: Untested }, &unasked), Unseen);
}

#[test]
fn one_cause_is_one_thing_that_became_worse() {
    let follows = format!(r#""because":"{CASE}","findings":[]"#);
    let comparison = compared(
        &[(CASE, "pass", ""), (OTHER, "pass", "")],
        &[(CASE, "fail", &found("it is not there")), (OTHER, "untested", &follows)],
    );
    assert_eq!(directions(&comparison), [(CASE, Direction::Worse), (OTHER, Direction::Unseen)]);
    // Where the cause was there before, the case is worse by itself.
    let cause = (CASE, "fail", &*found("it is not there"));
    let comparison = compared(&[cause, (OTHER, "pass", "")], &[cause, (OTHER, "untested", &follows)]);
    assert_eq!(directions(&comparison), [(OTHER, Direction::Worse)]);
    assert!(comparison.worse);
}

#[test]
fn hosts_and_chance_are_no_facts_and_all_else_is() {
    let said = |message: &str| found(message);
    let before = said("https://a.example/mcp answers 404 since Tue, 24 Nov 2026 00:00:01 GMT");
    let same = said("https://b.example/mcp answers 404 since Wed, 25 Nov 2026 06:54:34 GMT");
    let comparison = compared(&[(CASE, "fail", &before)], &[(CASE, "fail", &same)]);
    assert_eq!(directions(&comparison), []);
    let host = Change { before: "https://a.example".to_owned(), after: "https://b.example".to_owned() };
    assert_eq!(comparison.hosts, [host]);
    let other = said("https://b.example/mcp answers 500 since Wed, 25 Nov 2026 06:54:34 GMT");
    let comparison = compared(&[(CASE, "fail", &before)], &[(CASE, "fail", &other)]);
    assert_eq!(directions(&comparison), [(CASE, Direction::Other)]);
    assert!(!comparison.worse);
}

#[test]
fn cases_come_and_go_and_decide_nothing() {
    let comparison = compared(&[(CASE, "pass", "")], &[(OTHER, "fail", &found("no scope"))]);
    assert_eq!(comparison.vanished.iter().map(|only| only.case.as_str()).collect::<Vec<_>>(), [CASE]);
    assert_eq!(comparison.appeared.iter().map(|only| only.case.as_str()).collect::<Vec<_>>(), [OTHER]);
    assert!(!comparison.worse);
}

#[test]
fn an_outcome_that_fell_is_worse_by_itself() {
    let before = report("https://h/mcp", &[]);
    let mut after = before.clone();
    let corpus = load::embedded().unwrap();
    let worse = |before: &Side, after: &Side| compare(&corpus, &choice(), before, after).worse;
    assert!(!worse(&before, &after));
    after.outcomes.insert("2026-07-28".to_owned(), Outcome::DoesNotConform);
    assert!(worse(&before, &after));
    assert!(!worse(&after, &before));
}

#[test]
fn another_profile_does_not_decide() {
    let before = report("https://h/mcp", &[(CASE, "pass", "")]);
    let after = report("https://h/mcp", &[(CASE, "fail", &found("it is not there"))]);
    let corpus = load::embedded().unwrap();
    let comparison = compare(&corpus, &Choice::One("2025-03-26".to_owned()), &before, &after);
    assert_eq!(directions(&comparison), [(CASE, Direction::Elsewhere)]);
    assert!(!comparison.worse);
}

#[test]
fn what_strangers_say_is_shown_and_not_obeyed() {
    let hostile = found("\u{1b}[2J<script> @you [x](https://evil.example)");
    let comparison = compared(&[(CASE, "pass", "")], &[(CASE, "fail", &hostile)]);
    let human = human::render(&comparison, &Style::default());
    assert!(!human.contains('\u{1b}') && human.contains("\\u{1b}[2J"), "{human}");
    let markdown = markdown::render(&comparison);
    assert!(!markdown.contains('\u{1b}') && !markdown.contains("<script>"), "{markdown}");
    assert!(!markdown.contains("](https://evil") && !markdown.contains("@you"), "{markdown}");
}

#[test]
fn only_recordings_and_reports_are_read() {
    for (text, says) in [
        ("", "is neither a recording nor a JSON report"),
        (r#"{"probes": [1"#, "it is cut off"),
        ("[]", "no `probes` and no `results`"),
        (r#"{"probes": []}"#, "is not a recording that this version reads: missing field `format`"),
        (r#"{"results": []}"#, "is not a report that this version reads: missing field `format`"),
    ] {
        let error: ReadError = Unjudged::parse("a.json", text).unwrap_err();
        assert!(error.to_string().starts_with("a.json ") && error.to_string().contains(says), "{error}");
    }
}
