//! JSON-RPC requests as a client of each era sends them.

use serde_json::{Value, json};

use crate::model::exchange::Request;
use crate::model::probe::Call;
use crate::model::profile::Era;

/// The revision that requests of the legacy era ask for; servers answer with what they speak.
const LEGACY: &str = "2025-11-25";
/// The revision that requests of the modern era are of.
const MODERN: &str = "2026-07-28";
/// Rounds of the same requests in one session, at the most.
const ROUNDS: u32 = 10;
/// A tool and a prompt that no server has.
const NOTHING: &str = "mcp-conform-no-such-thing";
/// A resource that no server has.
const NO_RESOURCE: &str = "mcp-conform://no-such-thing";

/// The request for `call` in `era`, in the session that the server opened, if it did. Its JSON-RPC id is that of no other
/// call of this or another `round`: requests of one session may be under way together, and servers that tell their
/// answers apart by id leave one of two with the same id without any (2025-11-25, base protocol, requests).
pub fn request(call: Call, round: u32, era: Era, url: &str, session: Option<&str>) -> Request {
    let id = round + ROUNDS * call as u32;
    let (method, mut params, name) = match (call, era) {
        (Call::Open, Era::Legacy) => ("initialize", initialize(), None),
        (Call::Open, Era::Modern) => ("server/discover", json!({}), None),
        (Call::ToolsList, _) => ("tools/list", json!({}), None),
        (Call::ToolsCall, _) => ("tools/call", json!({ "name": NOTHING, "arguments": {} }), Some(NOTHING)),
        (Call::ResourcesRead, _) => ("resources/read", json!({ "uri": NO_RESOURCE }), Some(NO_RESOURCE)),
        (Call::PromptsGet, _) => ("prompts/get", json!({ "name": NOTHING }), Some(NOTHING)),
        (Call::Initialized, _) => ("notifications/initialized", json!({}), None),
        (Call::Stream | Call::End, _) => return bare(call, url, session),
    };
    let mut headers = vec![
        header("accept", "application/json, text/event-stream"),
        header("content-type", "application/json"),
    ];
    match era {
        Era::Legacy => {
            // The handshake comes before any session.
            if call != Call::Open {
                headers.push(header("mcp-protocol-version", LEGACY));
                headers.extend(session.map(|id| header("mcp-session-id", id)));
            }
        }
        Era::Modern => {
            headers.push(header("mcp-protocol-version", MODERN));
            headers.push(header("mcp-method", method));
            headers.extend(name.map(|name| header("mcp-name", name)));
            params["_meta"] = meta();
        }
    }
    let body = match call {
        Call::Initialized => json!({ "jsonrpc": "2.0", "method": method }),
        _ => json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }),
    };
    Request { method: "POST".to_owned(), url: url.to_owned(), headers, body: Some(body.to_string()) }
}

/// A request of the legacy era that has no body.
fn bare(call: Call, url: &str, session: Option<&str>) -> Request {
    let mut headers = vec![header("mcp-protocol-version", LEGACY)];
    headers.extend(session.map(|id| header("mcp-session-id", id)));
    let method = match call {
        Call::Stream => {
            headers.push(header("accept", "text/event-stream"));
            "GET"
        }
        _ => "DELETE",
    };
    Request { method: method.to_owned(), url: url.to_owned(), headers, body: None }
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn client() -> Value {
    json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") })
}

/// Parameters of `initialize` (2025-11-25, lifecycle).
fn initialize() -> Value {
    json!({ "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": client() })
}

/// What every request of the modern era carries (2026-07-28, streamable HTTP, request metadata).
fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": client(),
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_requests_of_a_session_share_an_id() {
        let calls = [Call::Open, Call::ToolsList, Call::ToolsCall, Call::ResourcesRead, Call::PromptsGet];
        let id = |call: Call, round| {
            let body = request(call, round, Era::Legacy, "https://h/mcp", Some("s")).body.unwrap_or_default();
            serde_json::from_str::<Value>(&body).unwrap()["id"].as_u64().unwrap()
        };
        let ids: BTreeSet<u64> =
            calls.iter().flat_map(|call| (1..ROUNDS).map(|round| id(*call, round))).collect();
        assert_eq!(ids.len(), calls.len() * 9);
        assert_eq!(id(Call::Open, 1), 1);
    }
}
