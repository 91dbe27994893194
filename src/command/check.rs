//! `check` and `replay`: the same judging, over a recording that is made or read.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::bench::Bench;
use super::output::{self, Files};
use super::targets::{Wanted, wanted};
use super::{Failure, credentials, interrupt, network, overview, target};
use crate::cli::{Check, Replay, Tested};
use crate::credentials::{Credentials, Way};
use crate::exit;
use crate::matrix;
use crate::model::recording::{FORMAT, Recording, Target};
use crate::model::requirement::Role;
use crate::net::settings::Settings;
use crate::report::progress::Bar;
use crate::run::Progress;
use crate::run::stop::Stop;
use crate::session::{self, Options};

pub(super) async fn check(arguments: Check) -> Result<u8, Failure> {
    let mut files = Files::default();
    let mut runs = Vec::new();
    for one in wanted(arguments)? {
        runs.push(Run::new(one, &mut files)?);
    }
    let stop = interrupt::listen();
    if let [run] = runs.as_mut_slice() {
        return run.go(stop).await.map(|(code, _)| code);
    }
    let mut ended = Vec::new();
    for run in &mut runs {
        if stop.is_on() {
            break;
        }
        overview::heading(run)?;
        let result = run.go(stop.clone()).await;
        let said = match result {
            Ok(said) => said,
            Err(failure) => {
                super::failed(&failure);
                (failure.code, "see the error".to_owned())
            }
        };
        ended.push((run.name().to_owned(), said.0, said.1));
    }
    overview::end(&runs, &ended)?;
    Ok(if stop.is_on() { exit::INTERRUPTED } else { exit::worst(ended.iter().map(|(_, code, _)| *code)) })
}

/// One target, with everything that can be wrong before a request is sent found to be right.
pub(super) struct Run {
    name: Option<String>,
    arguments: Check,
    pub(super) bench: Bench,
    target: Option<Target>,
    network: Settings,
    credentials: Credentials,
    recording: Option<(PathBuf, File)>,
}

impl Run {
    pub(super) fn new(wanted: Wanted, files: &mut Files) -> Result<Self, Failure> {
        let Wanted { name, arguments } = wanted;
        let made = Self::prepared(name.clone(), arguments, files);
        made.map_err(|failure| match name {
            Some(name) => Failure { message: format!("target `{name}`: {}", failure.message), ..failure },
            None => failure,
        })
    }

    fn prepared(name: Option<String>, arguments: Check, files: &mut Files) -> Result<Self, Failure> {
        let role = Role::from(arguments.role.unwrap_or(Tested::Server));
        let target = match &arguments.url {
            Some(url) => Some(target::at(url, role)?),
            None => None,
        };
        let network = network::settings(&arguments.network)?;
        let mut bench = Bench::new(&arguments.judging, files)?;
        if target.is_some() {
            bench.fits(role)?;
        } else {
            bench.reference(arguments.reference.as_deref())?;
            bench.fits(role)?;
        }
        let credentials = credentials::given(&arguments.tokens, &bench.corpus)?;
        let recording = match &arguments.record {
            Some(path) => Some((path.clone(), output::create(path)?)),
            None => None,
        };
        Ok(Self { name, arguments, bench, target, network, credentials, recording })
    }

    /// What the target is called.
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().or(self.arguments.url.as_deref()).unwrap_or("the reference servers")
    }

    /// Sends what there is to ask.
    pub(super) async fn recorded(
        &mut self,
        stop: Stop,
        progress: &dyn Progress,
    ) -> Result<Recording, Failure> {
        // The servers live as long as the check.
        let servers = match &self.target {
            Some(_) => None,
            None => {
                let profile = self.bench.reference(self.arguments.reference.as_deref())?;
                let servers = matrix::start(&profile, &[], reference_servers::Options::default()).await;
                Some(servers.map_err(Failure::internal)?)
            }
        };
        let role = self.arguments.role.unwrap_or(Tested::Server);
        let target = match (&self.target, &servers) {
            (Some(target), _) => target.clone(),
            (None, Some(servers)) => {
                let url = match role {
                    Tested::Server => &servers.server_url,
                    Tested::AuthorizationServer => &servers.issuer,
                };
                Target { role: Role::from(role), url: url.clone() }
            }
            (None, None) => return Err(Failure::internal("nothing was to be asked")),
        };
        // The reference servers ask nobody for consent.
        let credentials = match &servers {
            Some(servers) if self.credentials.way.is_none() => {
                matrix::credentials(servers, Way::Login { headless: true })
            }
            _ => self.credentials.clone(),
        };
        let profile = Some(self.bench.choice.clone());
        let options = Options { profile, network: self.network.clone(), credentials, stop };
        let recording = session::record(&self.bench.corpus, target, &options, progress).await;
        recording.map_err(network::failed)
    }

    /// Sends, records, judges and reports; gives the exit code and what it comes to.
    async fn go(&mut self, stop: Stop) -> Result<(u8, String), Failure> {
        let progress = Bar::new();
        let recording = self.recorded(stop, &progress).await;
        progress.finish();
        let recording = recording?;
        let saved = match &mut self.recording {
            Some((path, file)) => {
                let text = serde_json::to_string_pretty(&recording).map_err(Failure::internal)? + "\n";
                output::save(path, file, &text)
            }
            None => Ok(()),
        };
        let report = session::report(&self.bench.corpus, &recording, Some(&self.bench.choice));
        let said = overview::said(&report, &self.bench.corpus);
        let code = self.bench.write(report)?;
        saved.map(|()| (if recording.interrupted { exit::INTERRUPTED } else { code }, said))
    }
}

pub(super) fn replay(arguments: &Replay) -> Result<u8, Failure> {
    let mut bench = Bench::new(&arguments.judging, &mut Files::default())?;
    let report = session::report(&bench.corpus, &read(&arguments.recording)?, Some(&bench.choice));
    bench.write(report)
}

pub(super) fn read(path: &Path) -> Result<Recording, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read {shown}: {error}")))?;
    let recording: Recording = serde_json::from_str(&text).map_err(|error| {
        let cut = if error.is_eof() { "; it is cut off: record again with `check --record`" } else { "" };
        Failure::bad_file(format!("{shown} is not a recording: {error}{cut}"))
    })?;
    if recording.format != FORMAT {
        let message = format!("{shown} has format {}, and this version reads {FORMAT}", recording.format);
        return Err(Failure::bad_file(message));
    }
    Ok(recording)
}
