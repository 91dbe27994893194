//! `mcp-conform.yaml`: the targets of a project by name, and the options they are checked with.
//!
//! ```yaml
//! defaults:
//!   formats: [human, "junit=reports/{target}.xml"]
//! targets:
//!   staging:
//!     url: https://staging.example.com/mcp
//!     headers: { x-gateway-key: GATEWAY_KEY }
//!     baseline: known.txt
//! ```
//!
//! `mcp-conform check` then checks all of them and `mcp-conform check staging` that one. What is given on the command line
//! stands above what the file says. A frame shows the key that is wrong and never a value: it might be a secret.

pub mod model;
mod under;

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_saphyr::Spanned;

use self::model::{File, Settings};
use crate::cli::patience;
use crate::load::Problem;
use crate::load::frame::nearest;
use crate::load::read::{parse, profiles};
use crate::report::format::FORMATS;

/// The name of the file.
pub const NAME: &str = "mcp-conform.yaml";

/// A file that was read.
#[derive(Debug)]
pub struct Config {
    /// Where it is, as it is shown.
    pub path: PathBuf,
    text: String,
    file: File,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read {0}: {1}")]
    Unreadable(String, std::io::Error),
    /// What it says is wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))]
    Wrong(Vec<Problem>),
}

impl Config {
    /// The file in `folder` or the nearest folder above, if there is one.
    ///
    /// # Errors
    /// Where there is one that cannot be used.
    pub fn find(folder: &Path) -> Result<Option<Self>, ConfigError> {
        match folder.ancestors().map(|above| above.join(NAME)).find(|path| path.is_file()) {
            Some(path) => Self::read(&path).map(Some),
            None => Ok(None),
        }
    }

    /// The file at `path`.
    ///
    /// # Errors
    /// Where it cannot be read, or says what it cannot.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let shown = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable(shown.clone(), error))?;
        let file = match text.lines().all(|line| line.trim().is_empty() || line.trim().starts_with('#')) {
            true => File::default(),
            false => parse(&shown, &text).map_err(|problem| ConfigError::Wrong(vec![veiled(*problem)]))?,
        };
        let config = Self { path: path.to_path_buf(), text, file };
        match config.problems() {
            problems if problems.is_empty() => Ok(config),
            problems => Err(ConfigError::Wrong(problems)),
        }
    }

    /// The names of its targets.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.file.targets.keys().map(String::as_str)
    }

    /// The target of this name, and what holds for all.
    pub fn target(&self, name: &str) -> Option<[&Settings; 2]> {
        self.file.targets.get(name).map(|target| [target, &self.file.defaults])
    }

    /// What holds for all targets.
    pub fn defaults(&self) -> &Settings {
        &self.file.defaults
    }

    /// Where its paths begin.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// A mistake at a value of the file.
    pub fn at<T>(&self, place: &Spanned<T>, message: String, help: Option<String>) -> Problem {
        let span = place.referenced.span();
        let start = usize::try_from(span.byte_offset().unwrap_or(span.offset())).unwrap_or(self.text.len());
        let length = usize::try_from(span.byte_len().unwrap_or(span.len())).unwrap_or(0);
        let problem = Problem::new(&self.shown(), &self.text, start..start + length, message);
        veiled(Problem { help, ..problem })
    }

    fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// What the types of its keys do not say.
    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let defaults = &self.file.defaults;
        if let Some(url) = &defaults.url {
            problems.push(self.at(url, "a URL belongs to one target".to_owned(), None));
        }
        for (name, target) in &self.file.targets {
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            if name.is_empty() || !name.chars().all(is_name) {
                let message = "the name of a target has letters, digits, `.`, `_` and `-`".to_owned();
                problems.push(self.at_key(name, message));
            }
            if target.url.is_none() {
                problems.push(self.at_key(name, format!("target `{name}` has no url")));
            }
        }
        for settings in self.file.targets.values().chain([defaults]) {
            // Cases of one's own may bring profiles.
            let built_in = settings.cases.is_none() && defaults.cases.is_none();
            if let Some(profile) = settings.profile.as_ref().filter(|_| built_in) {
                let names: Vec<&str> = profiles().chain(["all"]).collect();
                problems.extend(self.unknown("profile", profile, &profile.value, &names));
            }
            if let Some(seconds) = &settings.timeout
                && let Err(expected) = patience(seconds.value)
            {
                problems.push(self.at(seconds, expected.to_owned(), None));
            }
            for format in settings.formats.iter().flatten() {
                let name = format.value.split('=').next().unwrap_or_default();
                let names: Vec<&str> = FORMATS.iter().map(|(name, ..)| *name).collect();
                problems.extend(self.unknown("format", format, name, &names));
            }
        }
        problems
    }

    /// A mistake where `name` is not one of `names`.
    fn unknown<T>(&self, kind: &str, place: &Spanned<T>, name: &str, names: &[&str]) -> Option<Problem> {
        if names.contains(&name) {
            return None;
        }
        let help = nearest(name, names.iter().copied());
        let help = help.unwrap_or_else(|| format!("known: {}", names.join(", ")));
        Some(self.at(place, format!("there is no such {kind}"), Some(help)))
    }

    /// A mistake at the target of this name.
    fn at_key(&self, name: &str, message: String) -> Problem {
        let targets = self.text.find("targets:").unwrap_or(0);
        let keys = [format!("{name}:"), format!("\"{name}\":"), format!("'{name}':")];
        let found = keys.iter().find_map(|key| {
            let start = targets + self.text.get(targets..)?.find(key.as_str())?;
            Some(start..start + key.len() - 1)
        });
        Problem::new(&self.shown(), &self.text, found.unwrap_or(targets..targets), message)
    }
}

/// The same with no value in its frame or message: whoever writes a secret into the file by mistake does not find it in the
/// log of a CI system.
fn veiled(problem: Problem) -> Problem {
    let Problem { path, text, span, message, help } = problem;
    let is_key = message.starts_with("there is no key");
    let start = if is_key { span.end } else { span.start }.min(text.len());
    let line = text[start..].lines().next().unwrap_or_default();
    let Range { start, end } = start..start + line.trim_end().len();
    let hidden = match is_key {
        _ if end == start => "",
        true => ": …",
        false => "…",
    };
    let span = if is_key { span } else { start..start + hidden.len() };
    let text = format!("{}{hidden}{}", &text[..start], &text[end..]);
    // A wrong value stands between backticks.
    let message = match message.split('`').collect::<Vec<_>>().as_slice() {
        ["nothing is called ", _, rest] => format!("there is no such value{rest}"),
        _ => message,
    };
    Problem { path, text, span, message, help }
}

/// The JSON Schema of such files, for editors.
pub fn schema() -> String {
    let schema = schemars::schema_for!(File);
    // A schema always serialises.
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests;
