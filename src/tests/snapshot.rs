//! `snapshot` from the command line to the files: what is written, what drifts, what is left alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use mcp_conform::matrix;
use reference_servers::{Options, Running};
use tokio::runtime::Runtime;

/// Exit code and all that was said, with `set` in the environment and nothing of a CI system.
fn run(arguments: &[&str], set: &[(&str, &str)]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-conform"));
    for name in ["CI", "TF_BUILD", "INSTA_UPDATE"] {
        command.env_remove(name);
    }
    let output = command.args(arguments).envs(set.iter().copied()).output().expect("the program runs");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
    (output.status.code().expect("no signal"), text.concat())
}

fn servers(runtime: &Runtime, defect: Option<&str>) -> Running {
    let corpus = mcp_conform::load::embedded().expect("the built-in cases load");
    let deviations: Vec<_> = defect.iter().map(|name| &corpus.defects[*name].value).collect();
    let servers = runtime.block_on(matrix::start("2026-07-28", &deviations, Options::default()));
    servers.expect("servers start")
}

fn files(folder: &Path, ending: &str) -> BTreeSet<String> {
    let names = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    names.filter_map(|name| name.into_string().ok()).filter(|name| name.ends_with(ending)).collect()
}

#[test]
fn what_drifts_waits_beside_what_was_reviewed() {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("answers");
    let dir_argument = dir.display().to_string();
    let snapshot = |servers: &Running, more: &[&str], set: &[(&str, &str)]| {
        run(&[&["snapshot", &servers.server_url, "--dir", &dir_argument], more].concat(), set)
    };
    let sound = servers(&runtime, None);

    // Nothing was reviewed yet: a CI system shows that, and a person gets the files.
    let (code, text) = snapshot(&sound, &[], &[("CI", "true")]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("nothing was reviewed there yet") && files(&dir, "").is_empty(), "{text}");
    let (code, text) = snapshot(&sound, &[], &[]);
    assert_eq!(code, 0, "{text}");
    let reviewed = files(&dir, ".snap");
    assert!(reviewed.len() > 40 && reviewed.contains("mcp.no-token.snap"), "{reviewed:?}");
    fs::write(dir.join("mine.snap"), "somebody else's").expect("a file");

    // The same server, and the same once more on other ports and with other keys.
    let again = servers(&runtime, None);
    for servers in [&sound, &again] {
        let (code, text) = snapshot(servers, &[], &[]);
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("as reviewed"), "{text}");
    }

    let broken = servers(&runtime, Some("challenge-without-scope"));
    let (code, text) = snapshot(&broken, &[], &[("CI", "true")]);
    assert_eq!((code, files(&dir, ".snap.new").len()), (1, 0), "{text}");
    let (code, text) = snapshot(&broken, &[], &[]);
    assert_eq!(code, 1, "{text}");
    let waits = files(&dir, ".snap.new");
    assert!(waits.contains("mcp.no-token.snap.new"), "{waits:?}");
    assert!(
        text.contains("- < www-authenticate: Bearer resource_metadata=")
            && text.contains("cargo insta review"),
        "{text}"
    );
    let new = fs::read_to_string(dir.join("mcp.no-token.snap.new")).expect("it waits");
    let old = fs::read_to_string(dir.join("mcp.no-token.snap")).expect("it was reviewed");
    assert!(old.contains("scope=") && !new.contains("scope=") && new.starts_with("---\n"), "{new}");

    // What waits goes away where nothing drifts, and what was reviewed is replaced where that is wanted.
    assert_eq!(snapshot(&sound, &[], &[]).0, 0);
    assert!(files(&dir, ".snap.new").is_empty());
    let (code, text) = snapshot(&broken, &["--update", "always"], &[]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(snapshot(&broken, &[], &[]).0, 0);
    assert_eq!(fs::read_to_string(dir.join("mine.snap")).expect("it is left alone"), "somebody else's");
}

#[test]
fn what_is_not_answered_any_more_is_gone() {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().display().to_string();
    let sound = servers(&runtime, None);
    assert_eq!(run(&["snapshot", &sound.server_url, "--dir", &dir], &[]).0, 0);
    let kept = folder.path().join("mcp.no-token.snap");
    let old = folder.path().join("mcp.once.snap");
    fs::rename(&kept, &old).expect("a rename");
    let (code, text) = run(&["snapshot", &sound.server_url, "--dir", &dir], &[]);
    assert_eq!(code, 1, "{text}");
    assert!(
        text.contains("✗ gone") && text.contains("does not ask for it") && text.contains("✗ new"),
        "{text}"
    );
    let (code, text) = run(&["snapshot", &sound.server_url, "--dir", &dir, "--update", "always"], &[]);
    assert!(code == 0 && kept.is_file() && !old.exists(), "{text}");
}

#[test]
fn no_secret_is_written_and_nobody_there_writes_nothing() {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().display().to_string();
    let servers = servers(&runtime, None);
    let (code, text) = run(&["snapshot", &servers.server_url, "--dir", &dir, "--login", "--headless"], &[]);
    assert_eq!(code, 0, "{text}");
    let written = files(folder.path(), ".snap");
    assert!(written.len() > 150, "{}", written.len());
    for file in written {
        let text = fs::read_to_string(folder.path().join(&file)).expect("a snapshot");
        assert!(!text.contains(&servers.client_secret), "{file}");
        // The beginning of a signed token.
        assert!(!text.contains("eyJ0eXAi") && !text.contains("eyJhbGci"), "{file}: {text}");
    }
    // With less than was given before, nothing is called gone.
    let (code, text) = run(&["snapshot", &servers.server_url, "--dir", &dir], &[]);
    assert!(code == 0 && text.contains("not compared, as that takes"), "{text}");

    let empty = folder.path().join("empty");
    let (code, text) =
        run(&["snapshot", "http://127.0.0.1:9/mcp", "--dir", &empty.display().to_string()], &[]);
    assert!(code == 5 && text.contains("no snapshot is written"), "{text}");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    let (code, text) = run(&["snapshot", &servers.server_url, "--dir", &file.display().to_string()], &[]);
    assert!(code == 2 && text.contains("cannot make the folder"), "{text}");
}
