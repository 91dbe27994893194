//! The exchange that a document would be part of, made up around it.

use super::address::Address;
use super::kind::Kind;
use super::read::Text;
use super::sight::Sight;
use crate::model::corpus::Corpus;
use crate::model::exchange::{Exchange, Reply, Request, Response};
use crate::model::profile::Era;
use crate::model::recording::{Attempt, FORMAT, Item, ProbeRecord, Recording, Target, Tool};
use crate::net::record;

/// A recording of one exchange, which is the answer to every probe that the document can be the answer to.
pub(super) fn of(corpus: &Corpus, text: &Text, sight: &Sight<'_>, address: Option<&Address>) -> Recording {
    let known = address.and_then(|address| address.target.as_ref().or(address.origin.as_ref()));
    let target = Target { role: text.kind.role(), url: known.cloned().unwrap_or_default() };
    let item = address.and_then(|address| address.issuer.clone()).map(|value| Item { index: 0, value });
    let exchange = exchange(text, address);
    let document = exchange.response().is_some_and(Response::is_document);
    let record = |era: Era, (probe, places): &(&str, Vec<&str>)| ProbeRecord {
        probe: (*probe).to_owned(),
        era,
        item: item.clone(),
        attempts: attempts(places),
        // Of several candidates only one that gives a JSON object would count.
        used: (document || !has_candidates(corpus, probe)).then_some(0),
    };
    let probes = Era::ALL.into_iter().flat_map(|era| sight.probes.iter().map(move |probe| (era, probe)));
    let mut recording = Recording {
        insecure: false,
        tokens: Vec::new(),
        interrupted: false,
        left: Vec::new(),
        format: FORMAT,
        tool: Tool::this(),
        target,
        probes: probes.map(|(era, probe)| record(era, probe)).collect(),
        exchanges: vec![exchange],
    };
    record::redact(&mut recording, &[]);
    recording
}

fn attempts(places: &[&str]) -> Vec<Attempt> {
    let attempt = |name: &str| Attempt { name: name.to_owned(), exchange: Some(0), not_sent: None };
    match places {
        [] => vec![attempt("")],
        places => places.iter().map(|name| attempt(name)).collect(),
    }
}

fn has_candidates(corpus: &Corpus, probe: &str) -> bool {
    corpus.probe(probe).is_some_and(|(_, _, probe)| !probe.candidates.is_empty())
}

/// What a good server would send the document in.
fn exchange(text: &Text, address: Option<&Address>) -> Exchange {
    let response = match text.kind {
        Kind::Challenge => {
            let lines = text.lines.iter().map(|value| ("www-authenticate", value.text.as_str()));
            Response::new(401, &lines.collect::<Vec<_>>(), "")
        }
        _ => Response::new(200, &[("content-type", "application/json")], text.bytes.as_slice()),
    };
    Exchange {
        id: 0,
        probe: text.kind.probes().first().copied().unwrap_or_default().to_owned(),
        request: Request {
            method: "GET".to_owned(),
            url: address.map_or(&text.file, |address| &address.url).clone(),
            headers: Vec::new(),
            body: None,
        },
        reply: Reply::Response(response),
        milliseconds: 0.0,
    }
}
