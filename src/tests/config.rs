//! `mcp-conform.yaml` from the command line to the exit code.

use std::fs;
use std::path::Path;
use std::process::Command;

use mcp_conform::matrix;
use reference_servers::{Options, Running};
use tokio::runtime::Runtime;

/// Exit code and all that was said, run in `folder`.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-conform"));
    let output = command.args(arguments).current_dir(folder).output().expect("the program runs");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
    (output.status.code().expect("no signal"), text.concat())
}

async fn servers(defects: &[&str]) -> Running {
    let corpus = mcp_conform::load::embedded().expect("the built-in cases load");
    let deviations: Vec<_> = defects.iter().map(|name| &corpus.defects[*name].value).collect();
    matrix::start("2026-07-28", &deviations, Options::default()).await.expect("servers start")
}

#[test]
fn all_targets_are_checked_from_any_folder_below() {
    let runtime = Runtime::new().expect("a runtime");
    let sound = runtime.block_on(servers(&[]));
    let broken = runtime.block_on(servers(&["challenge-with-unquoted-url"]));
    let folder = tempfile::tempdir().expect("a folder");
    let below = folder.path().join("below");
    fs::create_dir(&below).expect("a folder");
    let file = format!(
        "defaults:\n  formats: [human, \"json={{target}}.json\"]\n\
         targets:\n  sound:\n    url: {}\n    token: headless-login\n  broken:\n    url: {}\n    record: kept.json\n",
        sound.server_url, broken.server_url
    );
    fs::write(folder.path().join("mcp-conform.yaml"), &file).expect("a file");

    let (code, text) = run(&below, &["check"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("broken  does not conform: 1 broken requirement\n"), "{text}");
    assert!(text.contains("sound   conforms"), "{text}");
    let report = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a report");
    assert!(report("sound.json").contains("\"outcome\": \"conforms\""));
    assert!(report("broken.json").contains("\"outcome\": \"does-not-conform\""));
    assert!(report("kept.json").contains("\"exchanges\""));

    // One of them, and the command line above the file.
    let (code, text) = run(&below, &["check", "sound", "--format", "tap"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("TAP version 14") && !text.contains("All targets"), "{text}");
    let (code, text) = run(&below, &["discover", "sound"]);
    assert_eq!(code, 0, "{text}");
    assert!(run(&below, &["check", "sond"]).1.contains("did you mean `sound`?"));
    let (code, text) = run(&below, &["check", "sound", "--no-config"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("`sound` is not a URL"), "{text}");

    let (code, text) = run(&below, &["check", "--format", "json"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("one document to standard output"), "{text}");
    let summary = below.join("summary.md").display().to_string();
    assert_eq!(run(&below, &["check", "--format", &format!("job-summary={summary}")]).0, 1);
    let written = fs::read_to_string(summary).expect("a summary");
    assert!(written.contains(&sound.server_url) && written.contains(&broken.server_url), "{written}");

    let (code, text) = run(&below, &["config"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("2 targets") && text.contains(&format!("sound   {}", sound.server_url)), "{text}");
}

#[test]
fn what_cannot_be_done_is_said_before_anything_is_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, text) = run(folder.path(), &["check"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("or a file mcp-conform.yaml with targets"), "{text}");
    assert_eq!(run(folder.path(), &["config"]).0, 2);
    assert_eq!(run(folder.path(), &["check", "--config", "none.yaml"]).0, 2);

    let file = folder.path().join("mcp-conform.yaml");
    fs::write(&file, "targets:\n  a:\n    url: https://x.example/mcp\n    frmats: [human]\n")
        .expect("a file");
    let (code, text) = run(folder.path(), &["check"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("mcp-conform.yaml:4:5") && text.contains("did you mean `formats`?"), "{text}");

    fs::write(&file, "targets:\n  a:\n    url: https://x.example/mcp\n    profile: 2025-99-99\n")
        .expect("a file");
    let (code, text) = run(folder.path(), &["check"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("mcp-conform.yaml:4:14") && text.contains("there is no such profile"), "{text}");
    fs::write(&file, "targets:\n  a:\n    url: https://x.example/mcp\n    token: client-credentials\n")
        .expect("a file");
    assert!(run(folder.path(), &["check"]).1.contains("needs a client with an id"));
    fs::write(&file, "defaults:\n  profile: 2025-11-25\n").expect("a file");
    assert!(run(folder.path(), &["check"]).1.contains("names no targets"));
}
