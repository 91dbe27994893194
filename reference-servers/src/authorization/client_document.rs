//! Clients that nobody registered: the client ID is the URL of a document in which the client says who it is
//! (draft-ietf-oauth-client-id-metadata-document-00).
//!
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::clients::Client;
use super::{At, redirect_uri, register};
use crate::Behaviour;
use crate::fetch::fetched;

/// Whether a client ID is the URL of a document, good or not.
pub(super) fn is_url(client_id: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| client_id.starts_with(scheme))
}

/// The client whose document this is, or half a sentence on why it cannot be used. Only what is good is remembered, for
/// as long as it says.
pub(super) async fn published(at: &At, url: &str) -> Result<Arc<Client>, &'static str> {
    if !may_be_client_id(url) {
        return Err(
            "its URL is not an https one with a path, or there are dot segments, a fragment or a user in it",
        );
    }
    if let Some(client) = at.pair.clients.published(url, at.pair.now()) {
        return Ok(client);
    }
    let any_status = at.pair.does(Behaviour::IgnoresStatusOfDocuments);
    let (body, lifetime) = fetched(url, any_status).await?;
    let client =
        Client { id: url.to_owned(), secret: None, metadata: metadata(at, url, &body)?, registration: None };
    Ok(at.pair.clients.publish(client, at.pair.now().saturating_add(lifetime)))
}

/// The rules of section 3; http will do on loopback, where everything here is.
fn may_be_client_id(url: &str) -> bool {
    let path = url.split('?').next().and_then(|hierarchy| hierarchy.splitn(4, '/').nth(3));
    let is_dots =
        |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    redirect_uri::is_safe(url) && path.is_some_and(|path| !path.split('/').any(is_dots))
}

/// What the document says of the client, as it would have been registered.
fn metadata(at: &At, url: &str, body: &[u8]) -> Result<Map<String, Value>, &'static str> {
    let mut document: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| "it is not a JSON object")?;
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let names_itself = text("client_id") == Some(url)
        || at.pair.does(Behaviour::IgnoresSlashOfClientId)
            && text("client_id").and_then(|id| id.strip_suffix('/')) == Some(url);
    if !names_itself && !at.pair.does(Behaviour::IgnoresClientIdMismatch) {
        return Err("its client_id is not the URL that it was fetched from");
    }
    if text("client_name").is_none() && !at.pair.does(Behaviour::TakesNamelessDocuments) {
        return Err("it has no client_name");
    }
    if ["client_secret", "client_secret_expires_at"].iter().any(|member| document.contains_key(*member)) {
        return Err("it has a secret in it, which everybody can read");
    }
    // The default of a registration would be a secret.
    let method = document.entry("token_endpoint_auth_method").or_insert(json!("none"));
    if method != "none" && method != "private_key_jwt" {
        return Err("its token_endpoint_auth_method is not none or private_key_jwt");
    }
    register::metadata(&document).map_err(|(_, why)| why)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::http::header;
    use axum::routing::get;
    use serde_json::json;

    use super::may_be_client_id;
    use crate::Behaviour::{self, *};
    use crate::client::{Answer, Client, answer};
    use crate::{Clock, Edit, Options, Profile};

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CALLBACK: &str = "http://127.0.0.1:4567/callback";

    async fn asked_for(client: &Client, id: &str, redirect_uri: &str) -> Answer {
        let query = [
            ("response_type", "code"),
            ("client_id", id),
            ("redirect_uri", redirect_uri),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
        ];
        answer(client.request("GET", &format!("{}/authorize", client.pair.issuer)).query(&query)).await
    }

    async fn asked(client: &Client, id: &str) -> Answer {
        asked_for(client, id, CALLBACK).await
    }

    /// The answer to a client whose document was changed like this.
    async fn spoiled(behaviours: &[Behaviour], change: &str) -> Answer {
        let edits: Vec<Edit> =
            serde_saphyr::from_str(&format!("- {{ on: {{ server: client }}, {change} }}\n")).expect("edits");
        let client =
            Client::start(Options { edits, behaviours: behaviours.to_vec(), ..Options::default() }).await;
        asked(&client, &client.pair.client_metadata_url).await
    }

    #[tokio::test]
    async fn a_published_client_gets_a_token_as_a_public_one() {
        let client = Client::with(&[]).await;
        let id = client.pair.client_metadata_url.clone();
        let location = asked(&client, &id).await.header("location").to_owned();
        let code = location.split("code=").nth(1).and_then(|rest| rest.split('&').next()).expect("a code");
        let form = |verifier| {
            [
                ("grant_type", "authorization_code"),
                ("client_id", id.as_str()),
                ("code", code),
                ("redirect_uri", CALLBACK),
                ("code_verifier", verifier),
            ]
        };
        let token = format!("{}/token", client.pair.issuer);
        let wrong = client.form(&token, &form("wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong")).await;
        assert_eq!((wrong.status, &wrong.json()["error"]), (400, &json!("invalid_grant")));
        let issued = client.form(&token, &form(VERIFIER)).await.json();
        assert_eq!(client.status_with(issued["access_token"].as_str().expect("a token")).await, 200);
        let elsewhere = asked_for(&client, &id, "http://127.0.0.1:4567/other").await;
        assert_eq!((elsewhere.status, elsewhere.header("location")), (400, ""));
    }

    #[tokio::test]
    async fn a_document_that_breaks_a_rule_is_refused_on_a_page() {
        for (change, why) in [
            ("status: 404", "another status than 200"),
            ("status: 302, header: { set: { location: /client.json } }", "another status than 200"),
            ("body: '<p>'", "not a JSON object"),
            ("body: '[]'", "not a JSON object"),
            ("json: { set: { /client_uri: \"LONG\" } }", "longer than 5 kB"),
            ("json: { set: { /client_id: \"{{client-id}}/\" } }", "not the URL"),
            ("json: { remove: [/client_id] }", "not the URL"),
            ("json: { remove: [/client_name] }", "no client_name"),
            ("json: { set: { /client_secret: x } }", "a secret"),
            ("json: { set: { /client_secret_expires_at: 0 } }", "a secret"),
            ("json: { set: { /token_endpoint_auth_method: client_secret_post } }", "is not none"),
            ("json: { remove: [/redirect_uris] }", "redirect_uris"),
            ("json: { set: { /redirect_uris: [\"http://app.example/callback\"] } }", "redirect"),
            ("json: { set: { /client_uri: 1 } }", "text"),
        ] {
            let refused = spoiled(&[], &change.replace("LONG", &"x".repeat(5000))).await;
            assert_eq!((refused.status, refused.header("location")), (400, ""), "{change}");
            assert!(refused.header("content-type").starts_with("text/html"), "{change}");
            assert!(refused.text().contains(why), "{change}: {}", refused.text());
        }
    }

    #[tokio::test]
    async fn what_a_document_may_be_like_is_accepted() {
        for change in [
            "json: { remove: [/grant_types, /response_types, /token_endpoint_auth_method] }",
            "json: { set: { /grant_types: [authorization_code, refresh_token], /software: { by: us } } }",
            "json: { set: { /client_uri: \"LONG\" } }",
        ] {
            assert_eq!(
                spoiled(&[], &change.replace("LONG", &"x".repeat(4000))).await.status,
                302,
                "{change}"
            );
        }
        let other = "json: { set: { /client_id: \"https://app.example/client.json\" } }";
        let slash = "json: { set: { /client_id: \"{{client-id}}/\" } }";
        for (behaviour, change) in [
            (IgnoresClientIdMismatch, other),
            (IgnoresSlashOfClientId, slash),
            (TakesNamelessDocuments, "json: { remove: [/client_name] }"),
            (IgnoresStatusOfDocuments, "status: 404"),
        ] {
            assert_eq!(spoiled(&[behaviour], change).await.status, 302, "{behaviour}");
        }
        assert_eq!(spoiled(&[IgnoresSlashOfClientId], other).await.status, 400);
    }

    #[tokio::test]
    async fn nothing_is_fetched_from_elsewhere() {
        let client = Client::with(&[]).await;
        for id in [
            "https://10.0.0.1/client.json",
            "https://192.0.2.1/client.json",
            "https://[fe80::1]/client.json",
            "https://[::ffff:127.0.0.1]/client.json",
            "https://169.254.169.254/latest/meta-data",
        ] {
            let refused = asked(&client, id).await;
            assert_eq!((refused.status, refused.header("location")), (400, ""));
            assert!(refused.text().contains("not on this machine"), "{id}: {}", refused.text());
        }
        // A name is looked up, and is not the address that it leads to.
        let named = client.pair.client_metadata_url.replace("127.0.0.1", "localhost");
        assert!(asked(&client, &named).await.text().contains("not the URL"));
        let client = Client::with(&[IgnoresClientIdMismatch]).await;
        let named = client.pair.client_metadata_url.replace("127.0.0.1", "localhost");
        assert_eq!(asked(&client, &named).await.status, 302);
    }

    #[test]
    fn not_every_url_is_a_client_id() {
        for good in [
            "https://app.example/client.json",
            "https://app.example:8443/a/.well-known/b...c?v=1",
            "https://app.example/",
            "http://localhost:8000/client.json",
        ] {
            assert!(may_be_client_id(good), "{good}");
        }
        for bad in [
            "https://app.example",
            "https://app.example?a/b",
            "https://app.example/a/../client.json",
            "https://app.example/a/./client.json",
            "https://app.example/a/%2E%2e/client.json",
            "https://app.example/client.json#fragment",
            "https://user@app.example/client.json",
            "http://app.example/client.json",
            "https:///client.json",
        ] {
            assert!(!may_be_client_id(bad), "{bad}");
        }
    }

    #[tokio::test]
    async fn before_2025_11_a_url_is_a_client_like_any_other() {
        for profile in Profile::ALL.iter().copied() {
            let client = Client::start(Options { profile, ..Options::default() }).await;
            let known = profile >= Profile::V2025_11_25;
            let answer = asked(&client, &client.pair.client_metadata_url).await;
            assert_eq!(answer.status, if known { 302 } else { 400 }, "{profile}");
            assert_eq!(answer.text().contains("not registered"), !known);
            let url = format!("{}/.well-known/oauth-authorization-server", client.pair.issuer);
            let metadata = client.get(&url).await.json();
            let said = metadata.get("client_id_metadata_document_supported");
            assert_eq!(said, known.then_some(&json!(true)));
        }
    }

    /// How often the document of a client is fetched that asks three times.
    async fn fetches(cache_control: &'static str) -> usize {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let id = format!("http://{}/client.json", listener.local_addr().expect("an address"));
        let document = json!({ "client_id": id, "client_name": "x", "redirect_uris": [CALLBACK] });
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        let read = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            async move { ([(header::CACHE_CONTROL, cache_control)], document.to_string()) }
        };
        let router = Router::new().route("/client.json", get(read));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        let clock = Clock::Fixed(1_800_000_000);
        let client = Client::start(Options { clock, ..Options::default() }).await;
        for _ in 0..3 {
            assert_eq!(asked(&client, &id).await.status, 302);
        }
        serving.abort();
        count.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn a_document_is_kept_as_long_as_it_says() {
        assert_eq!(fetches("public, max-age=60").await, 1);
        assert_eq!(fetches("no-store, max-age=60").await, 3);
        assert_eq!(fetches("public").await, 3);
    }

    #[tokio::test]
    async fn what_could_not_be_used_is_not_remembered() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let id = format!("http://{}/client.json", listener.local_addr().expect("an address"));
        drop(listener);
        let client = Client::with(&[]).await;
        assert!(asked(&client, &id).await.text().contains("could not be fetched"));
        let token = [("grant_type", "client_credentials"), ("client_id", id.as_str())];
        let refused = client.form(&format!("{}/token", client.pair.issuer), &token).await;
        assert_eq!(refused.json()["error"], "invalid_client");
    }
}
