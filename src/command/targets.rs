//! Which targets a command is about: a URL, or what `mcp-conform.yaml` calls by a name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Failure, known};
use crate::cli::{Check, Configured};
use crate::config::model::Settings;
use crate::config::{Config, ConfigError, NAME};
use crate::report::format::Format;

/// One target with its options.
pub(super) struct Wanted {
    /// Its name, where it has one.
    pub(super) name: Option<String>,
    /// What the file does not say is as on the command line.
    pub(super) arguments: Check,
}

/// What the command line names in the file.
pub(super) struct Found {
    /// The URL.
    pub(super) url: String,
    config: Option<(Config, Option<String>)>,
}

/// Every target that `check` is about: one URL, one name, or all names.
pub(super) fn wanted(arguments: Check) -> Result<Vec<Wanted>, Failure> {
    if arguments.reference.is_some() {
        return Ok(vec![Wanted { name: None, arguments }]);
    }
    let names = match &arguments.url {
        Some(_) => vec![None],
        None => {
            let config = config(&arguments.configured)?;
            let names: Vec<_> =
                config.iter().flat_map(Config::names).map(|name| Some(name.to_owned())).collect();
            match &config {
                _ if !names.is_empty() => names,
                Some(config) => {
                    let message = format!("{} names no targets: give a URL", config.path.display());
                    return Err(Failure::usage(message));
                }
                None => {
                    let message = format!(
                        "expected the URL of an MCP endpoint, as in https://example.com/mcp, or a file {NAME} with targets, \
                         here or in a folder above"
                    );
                    return Err(Failure::usage(message));
                }
            }
        }
    };
    let several = names.len() > 1;
    let all: Vec<Wanted> = names.into_iter().map(|name| one(&arguments, name)).collect::<Result<_, _>>()?;
    if several {
        apart(&all)?;
    }
    Ok(all)
}

pub(super) fn one(arguments: &Check, name: Option<String>) -> Result<Wanted, Failure> {
    let mut arguments = arguments.clone();
    let url = name.as_deref().or(arguments.url.as_deref()).unwrap_or_default();
    let found = Found::new(url, &arguments.configured)?;
    found.under(|settings, folder| {
        settings.under_judging(folder, &mut arguments.judging);
        settings.under_tokens(folder, &mut arguments.tokens);
        settings.under_network(folder, &mut arguments.network);
        settings.under_record(folder, &mut arguments.record);
        arguments.role = arguments.role.or(settings.role);
    });
    if let Some(name) = found.name() {
        for format in &mut arguments.judging.format {
            *format = format.replace("{target}", name);
        }
        arguments.record =
            arguments.record.map(|path| PathBuf::from(path.to_string_lossy().replace("{target}", name)));
    }
    let tokens = &arguments.tokens;
    if tokens.client_credentials && tokens.client_id.is_none() {
        return Err(Failure::usage(format!("{url}: client-credentials needs a client with an id")));
    }
    let name = found.name().map(str::to_owned);
    arguments.url = Some(found.url);
    Ok(Wanted { name, arguments })
}

/// No two targets write to one place, but for what can stand one after the other.
fn apart(all: &[Wanted]) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    for Wanted { arguments, .. } in all {
        let formats =
            arguments.judging.format.iter().map(|format| format.split_once('=').unwrap_or((format, "")));
        let documents = formats.filter(|(name, _)| Format::named(name).is_some_and(Format::is_whole));
        let record = arguments.record.iter().map(|path| path.display().to_string());
        let written = arguments.judging.write_expected_failures.iter().map(|path| path.display().to_string());
        for path in documents.map(|(_, path)| path.to_owned()).chain(record).chain(written) {
            let place = if path.is_empty() { "standard output" } else { &path };
            if !seen.insert(path.clone()) {
                return Err(Failure::usage(format!(
                    "several targets would write one document to {place}: give a path with {{target}} in it, as in \
                     --format json={{target}}.json"
                )));
            }
        }
    }
    Ok(())
}

impl Found {
    /// What `given` is: a URL, or a name in the file.
    pub(super) fn new(given: &str, configured: &Configured) -> Result<Self, Failure> {
        let Some(config) = config(configured)? else {
            return Ok(Self { url: given.to_owned(), config: None });
        };
        if let Some([target, _]) = config.target(given) {
            let url = target.url.as_ref().map(|url| url.value.clone()).unwrap_or_default();
            return Ok(Self { url, config: Some((config, Some(given.to_owned()))) });
        }
        // A name has neither.
        if given.contains(['/', ':']) || config.names().next().is_none() {
            return Ok(Self { url: given.to_owned(), config: Some((config, None)) });
        }
        known("target", given, config.names())?;
        Ok(Self { url: given.to_owned(), config: Some((config, None)) })
    }

    /// Lays what the file says of it under what `fill` fills: first the target, then what holds for all.
    pub(super) fn under(&self, mut fill: impl FnMut(&Settings, &Path)) {
        let Some((config, name)) = &self.config else { return };
        if let Some([target, _]) = name.as_deref().and_then(|name| config.target(name)) {
            fill(target, config.folder());
        }
        fill(config.defaults(), config.folder());
    }

    /// Its name in the file.
    pub(super) fn name(&self) -> Option<&str> {
        self.config.as_ref().and_then(|(_, name)| name.as_deref())
    }
}

/// The file that is in effect.
pub(super) fn config(configured: &Configured) -> Result<Option<Config>, Failure> {
    let read = match (&configured.config, configured.no_config) {
        (_, true) => return Ok(None),
        (Some(path), _) => Config::read(path).map(Some),
        (None, _) => {
            let folder = std::env::current_dir()
                .map_err(|error| Failure::usage(format!("there is no working directory: {error}")))?;
            Config::find(&folder)
        }
    };
    read.map_err(|error| match error {
        ConfigError::Unreadable(..) => Failure::usage(error),
        ConfigError::Wrong(_) => Failure::bad_file(format!("these options are wrong:\n{error}")),
    })
}
