//! One `cargo test` trial a case, for the server of a project of one's own.
//!
//! ```text
//! test server/challenge/names-resource-metadata ... ok
//! test server/audience/other-resource           ... FAILED
//! test server/scope/step-up                     ... ignored, no token was given
//! ```
//!
//! The check is made once, when the first trial runs, and not for `--list`. cargo-nextest runs each trial in a process of
//! its own, where that would be a check a case; there, one trial stands for all.

use std::fmt;
use std::process::ExitCode;
use std::sync::{Arc, LazyLock, OnceLock};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::credentials::Credentials;
use crate::load;
use crate::load::frame::nearest;
use crate::model::corpus::Corpus;
use crate::model::recording::Target;
use crate::model::verdict::{Outcome, Verdict};
use crate::net::settings::Settings;
use crate::plan::Plan;
use crate::report::human::{self, Style};
use crate::report::{CaseResult, Choice, Report, terminal, words};
use crate::run::Quiet;
use crate::session::{self, Options};

/// The trial that asks what the run as a whole comes to.
const OUTCOME: &str = "outcome";
/// The trial that stands for all under cargo-nextest.
const ALL: &str = "every case";

static CORPUS: LazyLock<Result<Corpus, String>> = LazyLock::new(|| {
    load::embedded()
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))
});

/// Trials that check `target`, under the newest profile and without a token unless told otherwise.
pub fn trials(target: Target) -> Trials {
    let as_one = std::env::var_os("NEXTEST").is_some();
    Trials { target, options: Options::default(), allow_public: false, deny_warnings: false, as_one }
}

/// Trials to be: how they check their target, and what makes them fail.
#[derive(Debug, Clone)]
pub struct Trials {
    target: Target,
    options: Options,
    allow_public: bool,
    deny_warnings: bool,
    as_one: bool,
}

/// A profile that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownProfile {
    name: String,
    hint: String,
}

impl fmt::Display for UnknownProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no profile `{}`: {}", self.name, self.hint)
    }
}

impl std::error::Error for UnknownProfile {}

impl Trials {
    /// The profile that decides: a revision such as `2025-11-25`, `as-pointer`, or `all` revisions.
    #[must_use]
    pub fn profile(mut self, profile: &str) -> Self {
        self.options.profile = Some(match profile {
            "all" => Choice::All,
            one => Choice::One(one.to_owned()),
        });
        self
    }

    /// What the check has for the cases that need a token.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.options.credentials = credentials;
        self
    }

    /// How its requests travel.
    #[must_use]
    pub fn network(mut self, network: Settings) -> Self {
        self.options.network = network;
        self
    }

    /// Everything at once, as for [`check`](crate::check()).
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Lets a server pass that asks nobody for a token.
    #[must_use]
    pub fn allow_public(mut self) -> Self {
        self.allow_public = true;
        self
    }

    /// Makes a broken SHOULD fail its trial. Without this it passes and is printed.
    #[must_use]
    pub fn deny_warnings(mut self) -> Self {
        self.deny_warnings = true;
        self
    }

    /// Whether one trial stands for all cases, and shows the whole report where it fails; so it is under cargo-nextest
    /// unless told otherwise.
    #[must_use]
    pub fn as_one(mut self, as_one: bool) -> Self {
        self.as_one = as_one;
        self
    }

    /// The trials: one a case that the profile has for the target, and `outcome`.
    pub fn list(self) -> Result<Vec<Trial>, UnknownProfile> {
        let corpus = match &*CORPUS {
            Ok(corpus) => corpus,
            Err(why) => return Ok(vec![Trial::test(ALL, move || Err(Failed::from(why.as_str())))]),
        };
        let choice = self.choice(corpus)?;
        let cases = cases(corpus, &self.target, &choice);
        let check = Arc::new(Check { trials: self, report: OnceLock::new() });
        if check.trials.as_one {
            return Ok(vec![Trial::test(ALL, move || check.whole(corpus))]);
        }
        let trial = |case: String| {
            let check = Arc::clone(&check);
            Trial::ignorable_test(case.clone(), move || check.case(corpus, &case))
        };
        let mut trials: Vec<Trial> = cases.into_iter().map(trial).collect();
        trials.push(Trial::test(OUTCOME, move || check.outcome(corpus)));
        Ok(trials)
    }

    /// Runs the trials that the command line asks for, as the `main` of a test with `harness = false` does.
    pub fn run(self) -> ExitCode {
        let arguments = Arguments::from_args();
        match self.list() {
            Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
            Err(error) => {
                // Where even standard error is gone, the exit code is all that is left.
                let _ = terminal::err(&format!("error: {error}\n"));
                ExitCode::FAILURE
            }
        }
    }

    fn choice(&self, corpus: &Corpus) -> Result<Choice, UnknownProfile> {
        let known = corpus.profiles.keys().map(String::as_str);
        match &self.options.profile {
            None => Ok(Choice::One(corpus.newest_profile().unwrap_or_default().to_owned())),
            Some(Choice::One(name)) if !corpus.profiles.contains_key(name) => Err(UnknownProfile {
                name: name.clone(),
                hint: nearest(name, known.clone())
                    .unwrap_or_else(|| format!("known: {}", known.collect::<Vec<_>>().join(", "))),
            }),
            Some(choice) => Ok(choice.clone()),
        }
    }
}

/// The cases about `target` that exist in the profiles of `choice`.
fn cases(corpus: &Corpus, target: &Target, choice: &Choice) -> Vec<String> {
    let profiles = choice.profiles(corpus);
    let exists = |id: &&String| {
        let filed = corpus.cases.get(*id);
        filed.is_some_and(|case| profiles.iter().any(|profile| corpus.level(&case.value, profile).is_some()))
    };
    let mut cases: Vec<String> =
        Plan::for_role(corpus, target.role).cases.iter().filter(exists).cloned().collect();
    cases.sort();
    cases
}

/// The check that all trials of a process share.
struct Check {
    trials: Trials,
    report: OnceLock<Result<Report, String>>,
}

impl Check {
    /// The report, made when it is first asked for.
    ///
    /// A thread of its own makes it: whoever runs the trials may be in a runtime already, which cannot wait for another.
    fn report(&self, corpus: &Corpus) -> Result<&Report, Failed> {
        let made = self.report.get_or_init(|| {
            let made = std::thread::scope(|scope| scope.spawn(|| self.make(corpus)).join());
            made.unwrap_or_else(|_| Err("the check panicked: a bug of mcp-conform".to_owned()))
        });
        made.as_ref().map_err(|why| Failed::from(why.as_str()))
    }

    fn make(&self, corpus: &Corpus) -> Result<Report, String> {
        let Trials { target, options, .. } = &self.trials;
        let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("no runtime: {error}"))?;
        let recording = runtime.block_on(session::record(corpus, target.clone(), options, &Quiet));
        let recording = recording.map_err(|error| error.to_string())?;
        Ok(session::report(corpus, &recording, options.profile.as_ref()))
    }

    /// One case: a broken MUST fails, a broken SHOULD is printed, and what was not seen is ignored.
    fn case(&self, corpus: &Corpus, case: &str) -> Result<Completion, Failed> {
        let report = self.report(corpus)?;
        let Some(result) = report.results.iter().find(|result| result.case == case) else {
            return Ok(Completion::ignored_with("it was not judged"));
        };
        let finding = || human::finding(report, corpus, case, &Style::default()).unwrap_or_default();
        match result.verdict() {
            Verdict::Fail => Err(finding().into()),
            Verdict::Warn if self.trials.deny_warnings => Err(finding().into()),
            Verdict::Warn => {
                // Where standard error is gone, nobody is there to be warned.
                let _ = terminal::err(&format!("\n{}\n", finding()));
                Ok(Completion::Completed)
            }
            Verdict::Info | Verdict::Pass => Ok(Completion::Completed),
            Verdict::Untested | Verdict::NotApplicable => {
                Ok(Completion::ignored_with(words::reason(result).unwrap_or_default()))
            }
            Verdict::Error => Err(format!(
                "{}\nThis is a bug of mcp-conform and says nothing about the target.",
                result.message.as_deref().unwrap_or_default()
            )
            .into()),
        }
    }

    /// What the run comes to: trials that are ignored are not seen to be right.
    fn outcome(&self, corpus: &Corpus) -> Result<(), Failed> {
        let report = self.report(corpus)?;
        let reason = report.reason.as_deref().unwrap_or("at least one requirement is broken");
        match report.outcome {
            Outcome::Conforms => Ok(()),
            Outcome::NotProtected if self.trials.allow_public => Ok(()),
            outcome => Err(format!("{}: {reason}", outcome.word()).into()),
        }
    }

    /// All cases in one.
    fn whole(&self, corpus: &Corpus) -> Result<(), Failed> {
        let report = self.report(corpus)?;
        let wrong = |result: &CaseResult| match result.verdict() {
            Verdict::Fail | Verdict::Error => true,
            Verdict::Warn => self.trials.deny_warnings,
            _ => false,
        };
        let broken = report.results.iter().any(|result| {
            let profile = &result.profile;
            self.trials.choice(corpus).is_ok_and(|choice| choice.profiles(corpus).contains(&profile.as_str()))
                && wrong(result)
        });
        if broken || self.outcome(corpus).is_err() {
            return Err(human::render(report, corpus, &Style::default()).into());
        }
        Ok(())
    }
}
