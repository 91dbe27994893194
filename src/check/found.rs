//! `found`: whether one of the places that the probe tried gave the document.
//!
//! ```text
//! - found: true
//! ```
//!
//! One candidate that answers 200 with a JSON object passes; answers everywhere but no document fail; a place that
//! could not be reached at all is blind, since the document may be there.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Part, Place, Scene};
use crate::model::exchange::{Exchange, Reply};

/// Whether it is there.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct Found(bool);

impl Check for Found {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        if let Some(used) = scene.record.used {
            return match self.0 {
                true => Answer::Pass,
                false => Answer::fail(Finding::new("there is a document").at(body(used))),
            };
        }
        let recording = scene.evidence.recording;
        let mut tried: Vec<&Exchange> = Vec::new();
        for exchange in
            scene.record.attempts.iter().filter_map(|attempt| recording.exchange(attempt.exchange?))
        {
            // Two candidates that lead to the same URL were sent once.
            if !tried.iter().any(|before| before.id == exchange.id) {
                tried.push(exchange);
            }
        }
        let out_of_reach = tried.iter().find_map(|exchange| match &exchange.reply {
            Reply::Error(error) => Some(format!("{}: {error}", exchange.request.url)),
            Reply::Response(_) => None,
        });
        match out_of_reach {
            Some(why) => Answer::Blind(why),
            None if tried.is_empty() => Answer::Blind("no request could be built".to_owned()),
            None if self.0 => Answer::Fail(tried.iter().map(|exchange| missing(scene, exchange)).collect()),
            None => Answer::Pass,
        }
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Status, Look::Body]
    }
}

fn body(exchange: usize) -> Place {
    Place { exchange, part: Part::Body, span: 0..0 }
}

/// What an exchange that gave no document gave instead.
fn missing(scene: &Scene<'_>, exchange: &Exchange) -> Finding {
    let Some(response) = exchange.response() else { return Finding::new("no response came") };
    let url = &exchange.request.url;
    let what = match (response.status, scene.evidence.json(exchange.id)) {
        (200, Some(Ok(_))) => "gives JSON, but not an object".to_owned(),
        (200, Some(Err(flaw))) if response.is_called_json() => format!("gives what is no JSON: {flaw}"),
        (200, _) => match response.media_type() {
            Some(media_type) => format!("answers {media_type}, and no JSON"),
            None => "answers 200 without JSON".to_owned(),
        },
        (status, _) => format!("answers {status}"),
    };
    let message = format!("{url} {what}");
    let place = match scene.evidence.json(exchange.id) {
        Some(Ok(_)) if response.status == 200 => scene.in_body(exchange, 0..response.body.bytes().len()),
        Some(Err(flaw)) if response.status == 200 && response.is_called_json() => {
            scene.in_body(exchange, flaw.offset()..flaw.offset() + 1)
        }
        _ => Place { exchange: exchange.id, part: Part::Status, span: 0..3 },
    };
    let finding = Finding::new(message).at(place);
    match response.status {
        200 => finding.expected("a JSON object"),
        status => finding.expected("200 with a JSON object").actual(status.to_string()),
    }
}
