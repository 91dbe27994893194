//! One check from start to end: plan, run, judge, report.

use crate::credentials::Credentials;
use crate::judge::judge;
use crate::model::corpus::Corpus;
use crate::model::recording::{Recording, Target};
use crate::net::client::Client;
use crate::net::guard::Guard;
use crate::net::settings::Settings;
use crate::parse::url::Uri;
use crate::plan::Plan;
use crate::report::{Choice, Report};
use crate::run::stop::Stop;
use crate::run::{Progress, Quiet, run};

/// How a check is made.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The profile that decides; the newest revision where left out.
    pub profile: Option<Choice>,
    /// How its requests travel.
    pub network: Settings,
    /// What it has for the cases that need a token.
    pub credentials: Credentials,
    /// Ends the run before it is over.
    pub stop: Stop,
}

/// Why a check could not be made at all.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The embedded cases do not load: a bug of this program.
    #[error("the built-in cases are wrong:\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))]
    Cases(Vec<crate::load::Problem>),
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(#[from] reqwest::Error),
}

/// Checks `target` with the built-in cases.
pub async fn check(target: Target, options: Options) -> Result<Report, CheckError> {
    let corpus = crate::load::embedded().map_err(CheckError::Cases)?;
    let recording = record(&corpus, target, &options, &Quiet).await?;
    Ok(report(&corpus, &recording, options.profile.as_ref()))
}

/// Sends what the cases of `corpus` need to `target`.
pub async fn record(
    corpus: &Corpus,
    target: Target,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Recording, CheckError> {
    let plan = Plan::for_role(corpus, target.role);
    record_plan(corpus, &plan, target, options, progress).await
}

/// Sends what `plan` says to `target`.
pub async fn record_plan(
    corpus: &Corpus,
    plan: &Plan,
    target: Target,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Recording, CheckError> {
    let client = Client::new(guard(&target, &options.network).await, options.network.clone(), &target.url)?;
    Ok(run(corpus, plan, target, &client, &options.credentials, progress, &options.stop).await)
}

/// How far a run may go: as far as the target itself, be that by what the user says of its address.
async fn guard(target: &Target, network: &Settings) -> Guard {
    if network.allow_private {
        return Guard::OPEN;
    }
    let uri = Uri::parse(&target.url).ok();
    let host = uri.and_then(|uri| uri.host()).unwrap_or_default();
    let port = uri.and_then(|uri| uri.port_or_default()).unwrap_or(443);
    match network.pins.iter().find(|pin| pin.is_for(host, port)) {
        Some(pin) => Guard::for_addresses(pin.addresses.iter().map(|address| address.ip())),
        None => Guard::for_target(host, port).await,
    }
}

/// Judges a recording and reports it.
pub fn report(corpus: &Corpus, recording: &Recording, profile: Option<&Choice>) -> Report {
    let newest = Choice::One(corpus.newest_profile().unwrap_or_default().to_owned());
    Report::new(corpus, recording, &judge(corpus, recording), profile.unwrap_or(&newest))
}
