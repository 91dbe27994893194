//! Tokens from the command line to the answer: where they come from, what is said without them, what is left behind.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use reference_servers::{Behaviour, Foreign, Options, Running};
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));

fn pair(behaviours: &[Behaviour]) -> Running {
    let options = Options { behaviours: behaviours.to_vec(), ..Options::default() };
    RUNTIME.block_on(reference_servers::start(options)).expect("a pair starts")
}

/// Exit code, and stdout and stderr as one text.
fn run(arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-conform"));
    let output =
        command.args(arguments).envs(environment.iter().copied()).output().expect("the program runs");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
    let text = text.concat();
    // However long a line is.
    let text =
        if text.starts_with('{') { text } else { text.split_whitespace().collect::<Vec<_>>().join(" ") };
    (output.status.code().expect("no signal"), text)
}

const LOGIN: [&str; 2] = ["--login", "--headless"];

#[test]
fn every_way_to_a_token_leads_to_one() {
    let pair = pair(&[]);
    let url = pair.server_url.as_str();
    let token = pair.mint("mcp:tools");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    fs::write(&file, format!("{token}\n")).expect("a file");
    let file = file.display().to_string();
    let client = ["--client-credentials", "--client-id", &pair.client_id, "--client-secret-env", "SECRET"];
    let ways: [&[&str]; 4] = [&["--token-env", "TOKEN"], &["--token-file", &file], &client, &LOGIN];
    for way in ways {
        let environment = [("TOKEN", token.as_str()), ("SECRET", pair.client_secret.as_str())];
        let (code, text) = run(&[&["check", url][..], way].concat(), &environment);
        assert_eq!(code, 0, "{way:?}: {text}");
        let (code, text) = run(&[&["audience", url][..], way].concat(), &environment);
        assert_eq!(code, 0, "{way:?}: {text}");
        assert!(text.contains("accepts tokens issued for other resources: no"), "{text}");
    }
}

/// A browser is opened once, with what stands in BROWSER; what only further logins would show decides nothing.
#[test]
#[cfg(unix)]
fn a_login_takes_place_in_the_browser_of_the_user() {
    use std::os::unix::fs::PermissionsExt;

    let pair = pair(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let (browser, address) = (folder.path().join("browser"), folder.path().join("address"));
    let shown = address.display();
    let script = format!("#!/bin/sh\nprintf '%s' \"$1\" >> {shown}.part && cp {shown}.part {shown}\n");
    fs::write(&browser, script).expect("a script");
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o700)).expect("a script that runs");
    let file = address.clone();
    let visit = async move {
        loop {
            if let Ok(url) = fs::read_to_string(&file) {
                return reqwest::get(&url).await.expect("the login comes back").status();
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let visited = RUNTIME.spawn(visit);
    let browser = browser.display().to_string();
    let (code, text) = run(&["check", &pair.server_url, "--login"], &[("BROWSER", browser.as_str())]);
    assert_eq!(RUNTIME.block_on(visited).expect("it ended"), 200, "{text}");
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("a browser is asked for one only: --login --headless would change that"), "{text}");
    assert_eq!(fs::read_to_string(&address).expect("an address").matches("response_type=").count(), 1);
}

#[test]
fn the_answer_is_one_sentence_with_its_proof() {
    let pair = pair(&[Behaviour::AcceptsWrongAudience]);
    let (code, text) = run(&[&["audience", &pair.server_url][..], &LOGIN].concat(), &[]);
    assert_eq!(code, 1, "{text}");
    for said in [
        "accepts tokens issued for other resources: yes",
        "the same request with the good token: answered 200",
        "$OTHER_AUDIENCE_TOKEN",
        "FastMCP",
        "validate_token_resource=True",
        "expectedResource",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let arguments = [&["audience", &pair.server_url, "--format", "json"][..], &LOGIN].concat();
    let (code, text) = run(&arguments, &[]);
    let found: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((code, found["answer"].as_str()), (1, Some("yes")));
    assert!(found["control"]["response"]["status"] == 200, "{text}");
}

#[test]
fn nothing_is_said_of_bad_tokens_where_the_good_one_is_refused() {
    let pair = pair(&[Behaviour::AcceptsWrongAudience]);
    let mut old = pair.claims("mcp:tools");
    old["exp"] = serde_json::json!(1);
    let (code, text) =
        run(&["audience", &pair.server_url, "--token-env", "OLD"], &[("OLD", &pair.sign(&old))]);
    assert_eq!(code, 5, "{text}");
    assert!(text.contains("could not tell, because the good token is refused"), "{text}");
    let (code, text) = run(&["audience", &pair.server_url], &[]);
    assert_eq!(code, 5, "{text}");
    assert!(text.contains("could not tell, because no token was given: --login"), "{text}");
    let (code, text) = run(&["check", &pair.server_url, "--quiet"], &[]);
    assert_eq!(code, 0, "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("that was tested is kept; ") && words.ends_with(" required cases were not tested")
    );
}

#[test]
fn a_server_is_asked_in_the_revision_that_it_speaks() {
    for (behaviours, answer) in [
        (&[Behaviour::LegacyOnly][..], "resources: no"),
        (&[Behaviour::LegacyOnly, Behaviour::AcceptsWrongAudience], "resources: yes"),
        (&[Behaviour::ModernOnly], "resources: no"),
    ] {
        let pair = pair(behaviours);
        let (_, text) = run(&[&["audience", &pair.server_url][..], &LOGIN].concat(), &[]);
        assert!(text.contains(answer), "{behaviours:?}: {text}");
    }
}

#[test]
fn what_an_authorization_server_does_not_issue_is_no_fault_of_the_server() {
    let edit = serde_json::json!({
        "on": { "server": "authorization", "path": "/.well-known/*" },
        "json": { "remove": ["/test_minting_endpoint"] },
    });
    let edits = vec![serde_json::from_value(edit).expect("an edit")];
    let pair = RUNTIME.block_on(reference_servers::start(Options { edits, ..Options::default() }));
    let pair = pair.expect("a pair starts");
    let check = [&["check", &pair.server_url][..], &LOGIN].concat();
    let (code, text) = run(&check, &[]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("--other-resource or --bad-token would change that"), "{text}");
    let (code, text) = run(&[&["audience", &pair.server_url][..], &LOGIN].concat(), &[]);
    assert!(code == 5 && text.contains("could not tell"), "{text}");
    let other = ["audience", &pair.server_url, "--other-resource", &pair.other_resource];
    let (code, text) = run(&[&other[..], &LOGIN].concat(), &[]);
    assert!(code == 0 && text.contains("resources: no"), "{text}");
}

#[test]
fn a_token_that_the_user_knows_to_be_bad_is_judged_like_one_of_ours() {
    let pair = pair(&[Behaviour::AcceptsWrongAudience, Behaviour::OpaqueTokens]);
    let bad = ["--bad-token", "other-audience=BAD"];
    let mut other = pair.claims("mcp:tools");
    other["aud"] = serde_json::json!(pair.other_resource);
    let environment = [("BAD", pair.sign(&other))];
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (code, text) = run(&[&["audience", &pair.server_url][..], &LOGIN, &bad].concat(), &environment);
    assert!(code == 1 && text.contains("resources: yes"), "{text}");
    let (code, text) = run(&["check", &pair.server_url, "--bad-token", "expird=BAD"], &environment);
    assert!(code == 2 && text.contains("did you mean `expired`?"), "{text}");
}

#[test]
fn a_login_is_kept_where_nobody_else_can_read_it() {
    let pair = pair(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("kept.json");
    let file = path.display().to_string();
    let keep = [&["check", &pair.server_url][..], &LOGIN, &["--keep-tokens", &file, "--record"]].concat();
    let record = |name: &str| folder.path().join(name).display().to_string();
    let (code, text) = run(&[&keep[..], &[&record("first")]].concat(), &[]);
    assert_eq!(code, 0, "{text}");
    let (_, text) = run(&[&keep[..], &[&record("second")]].concat(), &[]);
    assert!(text.contains("the token of an earlier login was kept"), "{text}");
    assert_eq!(logins(&folder.path().join("first")), (1, 1));
    assert_eq!(logins(&folder.path().join("second")), (0, 0));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
        let (code, text) = run(&[&keep[..], &[&record("third")]].concat(), &[]);
        assert!(code == 2 && text.contains("chmod 600"), "{text}");
    }
}

/// How many authorization and token requests the first login of a recording made.
fn logins(recording: &Path) -> (usize, usize) {
    let recording: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(recording).expect("a recording")).expect("JSON");
    let records = recording["probes"].as_array().expect("probes");
    let login = records.iter().find(|record| record["probe"] == "login" && record["era"] == "modern");
    let attempts = login.expect("the login")["attempts"].as_array().expect("attempts");
    let sent = |name: &str| {
        attempts.iter().filter(|attempt| attempt["name"] == name && attempt.get("exchange").is_some()).count()
    };
    (sent("authorize"), sent("token"))
}

#[test]
fn an_authorization_server_alone_signs_whatever_it_is_asked_for() {
    let foreign =
        Foreign { resources: vec!["http://127.0.0.1:1/mcp".to_owned()], scopes: vec!["a".to_owned()] };
    let options = Options { alone: Some(foreign), ..Options::default() };
    let alone = RUNTIME.block_on(reference_servers::start(options)).expect("it starts");
    let login = ["check", "--role", "authorization-server", &alone.issuer, "--login", "--headless"];
    let (code, text) = run(&login, &[]);
    assert_eq!(code, 0, "{text}");
}
