//! A registration as its client sees and changes it (RFC 7592), for whoever holds its registration access token.
//!
//! ```text
//! GET /register/CLIENT     200 what is registered
//! PUT /register/CLIENT     200 what is registered now; what the body leaves out is gone
//! DELETE /register/CLIENT  204, and the client is unknown from then on
//! ```

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::At;
use super::answer::{bearer, refused, success, unauthorized};
use super::clients::Client;
use super::grant::{Denied, SERVER_ERROR};
use super::register::{asked, has_secret, information, metadata};
use crate::Behaviour;
use crate::keys::random;

/// Members that only the server may say (section 2.2).
const OURS: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];

pub(super) async fn read(State(at): State<At>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    match managed(&at, &id, &headers) {
        Some(client) => success(StatusCode::OK, information(&at, &client)),
        None => stranger(&headers),
    }
}

pub(super) async fn update(
    State(at): State<At>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(client) = managed(&at, &id, &headers) else {
        return stranger(&headers);
    };
    match updated(&client, &headers, &body) {
        Ok(client) => {
            let information = information(&at, &client);
            at.pair.clients.add(client);
            success(StatusCode::OK, information)
        }
        Err(denied) => refused(denied),
    }
}

pub(super) async fn remove(State(at): State<At>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if managed(&at, &id, &headers).is_none() {
        return stranger(&headers);
    }
    if !at.pair.does(Behaviour::RemovalKeepsClient) {
        at.pair.clients.remove(&id);
        at.pair.codes().retain(|_, code| code.grant.client_id != id);
        at.pair.families().revoke_client(&at.pair, &id);
    }
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// The client, if this is its token; nothing is told apart of clients that do not exist.
fn managed(at: &At, id: &str, headers: &HeaderMap) -> Option<Arc<Client>> {
    let client = at.pair.clients.managed(id)?;
    let token = client.registration.as_ref().map(|registration| registration.token.as_str());
    let is_its = token.is_some() && token == bearer(headers);
    (is_its || at.pair.does(Behaviour::ManagementForAnybody)).then_some(client)
}

fn stranger(headers: &HeaderMap) -> Response {
    unauthorized(bearer(headers).map(|_| "this is no registration access token of such a client"))
}

/// The client as it is from now on.
fn updated(client: &Client, headers: &HeaderMap, body: &[u8]) -> Result<Client, Denied> {
    let asked = asked(headers, body)?;
    let is = |member: &str, known: &str| asked.get(member).and_then(Value::as_str) == Some(known);
    if !is("client_id", &client.id) {
        return Err(("invalid_client_metadata", "client_id is missing or another client's"));
    }
    if OURS.iter().any(|member| asked.contains_key(*member)) {
        return Err(("invalid_client_metadata", "a member is for the server to say"));
    }
    let is_known = |secret: &String| is("client_secret", secret);
    if asked.contains_key("client_secret") && !client.secret.as_ref().is_some_and(is_known) {
        return Err(("invalid_client_metadata", "client_secret is not the client's"));
    }
    let metadata = metadata(&asked)?;
    let secret = match (has_secret(&metadata), &client.secret) {
        (false, _) => None,
        (true, Some(secret)) => Some(secret.clone()),
        (true, None) => Some(random().map_err(|_| SERVER_ERROR)?),
    };
    Ok(Client { id: client.id.clone(), secret, metadata, registration: client.registration.clone() })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Behaviour::{self, *};
    use crate::client::{Answer, Client, answer};

    const URI: &str = "http://127.0.0.1/callback";

    /// A client that registered, and what it was told.
    struct Registered {
        client: Client,
        told: Value,
    }

    async fn registered(behaviours: &[Behaviour], method: &str) -> Registered {
        let client = Client::with(behaviours).await;
        let metadata = json!({
            "redirect_uris": [URI],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": method,
            "client_name": "A client",
        });
        let url = format!("{}/register", client.pair.issuer);
        let told = answer(client.request("POST", &url).json(&metadata)).await.json();
        Registered { client, told }
    }

    impl Registered {
        fn text(&self, member: &str) -> &str {
            self.told[member].as_str().unwrap_or_default()
        }

        async fn send(&self, method: &str, token: &str, body: Option<&Value>) -> Answer {
            let request =
                self.client.request(method, self.text("registration_client_uri")).bearer_auth(token);
            answer(if let Some(body) = body { request.json(body) } else { request }).await
        }

        async fn manage(&self, method: &str, body: Option<&Value>) -> Answer {
            self.send(method, self.text("registration_access_token"), body).await
        }
    }

    #[tokio::test]
    async fn what_is_registered_can_be_read_and_replaced() {
        let it = registered(&[], "client_secret_basic").await;
        let read = it.manage("GET", None).await;
        assert_eq!((read.status, read.header("cache-control")), (200, "no-store"));
        assert_eq!(read.json(), it.told);
        let change = json!({
            "client_id": it.text("client_id"),
            "client_secret": it.text("client_secret"),
            "redirect_uris": ["https://a.example/cb"],
        });
        let changed = it.manage("PUT", Some(&change)).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        let changed = changed.json();
        assert_eq!(changed["redirect_uris"], json!(["https://a.example/cb"]));
        assert_eq!(
            (&changed["client_name"], &changed["grant_types"]),
            (&Value::Null, &json!(["authorization_code"]))
        );
        for kept in ["client_id", "client_secret", "registration_access_token", "client_id_issued_at"] {
            assert_eq!(changed[kept], it.told[kept], "{kept}");
        }
        assert_eq!(it.manage("GET", None).await.json(), changed);
        let public = json!({
            "client_id": it.text("client_id"), "redirect_uris": [URI], "token_endpoint_auth_method": "none",
        });
        let public = it.manage("PUT", Some(&public)).await.json();
        assert_eq!(
            (&public["client_secret"], &public["client_secret_expires_at"]),
            (&Value::Null, &Value::Null)
        );
    }

    #[tokio::test]
    async fn what_cannot_be_replaced_is_refused() {
        let it = registered(&[], "none").await;
        let id = it.text("client_id");
        for (change, error) in [
            (json!({ "redirect_uris": [URI] }), "invalid_client_metadata"),
            (json!({ "client_id": "other", "redirect_uris": [URI] }), "invalid_client_metadata"),
            (
                json!({ "client_id": id, "redirect_uris": [URI], "client_secret": "x" }),
                "invalid_client_metadata",
            ),
            (
                json!({ "client_id": id, "redirect_uris": [URI], "registration_access_token": "x" }),
                "invalid_client_metadata",
            ),
            (json!({ "client_id": id, "redirect_uris": ["http://a.example"] }), "invalid_redirect_uri"),
        ] {
            let refused = it.manage("PUT", Some(&change)).await;
            assert_eq!((refused.status, &refused.json()["error"]), (400, &json!(error)), "{change}");
        }
        assert_eq!(it.manage("GET", None).await.json(), it.told);
        assert_eq!(it.manage("POST", None).await.status, 405);
    }

    #[tokio::test]
    async fn it_is_for_the_client_only() {
        let change = json!({ "redirect_uris": [URI] });
        let it = registered(&[], "none").await;
        let other = registered(&[], "none").await;
        for method in ["GET", "PUT", "DELETE"] {
            for token in ["", "x", other.text("registration_access_token")] {
                let refused = it.send(method, token, Some(&change)).await;
                assert_eq!((refused.status, &refused.json()["error"]), (401, &json!("invalid_token")));
                assert!(refused.challenge().starts_with("Bearer "));
            }
        }
        for id in ["unknown", it.client.pair.public_client_id.as_str()] {
            let url = format!("{}/register/{id}", it.client.pair.issuer);
            let request = it.client.request("GET", &url).bearer_auth(it.text("registration_access_token"));
            assert_eq!(answer(request).await.status, 401);
        }
        let it = registered(&[ManagementForAnybody], "none").await;
        assert_eq!(it.send("GET", "x", None).await.json(), it.told);
        assert_eq!(it.send("DELETE", "x", None).await.status, 204);
    }

    #[tokio::test]
    async fn a_client_that_is_removed_is_unknown_with_all_it_was_given() {
        for (behaviours, works) in [(&[][..], false), (&[RemovalKeepsClient], true)] {
            let it = registered(behaviours, "none").await;
            let issued = it.client.login(it.text("client_id"), "mcp:tools").await;
            let token = issued["access_token"].as_str().expect("a token");
            assert_eq!(it.client.status_with(token).await, 200);
            let removed = it.manage("DELETE", None).await;
            assert_eq!((removed.status, removed.text().as_str()), (204, ""));
            assert_eq!(it.manage("GET", None).await.status, if works { 200 } else { 401 });
            assert_eq!(it.client.status_with(token).await, if works { 200 } else { 401 });
            let again = it.client.login(it.text("client_id"), "mcp:tools").await;
            assert_eq!(again["access_token"].is_string(), works);
            let form = [
                ("grant_type", "refresh_token"),
                ("client_id", it.text("client_id")),
                ("refresh_token", issued["refresh_token"].as_str().expect("a refresh token")),
            ];
            let refreshed = it.client.form(&format!("{}/token", it.client.pair.issuer), &form).await;
            assert_eq!(refreshed.status, if works { 200 } else { 401 });
        }
    }
}
