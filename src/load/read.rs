//! Finds the files of `cases/`, embedded or in a folder, and reads each into its type.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use serde::de::DeserializeOwned;
use serde_saphyr::SnippetMode;

use super::frame::Problem;
use crate::model::corpus::{Corpus, Filed, SourceFile};

/// The files of `cases/` as they were when this program was built: path and text.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/cases.rs"));

/// The corpus that this program was built with.
pub fn embedded() -> Result<Corpus, Vec<Problem>> {
    corpus(FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
}

/// The embedded corpus with the files of `folder` added, or put in place of those of the same path.
pub fn overlay(folder: &Path) -> Result<Corpus, OverlayError> {
    let mut files: BTreeMap<String, String> =
        FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let mut found = BTreeMap::new();
    collect(folder, folder, &mut found)
        .map_err(|(path, error)| OverlayError::Unreadable { path: path.display().to_string(), error })?;
    if found.is_empty() {
        return Err(OverlayError::Empty(folder.display().to_string()));
    }
    files.extend(found);
    corpus(files.into_iter().collect()).map_err(OverlayError::Wrong)
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
    files: &mut BTreeMap<String, String>,
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
            files.insert(format!("cases/{}", parts.join("/")), text);
        }
    }
    Ok(())
}

/// Reads every file; all mistakes are reported, not just the first.
pub fn corpus(files: Vec<(String, String)>) -> Result<Corpus, Vec<Problem>> {
    let mut corpus = Corpus::default();
    let mut problems = Vec::new();
    for (path, text) in files {
        let file = corpus.files.len();
        corpus.files.push(SourceFile { path: path.clone(), text: text.clone() });
        if let Err(problem) = read_file(&mut corpus, file, &path, &text) {
            problems.push(*problem);
        }
    }
    if problems.is_empty() { Ok(corpus) } else { Err(problems) }
}

fn read_file(corpus: &mut Corpus, file: usize, path: &str, text: &str) -> Result<(), Box<Problem>> {
    let inner = path.strip_prefix("cases/").unwrap_or(path);
    let id = inner.strip_suffix(".yaml").unwrap_or(inner);
    let (folder, name) = id.split_once('/').unwrap_or(("", id));
    let name = name.to_owned();
    match folder {
        "requirements" => add_all(&mut corpus.requirements, file, parse(path, text)?, path, text)?,
        "probes" => add_all(&mut corpus.probes, file, parse(path, text)?, path, text)?,
        "profiles" => drop(corpus.profiles.insert(name, Filed { value: parse(path, text)?, file })),
        "defects" => drop(corpus.defects.insert(name, Filed { value: parse(path, text)?, file })),
        "variants" => drop(corpus.variants.insert(name, Filed { value: parse(path, text)?, file })),
        "server" | "authorization-server" => {
            corpus.cases.insert(id.to_owned(), Filed { value: parse(path, text)?, file });
        }
        _ => {
            let known = "requirements, probes, profiles, defects, variants, server, authorization-server";
            let message = format!("a file of cases/ lies in one of the folders {known}");
            return Err(Box::new(Problem::new(path, text, 0..0, message)));
        }
    }
    Ok(())
}

/// Adds the members of a file that maps names to things; a name may come once in all files.
fn add_all<T>(
    all: &mut BTreeMap<String, Filed<T>>,
    file: usize,
    members: BTreeMap<String, T>,
    path: &str,
    text: &str,
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
        let options = serde_saphyr::render_options! { snippets: SnippetMode::Off };
        let message = error.render_with_options(options);
        let message = message.split(" at line ").next().unwrap_or(&message).trim_end_matches(':').to_owned();
        let start = error.location().map_or(text.len(), |location| {
            let span = location.span();
            usize::try_from(span.byte_offset().unwrap_or(span.offset())).unwrap_or(text.len())
        });
        Box::new(Problem::new(path, text, start..word_end(text, start), message))
    })
}

/// The end of the word at `start`, so that a frame underlines it whole.
fn word_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let length =
        rest.find(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '}' | ']')).unwrap_or(rest.len());
    start + length.max(usize::from(!rest.is_empty()))
}
