//! `check` and `replay`: the same judging, over a recording that is made or read.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::output::{self, Output};
use super::{Failure, corpus, credentials, interrupt, known, network, shown, target};
use crate::baseline::{self, Baseline};
use crate::cli::{Check, Judging, Replay, Strength, Tested};
use crate::credentials::Way;
use crate::exit;
use crate::matrix;
use crate::model::corpus::Corpus;
use crate::model::recording::{FORMAT, Recording, Target};
use crate::model::requirement::Role;
use crate::plan::Plan;
use crate::report::human::Detail;
use crate::report::progress::Bar;
use crate::report::{Choice, Report};
use crate::session::{self, Options};

pub(super) async fn check(arguments: Check) -> Result<u8, Failure> {
    let role = Role::from(arguments.role);
    let given = match &arguments.url {
        Some(url) => Some(target::at(url, role)?),
        None => None,
    };
    let network = network::settings(&arguments.network)?;
    let mut bench = Bench::new(&arguments.judging)?;
    let credentials = credentials::given(&arguments.tokens, &bench.corpus)?;
    let recording_file = match &arguments.record {
        Some(path) => Some((path.as_path(), output::create(path)?)),
        None => None,
    };
    // The servers live as long as the check.
    let (target, servers) = match given {
        Some(target) => (target, None),
        None => {
            let profile = bench.reference(arguments.reference.as_deref())?;
            let servers = matrix::start(&profile, &[], reference_servers::Options::default()).await;
            let servers = servers.map_err(Failure::internal)?;
            let url = match arguments.role {
                Tested::Server => &servers.server_url,
                Tested::AuthorizationServer => &servers.issuer,
            };
            (Target { role, url: url.clone() }, Some(servers))
        }
    };
    bench.fits(role)?;
    // The reference servers ask nobody for consent.
    let credentials = match &servers {
        Some(servers) if credentials.way.is_none() => {
            matrix::credentials(servers, Way::Login { headless: true })
        }
        _ => credentials,
    };
    let stop = interrupt::listen();
    let options = Options { profile: Some(bench.choice.clone()), network, credentials, stop };
    let progress = Bar::new();
    let recording = session::record(&bench.corpus, target, &options, &progress).await;
    progress.finish();
    let recording = recording.map_err(network::failed)?;
    let saved = match recording_file {
        Some((path, mut file)) => {
            let text = serde_json::to_string_pretty(&recording).map_err(Failure::internal)? + "\n";
            output::save(path, &mut file, &text)
        }
        None => Ok(()),
    };
    let code = bench.judge(&recording)?;
    saved.map(|()| if recording.interrupted { exit::INTERRUPTED } else { code })
}

pub(super) fn replay(arguments: &Replay) -> Result<u8, Failure> {
    let mut bench = Bench::new(&arguments.judging)?;
    bench.judge(&read(&arguments.recording)?)
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

/// Everything that judging needs, opened before the run.
pub(super) struct Bench {
    pub(super) corpus: Corpus,
    pub(super) choice: Choice,
    outputs: Vec<Output>,
    terms: exit::Terms,
    known: Option<Baseline>,
    to_be_known: Option<(PathBuf, File)>,
    detail: Detail,
}

impl Bench {
    pub(super) fn new(judging: &Judging) -> Result<Self, Failure> {
        let corpus = corpus(judging.cases.as_deref())?;
        let choice = match judging.profile.as_deref() {
            Some("all") => Choice::All,
            Some(profile) => {
                known("profile", profile, corpus.profiles.keys().map(String::as_str).chain(["all"]))?;
                Choice::One(profile.to_owned())
            }
            None => Choice::One(corpus.newest_profile().unwrap_or_default().to_owned()),
        };
        let outputs = output::open(&judging.format)?;
        let known = match &judging.expected_failures {
            Some(path) => Some(known_failures(path, &corpus)?),
            None => None,
        };
        let to_be_known = match &judging.write_expected_failures {
            Some(path) => Some((path.clone(), output::create(path)?)),
            None => None,
        };
        let detail = match (judging.verbose, judging.quiet) {
            (true, _) => Detail::All,
            (_, true) => Detail::Least,
            _ => Detail::Findings,
        };
        let warnings_count = judging.fail_on == Strength::Should;
        let terms = exit::Terms { allow_public: judging.allow_public, warnings_count };
        Ok(Self { corpus, choice, outputs, terms, known, to_be_known, detail })
    }

    /// A usage error where the profile that decides has no case for `role`.
    fn fits(&self, role: Role) -> Result<(), Failure> {
        let corpus = &self.corpus;
        let plan = Plan::for_role(corpus, role);
        let judged = |profile: &str| {
            let mut cases = plan.cases.iter().filter_map(|id| corpus.cases.get(id));
            cases.any(|case| corpus.level(&case.value, profile).is_some())
        };
        match self.choice.profiles(corpus).into_iter().find(|profile| !judged(profile)) {
            Some(profile) if self.choice != Choice::All => Err(Failure::usage(format!(
                "under {profile} an authorization server is tested with the MCP server that it belongs to: \
                 give the URL of that and leave out --role"
            ))),
            _ => Ok(()),
        }
    }

    /// The profile that the reference servers speak: the one of `--reference=`, else that of `--profile`.
    /// Where only the former is given, it decides as well.
    fn reference(&mut self, given: Option<&str>) -> Result<String, Failure> {
        match given.filter(|given| !given.is_empty()) {
            Some(profile) => {
                known("profile", profile, self.corpus.profiles.keys().map(String::as_str))?;
                self.choice = Choice::One(profile.to_owned());
                Ok(profile.to_owned())
            }
            None => Ok(match &self.choice {
                Choice::One(profile) => profile.clone(),
                Choice::All => self.corpus.newest_profile().unwrap_or_default().to_owned(),
            }),
        }
    }

    fn judge(&mut self, recording: &Recording) -> Result<u8, Failure> {
        self.write(session::report(&self.corpus, recording, Some(&self.choice)))
    }

    /// Writes a report in every format that was asked for, and gives its exit code.
    pub(super) fn write(&mut self, mut report: Report) -> Result<u8, Failure> {
        let wrong =
            self.known.as_ref().map(|known| known.apply(&mut report, &self.corpus, baseline::today()));
        let report = &report;
        let mut failure = None;
        if let Some((path, file)) = &mut self.to_be_known {
            let text = baseline::written(report, &self.corpus, self.terms.warnings_count);
            failure = output::save(path, file, &text).err();
        }
        for output in &mut self.outputs {
            if let Err(error) = output.write(report, &self.corpus, self.detail) {
                failure = Some(error);
            }
        }
        let broken =
            report.results.iter().any(|result| result.verdict() == crate::model::verdict::Verdict::Error);
        if broken {
            return Err(Failure::internal("a case is at fault, see the report"));
        }
        if let Some(failure) = failure {
            return Err(failure);
        }
        match wrong.unwrap_or_default().as_slice() {
            [] => Ok(exit::of(report, &self.corpus, self.terms)),
            wrong => {
                let message = format!("expected failures have changed:\n{}", shown(wrong));
                Err(Failure { code: exit::DOES_NOT_CONFORM, message })
            }
        }
    }
}

fn known_failures(path: &Path, corpus: &Corpus) -> Result<Baseline, Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read {name}: {error}")))?;
    Baseline::parse(&name, &text, corpus).map_err(|problems| {
        Failure::bad_file(format!("these expected failures are wrong:\n{}", shown(&problems)))
    })
}
