//! What the token options say, read and checked before anything is sent. No message repeats what may be a secret.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use super::{Failure, known};
use crate::cli::Tokens;
use crate::credentials::{Credentials, GivenClient, Way};
use crate::login::kept;
use crate::login::secret::Secret;
use crate::model::corpus::Corpus;
use crate::model::token::GOOD;

/// The credentials that `arguments` give.
pub(super) fn given(arguments: &Tokens, corpus: &Corpus) -> Result<Credentials, Failure> {
    let way = match arguments {
        Tokens { token_env: Some(variable), .. } => Some(Way::Given(variable_of("--token-env", variable)?)),
        Tokens { token_file: Some(path), .. } => Some(Way::Given(file(path)?)),
        Tokens { client_credentials: true, .. } => Some(Way::ClientCredentials),
        Tokens { login: true, headless, .. } => Some(Way::Login { headless: *headless }),
        _ => None,
    };
    let client = match &arguments.client_id {
        Some(id) => {
            let variable = arguments.client_secret_env.as_deref();
            let secret = variable.map(|variable| variable_of("--client-secret-env", variable)).transpose()?;
            Some(GivenClient { id: id.clone(), secret })
        }
        None => None,
    };
    if let Some(path) = &arguments.keep_tokens {
        kept::read(path).map_err(|error| Failure::usage(format!("--keep-tokens: {error}")))?;
    }
    let bad = pairs("--bad-token", &arguments.bad_token)?;
    for name in bad.keys() {
        known("token", name, corpus.tokens.keys().map(String::as_str).filter(|name| *name != GOOD))?;
    }
    Ok(Credentials {
        way,
        client,
        client_metadata_url: arguments.client_metadata_url.clone(),
        scope: arguments.scope.clone(),
        broader_scope: arguments.broader_scope.clone(),
        other_resource: arguments.other_resource.clone(),
        bad,
        keep: arguments.keep_tokens.clone(),
        fields: pairs("--form-field", &arguments.form_field)?,
    })
}

/// Values of environment variables by name, as `NAME=VARIABLE` says.
fn pairs(option: &str, arguments: &[String]) -> Result<BTreeMap<String, Secret>, Failure> {
    let pair = |text: &String| match text.split_once('=') {
        Some((name, variable)) if !name.is_empty() => Ok((name.to_owned(), variable_of(option, variable)?)),
        _ => Err(Failure::usage(format!(
            "{option}: expected NAME=VARIABLE, the name of an environment variable"
        ))),
    };
    arguments.iter().map(pair).collect()
}

pub(super) fn variable_of(option: &str, variable: &str) -> Result<Secret, Failure> {
    let is_name = !variable.is_empty()
        && !variable.starts_with(|first: char| first.is_ascii_digit())
        && variable.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    if !is_name {
        let message = format!("{option}: expected the name of an environment variable, not a value");
        return Err(Failure::usage(message));
    }
    match std::env::var(variable) {
        Ok(value) if !value.trim().is_empty() => sendable(value.trim(), &format!("{option}: ${variable}")),
        _ => {
            Err(Failure::usage(format!("{option}: the environment variable {variable} is not set or empty")))
        }
    }
}

fn file(path: &Path) -> Result<Secret, Failure> {
    let shown = path.display();
    let mut text = String::new();
    let read = match path == Path::new("-") {
        true => std::io::stdin().read_to_string(&mut text),
        false => std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text)),
    };
    read.map_err(|error| Failure::usage(format!("--token-file: cannot read {shown}: {error}")))?;
    match text.trim() {
        "" => Err(Failure::usage(format!("--token-file: {shown} is empty"))),
        token => sendable(token, &format!("--token-file: {shown}")),
    }
}

/// A header can hold it.
fn sendable(value: &str, place: &str) -> Result<Secret, Failure> {
    match value.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        true => Ok(Secret::new(value)),
        false => Err(Failure::usage(format!("{place} holds characters that no header can"))),
    }
}
