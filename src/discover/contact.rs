//! The first step: a request without a token, and what its challenges say.

use serde_json::Value;

use super::model::{Read, Standing, Step, Try};
use crate::model::exchange::{Exchange, Response};
use crate::model::profile::Era;
use crate::model::reception::{FIRST_CONTACT, Reception};
use crate::model::recording::Recording;
use crate::parse::challenge::{self, Challenge, Challenges};

/// The era to walk in: the one in which a token is asked for, the newer if both do.
pub(super) fn era(recording: &Recording) -> Era {
    let modern = Reception::of(recording, Era::Modern);
    let legacy = Reception::of(recording, Era::Legacy);
    match (modern, legacy) {
        (Reception::Refused, _) => Era::Modern,
        (_, Reception::Refused) => Era::Legacy,
        (Reception::Open, _) => Era::Modern,
        (_, Reception::Open) | (Reception::NotSpoken(_), _) => Era::Legacy,
        (Reception::Unclear(_), _) => Era::Modern,
    }
}

/// The exchange in which the token was asked for.
pub(super) fn refusal(recording: &Recording, era: Era) -> Option<&Exchange> {
    recording.of(FIRST_CONTACT, era).next()?.used.and_then(|id| recording.exchange(id))
}

/// The challenges of a response.
pub(super) fn challenges(exchange: &Exchange) -> Challenges {
    exchange
        .response()
        .map(|response| challenge::parse(response.header_lines("www-authenticate")))
        .unwrap_or_default()
}

pub(super) fn contact(recording: &Recording, era: Era) -> Step {
    let mut step = Step {
        title: "An MCP request without a token".to_owned(),
        tries: tries(recording, era),
        read: Vec::new(),
        ok: false,
        problems: Vec::new(),
    };
    match Reception::of(recording, era) {
        Reception::Open => {
            step.problems.push("the server never asked for a token: nothing to discover".to_owned());
        }
        Reception::NotSpoken(why) | Reception::Unclear(why) => {
            let gone = refusal(recording, era)
                .filter(|exchange| exchange.response().is_some_and(|response| response.status == 404));
            step.problems.push(gone.map_or(why, |exchange| {
                let url = &exchange.request.url;
                format!("{url} answers 404: there may be no MCP endpoint at this path, often it is /mcp")
            }));
        }
        Reception::Refused => {
            if let Some(exchange) = refusal(recording, era) {
                step.read = read(&challenges(exchange));
                if let Some(response) = exchange.response() {
                    refused(&mut step, response, &challenges(exchange));
                }
            }
        }
    }
    step
}

fn refused(step: &mut Step, response: &Response, challenges: &Challenges) {
    step.ok = response.status == 401;
    if response.header_lines("www-authenticate").is_empty() {
        step.problems.push(
            "there is no WWW-Authenticate header, which every 401 must have: clients can only guess the \
             well-known URLs"
                .to_owned(),
        );
    } else if challenges.bearer().is_none() {
        step.problems.push("WWW-Authenticate has no Bearer challenge".to_owned());
    }
    if let Some(flaw) = challenges.flaws.first() {
        step.problems.push(format!("WWW-Authenticate is not well-formed, so clients may misread it: {flaw}"));
    }
    if !step.ok {
        step.problems.push(format!(
            "the server refuses with {}; clients look for a token only when they get 401",
            match response.status {
                200..=299 => format!("a JSON-RPC error in a {}", response.status),
                300..=399 => format!("a redirect ({})", response.status),
                status => status.to_string(),
            }
        ));
    }
}

/// Every parameter of every challenge, called `Scheme parameter`.
fn read(challenges: &Challenges) -> Vec<Read> {
    challenges.list.iter().flat_map(of_challenge).collect()
}

fn of_challenge(challenge: &Challenge) -> Vec<Read> {
    let scheme = if challenge.scheme.is_empty() { "(no scheme)" } else { &challenge.scheme };
    let params = challenge.params.iter();
    let mut reads: Vec<Read> =
        params.map(|param| Read::new(format!("{scheme} {}", param.name), param.value.as_str())).collect();
    if reads.is_empty() {
        reads.push(Read::new(scheme, "without parameters"));
    }
    reads
}

fn tries(recording: &Recording, era: Era) -> Vec<Try> {
    let Some(record) = recording.of(FIRST_CONTACT, era).next() else { return Vec::new() };
    let open = Reception::of(recording, era) == Reception::Open;
    let sent = record.attempts.iter().filter_map(|attempt| recording.exchange(attempt.exchange?));
    sent.map(|exchange| {
        let counts = record.used == Some(exchange.id) && !open;
        let (error, found) = match exchange.response() {
            Some(response) if counts => (None, kind(response)),
            Some(_) => (None, "answered without a token".to_owned()),
            None => (Some(super::document::transport(exchange)), "no answer".to_owned()),
        };
        Try {
            place: called(exchange),
            method: exchange.request.method.clone(),
            url: Some(exchange.request.url.clone()),
            exchange: Some(exchange.id),
            status: exchange.response().map(|response| response.status),
            error,
            found,
            standing: if counts { Standing::Counts } else { Standing::Passed },
        }
    })
    .collect()
}

fn kind(response: &Response) -> String {
    let lines = response.header_lines("www-authenticate").len();
    match (response.status, lines) {
        (401, 0) => "without WWW-Authenticate".to_owned(),
        (401 | 403, 1..) => "with WWW-Authenticate".to_owned(),
        (_, _) => response.media_type().unwrap_or_else(|| "without content-type".to_owned()),
    }
}

/// The JSON-RPC method of a request.
fn called(exchange: &Exchange) -> String {
    let body: Option<Value> = exchange.request.body.as_ref().and_then(|body| serde_json::from_str(body).ok());
    let method = body.as_ref().and_then(|body| body.get("method")?.as_str());
    method.unwrap_or("a JSON-RPC request").to_owned()
}
