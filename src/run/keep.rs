//! The recording that is kept of a run: numbered, and redacted.

use std::collections::HashMap;
use std::sync::Arc;

use super::Record;
use crate::model::exchange::Exchange;
use crate::model::recording::{Attempt, FORMAT, ProbeRecord, Recording, Target, TokenFacts, Tool};
use crate::net::client::Client;
use crate::net::record::{self, Withheld};

/// What a run comes to, with every secret still in it.
pub(super) struct Gathered {
    pub(super) target: Target,
    pub(super) records: Vec<Record>,
    pub(super) tokens: Vec<TokenFacts>,
    /// Ids of clients that were registered and could not be removed.
    pub(super) left: Vec<String>,
    /// Whether it was stopped before it was over.
    pub(super) interrupted: bool,
}

/// Numbers the exchanges in the order of the records, which is that of names, and redacts them. Which probe was faster
/// changes nothing.
pub(super) fn assemble(client: &Client, gathered: Gathered, secrets: &[Withheld]) -> Recording {
    let Gathered { target, records, tokens, left, interrupted } = gathered;
    let mut ids: HashMap<*const Exchange, usize> = HashMap::new();
    let mut exchanges = Vec::new();
    let mut probes = Vec::new();
    for record in records {
        let mut attempts = Vec::new();
        for (name, tried) in &record.tries {
            let (exchange, not_sent) = match tried {
                Ok(live) => {
                    let id = *ids.entry(Arc::as_ptr(live)).or_insert_with(|| {
                        let (id, probe) = (exchanges.len(), record.probe.clone());
                        let request = client.as_sent(live.request.clone());
                        exchanges.push(Exchange { id, probe, request, ..Exchange::clone(live) });
                        id
                    });
                    (Some(id), None)
                }
                Err(not_sent) => (None, Some(not_sent.clone())),
            };
            attempts.push(Attempt { name: name.clone(), exchange, not_sent });
        }
        let used = record.used.and_then(|index| attempts[index].exchange);
        probes.push(ProbeRecord { probe: record.probe, era: record.era, item: record.item, attempts, used });
    }
    let insecure = !client.verifies();
    let mut recording = Recording {
        format: FORMAT,
        tool: Tool::this(),
        target,
        insecure,
        interrupted,
        tokens,
        left,
        probes,
        exchanges,
    };
    record::redact(&mut recording, secrets);
    recording
}
