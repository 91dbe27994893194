//! The second step: protected resource metadata (RFC 9728), where a client looks for it.

use serde_json::Value;

use super::document::{Kind, summary, tries};
use super::model::{Layout, Read, Standing, Step};
use super::{Path, Stop};
use crate::model::exchange::Exchange;
use crate::model::recording::ProbeRecord;
use crate::parse::url::differs_how;
use crate::parse::well_known;

const PLACES: [(&str, &str); 3] = [
    ("header", "resource_metadata in the challenge"),
    ("inserted", "well-known URL for this endpoint"),
    ("root", "well-known URL at the root of the host"),
];

/// What the second step found.
pub(super) enum Found {
    /// Metadata that lists these issuers.
    ResourceMetadata(Vec<String>),
    /// None, or a document of another kind.
    Nothing,
}

impl<'a> Path<'a> {
    pub(super) fn resource_metadata(&mut self) -> Result<Found, Stop> {
        let Some(record) = self.recording.of("resource-metadata", self.era).next() else {
            return Err(self.stop(None, "protected resource metadata was not asked for".to_owned()));
        };
        let mut step = Step {
            title: "Protected resource metadata".to_owned(),
            tries: tries(self.recording, record, &PLACES),
            read: Vec::new(),
            ok: true,
            problems: Vec::new(),
        };
        let used = record.used.and_then(|id| self.recording.exchange(id));
        let named = self.candidate(record, "header");
        match (used, used.map(Kind::of)) {
            (Some(exchange), Some(Kind::Resource(document))) => {
                let issuers = listed(&document);
                self.read(&mut step, exchange, named.is_some_and(|named| named.id == exchange.id), &document);
                // A client that was told a URL looks nowhere else.
                if let Some(named) = named.filter(|named| named.id != exchange.id) {
                    fail(
                        &mut step,
                        format!(
                            "{}, and a client that is told this URL looks nowhere else; name {} in the challenge",
                            summary(named),
                            exchange.request.url
                        ),
                    );
                } else if issuers.is_empty() {
                    fail(&mut step, "authorization_servers lists no authorization server".to_owned());
                }
                let layout = Some(Layout::ProtectedResourceMetadata);
                self.take(layout, step).map(|()| Found::ResourceMetadata(issuers))
            }
            (Some(exchange), Some(Kind::Object(_))) => {
                fail(&mut step, summary(exchange));
                self.take(None, step).map(|()| Found::Nothing)
            }
            _ => {
                for tried in step.tries.iter_mut().filter(|tried| tried.standing != Standing::NotSent) {
                    tried.standing = Standing::Passed;
                }
                let why = match (named, self.elsewhere(record)) {
                    (Some(named), Some(elsewhere)) => {
                        format!("{}; name {elsewhere} in the challenge instead", summary(named))
                    }
                    _ => "there is no protected resource metadata, which MCP asks for from 2025-06-18 on"
                        .to_owned(),
                };
                fail(&mut step, why);
                self.steps.push(step);
                Ok(Found::Nothing)
            }
        }
    }

    fn read(&self, step: &mut Step, exchange: &Exchange, named: bool, document: &Value) {
        for name in ["resource", "authorization_servers", "scopes_supported"] {
            step.read.push(Read::new(name, document.get(name).cloned().unwrap_or_default()));
        }
        let target = self.recording.target.url.as_str();
        let origin = well_known::origin(target).unwrap_or(target);
        let at_root =
            !named && exchange.request.url == format!("{origin}/.well-known/oauth-protected-resource");
        match document.get("resource").map(Value::as_str) {
            Some(Some(resource)) if resource == target || (at_root && resource == origin) => {}
            Some(Some(resource)) => step.problems.push(format!(
                "resource is {resource}, the endpoint is {}: the first {}, and strict clients refuse the document \
                 unless the two are identical",
                target,
                differs_how(resource, target)
            )),
            Some(None) => step.problems.push("resource is not a string; strict clients refuse the document".to_owned()),
            None => step.problems.push("resource is absent; strict clients refuse the document".to_owned()),
        }
    }

    /// Where there is protected resource metadata, whether or not a client gets to it.
    fn elsewhere(&self, record: &ProbeRecord) -> Option<&'a str> {
        let mut asked =
            record.attempts.iter().filter_map(|attempt| self.recording.exchange(attempt.exchange?));
        let found = asked.find(|exchange| matches!(Kind::of(exchange), Kind::Resource(_)))?;
        Some(&found.request.url)
    }

    /// The exchange of one candidate of `record`.
    pub(super) fn candidate(&self, record: &ProbeRecord, name: &str) -> Option<&'a Exchange> {
        self.recording.exchange(record.attempt(name)?.exchange?)
    }
}

fn fail(step: &mut Step, why: String) {
    step.ok = false;
    step.problems.push(why);
}

fn listed(document: &Value) -> Vec<String> {
    let list = document.get("authorization_servers").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
