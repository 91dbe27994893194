//! What of a run a single document shows.

use super::address::Address;
use super::kind::Kind;
use crate::check::{Look, look};
use crate::model::corpus::Corpus;
use crate::model::exchange::Exchange;
use crate::model::probe::Probe;
use crate::model::recording::{Item, NotSent};
use crate::model::template::Template;
use crate::template::Known;

/// How something that a predicate looks at stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// The document shows it, or the user said it.
    Shown,
    /// The document does not show it, and it is taken to be as a good server would have it.
    Supposed,
    /// Nothing is known about it.
    Hidden,
}

/// What is in sight.
pub(super) struct Sight<'a> {
    pub(super) kind: Kind,
    /// The probes whose answer the document is, each with those of its candidates that it is served at.
    pub(super) probes: Vec<(&'static str, Vec<&'a str>)>,
    target: bool,
    origin: bool,
    item: bool,
    placed: bool,
}

impl<'a> Sight<'a> {
    /// What a document of `kind` shows, served at `address`.
    pub(super) fn new(corpus: &'a Corpus, kind: Kind, address: Option<&Address>) -> Self {
        let mut sight = Self {
            kind,
            probes: Vec::new(),
            target: address.is_some_and(|address| address.target.is_some()),
            origin: address.is_some_and(|address| address.origin.is_some()),
            item: address.is_some_and(|address| address.issuer.is_some()),
            placed: address.is_some(),
        };
        sight.place(corpus, |sight, get| match address {
            Some(address) => sight.render(get, address).is_some_and(|url| url == address.url),
            None => false,
        });
        sight
    }

    /// What it would show if one knew where it is served, too.
    pub(super) fn placed_anywhere(corpus: &'a Corpus, kind: Kind) -> Self {
        let mut sight =
            Self { kind, probes: Vec::new(), target: true, origin: true, item: true, placed: true };
        sight.place(corpus, |sight, get| sight.can_render(get));
        sight
    }

    /// Finds the probes that the document can be the answer to: those with candidates, if it is served at one of them.
    fn place(&mut self, corpus: &'a Corpus, served_at: impl Fn(&Self, &Template) -> bool) {
        for (index, name) in self.kind.probes().iter().enumerate() {
            let Some((_, _, probe)) = corpus.probe(name) else { continue };
            let places = candidates(probe).filter(|(_, get)| served_at(self, get)).map(|(name, _)| name);
            let places: Vec<&str> = places.collect();
            // The first is what every document of the kind is; others are more special.
            if index == 0 || probe.candidates.is_empty() || !places.is_empty() {
                self.probes.push((*name, places));
            }
        }
    }

    /// Whether it is known where the document is served.
    pub(super) fn is_placed(&self) -> bool {
        self.placed
    }

    fn can_render(&self, get: &Template) -> bool {
        look::of_template(get).all(|look| self.of(look) != Standing::Hidden)
    }

    fn render(&self, get: &Template, address: &Address) -> Option<String> {
        if !self.can_render(get) {
            return None;
        }
        let nothing = |probe: &str| NotSent::new(format!("{probe} was not asked for"));
        let exchange = |probe: &str| -> Result<Exchange, NotSent> { Err(nothing(probe)) };
        let item = address.issuer.clone().map(|value| Item { index: 0, value });
        let target = address.target.as_ref().or(address.origin.as_ref()).map_or("", String::as_str);
        Known { target, item: item.as_ref(), claims: None, exchange }.render(get).ok()
    }

    /// Whether the document is the answer that a case over `probe`, or one candidate of it, judges.
    pub(super) fn is_answer(&self, probe: &str, candidate: Option<&str>) -> bool {
        self.probes.iter().any(|(name, places)| {
            *name == probe && candidate.is_none_or(|candidate| places.contains(&candidate))
        })
    }

    /// How what a predicate looks at stands.
    pub(super) fn of(&self, look: Look<'_>) -> Standing {
        let shown_if = |known: bool| if known { Standing::Shown } else { Standing::Hidden };
        let challenge = self.kind == Kind::Challenge;
        match look {
            Look::Status | Look::Headers => Standing::Supposed,
            Look::Challenge => shown_if(challenge),
            Look::Body => shown_if(!challenge),
            Look::Url => shown_if(self.placed),
            Look::Target => shown_if(self.target),
            Look::Origin => shown_if(self.origin),
            // A slash at the end of an issuer is lost in every URL of its metadata.
            Look::Item if self.item => Standing::Supposed,
            // It would be compared with itself.
            Look::Probe(reference) if self.is_answer(reference, None) => Standing::Supposed,
            Look::Item | Look::Probe(_) | Look::Places | Look::Anything => Standing::Hidden,
        }
    }
}

fn candidates(probe: &Probe) -> impl Iterator<Item = (&str, &Template)> {
    probe.candidates.iter().map(|candidate| (candidate.name.as_str(), &candidate.get.value))
}
