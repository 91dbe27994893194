//! Where the login of a run stopped, if it did: the step, its clause, and what was exchanged last.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::corpus::Corpus;
use crate::model::profile::Era;
use crate::model::reception::FIRST_CONTACT;
use crate::model::recording::Recording;
use crate::plan::{CLIENT_CREDENTIALS, LOGIN};

/// A login that led to no token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Stopped {
    /// The step that gave nothing.
    pub step: String,
    /// Why, in a clause without a period.
    pub why: String,
    /// The section that says how it goes.
    pub source: String,
    /// A link to it.
    pub url: String,
    /// The last exchange before it stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<usize>,
}

impl Stopped {
    /// Where the login of `recording` stopped; nothing where it did not, or was not asked for.
    pub fn of(corpus: &Corpus, recording: &Recording) -> Option<Self> {
        [LOGIN, CLIENT_CREDENTIALS].into_iter().find_map(|name| {
            let login = corpus.probes.get(name)?.value.login.as_ref()?;
            let record = Era::ALL.into_iter().find_map(|era| recording.of(name, era).next())?;
            let attempts = &record.attempts;
            let failed = attempts.iter().find(|attempt| {
                attempt.not_sent.as_ref().is_some_and(|not_sent| not_sent.options.is_none())
            })?;
            // Where the target answers nothing or asks nobody, no login began, whether or not one was wanted.
            if failed.not_sent.as_ref()?.probe.as_deref() == Some(FIRST_CONTACT) {
                return None;
            }
            let last = attempts.iter().filter_map(|attempt| attempt.exchange).next_back();
            // A step that was taken and gave nothing is the one before that which could not be taken.
            let taken = attempts.iter().rfind(|attempt| attempt.exchange.is_some());
            let named = |name: &str| login.steps().into_iter().find(|step| step.name() == name);
            let step = taken.and_then(|attempt| named(&attempt.name)).or(named(&failed.name))?;
            let (source, url) = step.clause();
            Some(Self {
                step: step.name().to_owned(),
                why: failed.not_sent.as_ref()?.why.clone(),
                source: source.to_owned(),
                url: url.to_owned(),
                exchange: last,
            })
        })
    }
}
