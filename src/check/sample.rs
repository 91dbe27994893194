//! Recordings made up for the tests of predicates.

use super::{Answer, Check, Predicate, Scene};
use crate::check::scene::Evidence;
use crate::model::exchange::{Exchange, Reply, Request, Response};
use crate::model::profile::Era;
use crate::model::recording::{Attempt, FORMAT, ProbeRecord, Recording, Target, Tool};
use crate::model::requirement::Role;

/// A recording with one answer a probe: name, status, media type and body. Status 0 means that nothing was sent.
pub(crate) fn recording(answers: &[(&str, u16, &str, &str)]) -> Recording {
    let target = Target { role: Role::Server, url: "https://h/mcp".to_owned() };
    let mut made = Recording {
        format: FORMAT,
        tool: Tool::this(),
        target,
        insecure: false,
        tokens: Vec::new(),
        interrupted: false,
        left: Vec::new(),
        probes: Vec::new(),
        exchanges: Vec::new(),
    };
    for (probe, status, media_type, body) in answers {
        let probe = (*probe).to_owned();
        let sent = (*status != 0).then_some(made.exchanges.len());
        if let Some(id) = sent {
            let reply = Reply::Response(Response::new(*status, &[("content-type", media_type)], *body));
            let request = Request::get(format!("https://h/{probe}"));
            made.exchanges.push(Exchange { id, probe: probe.clone(), request, reply, milliseconds: 1.0 });
        }
        let attempts = vec![Attempt { name: String::new(), exchange: sent, not_sent: None }];
        made.probes.push(ProbeRecord { probe, era: Era::Modern, item: None, attempts, used: sent });
    }
    made
}

/// What the predicate `yaml` says of the first answer to `probe`.
pub(crate) fn judge(recording: &Recording, probe: &str, yaml: &str) -> Answer {
    let predicate: Predicate = serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{yaml}: {error}"));
    let evidence = Evidence::new(recording);
    let record = evidence.record(probe, Era::Modern, None).unwrap();
    let exchange = record.attempts[0].exchange.and_then(|id| recording.exchange(id));
    predicate.judge(&Scene { evidence: &evidence, era: Era::Modern, item: None, record, exchange })
}
