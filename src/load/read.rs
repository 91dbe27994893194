//! Finds the files of `cases/`, embedded or in a folder, and reads each into its type.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, io};

use serde::de::DeserializeOwned;
use serde_saphyr::SnippetMode;

use super::frame::{Problem, nearest, word_end};
use super::lint::lint;
use crate::model::case::Case;
use crate::model::corpus::{Corpus, Filed, SourceFile};
use crate::model::deviation::Deviation;
use crate::model::diagnosis::Diagnosis;
use crate::model::probe::Probe;
use crate::model::profile::Profile;
use crate::model::requirement::Requirement;
use crate::model::token::Token;

/// The files of `cases/` as they were when this program was built: path, text and JSON.
static FILES: &[(&str, &str, Option<&str>)] = include!(concat!(env!("OUT_DIR"), "/cases.rs"));

/// The corpus that this program was built with.
pub fn embedded() -> Result<Corpus, Vec<Problem>> {
    corpus(built_in())
}

fn built_in() -> BTreeMap<String, SourceFile> {
    let file = |(path, text, json): &(&str, &str, Option<&'static str>)| {
        let source = SourceFile { path: (*path).to_owned(), text: (*text).to_owned(), json: *json };
        ((*path).to_owned(), source)
    };
    FILES.iter().map(file).collect()
}

/// The names of the profiles that are embedded.
pub(crate) fn profiles() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(path, ..)| id(path)).filter(|(folder, _)| *folder == "profiles").map(|(_, name)| name)
}

/// The embedded corpus with somebody's own files over it.
#[derive(Debug)]
pub struct Overlay {
    /// All of it.
    pub corpus: Corpus,
    /// The paths of the files that are not embedded.
    own: BTreeSet<String>,
}

impl Overlay {
    /// Mistakes in the files that are not embedded; how far those cover the specs is not theirs to answer for.
    pub fn problems(&self) -> Vec<Problem> {
        let problems = lint(&self.corpus);
        problems.into_iter().filter(|problem| self.own.contains(&problem.path)).collect()
    }
}

/// The embedded corpus with the files of `folder` added, or put in place of those of the same path.
pub fn overlay(folder: &Path) -> Result<Overlay, OverlayError> {
    let mut found = BTreeMap::new();
    collect(folder, folder, &mut found)
        .map_err(|(path, error)| OverlayError::Unreadable { path: path.display().to_string(), error })?;
    if found.is_empty() {
        return Err(OverlayError::Empty(folder.display().to_string()));
    }
    let own = found.values().map(|file| file.path.clone()).collect();
    let mut files = built_in();
    files.extend(found);
    let corpus = corpus(files).map_err(OverlayError::Wrong)?;
    Ok(Overlay { corpus, own })
}

/// Why a folder of cases cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OverlayError {
    /// A file or folder cannot be read.
    #[error("cannot read {path}: {error}")]
    Unreadable {
        /// Which one.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// No YAML file is in it.
    #[error("{0} holds no .yaml file: expected the layout of cases/, as in server/challenge/my-case.yaml")]
    Empty(String),
    /// What it says is wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))]
    Wrong(Vec<Problem>),
}

fn collect(
    root: &Path,
    folder: &Path,
    files: &mut BTreeMap<String, SourceFile>,
) -> Result<(), (std::path::PathBuf, io::Error)> {
    let fail = |path: &Path, error| (path.to_path_buf(), error);
    for entry in fs::read_dir(folder).map_err(|error| fail(folder, error))? {
        let path = entry.map_err(|error| fail(folder, error))?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let inner = path.strip_prefix(root).unwrap_or(&path);
            let parts: Vec<_> = inner.components().map(|part| part.as_os_str().to_string_lossy()).collect();
            let text = fs::read_to_string(&path).map_err(|error| fail(&path, error))?;
            let file = SourceFile { path: path.display().to_string(), text, json: None };
            files.insert(format!("cases/{}", parts.join("/")), file);
        }
    }
    Ok(())
}

/// Reads every file; all mistakes are reported, not just the first.
/// Keys are paths from `cases/` on; what is shown to people is the path of the file itself.
pub fn corpus(files: BTreeMap<String, SourceFile>) -> Result<Corpus, Vec<Problem>> {
    let files: Vec<(String, SourceFile)> = files.into_iter().collect();
    let mut corpus = Corpus::default();
    let mut problems = Vec::new();
    for (file, read) in read_all(&files).into_iter().enumerate() {
        let (place, source) = &files[file];
        let added = read.and_then(|read| add(&mut corpus, file, id(place).1, read, source));
        problems.extend(added.err().map(|problem| *problem));
    }
    corpus.files = files.into_iter().map(|(_, source)| source).collect();
    if problems.is_empty() { Ok(corpus) } else { Err(problems) }
}

/// What one file says.
enum Read {
    Requirements(BTreeMap<String, Requirement>),
    Probes(BTreeMap<String, Probe>),
    Tokens(BTreeMap<String, Token>),
    Profile(Box<Profile>),
    Diagnosis(Box<Diagnosis>),
    Defect(Box<Deviation>),
    Variant(Box<Deviation>),
    Case(Box<Case>),
}

type Readings = Vec<Result<Read, Box<Problem>>>;

/// Reads the files, on as many threads as there are processors: that is most of what a start takes. Each thread takes the
/// next file that none has taken, as they differ in length.
fn read_all(files: &[(String, SourceFile)]) -> Readings {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let taken = AtomicUsize::new(0);
    let read = || {
        let mut readings = Vec::new();
        loop {
            let index = taken.fetch_add(1, Ordering::Relaxed);
            let Some((place, source)) = files.get(index) else { return readings };
            readings.push((index, read_file(place, source)));
        }
    };
    let mut all: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(read)).collect();
        let joined = running.into_iter().map(|one| one.join());
        joined.flat_map(|one| one.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    all.sort_unstable_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, reading)| reading).collect()
}

/// The folder below `cases/`, and the id of what is in it.
fn id(place: &str) -> (&str, &str) {
    let inner = place.strip_prefix("cases/").unwrap_or(place);
    let id = inner.strip_suffix(".yaml").unwrap_or(inner);
    match id.split_once('/') {
        // A case has its whole path for an id.
        Some((folder @ ("server" | "authorization-server" | "client"), _)) => (folder, id),
        Some((folder, name)) => (folder, name),
        None => ("", id),
    }
}

fn read_file(place: &str, source: &SourceFile) -> Result<Read, Box<Problem>> {
    Ok(match id(place).0 {
        "requirements" => Read::Requirements(of(source)?),
        "probes" => Read::Probes(of(source)?),
        "tokens" => Read::Tokens(of(source)?),
        "profiles" => Read::Profile(of(source)?),
        "diagnoses" => Read::Diagnosis(of(source)?),
        "defects" => Read::Defect(of(source)?),
        "variants" => Read::Variant(of(source)?),
        "server" | "authorization-server" | "client" => Read::Case(of(source)?),
        _ => {
            let known = "requirements, probes, tokens, profiles, diagnoses, defects, variants, server, authorization-server, client";
            let message = format!("a file of cases/ lies in one of the folders {known}");
            return Err(Box::new(Problem::new(&source.path, &source.text, 0..0, message)));
        }
    })
}

/// What a file says. Where its JSON does not do, the text knows the place of what is wrong.
fn of<T: DeserializeOwned>(source: &SourceFile) -> Result<T, Box<Problem>> {
    match source.json.and_then(|json| serde_json::from_str(json).ok()) {
        Some(value) => Ok(value),
        None => parse(&source.path, &source.text),
    }
}

fn add(
    corpus: &mut Corpus,
    file: usize,
    id: &str,
    read: Read,
    source: &SourceFile,
) -> Result<(), Box<Problem>> {
    let id = id.to_owned();
    match read {
        Read::Requirements(all) => add_all(&mut corpus.requirements, file, all, source)?,
        Read::Probes(all) => add_all(&mut corpus.probes, file, all, source)?,
        Read::Tokens(all) => add_all(&mut corpus.tokens, file, all, source)?,
        Read::Profile(value) => drop(corpus.profiles.insert(id, Filed { value: *value, file })),
        Read::Diagnosis(value) => drop(corpus.diagnoses.insert(id, Filed { value: *value, file })),
        Read::Defect(value) => drop(corpus.defects.insert(id, Filed { value: *value, file })),
        Read::Variant(value) => drop(corpus.variants.insert(id, Filed { value: *value, file })),
        Read::Case(value) => drop(corpus.cases.insert(id, Filed { value: *value, file })),
    }
    Ok(())
}

/// Adds the members of a file that maps names to things; a name may come once in all files.
fn add_all<T>(
    all: &mut BTreeMap<String, Filed<T>>,
    file: usize,
    members: BTreeMap<String, T>,
    SourceFile { path, text, .. }: &SourceFile,
) -> Result<(), Box<Problem>> {
    for (name, value) in members {
        if all.contains_key(&name) {
            let start = text.find(&format!("{name}:")).unwrap_or(0);
            let message = format!("`{name}` stands in another file already");
            return Err(Box::new(Problem::new(path, text, start..start + name.len(), message)));
        }
        all.insert(name, Filed { value, file });
    }
    Ok(())
}

/// Reads one YAML file; the error has the position.
pub fn parse<T: DeserializeOwned>(path: &str, text: &str) -> Result<T, Box<Problem>> {
    serde_saphyr::from_str(text).map_err(|error| {
        let start = error.location().map_or(text.len(), |location| {
            let span = location.span();
            usize::try_from(span.byte_offset().unwrap_or(span.offset())).unwrap_or(text.len())
        });
        let options = serde_saphyr::render_options! { snippets: SnippetMode::Off };
        let said = error.render_with_options(options);
        let (message, help) = plain(said.split(" at line ").next().unwrap_or(&said).trim_end_matches(':'));
        let problem = Problem::new(path, text, start..word_end(text, start), message);
        Box::new(Problem { help, ..problem })
    })
}

/// A parser's message in the words of an author, and what may have been meant.
pub(crate) fn plain(said: &str) -> (String, Option<String>) {
    let unknown = ["unknown field", "unknown variant"].iter().any(|unknown| said.starts_with(unknown));
    if let Some((what, names)) = said.split_once(", expected ").filter(|_| unknown) {
        let wanted = what.split('`').nth(1).unwrap_or_default();
        let names = names.strip_prefix("one of ").unwrap_or(names).replace('`', "").replace(" or ", ", ");
        let help = nearest(wanted, names.split(", ")).unwrap_or_else(|| format!("known: {names}"));
        let what =
            what.replace("unknown field", "there is no key").replace("unknown variant", "nothing is called");
        return (what, Some(help));
    }
    let said = said.split(", set DuplicateKeyPolicy").next().unwrap_or(said);
    (said.replace("expected u16", "expected a number").replace("missing field", "there is no"), None)
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn the_json_of_a_file_says_what_its_text_says() {
        let mut texts = built_in();
        for (path, file) in &mut texts {
            let json = file.json.take().unwrap_or_else(|| panic!("{path} has no JSON"));
            let source =
                SourceFile { path: path.clone(), text: "not: [what it says".to_owned(), json: Some(json) };
            assert!(read_file(path, &source).is_ok(), "{path}: its JSON is read");
        }
        let (mut fast, mut slow) = (embedded().unwrap(), corpus(texts).unwrap());
        (fast.files, slow.files) = (Vec::new(), Vec::new());
        // Only the text knows places.
        let place = Regex::new(r"Location \{[^{}]*\{[^{}]*\}[^{}]*\}").unwrap();
        let [fast, slow] =
            [fast, slow].map(|corpus| place.replace_all(&format!("{corpus:?}"), "").into_owned());
        let differs = fast.bytes().zip(slow.bytes()).position(|(a, b)| a != b).unwrap_or_default();
        let from = differs.saturating_sub(80);
        assert!(fast == slow, "{}\n{}", &fast[from..differs + 80], &slow[from..differs + 80]);
    }
}
