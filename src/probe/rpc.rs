//! JSON-RPC requests as a client of each era sends them.

use serde_json::{Value, json};

use crate::model::exchange::Request;
use crate::model::probe::Call;
use crate::model::profile::Era;

/// The revision that requests of the legacy era ask for; servers answer with what they speak.
const LEGACY: &str = "2025-11-25";
/// The revision that requests of the modern era are of.
const MODERN: &str = "2026-07-28";
/// A tool that no server has.
const NO_TOOL: &str = "mcp-conform-no-such-tool";

/// The request for `call` in `era`, in the session that the server opened, if it did.
pub fn request(call: Call, era: Era, url: &str, session: Option<&str>) -> Request {
    let (method, mut params) = match (call, era) {
        (Call::Open, Era::Legacy) => ("initialize", initialize()),
        (Call::Open, Era::Modern) => ("server/discover", json!({})),
        (Call::ToolsList, _) => ("tools/list", json!({})),
        (Call::ToolsCall, _) => ("tools/call", json!({ "name": NO_TOOL, "arguments": {} })),
    };
    let mut headers = vec![
        header("accept", "application/json, text/event-stream"),
        header("content-type", "application/json"),
    ];
    match era {
        Era::Legacy => {
            if call != Call::Open {
                headers.push(header("mcp-protocol-version", LEGACY));
            }
            headers.extend(session.map(|id| header("mcp-session-id", id)));
        }
        Era::Modern => {
            headers.push(header("mcp-protocol-version", MODERN));
            headers.push(header("mcp-method", method));
            if call == Call::ToolsCall {
                headers.push(header("mcp-name", NO_TOOL));
            }
            params["_meta"] = meta();
        }
    }
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    Request { method: "POST".to_owned(), url: url.to_owned(), headers, body: Some(body.to_string()) }
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
