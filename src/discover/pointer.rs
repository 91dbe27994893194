//! The walk where there is no protected resource metadata: authorization server metadata on the MCP host, which is
//! whole (MCP 2025-03-26) or only names an issuer elsewhere (as-pointer).

use serde_json::Value;

use super::contact::{challenges, refusal};
use super::document::{Kind, asked};
use super::model::{Layout, Read, Standing, Step, Try};
use super::server::issued_by;
use super::{Path, Stop};
use crate::model::exchange::Exchange;
use crate::parse::well_known;

impl<'a> Path<'a> {
    pub(super) fn pointer(&mut self) -> Result<Layout, Stop> {
        let (tries, document) = self.host_document();
        let mut step = Step {
            title: "Authorization server metadata on the MCP host".to_owned(),
            tries,
            read: Vec::new(),
            ok: false,
            problems: Vec::new(),
        };
        let Some((exchange, document)) = document else {
            step.problems.push(
                "there is neither protected resource metadata nor authorization server metadata on the MCP host: \
                 clients cannot find the authorization server (those of 2025-03-26 would try /authorize, /token and \
                 /register there)"
                    .to_owned(),
            );
            return self.take(None, step).map(|()| Layout::HostMetadata);
        };
        let issuer = document.get("issuer").cloned().unwrap_or_default();
        step.read.push(Read::new("issuer", issuer.clone()));
        let Some(issuer) = issuer.as_str() else {
            step.problems.push("issuer is not a string".to_owned());
            return self.take(None, step).map(|()| Layout::HostMetadata);
        };
        step.ok = true;
        self.take(None, step)?;
        if well_known::belongs_to(&exchange.request.url, issuer) {
            let layout = Layout::HostMetadata;
            return self.endpoints(layout, issuer, exchange, &document).map(|()| layout);
        }
        self.follow(issuer).map(|()| Layout::AsPointer)
    }

    /// From a pointer to the issuer's own configuration.
    fn follow(&mut self, issuer: &str) -> Result<(), Stop> {
        let layout = Layout::AsPointer;
        let mut step = Step {
            title: format!("OpenID configuration of {issuer}"),
            tries: Vec::new(),
            read: Vec::new(),
            ok: false,
            problems: Vec::new(),
        };
        let Some(url) = well_known::append(issuer, well_known::OPENID) else {
            step.problems.push(format!("issuer is {issuer}, which is no URL to look anything up under"));
            return self.take(Some(layout), step);
        };
        let Some(exchange) = self.got(&url) else {
            step.problems.push(format!("{url} was not asked"));
            return self.take(Some(layout), step);
        };
        step.tries.push(asked("OpenID Connect, after the issuer", exchange, Standing::Counts));
        let Some(document) = issued_by(&mut step, exchange, issuer) else {
            if let Kind::Nothing(_) = Kind::of(exchange) {
                step.tries.iter_mut().for_each(|tried| tried.standing = Standing::Passed);
            }
            return self.take(Some(layout), step);
        };
        self.take(Some(layout), step)?;
        self.endpoints(layout, issuer, exchange, &document)
    }

    /// The document that the challenge names, or else the one at the root of the host.
    fn host_document(&self) -> (Vec<Try>, Option<(&'a Exchange, Value)>) {
        let records = [("resource-metadata", "header"), ("pointer", "root")];
        let mut tries: Vec<Try> = Vec::new();
        let mut document = None;
        for (probe, name) in records {
            let record = self.recording.of(probe, self.era).next();
            let Some(exchange) = record.and_then(|record| self.candidate(record, name)) else { continue };
            if tries.iter().any(|tried| tried.exchange == Some(exchange.id)) {
                continue;
            }
            let kind = Kind::of(exchange);
            let standing = match (&document, kind) {
                (None, Kind::Server(value)) => {
                    document = Some((exchange, value));
                    Standing::Counts
                }
                (None, _) => Standing::Passed,
                (Some(_), _) => Standing::NotNeeded,
            };
            tries.push(asked(&self.named(&exchange.request.url), exchange, standing));
        }
        (tries, document)
    }

    /// Which parameter of the challenge holds `url`.
    fn named(&self, url: &str) -> String {
        let challenges = refusal(self.recording, self.era).map(challenges).unwrap_or_default();
        let mut params = challenges.list.iter().flat_map(|challenge| &challenge.params);
        match params.find(|param| param.value == url) {
            Some(param) => format!("{} in the challenge", param.name),
            None => "well-known URL at the root of the host".to_owned(),
        }
    }

    fn got(&self, url: &str) -> Option<&'a Exchange> {
        let mut exchanges = self.recording.exchanges.iter();
        exchanges.find(|exchange| exchange.request.method == "GET" && exchange.request.url == url)
    }
}
