//! From judgements to what is read: the report of a run, and its formats, one a file.

pub mod ascii;
pub mod badge;
pub mod drift;
pub mod escape;
pub mod format;
pub mod frame;
pub mod github;
pub mod html;
pub mod human;
pub mod job_outputs;
pub mod json;
mod judged;
pub mod junit;
pub mod markdown;
pub mod model;
pub mod outcome;
pub mod progress;
pub mod sarif;
pub mod stopped;
pub mod tap;
pub mod terminal;
pub(crate) mod view;
pub mod walk;
pub(crate) mod words;

pub use self::model::{
    CaseResult, Choice, Cited, Diagnosed, Document, Expected, FORMAT, LeftOut, Located, Need, Report, Spot,
};
use crate::model::corpus::Corpus;
use crate::model::profile::Era;

/// The era of a profile, for what is said about its requests.
pub fn era_of(corpus: &Corpus, profile: &str) -> Era {
    corpus.profiles.get(profile).map_or(Era::Modern, |profile| profile.value.era)
}
