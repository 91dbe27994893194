//! Servers that speak one era only say so before they ask for a token.

use axum::Json;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::edit::{Asked, Era};
use crate::pair::Pair;
use crate::{Behaviour, mcp};

/// The 400 or 405 for a request of the other era.
pub(super) fn refused(pair: &Pair, asked: &Asked) -> Option<Response> {
    if pair.does(Behaviour::LegacyOnly) && asked.era == Era::Modern {
        let text = "Bad Request: Unsupported protocol version";
        return Some((StatusCode::BAD_REQUEST, text).into_response());
    }
    if pair.does(Behaviour::ModernOnly) && asked.era == Era::Legacy {
        if asked.method != Method::POST {
            return Some((StatusCode::METHOD_NOT_ALLOWED, [("allow", "POST")]).into_response());
        }
        // UnsupportedProtocolVersion of 2026-07-28.
        let supported: Vec<&str> = mcp::versions(pair).iter().map(|version| version.as_str()).collect();
        let error = json!({ "code": -32022, "message": "Unsupported protocol version", "data": { "supported": supported } });
        let body = json!({ "jsonrpc": "2.0", "id": asked.id, "error": error });
        return Some((StatusCode::BAD_REQUEST, Json(body)).into_response());
    }
    None
}
