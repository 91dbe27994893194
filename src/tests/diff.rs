//! `diff` from the command line to the exit code: two runs of the reference servers, and files that are none.

#[path = "support/stable.rs"]
mod stable;

use std::fs;
use std::process::Command;

use mcp_conform::{diff, load, matrix};
use reference_servers::Options;
use serde_json::Value;
use stable::stable;
use tokio::runtime::Runtime;

const QUOTES: &str = "challenge-with-unquoted-url";

/// Exit code, stdout and stderr.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-conform"));
    let output = command.args(arguments).env_remove("COLUMNS").output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("no signal"), text(output.stdout), text(output.stderr))
}

/// Files in a folder of their own.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).expect("a file");
        path
    }

    /// A recording, and the report as JSON, of the reference servers with these defects.
    fn recorded(&self, name: &str, defects: &[&str]) -> (String, String) {
        let corpus = load::embedded().expect("the built-in cases load");
        let defects: Vec<_> = defects.iter().map(|defect| &corpus.defects[*defect].value).collect();
        let runtime = Runtime::new().expect("a runtime");
        let servers = runtime.block_on(matrix::start("2026-07-28", &defects, Options::default()));
        let servers = servers.expect("servers start");
        let (recording, report) =
            (self.path(&format!("{name}.json")), self.path(&format!("{name}-report.json")));
        let json = format!("json={report}");
        run(&["check", &servers.server_url, "--record", &recording, "--format", &json]);
        (recording, report)
    }

    /// What was printed, with paths of this machine left out.
    fn shown(&self, text: &str) -> String {
        stable(text).replace(&format!("{}/", self.0.path().display()), "")
    }
}

fn snapshot(folder: &str, name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => format!("../../snapshots/{folder}"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn two_runs_of_one_server_do_not_differ() {
    let files = Files::new();
    let ((one, one_report), (two, two_report)) = (files.recorded("one", &[]), files.recorded("two", &[]));
    for (before, after) in [(&one, &two), (&one_report, &two_report), (&one, &two_report)] {
        let (code, out, err) = run(&["diff", before, after, "--profile", "all"]);
        assert_eq!(code, 0, "{out}{err}");
        assert!(out.ends_with("no case changed under all\n"), "{out}");
    }
    // With a login there is chance in codes, states, tokens, clients and keys.
    let (first, second) = (files.path("first.json"), files.path("second.json"));
    for file in [&first, &second] {
        assert_eq!(run(&["check", "--reference", "--record", file]).0, 0);
    }
    let (code, out, err) = run(&["diff", &first, &second, "--format", "json"]);
    let comparison: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (code, &comparison["worse"], &comparison["changes"]),
        (0, &Value::from(false), &Value::from(Vec::<Value>::new())),
        "{out}{err}"
    );
}

#[test]
fn what_became_worse_is_shown_with_what_was_answered() {
    let files = Files::new();
    let ((before, before_report), (after, after_report)) =
        (files.recorded("before", &[]), files.recorded("after", &[QUOTES]));
    let (code, human, err) = run(&["diff", &before, &after]);
    assert_eq!(code, 1, "{human}{err}");
    snapshot("cli", "diff-worse", &files.shown(&human));
    let (code, of_reports, _) = run(&["diff", &before_report, &after_report]);
    assert_eq!(code, 1);
    let told = |text: &str| text.split_once("outcome").expect("an outcome").1.to_owned();
    assert_eq!(told(&of_reports), told(&human));
    let (code, markdown, _) = run(&["diff", &before, &after, "--format", "markdown"]);
    assert_eq!(code, 1);
    snapshot("cli", "diff-worse-markdown", &files.shown(&markdown));

    let (code, json, _) = run(&["diff", &before, &after, "--format", "json"]);
    assert_eq!(code, 1);
    let value: Value = serde_json::from_str(&json).expect("JSON");
    let schema = serde_json::to_value(diff::schema()).expect("a schema");
    let wrong = jsonschema::validate(&schema, &value).map_err(|error| error.to_string());
    assert_eq!(wrong, Ok(()), "the comparison does not satisfy its schema");
    let worse: Vec<_> = value["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .filter(|one| one["direction"] == "worse")
        .collect();
    assert_eq!(worse.len(), 1, "{json}");
    assert_eq!(worse[0]["case"], "server/challenge/values-are-tokens-or-quoted");
    assert_eq!(worse[0]["verdicts"]["2025-06-18"]["after"], "fail");

    let (code, human, err) = run(&["diff", &after, &before]);
    assert_eq!(code, 0, "{human}{err}");
    snapshot("cli", "diff-better", &files.shown(&human));
}

/// Each defect breaks one thing, and no other way round is a change for the worse.
#[test]
fn a_defect_is_worse_and_its_repair_is_not() {
    let files = Files::new();
    let (clean, _) = files.recorded("clean", &[]);
    for defect in
        ["refuses-with-403", "keys-are-html", "resource-metadata-only-appended", "challenge-without-scope"]
    {
        let (broken, _) = files.recorded(defect, &[defect]);
        let (code, out, err) = run(&["diff", &clean, &broken]);
        assert_eq!(code, 1, "{defect}: {out}{err}");
        let (code, out, err) = run(&["diff", &broken, &clean]);
        assert_eq!(code, 0, "{defect}: {out}{err}");
        assert_eq!(run(&["diff", &broken, &broken]).0, 0, "{defect}");
    }
}

#[test]
fn what_takes_an_option_that_was_not_given_is_not_worse() {
    let files = Files::new();
    let with_login = files.path("with-login.json");
    assert_eq!(run(&["check", "--reference", "--record", &with_login]).0, 0);
    let (without, _) = files.recorded("without", &[]);
    let (code, out, err) = run(&["diff", &with_login, &without]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("Not tested any more") && out.contains("--login"), "{out}");
    assert!(!out.contains("── Worse"), "{out}");
}

#[test]
fn files_that_cannot_be_compared_are_named() {
    let files = Files::new();
    let (good, report) = files.recorded("good", &[]);
    let text = fs::read_to_string(&good).expect("the recording");
    let issuer = files.path("issuer.json");
    run(&["check", "--reference", "--role", "authorization-server", "--record", &issuer]);
    let old = fs::read_to_string(&report).expect("the report");
    let old = old.replacen("\"profile\": \"2026-07-28\"", "\"profile\": \"2025-06-18\"", 1);
    let mistakes = [
        ("no-json", 3, files.write("no-json.txt", "<html>"), None),
        ("cut-off", 3, files.write("cut-off.json", &text[..60]), None),
        ("neither", 3, files.write("neither.json", "{\"issuer\": \"https://h\"}"), None),
        (
            "wrong-recording",
            3,
            files.write("wrong.json", text.replacen("\"probes\": [", "\"probes\": [7, ", 1)),
            None,
        ),
        (
            "other-format",
            3,
            files.write("nine.json", text.replacen("\"format\": 1", "\"format\": 9", 1)),
            None,
        ),
        ("no-utf-8", 3, files.write("bytes.json", [0xff, 0xfe]), None),
        ("no-such-file", 2, files.path("absent.json"), None),
        ("other-role", 2, issuer, None),
        ("other-profile", 2, files.write("old-report.json", old), Some(&report)),
    ];
    let mut told = String::new();
    for (name, expected, after, before) in mistakes {
        let (code, out, err) = run(&["diff", before.unwrap_or(&good), &after]);
        assert_eq!(code, expected, "{name}: {out}{err}");
        assert!(out.is_empty(), "{name} prints {out}");
        told.push_str(&format!("# {name}\n{}\n", files.shown(&err)));
    }
    let (code, _, err) = run(&["diff", &good, &good, "--profile", "2026-07-29"]);
    assert_eq!(code, 2);
    told.push_str(&format!("# unknown-profile\n{err}"));
    snapshot("diagnostics", "diff", &told);
}

#[test]
fn the_schema_of_comparisons_is_reviewed() {
    let schema = serde_json::to_string_pretty(&diff::schema()).expect("a schema is JSON");
    snapshot("reports", "diff-schema", &schema);
}
