use super::*;
use crate::load;
use crate::model::recording::{Recording, Target, Tool};
use crate::model::requirement::Role;
use crate::report::Choice;
use crate::session;

/// 2026-11-25.
const NOW: u64 = 1_795_564_800;
const FAILS: &str = "server/challenge/answers-401";
const PASSES: &str = "server/challenge/present";

/// A report with one failure and one case that passes.
fn report(corpus: &Corpus) -> Report {
    let recording = Recording {
        format: 1,
        tool: Tool::this(),
        target: Target { role: Role::Server, url: "https://h.example/mcp".to_owned() },
        insecure: false,
        tokens: Vec::new(),
        interrupted: false,
        left: Vec::new(),
        probes: Vec::new(),
        exchanges: Vec::new(),
    };
    let mut report = session::report(corpus, &recording, Some(&Choice::One("2026-07-28".to_owned())));
    for (case, verdict) in [(FAILS, Verdict::Fail), (PASSES, Verdict::Pass)] {
        let result = report.results.iter_mut().find(|result| result.case == case).expect("the case");
        result.verdicts.insert("2026-07-28".to_owned(), verdict);
        result.message = Some("the status is 403".to_owned());
    }
    report
}

fn applied(text: &str) -> (Report, Vec<String>) {
    let corpus = load::embedded().expect("the built-in cases load");
    let baseline = Baseline::parse("known.txt", text, &corpus).expect("a file without mistakes");
    let mut report = report(&corpus);
    let problems = baseline.apply(&mut report, &corpus, NOW);
    (report, problems.iter().map(|problem| problem.message.clone()).collect())
}

fn expected(report: &Report) -> Vec<(&str, &Expected)> {
    let marked = report
        .results
        .iter()
        .filter_map(|result| Some((result.case.as_str(), result.expected_failure.as_ref()?)));
    marked.collect()
}

#[test]
fn what_is_expected_is_marked() {
    let text = format!("# ours\n\n  {FAILS}  until=2026-11-25  # not # yet\n");
    let (report, problems) = applied(&text);
    assert!(problems.is_empty(), "{problems:?}");
    let until = Some("2026-11-25".to_owned());
    assert_eq!(expected(&report), [(FAILS, &Expected { reason: "not # yet".to_owned(), until })]);
    // A line for a profile that is not judged says nothing.
    let (report, problems) = applied(&format!("{FAILS} 2025-06-18 # old\n{PASSES} 2025-06-18 # old\n"));
    assert!(problems.is_empty() && expected(&report).is_empty(), "{problems:?}");
    assert_eq!(expected(&applied(&format!("{FAILS} 2026-07-28 # new")).0).len(), 1);
}

#[test]
fn lines_grow_old() {
    for (line, message) in [
        (format!("{PASSES} # x"), format!("{PASSES} passes")),
        (
            format!("{FAILS} until=2026-11-24 # x"),
            format!("{FAILS} was expected to fail until 2026-11-24, and it is 2026-11-25"),
        ),
        (
            "server/pointer/published # x".to_owned(),
            "server/pointer/published is not judged in this run".to_owned(),
        ),
    ] {
        let (report, problems) = applied(&line);
        assert_eq!(problems, [message]);
        assert!(expected(&report).is_empty());
    }
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let corpus = load::embedded().expect("the built-in cases load");
    let text = format!(
        "server/challenge/answer-401 # x\n{FAILS}\n{FAILS} 2026-07-29 # x\n{PASSES} until=soon # x\n{FAILS} # a\n{FAILS} # b\n"
    );
    let problems = Baseline::parse("known.txt", &text, &corpus).expect_err("mistakes");
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::with_settings!({
        snapshot_path => "../../snapshots/diagnostics",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("expected-failures", shown.join("\n\n"));
    });
}

#[test]
fn what_is_written_can_be_read_and_expects_what_failed() {
    let corpus = load::embedded().expect("the built-in cases load");
    let mut report = report(&corpus);
    let text = written(&report, &corpus, true);
    assert!(text.ends_with(&format!("{FAILS}  # the status is 403\n")), "{text}");
    let baseline = Baseline::parse("known.txt", &text, &corpus).expect("what was written");
    assert!(baseline.apply(&mut report, &corpus, NOW).is_empty());
    assert_eq!(expected(&report).len(), 1);
}
