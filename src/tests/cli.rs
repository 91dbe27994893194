//! The program as people and scripts meet it: exit codes, messages, help.

#[path = "support/listening.rs"]
mod listening;

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::process::{Command, Output};

use listening::{answer, listening};

fn conform(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-conform"));
    command.args(arguments).env_remove("NO_COLOR").output().expect("the program runs")
}

/// Exit code, stdout, stderr.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = conform(arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("no signal"), text(output.stdout), text(output.stderr))
}

/// The URL of a server that answers every connection with `text`; HTTP in it says that the connection is over then.
fn answering(text: &'static [u8]) -> String {
    let address = listening(move |mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        answer(stream, text);
    });
    format!("http://{address}/mcp")
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => "../../snapshots/cli",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn the_reference_servers_conform_under_every_profile() {
    for profile in ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28", "as-pointer"] {
        let (code, out, err) = run(&["check", &format!("--reference={profile}")]);
        assert_eq!(code, 0, "{profile}: {out}{err}");
    }
}

#[test]
fn an_authorization_server_is_checked_alone() {
    for profile in ["2025-06-18", "2025-11-25", "2026-07-28", "all"] {
        let (code, out, err) =
            run(&["check", "--reference", "--role", "authorization-server", "--profile", profile]);
        assert_eq!(code, 0, "{profile}: {out}{err}");
        assert!(out.contains("(authorization server)") && !out.contains("not tested"), "{out}");
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let gone = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let (code, out, err) = run(&["check", "--role", "authorization-server", &gone]);
    assert_eq!(code, 5, "{out}{err}");
    assert!(out.contains("connection refused"), "{out}");
}

#[test]
fn help_is_reviewed() {
    for command in [
        "",
        "check",
        "audience",
        "discover",
        "replay",
        "diff",
        "lint",
        "snapshot",
        "config",
        "serve",
        "mcp",
        "list",
        "explain",
        "self-test",
        "completions",
        "man",
    ] {
        let arguments: Vec<&str> = [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let (code, out, _) = run(&arguments);
        assert_eq!(code, 0);
        snapshot(&format!("help-{}", if command.is_empty() { "all" } else { command }), &out);
    }
}

#[test]
fn a_wrong_command_line_is_code_2_and_one_sentence() {
    for (arguments, says) in [
        (&["check"][..], "a file mcp-conform.yaml with targets"),
        (&["check", "example.com/mcp"], "did you mean `https://example.com/mcp`"),
        (&["check", "nonsense"], "is not a URL"),
        (&["check", "ftp://example.com/"], "only http and https"),
        (&["check", "https://u:p@example.com/"], "credentials"),
        (&["check", "--reference", "--profile", "2026-07-29"], "did you mean `2026-07-28`"),
        (&["check", "--reference=2026-07-29"], "did you mean `2026-07-28`"),
        (&["check", "--role", "authorization-server", "nonsense"], "expected an issuer"),
        (&["check", "--reference=2025-03-26", "--role", "authorization-server"], "leave out --role"),
        (&["check", "--reference", "--role", "client"], "authorization-server"),
        (&["check", "--reference", "--format", "jsn"], "did you mean `json`"),
        (&["check", "--reference", "--format", "json=/no/such/folder/x"], "cannot write /no/such/folder/x"),
        (&["check", "--reference", "--record", "/no/such/folder/x"], "cannot write /no/such/folder/x"),
        (&["check", "--reference", "--format", "json", "--format", "human"], "mix on stdout"),
        (&["check", "--reference", "--cases", "/no/such/folder"], "cannot read /no/such/folder"),
        (&["check", "--reference", "--timeout", "0"], "seconds"),
        (&["serve", "--defect", "refuses-with-304"], "did you mean `refuses-with-403`"),
        (&["explain", "server/challenge/presnt"], "did you mean `server/challenge/present`"),
        (&["replay", "/no/such/recording"], "cannot read /no/such/recording"),
        (&["lst"], "list"),
    ] {
        let (code, out, err) = run(arguments);
        assert_eq!(code, 2, "{arguments:?}: {out}{err}");
        assert!(err.contains(says), "{arguments:?} says {err}");
        assert!(out.is_empty(), "{arguments:?} prints {out}");
    }
}

#[test]
fn what_cannot_be_reached_is_inconclusive_and_says_so() {
    let silent = format!(
        "http://{}/mcp",
        listening(|mut stream| drop(std::io::copy(&mut stream, &mut std::io::sink())))
    );
    let not_http = answering(b"SSH-2.0-OpenSSH_9.2p1\r\n");
    let page = answering(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 15\r\nconnection: close\r\n\r\n<html></html>\r\n",
    );
    let gone = answering(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let broken = answering(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let moved = answering(
        b"HTTP/1.1 308 Moved\r\nlocation: https://example.com/mcp\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    );
    let tls = not_http.replace("http://", "https://");
    let refused = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}/mcp", listener.local_addr().expect("an address"))
    };
    for (url, says) in [
        (silent.as_str(), "did not answer within"),
        (&not_http, "is not HTTP"),
        (&page, "no MCP endpoint"),
        (&gone, "often it is /mcp"),
        (&broken, "the server itself fails"),
        (&moved, "redirects to https://example.com/mcp"),
        (&tls, "TLS"),
        (&refused, "connection refused"),
        ("http://no-such-host.invalid/mcp", "has no address"),
    ] {
        // However slow the machine is, only one of them takes as long as it may.
        let seconds = if url == silent { "1" } else { "60" };
        let (code, out, err) = run(&["check", url, "--timeout", seconds]);
        assert_eq!(code, 5, "{url}: {out}{err}");
        assert!(out.contains(says), "{url} says {out}");
        let (code, out, err) = run(&["discover", url, "--timeout", seconds]);
        assert_eq!(code, 1, "{url}: {out}{err}");
        assert!(out.contains(says), "discover {url} says {out}");
    }
}

#[test]
fn colour_and_length_are_for_the_user_to_say() {
    let (code, plain, _) = run(&["check", "--reference", "--quiet"]);
    assert_eq!((code, plain.lines().count()), (0, 1), "{plain}");
    assert!(plain.contains("/mcp: conforms: every requirement that was tested is kept"), "{plain}");
    let (_, coloured, _) = run(&["--color", "always", "check", "--reference", "-q"]);
    assert!(coloured.starts_with("\u{1b}["), "{coloured}");
    let (_, bare, _) = run(&["check", "--reference", "-q", "--color", "never"]);
    assert!(!bare.contains('\u{1b}'), "{bare}");
    assert_eq!(run(&["check", "--reference", "-q", "-v"]).0, 2);
}

#[test]
fn shells_and_manuals_know_every_command() {
    let (_, help, _) = run(&["--help"]);
    let lines = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let commands: Vec<&str> = lines
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 12, "{commands:?}");
    let folder = tempfile::tempdir().expect("a folder");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, script, _) = run(&["completions", shell]);
        assert_eq!(code, 0);
        for command in &commands {
            assert!(script.contains(command), "{shell} does not know {command}");
        }
        // The other shells complete no values.
        let has_values = matches!(shell, "bash" | "zsh" | "fish");
        assert!(!has_values || script.contains("job-summary"), "{shell} does not know the formats");
        if shell == "bash" {
            let file = folder.path().join("completions.bash");
            std::fs::write(&file, script).expect("a file");
            let read = Command::new("bash").arg("-n").arg(&file).status().expect("bash runs");
            assert!(read.success());
        }
    }
    let (code, page, _) = run(&["man"]);
    assert!(
        code == 0 && page.contains(".TH mcp-conform 1") && page.contains("130 stopped by the user"),
        "{page}"
    );
    let pages = folder.path().join("man");
    assert_eq!(run(&["man", "--dir", &pages.display().to_string()]).0, 0);
    for command in commands.iter().filter(|command| **command != "help") {
        assert!(pages.join(format!("mcp-conform-{command}.1")).is_file(), "{command} has no page");
    }
}

#[test]
fn a_run_that_passes_fits_a_screen() {
    let (code, out, _) = run(&["check", "--reference"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.lines().count() <= 24 && out.lines().all(|line| line.chars().count() <= 80), "{out}");
}

#[test]
fn ascii_is_all_that_is_written_where_it_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let recording = folder.path().join("recording.json").display().to_string();
    let (_, out, err) = run(&["--ascii", "check", "--reference", "-v", "--record", &recording]);
    assert!(out.is_ascii() && err.is_ascii() && out.contains("\n+ "), "{out}{err}");
    for arguments in [&["replay", &recording][..], &["explain", "server/challenge/present"]] {
        let (code, out, _) = run(&[arguments, &["--ascii"]].concat());
        assert!(code == 0 && out.is_ascii() && !out.is_empty(), "{out}");
        assert!(!run(arguments).1.is_ascii(), "{arguments:?} has nothing to spell out");
    }
}

#[test]
fn a_recording_judges_the_same_without_a_network() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (recording, report) = (path("recording.json"), path("report.json"));
    let json = format!("json={report}");
    let (code, human, _) =
        run(&["check", "--reference", "--record", &recording, "--format", "human", "--format", &json]);
    assert_eq!(code, 0);
    let (code, again, _) = run(&["replay", &recording]);
    assert_eq!((code, again), (0, human));
    let (code, as_json, _) = run(&["replay", &recording, "--format", "json"]);
    assert_eq!(code, 0);
    assert_eq!(fs::read_to_string(&report).expect("the report"), as_json);
    let schema = serde_json::to_value(mcp_conform::report::json::schema()).expect("a schema");
    let value = serde_json::from_str(&as_json).expect("JSON");
    let wrong = jsonschema::validate(&schema, &value).map_err(|error| error.to_string());
    assert_eq!(wrong, Ok(()), "the report does not satisfy its schema");

    let text = fs::read_to_string(&recording).expect("the recording");
    fs::write(&recording, &text[..text.len() / 2]).expect("half of it");
    let (code, _, err) = run(&["replay", &recording]);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("cut off"), "{err}");
    fs::write(&recording, text.replacen("\"format\": 1", "\"format\": 9", 1)).expect("another format");
    let (code, _, err) = run(&["replay", &recording]);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("format 9"), "{err}");
}

#[test]
fn a_case_of_ones_own_is_judged_and_a_wrong_one_is_code_3() {
    let folder = tempfile::tempdir().expect("a folder");
    let case = folder.path().join("server/mine/teapot.yaml");
    fs::create_dir_all(case.parent().expect("a parent")).expect("a folder");
    let text = "title: A request without a token is answered by a teapot\n\
                requirements: [mcp-401-when-authorization-required]\nprobe: mcp.no-token\n\
                expect:\n  - status: 418\ncaught-by: [refuses-with-403]\nfix: Be a teapot.\n\
                why: Nobody gets tea elsewhere.\nexample: HTTP/1.1 418 I'm a teapot\n";
    fs::write(&case, text).expect("a case");
    let cases = folder.path().display().to_string();
    let (code, out, err) = run(&["check", "--reference", "--cases", &cases]);
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.contains("server/mine/teapot"), "{out}");
    fs::write(&case, &text[..40]).expect("half a case");
    let (code, _, err) = run(&["check", "--reference", "--cases", &cases]);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("teapot.yaml:"), "{err}");
}

#[test]
fn lists_name_what_explain_knows() {
    for what in ["cases", "requirements", "probes", "diagnoses", "defects", "variants", "profiles"] {
        let (code, out, _) = run(&["list", what]);
        assert_eq!(code, 0);
        let id = out.split_whitespace().next().expect("a line");
        let (code, out, _) = run(&["explain", id]);
        assert_eq!(code, 0);
        assert!(out.starts_with(id), "{out}");
    }
}

/// What `list` and `explain` print is read as it is printed, in a pipe.
#[test]
fn lists_and_explanations_are_reviewed() {
    for (name, arguments) in [
        ("explain-case", &["explain", "server/challenge/names-resource-metadata"][..]),
        ("explain-case-of-keys", &["explain", "authorization-server/keys/served"]),
        ("explain-requirement", &["explain", "oauth21-7.9-advertise-pkce"]),
        ("explain-permission", &["explain", "rfc9110-11.6.1-multiple-challenges"]),
        ("explain-probe", &["explain", "resource-metadata-derived"]),
        ("explain-defect", &["explain", "challenge-without-resource-metadata"]),
        ("explain-variant", &["explain", "challenges-in-several-lines"]),
        ("list-profiles-json", &["list", "profiles", "--format", "json"]),
    ] {
        let (code, out, err) = run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {err}");
        assert!(!out.contains('\u{1b}'), "{name} is coloured");
        snapshot(name, &out);
    }
}

/// Of a list that grows with every case, the rows of one document; they are padded as the whole list is.
#[test]
fn the_list_of_requirements_is_reviewed() {
    for (name, arguments) in [
        ("list-requirements", &["list", "requirements"][..]),
        ("list-requirements-uncited", &["list", "requirements", "--uncited"]),
    ] {
        let (code, out, err) = run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {err}");
        let some = out.lines().filter(|line| line.starts_with("rfc9728-") || line.starts_with("role "));
        let some: Vec<&str> = some.collect();
        snapshot(name, &some.join("\n"));
    }
}

#[test]
fn lists_as_json_hold_an_object_an_id() {
    for what in ["cases", "requirements", "probes", "diagnoses", "defects", "variants", "profiles"] {
        let (_, lines, _) = run(&["list", what]);
        let (code, out, err) = run(&["list", what, "--format", "json"]);
        assert_eq!(code, 0, "{what}: {err}");
        let list: Vec<serde_json::Value> = serde_json::from_str(&out).expect("an array");
        for object in &list {
            let id = object["id"].as_str().expect("an id");
            assert!(lines.lines().any(|line| line.split_whitespace().next() == Some(id)), "{what}: {id}");
        }
    }
    let (code, _, err) = run(&["list", "cases", "--uncited"]);
    assert_eq!(code, 2, "{err}");
}

#[test]
fn the_proof_holds_for_a_user_too() {
    let (code, out, err) = run(&["self-test", "server/pointer"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("Every case catches each of its defects"), "{out}");
    assert_eq!(run(&["self-test", "server/nothing"]).0, 2);
}

#[test]
fn nothing_is_coloured_that_is_not_a_terminal() {
    let (_, out, err) = run(&["check", "--reference"]);
    assert!(!out.contains('\u{1b}') && !err.contains('\u{1b}'));
}
