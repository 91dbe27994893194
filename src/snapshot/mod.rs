//! What a target answers, kept in files to be compared with what it answers next time.
//!
//! A recording becomes one text a probe, without secrets and without what differs between runs (see [`filter`]). The
//! texts are `.snap` files as the insta crate writes them ([`file`](mod@file)); one that drifts becomes a `.snap.new`
//! beside its old one ([`folder`]), and `cargo insta review` shows both.

pub mod file;
pub mod filter;
pub mod folder;
pub mod shown;

use std::collections::BTreeMap;

use crate::model::corpus::Corpus;
use crate::model::recording::Recording;
use filter::Filters;

/// What one probe was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// What the probe asks for.
    pub title: String,
    /// Every exchange of the probe, filtered.
    pub text: String,
}

/// The snapshots of `recording`, by probe. An exchange that answers several probes is in that of the first.
pub fn of(corpus: &Corpus, recording: &Recording, filters: &Filters) -> BTreeMap<String, Snapshot> {
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    for exchange in &recording.exchanges {
        let text = texts.entry(&exchange.probe).or_default();
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&shown::exchange(exchange));
    }
    let title =
        |probe: &str| corpus.probes.get(probe).map_or("a request", |filed| &filed.value.title).to_owned();
    texts
        .into_iter()
        .map(|(probe, text)| (probe.to_owned(), Snapshot { title: title(probe), text: filters.apply(&text) }))
        .collect()
}
