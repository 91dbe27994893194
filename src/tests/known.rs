//! Expected failures from the command line to the exit code.

use std::fs;
use std::process::Command;

use mcp_conform::matrix;
use reference_servers::Options;
use tokio::runtime::Runtime;

const CASE: &str = "server/challenge/values-are-tokens-or-quoted";
const WARNS: &str = "server/challenge/names-scope";

/// Exit code and all that was said.
fn run(arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-conform"));
    let output = command.args(arguments).output().expect("the program runs");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
    (output.status.code().expect("no signal"), text.concat())
}

/// A recording of the reference servers with this defect.
fn recorded(defect: &str, file: &str) {
    let corpus = mcp_conform::load::embedded().expect("the built-in cases load");
    let deviation = &corpus.defects[defect].value;
    let runtime = Runtime::new().expect("a runtime");
    let servers = runtime.block_on(matrix::start("2026-07-28", &[deviation], Options::default()));
    let servers = servers.expect("servers start");
    run(&["check", &servers.server_url, "--record", file]);
}

#[test]
fn what_is_expected_does_not_fail_and_what_has_changed_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (broken, sound, known) = (path("broken.json"), path("sound.json"), path("known.txt"));
    recorded("challenge-with-unquoted-url", &broken);
    recorded("challenge-without-scope", &sound);

    assert_eq!(run(&["replay", &broken]).0, 1);
    let (code, text) = run(&["replay", &broken, "--write-expected-failures", &known]);
    assert_eq!(code, 1, "{text}");
    let written = fs::read_to_string(&known).expect("it was written");
    assert!(written.lines().any(|line| line.starts_with(&format!("{CASE}  # "))), "{written}");

    let (code, text) = run(&["replay", &broken, "--expected-failures", &known]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("does not conform: 1 broken requirement, expected"), "{text}");

    // The server is mended, and the file was not.
    let (code, text) = run(&["replay", &sound, "--expected-failures", &known]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains(&format!("error: {CASE} passes")) && text.contains("known.txt:3:1"), "{text}");

    fs::write(&known, format!("{CASE} until=2020-01-01 # long ago\n")).expect("a file");
    let (code, text) = run(&["replay", &broken, "--expected-failures", &known]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("was expected to fail until 2020-01-01"), "{text}");

    fs::write(&known, format!("{CASE}\n")).expect("a file");
    let (code, text) = run(&["replay", &broken, "--expected-failures", &known]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("the line gives no reason"), "{text}");
    assert_eq!(run(&["replay", &broken, "--expected-failures", "no-such-file"]).0, 2);
}

#[test]
fn a_warning_counts_where_it_is_asked_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (recording, known) = (path("warns.json"), path("known.txt"));
    recorded("challenge-without-scope", &recording);
    assert_eq!(run(&["replay", &recording]).0, 0);
    assert_eq!(run(&["replay", &recording, "--fail-on", "should"]).0, 1);
    fs::write(&known, format!("{WARNS} # one scope fits all\n")).expect("a file");
    let (code, text) = run(&["replay", &recording, "--fail-on", "should", "--expected-failures", &known]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("known      one scope fits all"), "{text}");
}

/// Each format says that it is expected, and none of them fails a build for it.
#[test]
fn every_format_says_what_is_expected() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (recording, known) = (path("broken.json"), path("known.txt"));
    recorded("challenge-with-unquoted-url", &recording);
    fs::write(&known, format!("{CASE} # ticket 12\n")).expect("a file");
    for (format, says, fails) in [
        ("junit", "(expected: ticket 12)", "<failure"),
        ("tap", "# TODO ticket 12", ""),
        ("github", "expected: ticket 12", "::error title=fail"),
        ("markdown", "- expected: ticket 12", ""),
        ("job-summary", "(expected: ticket 12)", ""),
        ("sarif", r#""justification": "ticket 12""#, ""),
        ("json", r#""reason": "ticket 12""#, ""),
    ] {
        let (code, text) = run(&["replay", &recording, "--expected-failures", &known, "--format", format]);
        assert_eq!(code, 0, "{format}");
        assert!(text.contains(says), "{format}: {text}");
        assert!(fails.is_empty() || !text.contains(fails), "{format}: {text}");
    }
}
