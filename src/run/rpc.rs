//! The JSON-RPC requests of a probe: which are sent, and in which era and session.

use futures_util::future::join_all;

use super::{Live, Runner, Try};
use crate::model::exchange::Request;
use crate::model::probe::{Call, Rpc};
use crate::model::profile::Era;
use crate::model::reception::{FIRST_CONTACT, Reception};
use crate::model::recording::NotSent;
use crate::parse::well_known;
use crate::probe::rpc;

impl Runner<'_> {
    /// Calls one after the other until one is refused; the refused one counts, or the first.
    pub(super) async fn send_rpc(&self, name: &str, rpc: &Rpc, era: Era) -> (Vec<Try>, Option<usize>) {
        if rpc.tokens().next().is_some() || rpc.session.is_some() {
            return self.send_with_token(name, rpc, era).await;
        }
        let mut tries: Vec<Try> = Vec::new();
        let (open, mut session) = match name {
            FIRST_CONTACT => (0, None),
            _ if self.is_open(era).await => return spared(rpc),
            _ => self.open_calls(rpc, era).await,
        };
        for call in &rpc.calls[open..] {
            let tried = self.send(name, self.call(*call, rpc, era, session.as_deref())).await;
            let live = tried.as_ref().ok().cloned();
            tries.push((call.name().to_owned(), tried));
            // What would have been answered there nobody knows, so that none of the answers before it counts.
            let Some(live) = live else { return (tries, None) };
            if session.is_none() {
                session = self.begun(name, &live, era).await;
            }
            let last = tries.len() - 1;
            match Reception::of_exchange(&live, *call) {
                Reception::Open => {}
                Reception::Refused => return (tries, Some(last)),
                // With credentials that are not good, any answer but a good one is a refusal.
                Reception::NotSpoken(_) | Reception::Unclear(_) if rpc.has_credentials() => {
                    return (tries, Some(last));
                }
                Reception::NotSpoken(_) | Reception::Unclear(_) if *call == Call::Open => break,
                Reception::NotSpoken(_) | Reception::Unclear(_) => {}
            }
        }
        let used = tries.first().filter(|(_, tried)| tried.is_ok()).map(|_| 0);
        (tries, used)
    }

    /// Whether the server answers everybody, so that nothing else would show anything of its refusals.
    pub(super) async fn is_open(&self, era: Era) -> bool {
        self.received(era).await == Some(Reception::Open)
    }

    /// How the server received the first contact, if there was one.
    pub(super) async fn received(&self, era: Era) -> Option<Reception> {
        let records = self.probe(FIRST_CONTACT, era).await;
        let record = records.first()?;
        let (call, Ok(live)) = record.tries.get(record.used?)? else { return None };
        let call = if call == Call::Open.name() { Call::Open } else { Call::ToolsCall };
        Some(Reception::of_exchange(live, call))
    }

    /// The session that `live` opened, if it did, after telling the server that it has begun: before that a server need
    /// not answer anything else in it (2025-11-25, lifecycle).
    async fn begun(&self, name: &str, live: &Live, era: Era) -> Option<String> {
        let session = session(live)?;
        let ready = rpc::request(Call::Initialized, 0, era, &self.target.url, Some(&session));
        drop(self.send(name, ready).await);
        Some(session)
    }

    /// How many of the calls are open to everybody, which nothing is learnt from, and the session that they opened.
    pub(super) async fn open_calls(&self, rpc: &Rpc, era: Era) -> (usize, Option<String>) {
        let records = self.probe(FIRST_CONTACT, era).await;
        let Some(record) = records.first() else { return (0, None) };
        let used = record.used.and_then(|used| record.tries.get(used));
        let protected = used.and_then(|(call, _)| rpc.calls.iter().position(|one| one.name() == call));
        let mut live = record.tries.iter().filter_map(|(_, tried)| tried.as_ref().ok());
        (protected.unwrap_or(0), live.find_map(session))
    }

    /// All calls, in the session that the first one opens, if it does; the first counts.
    pub(super) async fn send_each(&self, name: &str, rpc: &Rpc, era: Era) -> (Vec<Try>, Option<usize>) {
        if self.is_open(era).await {
            return spared(rpc);
        }
        let first = rpc::request(Call::Open, 1, era, &self.target.url, None);
        let session = match self.send(name, first).await {
            Ok(live) => self.begun(name, &live, era).await,
            Err(_) => None,
        };
        let calls = rpc.calls.iter().map(|call| {
            let request = self.call(*call, rpc, era, session.as_deref());
            async move { (call.name().to_owned(), self.send(name, request).await) }
        });
        let tries: Vec<Try> = join_all(calls).await;
        let used = tries.iter().position(|(_, tried)| tried.is_ok());
        (tries, used)
    }

    /// The era in which a request is sent: its own, or the modern one for what is sent in one era only. A server may ask for
    /// a token before it says that it does not speak that one.
    pub(super) async fn era_of(&self, rpc: &Rpc, era: Era) -> Era {
        if !rpc.once || self.received(Era::Modern).await != Some(Reception::Refused) {
            return era;
        }
        match rpc.tokens().next().is_some() && self.speaks_legacy_only(rpc).await {
            true => Era::Legacy,
            false => Era::Modern,
        }
    }

    pub(super) fn call(&self, call: Call, rpc: &Rpc, era: Era, session: Option<&str>) -> Request {
        let mut request = rpc::request(call, rpc.id, era, &self.target.url, session);
        if let Some(query) = &rpc.query {
            request.url = well_known::with_query(&request.url, query);
        }
        let lines =
            rpc.headers.iter().flat_map(|(name, values)| values.0.iter().map(move |value| (name, value)));
        request.headers.extend(lines.map(|(name, value)| (name.clone(), value.clone())));
        request
    }
}

/// Nothing, since the server asks nobody for a token.
pub(super) fn spared(rpc: &Rpc) -> (Vec<Try>, Option<usize>) {
    let why = "the server asks nobody for a token".to_owned();
    let not_sent = NotSent::because_of(FIRST_CONTACT, why);
    let first = rpc.calls.iter().take(1);
    (first.map(|call| (call.name().to_owned(), Err(not_sent.clone()))).collect(), None)
}

/// The session that the server opened with it, if it did.
pub(super) fn session(live: &Live) -> Option<String> {
    live.response()?.header_lines("mcp-session-id").first().map(|id| (*id).to_owned())
}
