//! Every way in which answers differ from a folder, and what each way of updating leaves there.

use tempfile::TempDir;

use super::*;
use crate::model::profile::Era;
use crate::model::recording::{Attempt, FORMAT, NotSent, ProbeRecord, Target, Tool};

fn snapshot(text: &str) -> Snapshot {
    Snapshot { title: "a request".to_owned(), text: text.to_owned() }
}

/// A folder with `same`, `changed`, `gone` and `unasked` as reviewed, a pending file of an earlier run, and a foreign one.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for probe in ["same", "changed", "gone", "unasked"] {
        std::fs::write(folder.path().join(format!("{probe}.snap")), file::write(&snapshot("old"))).unwrap();
    }
    std::fs::write(folder.path().join("same.snap.new"), file::write(&snapshot("older"))).unwrap();
    std::fs::write(folder.path().join("foreign.snap"), "---\nsource: tests/x.rs\n---\ntheirs\n").unwrap();
    folder
}

fn answered() -> BTreeMap<String, Snapshot> {
    [("same", "old"), ("changed", "new"), ("added", "new")]
        .map(|(probe, text)| (probe.to_owned(), snapshot(text)))
        .into()
}

fn recording() -> Recording {
    let record = |probe: &str, not_sent: NotSent| ProbeRecord {
        probe: probe.to_owned(),
        era: Era::Modern,
        item: None,
        attempts: vec![Attempt { name: String::new(), exchange: None, not_sent: Some(not_sent) }],
        used: None,
    };
    Recording {
        format: FORMAT,
        tool: Tool::this(),
        target: Target::server("https://h.example/mcp"),
        insecure: false,
        interrupted: false,
        tokens: Vec::new(),
        left: Vec::new(),
        probes: vec![
            record("gone", NotSent::new("no metadata names it")),
            record("unasked", NotSent::without("--login", "nobody logged in")),
        ],
        exchanges: Vec::new(),
    }
}

fn drifts(comparison: &Comparison) -> Vec<(&str, &'static str)> {
    let kind = |what: &What| match what {
        What::Changed { .. } => "changed",
        What::New(_) => "new",
        What::Gone(why) if why == "no metadata names it" => "gone",
        What::Gone(_) => "gone for another reason",
    };
    comparison.drifts.iter().map(|drift| (drift.probe.as_str(), kind(&drift.what))).collect()
}

/// The files afterwards, each with the last line of its text.
fn files(folder: &TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<String> = entries
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            format!("{name}: {}", text.lines().last().unwrap_or_default())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn each_update_leaves_what_it_says() {
    let all = [("added", "new"), ("changed", "changed"), ("gone", "gone")];
    let kept = ["foreign.snap: theirs", "same.snap: old", "unasked.snap: old"];
    for (update, left, there) in [
        (Update::No, &all[..], &["changed.snap: old", "gone.snap: old", "same.snap.new: older"][..]),
        (
            Update::New,
            &all[..],
            &["added.snap.new: new", "changed.snap.new: new", "changed.snap: old", "gone.snap: old"],
        ),
        (
            Update::Unseen,
            &all[1..],
            &["added.snap: new", "changed.snap.new: new", "changed.snap: old", "gone.snap: old"],
        ),
        (Update::Always, &[], &["added.snap: new", "changed.snap: new"]),
    ] {
        let place = folder();
        let folder = Folder::open(place.path()).unwrap();
        let comparison = folder.compare(&answered(), &recording());
        assert_eq!(drifts(&comparison), all, "{update:?}");
        assert_eq!(comparison.unasked, BTreeMap::from([("unasked".to_owned(), "--login".to_owned())]));
        assert_eq!(comparison.same, 1);
        let after = folder.write(comparison, update).unwrap();
        assert_eq!(drifts(&after), left, "{update:?}");
        let mut expected: Vec<&str> = kept.iter().chain(there).copied().collect();
        expected.sort_unstable();
        assert_eq!(files(&place), expected, "{update:?}");
    }
}

#[test]
fn a_probe_that_is_not_known_or_answered_elsewhere_is_gone_for_that_reason() {
    let place = folder();
    let folder = Folder::open(place.path()).unwrap();
    let why = |recording: &Recording| {
        let comparison = folder.compare(&answered(), recording);
        let gone = comparison.drifts.into_iter().find(|drift| drift.probe == "gone").map(|drift| drift.what);
        match gone {
            Some(What::Gone(why)) => why,
            other => panic!("{other:?}"),
        }
    };
    let mut recording = recording();
    recording.probes[0].attempts[0] = Attempt { name: String::new(), exchange: Some(7), not_sent: None };
    assert_eq!(why(&recording), "the same request is in the snapshot of another probe now");
    recording.probes.remove(0);
    assert_eq!(why(&recording), "this version of mcp-conform does not ask for it");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let place = folder();
    let error = Folder::open(&place.path().join("same.snap")).err().unwrap().to_string();
    assert!(error.starts_with("cannot ") && error.contains("same.snap"), "{error}");
}
