//! `each-candidate`: what every place that the probe tried answers, the one that counts or not.
//!
//! ```text
//! - each-candidate: document-or-error
//! ```
//!
//! Metadata at one place and 404 at the others pass; a page of HTML with status 200, or a redirect, at one of them
//! fails; a place that did not answer is blind.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Part, Place, Scene};
use crate::model::exchange::{Exchange, Reply, Response};

/// What is asked of each place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EachCandidate {
    /// A JSON object with status 200, or an error status.
    DocumentOrError,
}

impl Check for EachCandidate {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let Self::DocumentOrError = self;
        // Two candidates may have been one URL.
        let tried: BTreeSet<usize> =
            scene.record.attempts.iter().filter_map(|attempt| attempt.exchange).collect();
        if tried.is_empty() {
            return Answer::Blind("no request could be built".to_owned());
        }
        let mut findings = Vec::new();
        let mut blind = None;
        for exchange in tried.iter().filter_map(|id| scene.evidence.recording.exchange(*id)) {
            match &exchange.reply {
                Reply::Response(response) => findings.extend(pretence(scene, exchange, response)),
                Reply::Error(error) => blind = Some(format!("{}: {error}", exchange.request.url)),
            }
        }
        match blind {
            Some(why) if findings.is_empty() => Answer::Blind(why),
            _ => Answer::from_findings(findings),
        }
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Places, Look::Status, Look::Body]
    }
}

/// What is wrong with an answer that is neither a document nor an error.
fn pretence(scene: &Scene<'_>, exchange: &Exchange, response: &Response) -> Option<Finding> {
    let object =
        matches!(scene.evidence.json(exchange.id), Some(Ok(document)) if document.value().is_object());
    if response.status >= 400 || (response.status == 200 && object) {
        return None;
    }
    let location = response.header_lines("location").first().map(|url| format!("a redirect to {url}"));
    let what = match (location, response.media_type()) {
        (Some(redirect), _) => redirect,
        (None, Some(media_type)) => media_type.to_owned(),
        (None, None) => "no content type".to_owned(),
    };
    let message =
        format!("{} has no metadata, yet answers {} with {what}", exchange.request.url, response.status);
    let place = Place { exchange: exchange.id, part: Part::Status, span: 0..3 };
    Some(Finding::new(message).expected("404").actual(response.status.to_string()).at(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};

    fn answer(status: u16, media_type: &str, body: &str) -> Answer {
        let recording = recording(&[("here", status, media_type, body)]);
        judge(&recording, "here", "each-candidate: document-or-error")
    }

    #[test]
    fn tells_documents_and_errors_from_the_rest() {
        assert_eq!(answer(200, "application/json", "{}"), Answer::Pass);
        assert_eq!(answer(404, "text/html", "<p>"), Answer::Pass);
        assert!(matches!(answer(200, "text/html", "<p>"), Answer::Fail(_)));
        assert!(matches!(answer(302, "text/html", ""), Answer::Fail(_)));
    }

    #[test]
    fn is_blind_where_nothing_was_sent() {
        let nothing = recording(&[("here", 0, "", "")]);
        assert!(matches!(judge(&nothing, "here", "each-candidate: document-or-error"), Answer::Blind(_)));
    }
}
