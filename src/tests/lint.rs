//! `lint` against `check`: on what the reference servers serve, both say the same of every case that a file decides.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use mcp_conform::check::{Check, Look};
use mcp_conform::lint::{Address, Kind, Text, lint};
use mcp_conform::load;
use mcp_conform::matrix::{self, Column, Judged, columns, is_caught_by, record_column_by};
use mcp_conform::model::corpus::Corpus;
use mcp_conform::model::exchange::Exchange;
use mcp_conform::model::profile::Era;
use mcp_conform::model::reception::Reception;
use mcp_conform::model::recording::Recording;
use mcp_conform::model::requirement::Role;
use mcp_conform::model::verdict::Verdict;
use mcp_conform::report::{Choice, Report, era_of};

const KINDS: [Kind; 5] =
    [Kind::ResourceMetadata, Kind::ServerMetadata, Kind::Jwks, Kind::ClientMetadata, Kind::Challenge];

/// What no object is, `published` finds first.
const OUTDONE: &str = "authorization-server/metadata/rfc-8414-answer-is-an-object";

/// What a column's servers answered to the probe of a kind: the exchange that counts, else the first that may be meant.
fn served(recording: &Recording, kind: Kind, era: Era) -> Option<&Exchange> {
    let record = recording.of(kind.probes()[0], era).next()?;
    let id = record.used.or_else(|| {
        let tried = record.attempts.iter().filter_map(|attempt| attempt.exchange);
        tried.into_iter().find(|id| {
            let response = recording.exchange(*id).and_then(Exchange::response);
            response.is_some_and(|response| response.status == 200)
        })
    })?;
    recording.exchange(id)
}

/// The same as a file, if there is something in it.
fn text(kind: Kind, exchange: &Exchange) -> Option<Text> {
    let response = exchange.response()?;
    let bytes = match kind {
        Kind::Challenge => {
            let lines = response.header_lines("www-authenticate");
            lines.iter().map(|line| format!("WWW-Authenticate: {line}\r\n")).collect::<String>().into_bytes()
        }
        _ => response.body.bytes(),
    };
    Text::new(kind, "served", bytes).ok()
}

fn linted(corpus: &Corpus, column: &Column, recording: &Recording, kind: Kind) -> Option<Report> {
    let exchange = served(recording, kind, era_of(corpus, &column.profile))?;
    let text = text(kind, exchange)?;
    let url = match kind {
        Kind::Challenge => &recording.target.url,
        _ => &exchange.request.url,
    };
    let address = Address::of(url, &text).ok();
    Some(lint(corpus, &text, address.as_ref(), &Choice::One(column.profile.clone())))
}

/// Where `lint` and `check` differ: a finding or a pass of one that the other does not share.
///
/// Where `check` could not look because of another document, `lint` may still say something.
fn differences(corpus: &Corpus, judged: &Judged, report: &Report, kind: Kind) -> Vec<String> {
    let mut differences = Vec::new();
    for result in &report.results {
        let Some(here) = result.verdicts.get(&judged.column.profile) else { continue };
        let Some(there) = judged.verdict(&result.case) else { continue };
        // What a good server would send along is granted.
        let granted = |case: &str| {
            let looks = corpus.cases[case].value.when.iter().flat_map(|condition| condition.value.looks());
            *here == Verdict::Pass
                && there == Verdict::NotApplicable
                && looks.into_iter().any(|look| look == Look::Headers)
        };
        if *here != there && there != Verdict::Untested && !granted(&result.case) {
            let words = (here.word(), there.word());
            let what = format!("{} is {} in a file and {} in a check", result.case, words.0, words.1);
            differences.push(format!("{} ({}): {what}", judged.column.title(), kind.name()));
        }
    }
    differences
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_judged_as_it_is_where_it_is_served() {
    let corpus = load::embedded().expect("the built-in cases load");
    let mut differences_found = Vec::new();
    let mut missed = Vec::new();
    // Cases that a file decides, and those that were seen to find a defect in one.
    let (mut decided, mut caught) = (BTreeSet::new(), BTreeSet::new());
    for column in columns(&corpus) {
        let recording = record_column_by(&corpus, &column, None).await.expect("the column is recorded");
        let open = Reception::of(&recording, era_of(&corpus, &column.profile)) != Reception::Refused;
        if column.role == Role::Server && open {
            continue;
        }
        let judged = Judged::new(&corpus, column.clone(), &recording);
        for kind in KINDS {
            let Some(report) = linted(&corpus, &column, &recording, kind) else { continue };
            if column.kind == matrix::Kind::Clean {
                decided.extend(report.results.iter().map(|result| result.case.clone()));
            }
            differences_found.extend(differences(&corpus, &judged, &report, kind));
            let left_out = &report.document.as_ref().expect("a document").left_out;
            for case in judged.cases.keys().filter(|case| is_caught_by(&corpus, case, &column.name)) {
                let about_it = corpus.probe(&corpus.cases[case].value.probe.value).expect("a probe").0;
                if !judged.finds(case) || !kind.probes().contains(&about_it) {
                    continue;
                }
                let finds = report.results.iter().any(|result| {
                    result.case == *case
                        && result.verdicts.get(&column.profile).is_some_and(|v| v.is_finding())
                });
                match finds {
                    true => drop(caught.insert(case.clone())),
                    false if left_out.iter().any(|out| out.case == *case) => {}
                    false => missed.push(format!("{case} misses {} ({})", column.title(), kind.name())),
                }
            }
        }
    }
    assert!(differences_found.is_empty(), "{}", differences_found.join("\n"));
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    let unproved: Vec<&String> = decided.difference(&caught).filter(|case| *case != OUTDONE).collect();
    assert!(decided.len() > 50 && unproved.is_empty(), "{} decided, unproved: {unproved:?}", decided.len());
}

const RESOURCE: &str = r#"{
  "resource": "https://mcp.example.com/mcp",
  "resource_name": "Example",
  "authorization_servers": ["https://auth.example.com"],
  "scopes_supported": ["mcp:tools"]
}
"#;
const SERVER: &str = r#"{
  "issuer": "https://auth.example.com",
  "authorization_endpoint": "https://auth.example.com/authorize",
  "token_endpoint": "https://auth.example.com/token",
  "jwks_uri": "https://auth.example.com/jwks.json",
  "response_types_supported": ["code"],
  "scopes_supported": ["mcp:tools"],
  "code_challenge_methods_supported": ["S256"],
  "token_endpoint_auth_methods_supported": ["none"],
  "client_id_metadata_document_supported": true
}
"#;
const KEYS: &str = r#"{"keys": [{"kty": "EC", "kid": "a", "crv": "P-256", "x": "eA", "y": "eQ"}]}"#;
const CHALLENGE: &str = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer resource_metadata=\
                         \"https://mcp.example.com/.well-known/oauth-protected-resource/mcp\"\r\n\r\n{}";
const CLIENT: &str = r#"{
  "client_id": "https://app.example.com/client.json",
  "client_name": "Example",
  "redirect_uris": ["http://127.0.0.1/callback"]
}
"#;
const CLIENT_URL: &str = "https://app.example.com/client.json";
const RESOURCE_URL: &str = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp";
const SERVER_URL: &str = "https://auth.example.com/.well-known/oauth-authorization-server";

/// Exit code, stdout and stderr of `lint - ARGUMENTS` with `input`.
fn run(input: &[u8], arguments: &[&str]) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mcp-conform"))
        .args(["lint"])
        .args(arguments)
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    // It need not read what it is given.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("no signal"), text(output.stdout), text(output.stderr))
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => "../../snapshots/lint",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn what_is_right_is_code_0() {
    for (kind, text, url) in [
        ("resource-metadata", RESOURCE, RESOURCE_URL),
        ("server-metadata", SERVER, SERVER_URL),
        ("jwks", KEYS, "https://auth.example.com/jwks.json"),
        ("client-metadata", CLIENT, CLIENT_URL),
        ("challenge", CHALLENGE, "https://mcp.example.com/mcp"),
    ] {
        let (code, out, err) = run(text.as_bytes(), &["-", "--as", kind]);
        assert_eq!(code, 0, "{kind}: {out}{err}");
        let (code, out, err) = run(text.as_bytes(), &["-", "--as", kind, "--url", url]);
        assert_eq!(code, 0, "{kind}: {out}{err}");
        snapshot(&format!("right-{kind}"), &out);
    }
}

#[test]
fn what_is_wrong_is_code_1_and_shown() {
    let challenge =
        "server: x\nwww-authenticate: Bearer realm=\"x\", resource_metadata=https://mcp.example.com/m\n";
    for (kind, name, text, url) in [
        (
            "resource-metadata",
            "of-another-endpoint",
            RESOURCE.replace("/mcp\"", "/mcp/\""),
            Some(RESOURCE_URL),
        ),
        ("resource-metadata", "broken", RESOURCE.replace("\"],\n", "\"]\n"), None),
        (
            "server-metadata",
            "of-another-issuer",
            SERVER.replace("\"https://auth.example.com\"", "\"https://x\""),
            Some(SERVER_URL),
        ),
        ("server-metadata", "without-s256", SERVER.replace("S256", "plain"), None),
        ("jwks", "with-private-key", KEYS.replace("\"kid\"", "\"d\": \"top-secret\", \"kid\""), None),
        (
            "client-metadata",
            "with-secret",
            CLIENT.replace("\"client_name\"", "\"client_secret\": \"top-secret\", \"client_name\""),
            None,
        ),
        ("client-metadata", "of-another-url", CLIENT.replace("client.json", "app.json"), Some(CLIENT_URL)),
        ("challenge", "unquoted", challenge.to_owned(), None),
    ] {
        let url = url.map(|url| ["--url", url]);
        let arguments: Vec<&str> = ["-", "--as", kind].into_iter().chain(url.into_iter().flatten()).collect();
        let (code, out, err) = run(text.as_bytes(), &arguments);
        assert_eq!(code, 1, "{kind} {name}: {out}{err}");
        assert!(!out.contains("top-secret"), "{out}");
        snapshot(&format!("{kind}-{name}"), &out);
    }
}

#[test]
fn bytes_that_are_no_json_text_are_found() {
    let of = |bytes: &[u8]| run(bytes, &["-", "--as", "resource-metadata"]);
    let (code, out, _) = of(&[b"\xef\xbb\xbf", RESOURCE.as_bytes()].concat());
    assert_eq!(code, 1);
    assert!(out.contains("server/metadata/no-byte-order-mark") && out.contains("<stdin>:1:1"), "{out}");
    let (code, out, _) = of(&RESOURCE
        .replace("Example", "\u{1}")
        .into_bytes()
        .iter()
        .map(|b| if *b == 1 { 0xff } else { *b })
        .collect::<Vec<_>>());
    assert_eq!(code, 1);
    assert!(out.contains("not UTF-8") && out.contains("<stdin>:3:21"), "{out}");
}

#[test]
fn several_files_are_judged_one_after_the_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let (good, bad) =
        (path("good.json", RESOURCE), path("bad.json", &RESOURCE.replace("https://auth", "http://auth")));
    let (code, out, err) = run(b"", &[&good, &bad, "--as", "resource-metadata"]);
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.contains(&format!("target     {good}")) && out.contains("bad.json:4:29"), "{out}");
}

#[test]
fn the_report_as_json_has_lines_and_columns() {
    let text = RESOURCE.replace("\"Example\"", "5");
    let (code, out, _) = run(text.as_bytes(), &["-", "--as", "resource-metadata", "--format", "json"]);
    assert_eq!(code, 0);
    let report: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let schema = serde_json::to_value(mcp_conform::report::json::schema()).expect("a schema");
    let wrong = jsonschema::validate(&schema, &report).map_err(|error| error.to_string());
    assert_eq!(wrong, Ok(()));
    let results = report["results"].as_array().expect("results");
    let named =
        results.iter().find(|result| result["case"] == "server/metadata/has-a-name").expect("the case");
    assert_eq!(named["findings"][0]["spot"], serde_json::json!({ "line": 3, "column": 20 }));
    assert_eq!(report["document"]["as"], "resource-metadata");
    let out = report["document"]["left-out"].as_array().expect("cases");
    assert!(
        out.iter().any(|left| left["needs"] == "url") && out.iter().any(|left| left["needs"] == "server")
    );
}

#[test]
fn a_wrong_command_line_is_code_2_and_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().display().to_string();
    for (arguments, says) in [
        (&["-"][..], "--as"),
        (&["--as", "jwks"], "<FILE>"),
        (&["-", "--as", "resource-metdata"], "'resource-metadata'"),
        (&["-", "--as", "jwks"], "<stdin> is empty"),
        (&["/no/such/file", "--as", "jwks"], "cannot read /no/such/file"),
        (&[&folder, "--as", "jwks"], "cannot read"),
        (&["-", "-", "--as", "jwks", "--url", "https://h/k"], "one file"),
        (&["-", "-", "--as", "jwks", "--format", "json"], "one file"),
    ] {
        let (code, out, err) = run(b" \n", arguments);
        assert_eq!(code, 2, "{arguments:?}: {out}{err}");
        assert!(err.contains(says), "{arguments:?} says {err}");
        assert!(out.is_empty(), "{arguments:?} prints {out}");
    }
    let (code, _, err) =
        run(RESOURCE.as_bytes(), &["-", "--as", "resource-metadata", "--url", "https://h/mcp"]);
    assert_eq!(code, 2);
    assert!(err.contains("https://h/.well-known/oauth-protected-resource/mcp"), "{err}");
}

#[test]
fn a_profile_that_says_nothing_of_a_document_is_no_pass() {
    let (code, out, _) =
        run(RESOURCE.as_bytes(), &["-", "--as", "resource-metadata", "--profile", "2025-03-26"]);
    assert_eq!(code, 5, "{out}");
    assert!(out.contains("nothing in 2025-03-26 can be judged on such a file alone"), "{out}");
}
