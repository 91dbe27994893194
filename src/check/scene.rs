//! What a predicate looks at: one exchange of a recording, parsed once however many predicates read it.

use std::cell::OnceCell;

use super::{Answer, Part, Place};
use crate::model::exchange::{Exchange, Reply, Response};
use crate::model::profile::Era;
use crate::model::recording::{Item, NotSent, ProbeRecord, Recording};
use crate::model::template::Template;
use crate::model::token::GOOD;
use crate::parse::challenge::{self, Challenges};
use crate::parse::json::{Document, JsonFlaw};
use crate::template::Known;

/// A recording with what is read out of its exchanges.
pub struct Evidence<'a> {
    /// The recording.
    pub recording: &'a Recording,
    documents: Vec<OnceCell<Result<Document, JsonFlaw>>>,
    challenges: Vec<OnceCell<Challenges>>,
}

impl<'a> Evidence<'a> {
    /// Nothing is parsed before it is asked for.
    pub fn new(recording: &'a Recording) -> Self {
        let count = recording.exchanges.len();
        Self {
            recording,
            documents: std::iter::repeat_with(OnceCell::new).take(count).collect(),
            challenges: std::iter::repeat_with(OnceCell::new).take(count).collect(),
        }
    }

    /// The body of exchange `id` as JSON.
    pub fn json(&self, id: usize) -> Option<&Result<Document, JsonFlaw>> {
        let response = self.recording.exchange(id)?.response()?;
        Some(self.documents.get(id)?.get_or_init(|| Document::parse(&response.body.bytes())))
    }

    /// The challenges in the response of exchange `id`.
    pub fn challenges(&self, id: usize) -> Option<&Challenges> {
        let response = self.recording.exchange(id)?.response()?;
        Some(
            self.challenges
                .get(id)?
                .get_or_init(|| challenge::parse(response.header_lines("www-authenticate"))),
        )
    }

    /// The record of `probe` in `era` that a reading in the instance `item` sees.
    pub fn record(&self, probe: &str, era: Era, item: Option<&Item>) -> Option<&'a ProbeRecord> {
        let recording: &'a Recording = self.recording;
        let mut records = recording.probes.iter().filter(|record| record.probe == probe && record.era == era);
        records.find(|record| record.item.is_none() || record.item.as_ref() == item)
    }

    /// The exchange that `reference` (`probe` or `probe.candidate`) stands for.
    pub fn exchange(&self, reference: &str, era: Era, item: Option<&Item>) -> Option<&'a Exchange> {
        let id = match self.record(reference, era, item) {
            Some(record) => record.seen(None),
            None => {
                let (probe, candidate) = reference.rsplit_once('.')?;
                self.record(probe, era, item)?.seen(Some(candidate))
            }
        };
        self.recording.exchange(id?)
    }
}

/// What a predicate sees.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// Everything that was recorded.
    pub evidence: &'a Evidence<'a>,
    /// How the requests look.
    pub era: Era,
    /// The instance, where the probe is sent for each of a list.
    pub item: Option<&'a Item>,
    /// What the case's probe came to.
    pub record: &'a ProbeRecord,
    /// The exchange that the case judges, if it was made.
    pub exchange: Option<&'a Exchange>,
}

impl<'a> Scene<'a> {
    /// The response, or why the predicate is blind.
    pub fn response(&self) -> Result<(&'a Exchange, &'a Response), Answer> {
        let Some(exchange) = self.exchange else {
            return Err(Answer::Blind("no request was sent".to_owned()));
        };
        match &exchange.reply {
            Reply::Response(response) => Ok((exchange, response)),
            Reply::Error(error) => Err(Answer::Blind(error.message.clone())),
        }
    }

    /// The body as JSON, or why the predicate is blind.
    pub fn json(&self) -> Result<(&'a Exchange, &'a Document), Answer> {
        let (exchange, _) = self.response()?;
        match self.evidence.json(exchange.id) {
            Some(Ok(document)) => Ok((exchange, document)),
            Some(Err(flaw)) => Err(Answer::Blind(format!("the body cannot be read: {flaw}"))),
            None => Err(Answer::Blind("no response came".to_owned())),
        }
    }

    /// Fills the holes of `template`, or says which one cannot be filled.
    pub fn render(&self, template: &Template) -> Result<String, Answer> {
        let exchange = |reference: &str| {
            let nothing = || NotSent::because_of(reference, format!("{reference} gave nothing"));
            self.evidence.exchange(reference, self.era, self.item).ok_or_else(nothing)
        };
        let target = &self.evidence.recording.target.url;
        let claims = self.evidence.recording.token(GOOD).and_then(|token| token.claims.as_ref());
        let known = Known { target, item: self.item, claims, exchange };
        known.render(template).map_err(|unfilled| Answer::Blind(unfilled.why))
    }

    /// Bytes of the body of this exchange.
    pub fn in_body(&self, exchange: &Exchange, span: std::ops::Range<usize>) -> Place {
        Place { exchange: exchange.id, part: Part::Body, span }
    }
}
