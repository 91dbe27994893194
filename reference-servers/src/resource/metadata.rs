//! Protected resource metadata (RFC 9728), and the pointer that stands in its place in the oldest layout.
//!
//!     GET /.well-known/oauth-protected-resource/mcp -> "resource": "http://127.0.0.1:PORT/mcp"
//!     GET /.well-known/oauth-protected-resource     -> "resource": "http://127.0.0.1:PORT"

use std::sync::Arc;

use axum::Router;
use serde_json::{Value, json};

use crate::document::{metadata, public};
use crate::pair::Pair;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
const POINTER: &str = "/.well-known/oauth-authorization-server";

/// Where the challenge says the metadata is.
pub(super) fn url(pair: &Pair) -> String {
    let path = if pair.profile.has_resource_metadata() { WELL_KNOWN } else { POINTER };
    let inserted = if pair.profile.has_resource_metadata() { pair.path.trim_end_matches('/') } else { "" };
    format!("{}{path}{inserted}", pair.origin)
}

/// Each document names the resource its own URL is derived from (RFC 9728 section 3.3).
pub(super) fn router(pair: &Arc<Pair>) -> Router {
    let root = document(pair, &pair.origin);
    let router = Router::new().route(WELL_KNOWN, public(async move || metadata(root)));
    if pair.path == "/" {
        return router;
    }
    let inserted = document(pair, &pair.server);
    router.route(&format!("{WELL_KNOWN}{}", pair.path), public(async move || metadata(inserted)))
}

fn document(pair: &Pair, resource: &str) -> Value {
    let issuers: Vec<&str> = pair.issuers.iter().map(|issuer| issuer.identifier.as_str()).collect();
    json!({
        "resource": resource,
        "authorization_servers": issuers,
        // The least that is of any use; mcp:admin is asked for when a tool needs it.
        "scopes_supported": ["mcp:tools"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Reference MCP server",
    })
}

/// Authorization server metadata on the MCP host that says no more than who the issuer is.
pub(super) fn pointer(pair: &Arc<Pair>) -> Router {
    let document = json!({ "issuer": pair.issuers[0].identifier });
    Router::new().route(POINTER, public(async move || metadata(document)))
}
