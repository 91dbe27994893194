//! `config`: the file with the targets and options of a project, shown and checked.

use super::{Failure, print, targets, tell};
use crate::cli::{Config, Configured};
use crate::config::{NAME, schema};
use crate::exit;

pub(super) fn config(arguments: &Config) -> Result<u8, Failure> {
    if arguments.schema {
        print(&schema())?;
        return Ok(exit::CONFORMS);
    }
    let configured = Configured { config: arguments.config.clone(), no_config: false };
    let Some(config) = targets::config(&configured)? else {
        return Err(Failure::usage(format!("there is no {NAME} here or in a folder above")));
    };
    let names: Vec<&str> = config.names().collect();
    let width = names.iter().map(|name| name.len()).max().unwrap_or_default();
    let targets = if names.len() == 1 { "target" } else { "targets" };
    let mut text = format!("{}: {} {targets}\n", config.path.display(), names.len());
    for name in names {
        let url = config.target(name).and_then(|[target, _]| target.url.as_ref());
        let url = url.map(|url| url.value.as_str()).unwrap_or_default();
        text.push_str(&format!("  {name:width$}  {}\n", crate::report::escape::line(url)));
    }
    tell(&text)?;
    Ok(exit::CONFORMS)
}
