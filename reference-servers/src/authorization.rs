//! The authorization server: one endpoint a file, mounted once for each issuer.
//!
//! It approves everything at once and asks nobody unless it is told to: there is no user here whose consent would mean
//! anything.

mod answer;
mod assertion;
mod authenticate;
mod authorize;
mod client_document;
mod clients;
mod consent;
mod form;
mod grant;
mod introspect;
mod issued;
mod jwks;
mod lax;
mod manage;
mod metadata;
mod mint;
mod redeem;
mod redirect_uri;
mod refresh;
mod register;
mod revoke;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

pub(crate) use clients::{Clients, REDIRECT_URI};
pub(crate) use consent::Pending;
pub(crate) use grant::{Code, Grant};
pub(crate) use refresh::Families;

use crate::Behaviour;
use crate::document::{preflight, public};
use crate::pair::{Issuer, Pair};

/// What an endpoint is told: the pair, and which issuer it belongs to.
#[derive(Clone)]
pub(crate) struct At {
    pub(crate) pair: Arc<Pair>,
    pub(crate) issuer: Issuer,
}

pub(crate) fn router(pair: &Arc<Pair>) -> Router {
    let at = |issuer: &Issuer| At { pair: pair.clone(), issuer: issuer.clone() };
    pair.issuers.iter().map(|issuer| endpoints(at(issuer))).fold(Router::new(), Router::merge)
}

fn endpoints(at: At) -> Router {
    let path = at.issuer.path;
    let mut token = post(token::token).options(preflight);
    if at.pair.does(Behaviour::TokenByGet) {
        token = token.get(token::token_by_get);
    }
    let mut register = post(register::register).options(preflight);
    if at.pair.does(Behaviour::ListsClients) {
        register = register.get(register::list);
    }
    let mut router = Router::new()
        .route(&format!("/.well-known/oauth-authorization-server{path}"), public(metadata::metadata))
        .route(&format!("/.well-known/openid-configuration{path}"), public(metadata::metadata))
        .route(&format!("{path}/authorize"), get(authorize::by_get).post(authorize::by_post))
        .route(&format!("{path}/consent"), post(consent::decided))
        .route(&format!("{path}/token"), token)
        .route(&format!("{path}/register"), register)
        .route(
            &format!("{path}/register/{{id}}"),
            get(manage::read).put(manage::update).delete(manage::remove),
        )
        .route(&format!("{path}/revoke"), post(revoke::revoke).options(preflight))
        .route(&format!("{path}/introspect"), post(introspect::introspect))
        .route(&format!("{path}/jwks"), public(jwks::jwks));
    // An opaque token is nothing that could be written down.
    if !at.pair.does(Behaviour::OpaqueTokens) {
        router = router.route(&format!("{path}/mint"), post(mint::mint));
    }
    if !path.is_empty() {
        // OpenID Connect appends where RFC 8414 inserts.
        router =
            router.route(&format!("{path}/.well-known/openid-configuration"), public(metadata::metadata));
    }
    router.with_state(at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Behaviour::{self, *};
    use crate::client::Client;

    /// The locations at which metadata is found, and what it says.
    async fn found(behaviours: &[Behaviour], paths: &[&str]) -> Client {
        let client = Client::with(behaviours).await;
        for path in paths {
            let document = client.get(&format!("{}{path}", client.pair.authorization_origin)).await;
            assert_eq!(document.status, 200, "{path}");
            assert_eq!(document.json()["issuer"], client.pair.issuer, "{path}");
        }
        client
    }

    #[tokio::test]
    async fn an_issuer_with_a_path_is_found_in_three_places() {
        let paths = [
            "/.well-known/oauth-authorization-server/tenant",
            "/.well-known/openid-configuration/tenant",
            "/tenant/.well-known/openid-configuration",
        ];
        let client = found(&[IssuerWithPath], &paths).await;
        assert!(client.pair.issuer.ends_with("/tenant"));
        let root = format!("{}/.well-known/oauth-authorization-server", client.pair.authorization_origin);
        assert_eq!(client.get(&root).await.status, 404);
        let keys = client.get(&format!("{}/jwks", client.pair.issuer)).await.json();
        assert_eq!(keys["keys"].as_array().map(Vec::len), Some(2));
        assert_eq!(keys["keys"][0]["d"], json!(null));
        assert_eq!(client.status_with(&client.pair.mint("mcp:tools")).await, 200);
    }

    #[tokio::test]
    async fn a_trailing_slash_is_part_of_the_issuer_and_not_of_the_location() {
        let paths = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
        let client = found(&[IssuerWithTrailingSlash], &paths).await;
        assert!(client.pair.issuer.ends_with('/'));
        let listed = client.get("/.well-known/oauth-protected-resource").await.json();
        assert_eq!(listed["authorization_servers"], json!([client.pair.issuer]));
        let paths =
            ["/.well-known/oauth-authorization-server/tenant", "/tenant/.well-known/openid-configuration"];
        assert!(
            found(&[IssuerWithTrailingSlash, IssuerWithPath], &paths).await.pair.issuer.ends_with("/tenant/")
        );
    }

    #[tokio::test]
    async fn a_second_issuer_works_like_the_first() {
        let client = Client::with(&[TwoAuthorizationServers]).await;
        let listed = client.get("/.well-known/oauth-protected-resource/mcp").await.json();
        let second = format!("{}/second", client.pair.authorization_origin);
        assert_eq!(listed["authorization_servers"], json!([client.pair.issuer, second]));
        let metadata = client.get(&format!("{second}/.well-known/openid-configuration")).await.json();
        assert_eq!(metadata["issuer"], second);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &client.pair.client_id),
            ("client_secret", &client.pair.client_secret),
        ];
        let issued = client.form(metadata["token_endpoint"].as_str().expect("a URL"), &form).await.json();
        assert_eq!(client.status_with(issued["access_token"].as_str().expect("a token")).await, 200);
    }
}
