//! Trials for a server of one's own: what makes them fail, and what they say then.

use libtest_mimic::{Arguments, Conclusion, Trial};
use mcp_conform::trials::Trials;
use mcp_conform::{Target, load, matrix};
use reference_servers::{Options, Running};

/// The reference servers with these defects or variants, on the threads of a runtime that goes with them.
struct Servers {
    servers: Running,
    _runtime: tokio::runtime::Runtime,
}

fn servers(profile: &str, deviations: &[&str]) -> Servers {
    let corpus = load::embedded().expect("the built-in cases load");
    let with: Vec<_> = deviations
        .iter()
        .map(|name| {
            let filed = corpus.defects.get(*name).or_else(|| corpus.variants.get(*name));
            &filed.expect("a defect or variant").value
        })
        .collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let servers = runtime.block_on(matrix::start(profile, &with, Options::default())).expect("they start");
    Servers { servers, _runtime: runtime }
}

fn trials(servers: &Servers, profile: &str) -> Trials {
    mcp_conform::trials(Target::server(&servers.servers.server_url)).profile(profile).as_one(false)
}

/// What libtest-mimic counts and prints.
fn run(trials: Vec<Trial>) -> (Conclusion, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let arguments = Arguments { logfile: Some(log.display().to_string()), ..Arguments::default() };
    let conclusion = libtest_mimic::run(&arguments, trials);
    (conclusion, std::fs::read_to_string(log).expect("a log"))
}

#[test]
fn a_good_server_fails_none_and_what_was_not_seen_is_ignored() {
    let servers = servers("2025-11-25", &[]);
    let (conclusion, log) = run(trials(&servers, "2025-11-25").list().expect("a profile"));
    assert_eq!(conclusion.num_failed, 0, "{log}");
    assert!(conclusion.num_passed > 100 && conclusion.num_ignored > 100, "{log}");
    assert!(log.contains("no token was given"), "{log}");
}

#[test]
fn a_broken_server_fails_with_the_finding_of_the_report() {
    let servers = servers("2025-11-25", &["challenge-with-unquoted-url"]);
    let case = "server/challenge/values-are-tokens-or-quoted";
    let (conclusion, log) = run(trials(&servers, "2025-11-25").list().expect("a profile"));
    // The case, and the outcome.
    assert_eq!(conclusion.num_failed, 2, "{log}");
    for says in [
        case,
        "found      the value of `resource_metadata` holds `:`",
        "fix        Put double quotes",
        "outcome",
    ] {
        assert!(log.contains(says), "no {says} in {log}");
    }
    assert!(log.contains(&format!("because of {case}")), "{log}");
}

#[test]
fn one_trial_that_stands_for_all_fails_with_the_report() {
    let broken = servers("2025-11-25", &["challenge-with-unquoted-url"]);
    let (conclusion, log) = run(trials(&broken, "2025-11-25").as_one(true).list().expect("a profile"));
    assert_eq!((conclusion.num_failed, conclusion.num_passed), (1, 0), "{log}");
    assert!(log.contains("outcome    does not conform: 1 broken requirement"), "{log}");
    let good = servers("2025-11-25", &[]);
    let (conclusion, log) = run(trials(&good, "2025-11-25").as_one(true).list().expect("a profile"));
    assert_eq!((conclusion.num_failed, conclusion.num_passed), (0, 1), "{log}");
}

#[test]
fn a_warning_fails_only_where_it_is_told_to() {
    let servers = servers("2025-11-25", &["challenge-with-error-for-no-token"]);
    let (conclusion, log) = run(trials(&servers, "2025-11-25").list().expect("a profile"));
    assert_eq!(conclusion.num_failed, 0, "{log}");
    let (conclusion, log) = run(trials(&servers, "2025-11-25").deny_warnings().list().expect("a profile"));
    assert_eq!(conclusion.num_failed, 1, "{log}");
}

#[test]
fn a_server_that_asks_nobody_for_a_token_or_is_not_there_does_not_pass_as_ignored() {
    let open = servers("2025-11-25", &["open-server"]);
    let (conclusion, log) = run(trials(&open, "2025-11-25").list().expect("a profile"));
    assert!(conclusion.has_failed() && log.contains("not-protected: "), "{log}");
    let (conclusion, log) = run(trials(&open, "2025-11-25").allow_public().list().expect("a profile"));
    assert!(!conclusion.has_failed(), "{log}");
    let url = open.servers.server_url.clone();
    drop(open);
    let gone = mcp_conform::trials(Target::server(url)).as_one(false);
    let (conclusion, log) = run(gone.list().expect("a profile"));
    assert!(conclusion.has_failed() && log.contains("inconclusive: "), "{log}");
}

#[test]
fn an_unknown_profile_is_said_to_be_one() {
    let trials = mcp_conform::trials(Target::server("http://127.0.0.1:1/mcp")).profile("2025-11-26");
    let error = trials.list().expect_err("no such profile").to_string();
    assert!(error.contains("2025-11-26") && error.contains("2025-11-25"), "{error}");
}
