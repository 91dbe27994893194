//! Where reports go: stdout or files, opened before the run so that nothing gathered is lost.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Failure, known, print};
use crate::model::corpus::Corpus;
use crate::report::format::{FORMATS, Format};
use crate::report::human::{Detail, Style};
use crate::report::{Report, terminal};

/// One `--format FORMAT[=PATH]`.
#[derive(Debug)]
pub(super) struct Output {
    format: Format,
    file: Option<(PathBuf, File)>,
}

/// The files of a run. What is opened twice is written one after the other.
#[derive(Debug, Default)]
pub(super) struct Files(BTreeMap<PathBuf, File>);

impl Files {
    /// Opens a file for writing, or says why it cannot be.
    pub(super) fn create(&mut self, path: &Path) -> Result<File, Failure> {
        let failed = |error| Failure::usage(format!("cannot write {}: {error}", path.display()));
        if let Some(file) = self.0.get(path) {
            return file.try_clone().map_err(failed);
        }
        let file = create(path)?;
        self.0.insert(path.to_path_buf(), file.try_clone().map_err(failed)?);
        Ok(file)
    }
}

/// Reads the arguments and opens the files; a report for people is the default.
pub(super) fn open(arguments: &[String], files: &mut Files) -> Result<Vec<Output>, Failure> {
    if arguments.is_empty() {
        return Ok(vec![Output { format: Format::Human, file: None }]);
    }
    let outputs: Vec<Output> =
        arguments.iter().map(|argument| Output::open(argument, files)).collect::<Result<_, _>>()?;
    if outputs.iter().filter(|output| output.file.is_none()).count() > 1 {
        return Err(Failure::usage(
            "two reports would mix on stdout: give one a path, as in --format json=report.json",
        ));
    }
    Ok(outputs)
}

/// Opens a file for writing, or says why it cannot be.
pub(super) fn create(path: &Path) -> Result<File, Failure> {
    // All commands of a step of a job write into the same summary.
    let is_shared =
        std::env::var_os("GITHUB_STEP_SUMMARY").is_some_and(|summary| path.as_os_str() == summary);
    let file = match is_shared {
        true => File::options().append(true).create(true).open(path),
        false => File::create(path),
    };
    file.map_err(|error| Failure::usage(format!("cannot write {}: {error}", path.display())))
}

impl Output {
    fn open(argument: &str, files: &mut Files) -> Result<Self, Failure> {
        let (name, path) = match argument.split_once('=') {
            Some((name, path)) => (name, Some(Path::new(path))),
            None => (argument, None),
        };
        known("format", name, FORMATS.iter().map(|(name, ..)| *name))?;
        let format = Format::named(name).unwrap_or(Format::Human);
        let file = match path {
            Some(path) => Some((path.to_path_buf(), files.create(path)?)),
            None => None,
        };
        Ok(Self { format, file })
    }

    /// Whether people read it on standard output.
    pub(super) fn is_for_people(&self) -> bool {
        self.file.is_none() && self.format == Format::Human
    }

    /// Writes the report. Where the file fails after all, it goes to stdout, so that nothing is lost.
    pub(super) fn write(&mut self, report: &Report, corpus: &Corpus, detail: Detail) -> Result<(), Failure> {
        let mut style = Style { detail, ..terminal::style() };
        style.colour &= self.file.is_none();
        let text = self.format.render(report, corpus, &style).map_err(Failure::internal)?;
        let text = match self.format {
            Format::Human => terminal::spelt(&text).into_owned(),
            _ => text,
        };
        let Some((path, file)) = &mut self.file else {
            return print(&text);
        };
        save(path, file, &text)
    }
}

/// Writes `text` to an opened file, or to stdout where that fails.
pub(super) fn save(path: &Path, file: &mut File, text: &str) -> Result<(), Failure> {
    file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(|error| {
        let rescued = match print(text) {
            Ok(()) => "what belongs there is on stdout",
            Err(_) => "nor could it go to stdout",
        };
        Failure::usage(format!("cannot write {}: {error}; {rescued}", path.display()))
    })
}
