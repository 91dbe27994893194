//! A run that its user stops: what was found is reported, and what was registered is removed.
#![cfg(unix)]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reference_servers::{Options, Profile, Running};
use serde_json::Value;
use tokio::runtime::Runtime;

/// Servers that answer slowly, of a revision whose clients register.
fn servers(runtime: &Runtime, delay: u64) -> Running {
    let delay = Duration::from_millis(delay);
    let options = Options { profile: Profile::V2025_06_18, delay, ..Options::default() };
    runtime.block_on(reference_servers::start(options)).expect("servers start")
}

fn check(url: &str, more: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-conform"));
    command.args(["check", url, "--profile", "2025-06-18", "--format", "json"]).args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

#[test]
fn what_was_found_until_then_is_reported() {
    let runtime = Runtime::new().expect("a runtime");
    let servers = servers(&runtime, 400);
    for (name, more, after) in [("INT", &[][..], 1000), ("TERM", &["--login", "--headless"], 3500)] {
        let child = check(&servers.server_url, more);
        std::thread::sleep(Duration::from_millis(after));
        let stopped = Instant::now();
        signal(&child, name);
        let output = child.wait_with_output().expect("it ends");
        assert!(stopped.elapsed() < Duration::from_secs(8), "it took {:?}", stopped.elapsed());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(130), "{said}");
        assert!(said.contains("stopping"), "{said}");
        let report: Value = serde_json::from_slice(&output.stdout).expect("a whole report");
        assert_eq!(
            (&report["interrupted"], &report["outcome"]),
            (&Value::from(true), &Value::from("inconclusive"))
        );
        let results = report["results"].as_array().expect("results");
        let with =
            |verdict: &str| results.iter().filter(|one| one["verdicts"]["2025-06-18"] == verdict).count();
        assert!(
            with("pass") > 0 && with("untested") > 0 && with("fail") == 0,
            "{name}: {}",
            report["summary"]
        );
        let registered = report["exchanges"].as_array().expect("exchanges").iter();
        let registered = registered
            .filter(|one| one["request"]["url"].as_str().is_some_and(|url| url.ends_with("/register")));
        assert_eq!(registered.count() > 2, !more.is_empty(), "{name}");
        assert!(results.iter().any(|one| one["message"] == "the run was stopped"));
        assert_eq!(report["left"], Value::from(Vec::<String>::new()), "{name}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let runtime = Runtime::new().expect("a runtime");
    let servers = servers(&runtime, 4000);
    let child = check(&servers.server_url, &[]);
    std::thread::sleep(Duration::from_millis(700));
    signal(&child, "INT");
    std::thread::sleep(Duration::from_millis(200));
    signal(&child, "INT");
    let stopped = Instant::now();
    let output = child.wait_with_output().expect("it ends");
    assert!(stopped.elapsed() < Duration::from_secs(2));
    assert_eq!(output.status.code(), Some(130));
}
