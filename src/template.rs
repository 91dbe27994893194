//! Fills the holes of a template from earlier exchanges.

use std::borrow::Borrow;

use serde_json::Value;

use crate::model::exchange::Exchange;
use crate::model::recording::{Item, NotSent};
use crate::model::template::{Hole, Part, Source, Template, Transform};
use crate::parse::json::Document;
use crate::parse::{challenge, well_known};

/// What the holes can be filled from.
pub struct Known<'a, F> {
    /// The URL under test.
    pub target: &'a str,
    /// The item, where the probe is sent for each of a list.
    pub item: Option<&'a Item>,
    /// The claims of the good token, where there is one that can be read.
    pub claims: Option<&'a Value>,
    /// The exchange that `probe` or `probe.candidate` stands for, or why there is none.
    pub exchange: F,
}

impl<E: Borrow<Exchange>, F: Fn(&str) -> Result<E, NotSent>> Known<'_, F> {
    /// The text with every hole filled, or why one cannot be.
    pub fn render(&self, template: &Template) -> Result<String, NotSent> {
        let mut text = String::new();
        for part in &template.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Hole(hole) => text.push_str(&self.fill(hole)?),
            }
        }
        Ok(text)
    }

    fn fill(&self, hole: &Hole) -> Result<String, NotSent> {
        let value = self.read(&hole.source)?;
        let nothing = |what: &str| NotSent::new(format!("{value:?} {what}"));
        match &hole.transform {
            None => Ok(value),
            Some(Transform::WellKnown(suffix)) => well_known::insert(&value, suffix)
                .ok_or_else(|| nothing("is no URL to put a well-known path into")),
            Some(Transform::WellKnownLessSlash(suffix)) => {
                well_known::insert(value.strip_suffix('/').unwrap_or(&value), suffix)
                    .ok_or_else(|| nothing("is no URL to put a well-known path into"))
            }
            Some(Transform::Append(suffix)) => well_known::append(&value, suffix)
                .ok_or_else(|| nothing("is no URL to append a well-known path to")),
            Some(Transform::Query(parameters)) => Ok(well_known::with_query(&value, parameters)),
            Some(Transform::Parent) => {
                well_known::parent(&value).ok_or_else(|| nothing("is no URL with a path to go up from"))
            }
            Some(Transform::UpperCaseHost) => well_known::recased(&value, well_known::Recased::Host)
                .ok_or_else(|| nothing("is no URL whose host has letters")),
            Some(Transform::UpperCasePath) => well_known::recased(&value, well_known::Recased::Path)
                .ok_or_else(|| nothing("is no URL whose path has small letters")),
            Some(Transform::OnOtherHost) => {
                well_known::on_other_host(&value).ok_or_else(|| nothing("is no URL with a host"))
            }
            Some(Transform::Origin) => match well_known::origin(&value) {
                Some(origin) => Ok(origin.to_owned()),
                None => Err(nothing("is no URL with an origin")),
            },
        }
    }

    fn read(&self, source: &Source) -> Result<String, NotSent> {
        match source {
            Source::Target => Ok(self.target.to_owned()),
            Source::Item => match self.item {
                Some(item) => Ok(item.value.clone()),
                None => Err(NotSent::new("there is no item".to_owned())),
            },
            Source::Claim(name) => match self.claims.and_then(|claims| claims.get(name)) {
                Some(Value::String(text)) => Ok(text.clone()),
                // Of the names on a list one is the target's, and the others are somebody else's.
                Some(Value::Array(several)) => match several
                    .iter()
                    .find(|one| *one == self.target)
                    .or(several.first())
                    .and_then(Value::as_str)
                {
                    Some(text) => Ok(text.to_owned()),
                    None => Err(NotSent::new(format!("{name} of the good token lists no text"))),
                },
                _ => Err(NotSent::new(format!("the good token has no {name} that can be read"))),
            },
            Source::Query { probe, param } => {
                let exchange = (self.exchange)(probe)?;
                let values = well_known::parameter(&exchange.borrow().request.url, param);
                values.into_iter().next().ok_or_else(|| missing(probe, format!("its URL has no {param}")))
            }
            Source::Url { probe } => Ok((self.exchange)(probe)?.borrow().request.url.clone()),
            Source::Challenge { probe, param } => {
                let exchange = (self.exchange)(probe)?;
                challenge_param(exchange.borrow(), param)
                    .ok_or_else(|| missing(probe, format!("no challenge has {param}")))
            }
            Source::Json { probe, pointer } => {
                let exchange = (self.exchange)(probe)?;
                let document = json(exchange.borrow());
                let value = document.as_ref().and_then(|document| document.value().pointer(pointer));
                match value.map(|value| value.as_str()) {
                    Some(Some(text)) => Ok(text.to_owned()),
                    Some(None) => Err(missing(probe, format!("{pointer} is not a string"))),
                    None => Err(missing(probe, format!("the document has no {pointer}"))),
                }
            }
        }
    }

    /// The strings of the array that a template consisting of one JSON source names.
    pub fn list(&self, template: &Template) -> Result<Vec<Item>, NotSent> {
        let [Part::Hole(Hole { source: Source::Json { probe, pointer }, .. })] = template.parts.as_slice()
        else {
            return Err(NotSent::new(format!("{template} names no list")));
        };
        let exchange = (self.exchange)(probe)?;
        let document = json(exchange.borrow());
        let list = document.as_ref().and_then(|document| document.value().pointer(pointer)?.as_array());
        let texts = list.into_iter().flatten().enumerate().filter_map(|(index, value)| {
            let value = value.as_str()?.to_owned();
            Some(Item { index, value })
        });
        let items: Vec<Item> = texts.collect();
        if items.is_empty() { Err(missing(probe, format!("{pointer} lists nothing"))) } else { Ok(items) }
    }
}

fn missing(probe: &str, why: String) -> NotSent {
    NotSent::because_of(probe, why)
}

fn json(exchange: &Exchange) -> Option<Document> {
    Document::parse(&exchange.response()?.body.bytes()).ok()
}

/// The parameter of a Bearer challenge if one has it, else of any challenge.
fn challenge_param(exchange: &Exchange, param: &str) -> Option<String> {
    let challenges = challenge::parse(exchange.response()?.header_lines("www-authenticate"));
    let bearer = challenges.with_scheme("bearer").find_map(|challenge| challenge.param(param));
    bearer.or_else(|| challenges.param(param)).map(|found| found.value.clone())
}
