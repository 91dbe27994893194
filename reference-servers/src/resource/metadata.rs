//! Protected resource metadata (RFC 9728), and the pointer that stands in its place in the oldest layout.
//!
//! ```text
//! GET /.well-known/oauth-protected-resource/mcp -> "resource": "http://127.0.0.1:PORT/mcp"
//! GET /.well-known/oauth-protected-resource     -> "resource": "http://127.0.0.1:PORT"
//! ```

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Behaviour::*;
    use crate::client::{Client, answer};
    use crate::{Options, Profile};

    #[tokio::test]
    async fn each_location_names_its_own_resource() {
        let client = Client::with(&[]).await;
        let found = client.get(super::WELL_KNOWN).await;
        assert_eq!(found.json()["resource"], client.pair.origin);
        assert_eq!(found.header("content-type"), "application/json");
        assert_eq!(found.header("access-control-allow-origin"), "*");
        let found = client.get("/.well-known/oauth-protected-resource/mcp").await;
        assert_eq!(found.json()["resource"], client.pair.server_url);
        assert_eq!(found.json()["authorization_servers"], json!([client.pair.issuer]));
        assert_eq!(client.get("/.well-known/oauth-protected-resource/other").await.status, 404);
        let preflight = answer(client.request("OPTIONS", super::WELL_KNOWN)).await;
        assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (204, "*"));
        assert!(preflight.header("access-control-allow-headers").contains("MCP-Protocol-Version"));
    }

    #[tokio::test]
    async fn an_endpoint_at_the_root_has_one_location() {
        let client = Client::with(&[EndpointAtRoot]).await;
        assert_eq!(client.pair.server_url, client.pair.origin);
        let refused = answer(client.call("echo")).await;
        let url = format!("{}{}", client.pair.origin, super::WELL_KNOWN);
        assert_eq!(refused.challenge(), format!(r#"Bearer resource_metadata="{url}", scope="mcp:tools""#));
        assert_eq!(client.get(&url).await.json()["resource"], client.pair.origin);
        assert_eq!(client.status_with(&client.pair.mint("mcp:tools")).await, 200);
        assert_eq!(client.get("/mcp").await.status, 404);
    }

    #[tokio::test]
    async fn the_pointer_names_the_issuer_and_nothing_else() {
        let client = Client::start(Options { profile: Profile::AsPointer, ..Options::default() }).await;
        assert_eq!(client.get(super::POINTER).await.json(), json!({ "issuer": client.pair.issuer }));
        let url = format!("{}{}", client.pair.origin, super::POINTER);
        assert_eq!(
            answer(client.call("echo")).await.challenge(),
            format!(r#"Bearer resource_metadata="{url}""#)
        );
    }
}
