//! Where reports go: stdout or files, opened before the run so that nothing gathered is lost.

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

/// Reads the arguments and opens the files.
pub(super) fn open(arguments: &[String]) -> Result<Vec<Output>, Failure> {
    let outputs: Vec<Output> =
        arguments.iter().map(|argument| Output::open(argument)).collect::<Result<_, _>>()?;
    if outputs.iter().filter(|output| output.file.is_none()).count() > 1 {
        return Err(Failure::usage(
            "two reports would mix on stdout: give one a path, as in --format json=report.json",
        ));
    }
    Ok(outputs)
}

/// Opens a file for writing, or says why it cannot be.
pub(super) fn create(path: &Path) -> Result<File, Failure> {
    File::create(path).map_err(|error| Failure::usage(format!("cannot write {}: {error}", path.display())))
}

impl Output {
    fn open(argument: &str) -> Result<Self, Failure> {
        let (name, path) = match argument.split_once('=') {
            Some((name, path)) => (name, Some(Path::new(path))),
            None => (argument, None),
        };
        known("format", name, FORMATS.iter().map(|(name, ..)| *name))?;
        let format = Format::named(name).unwrap_or(Format::Human);
        let file = match path {
            Some(path) => Some((path.to_path_buf(), create(path)?)),
            None => None,
        };
        Ok(Self { format, file })
    }

    /// Writes the report. Where the file fails after all, it goes to stdout, so that nothing is lost.
    pub(super) fn write(&mut self, report: &Report, corpus: &Corpus, detail: Detail) -> Result<(), Failure> {
        let mut style = Style { detail, ..terminal::style() };
        style.colour &= self.file.is_none();
        let text = self.format.render(report, corpus, &style).map_err(Failure::internal)?;
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
