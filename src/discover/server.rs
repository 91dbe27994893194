//! The third step, once for each issuer that protected resource metadata lists: its metadata, where a client looks.

use serde_json::Value;

use super::document::{Kind, summary, tries};
use super::model::{Layout, Read, Step};
use super::{Path, Stop};
use crate::model::exchange::Exchange;
use crate::parse::url::{Parts, differs_how};

const PLACES: [(&str, &str); 3] = [
    ("oauth", "RFC 8414"),
    ("openid-inserted", "OpenID Connect, between host and path"),
    ("openid-appended", "OpenID Connect, after the path"),
];

/// Where the issuer has no path, both places of OpenID Connect are one.
const WITHOUT_PATH: [(&str, &str); 3] =
    [("oauth", "RFC 8414"), ("openid-inserted", "OpenID Connect"), ("openid-appended", "OpenID Connect")];

impl Path<'_> {
    /// Walks on to each of `issuers`; one that can be used is enough.
    pub(super) fn listed(&mut self, layout: Layout, issuers: &[String]) -> Result<(), Stop> {
        let mut first: Option<Stop> = None;
        let records: Vec<_> = self.recording.of("server-metadata", self.era).collect();
        for record in &records {
            let Some(issuer) = record.item.as_ref().map(|item| item.value.as_str()) else { continue };
            let exchange = record.used.and_then(|id| self.recording.exchange(id));
            let places = if matches!(Parts::split(issuer).path, "" | "/") { &WITHOUT_PATH } else { &PLACES };
            let mut step = Step {
                title: format!("Metadata of the authorization server {issuer}"),
                tries: tries(self.recording, record, places),
                read: Vec::new(),
                ok: true,
                problems: Vec::new(),
            };
            let document = exchange.and_then(|exchange| issued_by(&mut step, exchange, issuer));
            if exchange.is_none() {
                step.ok = false;
                step.problems
                    .push(format!("{issuer} publishes no metadata at any of the places that clients try"));
            }
            let walked = self.take(Some(layout), step).and_then(|()| match (exchange, document) {
                (Some(exchange), Some(document)) => self.endpoints(layout, issuer, exchange, &document),
                _ => Ok(()),
            });
            if let Err(stop) = walked {
                first.get_or_insert(stop);
            }
        }
        if issuers.len() > records.len()
            && let Some(last) = self.steps.last_mut()
        {
            last.problems.push(format!("{} issuers are listed; no more were asked", issuers.len()));
        }
        match first {
            Some(stop) if self.servers.is_empty() => Err(stop),
            _ if self.servers.is_empty() => {
                Err(self.stop(Some(layout), "no authorization server was asked".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// The document, if it may be used for `issuer`: its `issuer` must be the same, byte for byte (RFC 8414 §3.3).
pub(super) fn issued_by(step: &mut Step, exchange: &Exchange, issuer: &str) -> Option<Value> {
    let document = match Kind::of(exchange) {
        Kind::Server(document) | Kind::Resource(document) | Kind::Object(document) => document,
        Kind::Nothing(_) => {
            step.ok = false;
            step.problems.push(summary(exchange));
            return None;
        }
    };
    let found = document.get("issuer").cloned().unwrap_or_default();
    let problem = match found.as_str() {
        Some(same) if same == issuer => None,
        Some(other) => Some(format!(
            "issuer is {other}, but the document was looked up for {issuer}: it {}, and clients must not use the \
             document unless the two are identical",
            differs_how(other, issuer)
        )),
        None if found.is_null() => Some("issuer is absent, so clients must not use the document".to_owned()),
        None => Some("issuer is not a string, so clients must not use the document".to_owned()),
    };
    step.read.push(Read::new("issuer", found));
    step.ok = problem.is_none();
    step.problems.extend(problem);
    step.ok.then_some(document)
}
