//! Lays what the file says under what the command line says: each option that was not given is taken from the file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::model::{Client, Settings, Source};
use crate::cli::{Judging, Network, Tokens};

impl Settings {
    /// Where reports go and what decides. `folder` is where paths begin.
    pub fn under_judging(&self, folder: &Path, given: &mut Judging) {
        fill(&mut given.profile, self.profile.as_ref().map(|profile| profile.value.clone()));
        fill(&mut given.fail_on, self.fail_on);
        fill(&mut given.expected_failures, inside(folder, &self.baseline));
        fill(&mut given.cases, inside(folder, &self.cases));
        given.allow_public |= self.allow_public.unwrap_or_default();
        let formats = self.formats.iter().flatten().map(|format| match format.value.split_once('=') {
            Some((name, path)) => format!("{name}={}", folder.join(path).display()),
            None => format.value.clone(),
        });
        fill_list(&mut given.format, formats);
    }

    /// Where tokens come from. A source that was given is given with its client.
    pub fn under_tokens(&self, folder: &Path, given: &mut Tokens) {
        let Tokens { token_env, token_file, client_credentials, login, .. } = given;
        if token_env.is_none() && token_file.is_none() && !*client_credentials && !*login {
            match &self.token {
                Some(Source::Env(variable)) => *token_env = Some(variable.clone()),
                Some(Source::File(path)) => *token_file = Some(folder.join(path)),
                Some(Source::ClientCredentials) => *client_credentials = true,
                Some(Source::Login) => *login = true,
                Some(Source::HeadlessLogin) => (*login, given.headless) = (true, true),
                None => {}
            }
        }
        if given.client_id.is_none() && given.client_metadata_url.is_none() {
            let Client { id, secret_env, metadata_url } = self.client.clone().unwrap_or_default();
            (given.client_id, given.client_secret_env, given.client_metadata_url) =
                (id, secret_env, metadata_url);
        }
        fill_list(&mut given.form_field, pairs(&self.form_fields));
        fill(&mut given.scope, self.scope.clone());
        fill(&mut given.broader_scope, self.broader_scope.clone());
        fill(&mut given.other_resource, self.other_resource.clone());
        fill_list(&mut given.bad_token, pairs(&self.bad_tokens));
        fill(&mut given.keep_tokens, inside(folder, &self.keep_tokens));
    }

    /// How requests travel.
    pub fn under_network(&self, folder: &Path, given: &mut Network) {
        fill(&mut given.timeout, self.timeout.as_ref().map(|seconds| seconds.value));
        given.allow_private |= self.allow_private.unwrap_or_default();
        if !given.insecure {
            let files = self.cacert.iter().flatten().map(|path| folder.join(path));
            fill_list(&mut given.cacert, files);
        }
        given.insecure |= self.insecure.unwrap_or_default() && given.cacert.is_empty();
        fill_list(&mut given.header, pairs(&self.headers));
        if given.proxy.is_none() && given.resolve.is_empty() {
            given.resolve = self.resolve.clone().unwrap_or_default();
            (given.proxy, given.proxy_user) = (self.proxy.clone(), self.proxy_user.clone());
        }
    }

    /// The file of the recording.
    pub fn under_record(&self, folder: &Path, given: &mut Option<PathBuf>) {
        fill(given, inside(folder, &self.record));
    }
}

fn fill<T>(given: &mut Option<T>, here: Option<T>) {
    if given.is_none() {
        *given = here;
    }
}

fn fill_list<T>(given: &mut Vec<T>, here: impl Iterator<Item = T>) {
    if given.is_empty() {
        given.extend(here);
    }
}

fn inside(folder: &Path, path: &Option<PathBuf>) -> Option<PathBuf> {
    path.as_ref().map(|path| folder.join(path))
}

/// `NAME=VARIABLE` for each, as the command line has it.
fn pairs(map: &Option<BTreeMap<String, String>>) -> impl Iterator<Item = String> {
    map.iter().flatten().map(|(name, variable)| format!("{name}={variable}"))
}
