//! What judging needs besides a recording, opened before anything is sent: cases, files for reports, expected failures.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::output::{self, Files, Output};
use super::{Failure, corpus, known, shown};
use crate::baseline::{self, Baseline};
use crate::cli::{Judging, Strength};
use crate::exit;
use crate::model::corpus::Corpus;
use crate::model::requirement::Role;
use crate::plan::Plan;
use crate::report::human::Detail;
use crate::report::{Choice, Report};

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
    pub(super) fn new(judging: &Judging, files: &mut Files) -> Result<Self, Failure> {
        let corpus = corpus(judging.cases.as_deref())?;
        let choice = match judging.profile.as_deref() {
            Some("all") => Choice::All,
            Some(profile) => {
                known("profile", profile, corpus.profiles.keys().map(String::as_str).chain(["all"]))?;
                Choice::One(profile.to_owned())
            }
            None => Choice::One(corpus.newest_profile().unwrap_or_default().to_owned()),
        };
        let outputs = output::open(&judging.format, files)?;
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
        let warnings_count = judging.fail_on == Some(Strength::Should);
        let terms = exit::Terms { allow_public: judging.allow_public, warnings_count };
        Ok(Self { corpus, choice, outputs, terms, known, to_be_known, detail })
    }

    /// A usage error where the profile that decides has no case for `role`.
    pub(super) fn fits(&self, role: Role) -> Result<(), Failure> {
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
    pub(super) fn reference(&mut self, given: Option<&str>) -> Result<String, Failure> {
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

    /// Whether people read the report on standard output.
    pub(super) fn is_for_people(&self) -> bool {
        self.outputs.iter().any(Output::is_for_people)
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
