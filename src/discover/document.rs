//! The documents that a step asks for, as tries: what came from each place, and which counts.

use serde_json::Value;

use super::model::{Standing, Try};
use crate::model::exchange::{Exchange, Reply, Response};
use crate::model::recording::{ProbeRecord, Recording};
use crate::parse::json::Document;

/// What an answer turns out to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// Protected resource metadata (RFC 9728).
    Resource(Value),
    /// Authorization server metadata (RFC 8414, OpenID Connect Discovery).
    Server(Value),
    /// Some other JSON object.
    Object(Value),
    /// No document; in words.
    Nothing(String),
}

impl Kind {
    pub(super) fn of(exchange: &Exchange) -> Self {
        let Some(response) = exchange.response() else { return Self::Nothing("no answer".to_owned()) };
        if response.status != 200 {
            return Self::Nothing(not_here(response));
        }
        let value = match Document::parse(&response.body.bytes()) {
            Ok(document) => document.value().clone(),
            Err(flaw) => return Self::Nothing(no_json(response, &flaw.to_string())),
        };
        let has = |name: &str| value.get(name).is_some();
        if !value.is_object() {
            Self::Nothing("JSON, but no object".to_owned())
        } else if has("authorization_servers") || has("resource") {
            Self::Resource(value)
        } else if has("issuer") {
            Self::Server(value)
        } else {
            Self::Object(value)
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Resource(_) => "protected resource metadata".to_owned(),
            Self::Server(_) => "authorization server metadata".to_owned(),
            Self::Object(_) => "a JSON object that is no metadata".to_owned(),
            Self::Nothing(why) => why.clone(),
        }
    }
}

fn not_here(response: &Response) -> String {
    match (response.status, response.header_lines("location").first()) {
        (300..=399, Some(location)) => format!("redirects to {location}, which is not followed"),
        _ => "no document".to_owned(),
    }
}

fn no_json(response: &Response, flaw: &str) -> String {
    match response.media_type().as_deref() {
        Some("application/json") | None => format!("no document: {flaw}"),
        Some(other) => format!("{other}, no JSON"),
    }
}

/// Why no answer came to `exchange`.
pub(super) fn transport(exchange: &Exchange) -> String {
    match &exchange.reply {
        Reply::Error(error) => error.message.clone(),
        Reply::Response(_) => String::new(),
    }
}

/// The tries of `record`: places with one URL are one. `places` names the candidates.
pub(super) fn tries(recording: &Recording, record: &ProbeRecord, places: &[(&str, &str)]) -> Vec<Try> {
    let mut tries: Vec<Try> = Vec::new();
    for attempt in &record.attempts {
        let named = places.iter().find(|(name, _)| *name == attempt.name);
        let place = named.map_or(attempt.name.as_str(), |(_, place)| *place);
        let Some(exchange) = attempt.exchange.and_then(|id| recording.exchange(id)) else {
            let why = attempt.not_sent.as_ref().map_or("", |not_sent| not_sent.why.as_str());
            tries.push(not_sent(place, why));
            continue;
        };
        if let Some(same) = tries.iter_mut().find(|known| known.exchange == Some(exchange.id)) {
            if same.place != place {
                same.place = format!("{}; {place}", same.place);
            }
            continue;
        }
        let later = tries.iter().any(|known| known.standing == Standing::Counts);
        let standing = match (record.used == Some(exchange.id), later) {
            (true, _) => Standing::Counts,
            (false, true) => Standing::NotNeeded,
            (false, false) => Standing::Passed,
        };
        tries.push(asked(place, exchange, standing));
    }
    tries
}

/// The try that `exchange` is.
pub(super) fn asked(place: &str, exchange: &Exchange, standing: Standing) -> Try {
    let response = exchange.response();
    Try {
        place: place.to_owned(),
        method: exchange.request.method.clone(),
        url: Some(exchange.request.url.clone()),
        exchange: Some(exchange.id),
        status: response.map(|response| response.status),
        error: response.is_none().then(|| transport(exchange)),
        found: Kind::of(exchange).name(),
        standing,
    }
}

fn not_sent(place: &str, why: &str) -> Try {
    Try {
        place: place.to_owned(),
        method: "GET".to_owned(),
        url: None,
        exchange: None,
        status: None,
        error: None,
        found: why.to_owned(),
        standing: Standing::NotSent,
    }
}

/// One answer in a few words: `URL answers 404`.
pub(super) fn summary(exchange: &Exchange) -> String {
    let url = &exchange.request.url;
    match exchange.response() {
        None => format!("{url} gives no answer ({})", transport(exchange)),
        Some(response) => format!("{url} answers {} with {}", response.status, Kind::of(exchange).name()),
    }
}
