//! `action.yml`: its shell steps, run as GitHub Actions runs them, and what its expressions refer to.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use mcp_conform::matrix;
use reference_servers::{Options, Running};
use regex::Regex;
use serde_json::Value;
use tokio::runtime::Runtime;

fn action() -> Value {
    let text = fs::read_to_string("action.yml").expect("action.yml");
    serde_saphyr::from_str(&text).expect("action.yml is YAML")
}

fn steps(action: &Value) -> &Vec<Value> {
    action["runs"]["steps"].as_array().expect("steps")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Runs the shell steps in their order. Gives the exit code of the last, its outputs, the log and the job summary.
struct Job {
    code: i32,
    outputs: BTreeMap<String, String>,
    log: String,
    summary: String,
    /// Whether a command that an input held was run.
    ran: bool,
}

fn job(inputs: &[(&str, &str)]) -> Job {
    let action = action();
    let folder = tempfile::tempdir().expect("a folder");
    let summary = folder.path().join("summary.md");
    let expression =
        Regex::new(r"^\$\{\{ *([a-z]+)\.([a-z-]+)(?:\.outputs\.([a-z-]+))? *\}\}$").expect("a regex");
    let mut outputs: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let (mut code, mut log) = (0, String::new());
    for step in steps(&action).iter().filter(|step| step["run"].is_string()) {
        let file = folder.path().join("outputs");
        fs::write(&file, "").expect("a file");
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", text(&step["run"])]);
        command.env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR")).env("RUNNER_TEMP", folder.path());
        command.env("GITHUB_OUTPUT", &file).env("GITHUB_STEP_SUMMARY", &summary).current_dir(folder.path());
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            let found = expression.captures(text(value)).expect("a plain expression");
            let given = match (&found[1], found.get(3)) {
                ("steps", Some(output)) => outputs.get(&found[2]).and_then(|said| said.get(output.as_str())),
                _ => None,
            };
            let input = inputs.iter().find(|(name, _)| found[1] == *"inputs" && found[2] == **name);
            let default = text(&action["inputs"][&found[2]]["default"]);
            command
                .env(name, given.map(String::as_str).or(input.map(|(_, value)| *value)).unwrap_or(default));
        }
        let output = command.output().expect("bash runs");
        log.push_str(&String::from_utf8_lossy(&output.stdout));
        log.push_str(&String::from_utf8_lossy(&output.stderr));
        code = output.status.code().expect("no signal");
        let said = fs::read_to_string(&file).expect("outputs");
        let said = said.lines().filter_map(|line| line.split_once('='));
        outputs
            .insert(text(&step["id"]).to_owned(), said.map(|(k, v)| (k.to_owned(), v.to_owned())).collect());
    }
    let mut outputs = outputs.remove("check").unwrap_or_default();
    if let Some(sarif) = outputs.get_mut("sarif") {
        *sarif = fs::read_to_string(&*sarif).expect("the SARIF report is there");
    }
    let ran = folder.path().join("ran").exists();
    Job { code, outputs, log, summary: fs::read_to_string(summary).unwrap_or_default(), ran }
}

fn servers(defect: Option<&str>) -> (Runtime, Running) {
    let runtime = Runtime::new().expect("a runtime");
    let corpus = mcp_conform::load::embedded().expect("the built-in cases load");
    let deviations: Vec<_> = defect.iter().map(|name| &corpus.defects[*name].value).collect();
    let servers = runtime.block_on(matrix::start("2026-07-28", &deviations, Options::default()));
    (runtime, servers.expect("servers start"))
}

const BINARY: (&str, &str) = ("binary", env!("CARGO_BIN_EXE_mcp-conform"));

#[test]
fn a_broken_server_fails_the_job_after_everything_was_said() {
    let (_runtime, servers) = servers(Some("challenge-with-unquoted-url"));
    let junit = tempfile::NamedTempFile::new().expect("a file");
    let formats = format!("junit={}\n  badge={}.svg", junit.path().display(), junit.path().display());
    let job = job(&[BINARY, ("url", &servers.server_url), ("formats", &formats)]);
    assert_eq!(job.code, 1, "{}", job.log);
    assert_eq!((job.outputs["outcome"].as_str(), job.outputs["fail"].as_str()), ("does-not-conform", "1"));
    let counts: Value = serde_json::from_str(&job.outputs["counts"]).expect("JSON");
    assert_eq!(counts["fail"], 1);
    assert_eq!(counts["pass"].to_string(), job.outputs["pass"]);
    assert!(job.log.contains("::error title="), "{}", job.log);
    assert!(job.summary.contains("does not conform: 1 broken requirement"), "{}", job.summary);
    let sarif: Value = serde_json::from_str(&job.outputs["sarif"]).expect("SARIF is JSON");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "server/challenge/values-are-tokens-or-quoted");
    assert!(fs::read_to_string(junit.path()).expect("JUnit").contains("<testsuites"));
}

#[test]
fn inputs_become_options_and_nothing_that_they_hold_is_run() {
    let (_runtime, servers) = servers(Some("challenge-without-scope"));
    let url = ("url", servers.server_url.as_str());
    let login = ("arguments", "--login --headless");
    assert_eq!(job(&[BINARY, url, login]).code, 0);
    assert_eq!(job(&[BINARY, url, login, ("fail-on", "should")]).code, 1);
    let old = job(&[BINARY, url, ("profile", "2025-99-99")]);
    assert_eq!(old.code, 2, "{}", old.log);
    assert!(old.log.contains("there is no profile `2025-99-99`") && !old.outputs.contains_key("sarif"));
    assert!(job(&[BINARY, url, ("baseline", "none.txt")]).log.contains("cannot read none.txt"));
    for hostile in ["$(touch ran)", "`touch ran`", "x; touch ran", "--version", "* ? ~"] {
        let job = job(&[
            BINARY,
            ("url", hostile),
            ("arguments", hostile),
            ("formats", hostile),
            ("profile", hostile),
        ]);
        assert_eq!((job.code, job.ran), (2, false), "{hostile}: {}", job.log);
    }
    let shown = job(&[BINARY, url, ("arguments", "--help")]);
    assert!(shown.code == 2 && shown.log.contains("Nothing was checked"), "{}", shown.log);
}

#[test]
fn every_expression_refers_to_what_is_there() {
    let action = action();
    let ids: Vec<&str> = steps(&action).iter().map(|step| text(&step["id"])).collect();
    let reference = Regex::new(r"(inputs|steps)\.([a-z-]+)").expect("a regex");
    let mut used = Vec::new();
    let whole = fs::read_to_string("action.yml").expect("action.yml");
    for found in reference.captures_iter(&whole) {
        match &found[1] {
            "inputs" => assert!(action["inputs"].get(&found[2]).is_some(), "{}", &found[0]),
            _ => assert!(ids.contains(&&found[2]), "{}", &found[0]),
        }
        used.push(found[2].to_owned());
    }
    for name in action["inputs"].as_object().expect("inputs").keys() {
        assert!(used.contains(name), "the input {name} is not used");
    }
    // An expression in a script would let an input be run.
    assert!(steps(&action).iter().all(|step| !text(&step["run"]).contains("${{")));
}
