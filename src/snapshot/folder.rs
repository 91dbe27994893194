//! The folder of a target's snapshots: what drifted from it, and what is written there because of that.
//!
//! ```text
//! first-contact.snap       as it was reviewed
//! first-contact.snap.new   what was answered now, where that differs
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::file::{self, PENDING, REVIEWED};
use super::{Snapshot, file::same};
use crate::model::recording::Recording;

/// What is written where a response drifted, as insta names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// Every difference waits as `.snap.new`.
    New,
    /// Only changed responses wait; new ones are written as reviewed.
    Unseen,
    /// Everything is written as reviewed, and what is gone is removed.
    Always,
    /// Nothing.
    No,
}

/// A folder that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} {}: {source}", .path.display())]
pub struct FolderError {
    what: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// A folder as it was before the run.
pub struct Folder {
    path: PathBuf,
    /// The reviewed texts by probe.
    reviewed: BTreeMap<String, String>,
    /// The probes for which something of an earlier run waits.
    pending: BTreeSet<String>,
}

/// One way in which what was answered is not what was reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The probe.
    pub probe: String,
    /// How it differs.
    pub what: What,
    /// The file to look at: what was written, or what is left over.
    pub file: PathBuf,
}

/// How it differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Another answer.
    Changed {
        /// What was reviewed.
        old: String,
        /// What was answered.
        new: Snapshot,
    },
    /// An answer that is in no snapshot.
    New(Snapshot),
    /// A snapshot that nothing was answered for, and why.
    Gone(String),
}

/// What became of every snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Those that are as they were reviewed.
    pub same: usize,
    /// What differs.
    pub drifts: Vec<Drift>,
    /// Those that take options which were not given in this run, with the options.
    pub unasked: BTreeMap<String, String>,
}

impl Folder {
    /// Reads the folder at `path`, and makes it where it is not there.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let failed = |what, path: &Path| {
            let path = path.to_owned();
            move |source| FolderError { what, path, source }
        };
        std::fs::create_dir_all(path).map_err(failed("make the folder", path))?;
        let mut folder = Self { path: path.to_owned(), reviewed: BTreeMap::new(), pending: BTreeSet::new() };
        for entry in std::fs::read_dir(path).map_err(failed("read", path))? {
            let file = entry.map_err(failed("read", path))?.path();
            let Some(name) = file.file_name().and_then(|name| name.to_str()) else { continue };
            let (probe, waits) = match (name.strip_suffix(PENDING), name.strip_suffix(REVIEWED)) {
                (Some(probe), _) => (probe.to_owned(), true),
                (None, Some(probe)) => (probe.to_owned(), false),
                (None, None) => continue,
            };
            let text = std::fs::read_to_string(&file).map_err(failed("read", &file))?;
            match (file::read(&text), waits) {
                (Some(_), true) => drop(folder.pending.insert(probe)),
                (Some(text), false) => drop(folder.reviewed.insert(probe, text)),
                // Somebody else's.
                (None, _) => {}
            }
        }
        Ok(folder)
    }

    /// Whether nothing was ever reviewed here.
    pub fn is_empty(&self) -> bool {
        self.reviewed.is_empty()
    }

    /// What differs between the folder and `answered`, the snapshots of `recording`.
    pub fn compare(&self, answered: &BTreeMap<String, Snapshot>, recording: &Recording) -> Comparison {
        let mut comparison = Comparison::default();
        let names: BTreeSet<&String> = self.reviewed.keys().chain(answered.keys()).collect();
        for probe in names {
            let (what, ending) = match (self.reviewed.get(probe), answered.get(probe)) {
                (Some(old), Some(new)) if same(old, &new.text) => {
                    comparison.same += 1;
                    continue;
                }
                (Some(old), Some(new)) => (What::Changed { old: old.clone(), new: new.clone() }, PENDING),
                (None, Some(new)) => (What::New(new.clone()), PENDING),
                (_, None) => match silence(probe, recording) {
                    Silence::Unasked(options) => {
                        comparison.unasked.insert(probe.clone(), options);
                        continue;
                    }
                    Silence::Because(why) => (What::Gone(why), REVIEWED),
                },
            };
            let file = self.path.join(format!("{probe}{ending}"));
            comparison.drifts.push(Drift { probe: probe.clone(), what, file });
        }
        comparison
    }

    /// Writes what `update` wants written, and takes away what waits from earlier runs. Gives what is left to review.
    pub fn write(&self, comparison: Comparison, update: Update) -> Result<Comparison, FolderError> {
        if update == Update::No {
            return Ok(comparison);
        }
        let mut left = Comparison { drifts: Vec::new(), ..comparison };
        let mut waits = BTreeSet::new();
        for drift in comparison.drifts {
            let (text, reviewed) = match &drift.what {
                What::Changed { new, .. } => (file::write(new), update == Update::Always),
                What::New(new) => (file::write(new), update != Update::New),
                What::Gone(_) if update == Update::Always => {
                    remove(&drift.file)?;
                    continue;
                }
                What::Gone(_) => {
                    left.drifts.push(drift);
                    continue;
                }
            };
            if reviewed {
                put(&self.path.join(format!("{}{REVIEWED}", drift.probe)), &text)?;
            } else {
                put(&drift.file, &text)?;
                waits.insert(drift.probe.clone());
                left.drifts.push(drift);
            }
        }
        for probe in self.pending.difference(&waits) {
            remove(&self.path.join(format!("{probe}{PENDING}")))?;
        }
        Ok(left)
    }
}

fn put(path: &Path, text: &str) -> Result<(), FolderError> {
    std::fs::write(path, text).map_err(|source| FolderError { what: "write", path: path.to_owned(), source })
}

fn remove(path: &Path) -> Result<(), FolderError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FolderError { what: "remove", path: path.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

/// Why a probe has no answer.
enum Silence {
    /// The user asked for less.
    Unasked(String),
    /// Anything else.
    Because(String),
}

fn silence(probe: &str, recording: &Recording) -> Silence {
    let mut records = recording.probes.iter().filter(|record| record.probe == probe).peekable();
    if records.peek().is_none() {
        return Silence::Because("this version of mcp-conform does not ask for it".to_owned());
    }
    let attempts: Vec<_> = records.flat_map(|record| &record.attempts).collect();
    if let Some(id) = attempts.iter().find_map(|attempt| attempt.exchange) {
        let other = recording.exchange(id).map_or("another probe", |exchange| &exchange.probe);
        return Silence::Because(format!("the same request is in the snapshot of {other} now"));
    }
    let reasons: Vec<_> = attempts.iter().filter_map(|attempt| attempt.not_sent.as_ref()).collect();
    match reasons.iter().find_map(|reason| reason.options.clone()) {
        Some(options) => Silence::Unasked(options),
        None => Silence::Because(
            reasons
                .first()
                .map_or_else(|| "there was nothing to ask".to_owned(), |reason| reason.why.clone()),
        ),
    }
}

#[cfg(test)]
mod tests;
