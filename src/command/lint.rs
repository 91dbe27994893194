//! `lint`: what `check` judges, on a file.

use std::io::Read;
use std::path::Path;

use super::Failure;
use super::bench::Bench;
use super::output::Files;
use crate::cli::Lint;
use crate::exit;
use crate::lint::{self, Address, Kind, Text};
use crate::report::format::Format;

/// Bytes of a file that are read at the most.
const LIMIT: u64 = 1 << 20;

pub(super) fn lint(arguments: &Lint) -> Result<u8, Failure> {
    let several = arguments.files.len() > 1;
    if several && arguments.url.is_some() {
        return Err(Failure::usage("--url says where one document is served: give one file with it"));
    }
    let names = || arguments.judging.format.iter().filter_map(|format| format.split('=').next());
    let is_whole = |name: &&str| Format::named(name).is_some_and(Format::is_whole);
    if several && let Some(name) = names().find(is_whole) {
        let message = format!("a report as {name} is about one document: give one file with --format {name}");
        return Err(Failure::usage(message));
    }
    let texts: Vec<Text> =
        arguments.files.iter().map(|file| read(arguments.kind, file)).collect::<Result<_, _>>()?;
    let address = match (&arguments.url, texts.first()) {
        (Some(url), Some(text)) => Some(Address::of(url, text).map_err(Failure::usage)?),
        _ => None,
    };
    let mut bench = Bench::new(&arguments.judging, &mut Files::default())?;
    let mut codes = Vec::new();
    for text in &texts {
        let report = lint::lint(&bench.corpus, text, address.as_ref(), &bench.choice);
        codes.push(bench.write(report)?);
    }
    let worst = [exit::DOES_NOT_CONFORM, exit::INCONCLUSIVE].into_iter().find(|code| codes.contains(code));
    Ok(worst.unwrap_or(exit::CONFORMS))
}

fn read(kind: Kind, file: &Path) -> Result<Text, Failure> {
    let name = if file == Path::new("-") { "<stdin>".to_owned() } else { file.display().to_string() };
    let mut bytes = Vec::new();
    let result = match file == Path::new("-") {
        true => std::io::stdin().lock().take(LIMIT + 1).read_to_end(&mut bytes),
        false => std::fs::File::open(file).and_then(|open| open.take(LIMIT + 1).read_to_end(&mut bytes)),
    };
    result.map_err(|error| Failure::usage(format!("cannot read {name}: {error}")))?;
    if bytes.len() as u64 > LIMIT {
        return Err(Failure::usage(format!("{name} is too long: {LIMIT} bytes are read at the most")));
    }
    Text::new(kind, &name, bytes).map_err(Failure::usage)
}
