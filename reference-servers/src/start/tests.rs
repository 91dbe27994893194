use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::start;
use crate::client::{Answer, Client, answer};
use crate::{Clock, Foreign, Options, Profile, Secret, jwt};

/// What a client does that knows nothing but the server's URL.
async fn token(client: &Client, profile: Profile) -> String {
    let refused = answer(client.call("echo")).await;
    assert_eq!(refused.status, 401);
    let issuer = match profile {
        Profile::V2025_03_26 => {
            assert_eq!(refused.challenge(), r#"Bearer realm="mcp""#);
            client.pair.origin.clone()
        }
        _ => {
            let named = refused.challenge().split('"').nth(1).expect("resource_metadata");
            let document = client.get(named).await.json();
            match profile {
                Profile::AsPointer => document["issuer"].as_str().expect("an issuer").to_owned(),
                _ => {
                    assert_eq!(document["resource"], client.pair.server_url);
                    assert!(refused.challenge().ends_with(r#", scope="mcp:tools""#));
                    document["authorization_servers"][0].as_str().expect("an issuer").to_owned()
                }
            }
        }
    };
    assert_eq!(issuer, client.pair.issuer);
    let openid = client.get(&format!("{issuer}/.well-known/openid-configuration")).await.json();
    let oauth = client.get(&format!("{issuer}/.well-known/oauth-authorization-server")).await.json();
    assert_eq!(openid, oauth);
    assert_eq!(oauth["issuer"], issuer);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &client.pair.client_id),
        ("client_secret", &client.pair.client_secret),
        ("resource", &client.pair.server_url),
    ];
    let issued = client.form(oauth["token_endpoint"].as_str().expect("a URL"), &form).await;
    assert_eq!(issued.status, 200, "{issued:?}");
    issued.json()["access_token"].as_str().expect("a token").to_owned()
}

/// The handshake and one call in the session it gives.
async fn legacy_call(client: &Client, token: &str) -> Answer {
    let greeted = answer(client.initialize().bearer_auth(token)).await;
    assert_eq!(greeted.json()["result"]["protocolVersion"], "2025-11-25", "{greeted:?}");
    let session = greeted.header("mcp-session-id");
    let ready = client.legacy("notifications/initialized", Value::Null);
    let ready = answer(ready.bearer_auth(token).header("mcp-session-id", session)).await;
    assert_eq!(ready.status, 202, "{ready:?}");
    let call = client.legacy("tools/call", json!({ "name": "whoami", "arguments": {} }));
    answer(call.bearer_auth(token).header("mcp-session-id", session)).await
}

#[tokio::test]
async fn every_profile_works_from_the_refusal_to_the_tool() {
    for profile in Profile::ALL {
        let client = Client::start(Options { profile: *profile, ..Options::default() }).await;
        let token = token(&client, *profile).await;
        let modern = answer(client.call("whoami").bearer_auth(&token)).await.json();
        assert_eq!(modern["result"]["content"][0]["text"], "reference-confidential with mcp:tools");
        assert_eq!(modern["result"]["resultType"], "complete");
        let legacy = legacy_call(&client, &token).await.json();
        assert_eq!(legacy["result"]["content"], modern["result"]["content"]);
        let tools = answer(client.modern("tools/list", json!({})).bearer_auth(&token)).await.json();
        assert_eq!(tools["result"]["tools"].as_array().map(Vec::len), Some(3));
        let denied = answer(client.call("admin_reset").bearer_auth(&token)).await;
        assert_eq!(denied.status, 403);
        assert!(denied.challenge().contains(r#"error="insufficient_scope""#));
        assert!(denied.challenge().contains(r#"scope="mcp:admin""#));
        let admin = client.pair.mint("mcp:admin");
        assert_eq!(answer(client.call("admin_reset").bearer_auth(&admin)).await.status, 200);
        assert_eq!(client.status_with(&admin).await, 200);
        assert_eq!(client.get("/nowhere").await.status, 404);
    }
}

#[tokio::test]
async fn what_a_profile_does_not_have_is_not_there() {
    for (profile, resource, pointer) in [
        (Profile::AsPointer, 404, 200),
        (Profile::V2025_03_26, 404, 200),
        (Profile::V2025_06_18, 200, 404),
        (Profile::V2026_07_28, 200, 404),
    ] {
        let client = Client::start(Options { profile, ..Options::default() }).await;
        assert_eq!(client.get("/.well-known/oauth-protected-resource").await.status, resource);
        assert_eq!(client.get("/.well-known/oauth-authorization-server").await.status, pointer);
    }
}

#[tokio::test]
async fn a_fixed_clock_stands_still() {
    let clock = Clock::Fixed(1_800_000_000);
    let client = Client::start(Options { clock, ..Options::default() }).await;
    let claims = client.pair.claims("mcp:tools");
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(1_800_000_000), &json!(1_800_000_600)));
    assert_eq!(client.status_with(&client.pair.mint("mcp:tools")).await, 200);
}

#[tokio::test]
async fn every_answer_is_late_when_told_to() {
    let delay = Duration::from_millis(30);
    let client = Client::start(Options { delay, ..Options::default() }).await;
    let begun = Instant::now();
    client.get("/nowhere").await;
    assert!(begun.elapsed() >= delay);
}

#[tokio::test]
async fn many_pairs_run_at_once_and_stop() {
    let mut pairs = Vec::new();
    for _ in 0..100 {
        pairs.push(start(Options::default()).await.expect("a pair"));
    }
    let mut keys = Vec::new();
    for pair in &pairs {
        assert_eq!(reqwest::get(&pair.server_url).await.expect("an answer").status(), 401);
        let url = format!("{}/jwks", pair.issuer);
        let own = reqwest::get(&url).await.expect("an answer").text().await.expect("text");
        keys.push((url, own));
    }
    for pair in pairs {
        pair.shutdown().await;
    }
    for (url, own) in keys {
        // Another pair may have the port by now, and has other keys.
        let answer = reqwest::get(&url).await;
        assert!(answer.is_err() || answer.expect("one").text().await.is_ok_and(|text| text != own));
    }
}

#[tokio::test]
async fn an_edit_for_nobody_is_an_error() {
    let edits = serde_saphyr::from_str("- { on: { server: authorization }, status: 404 }\n").expect("edits");
    let options = Options { profile: Profile::V2025_03_26, edits, ..Options::default() };
    let error = start(options).await.err().expect("an error").to_string();
    assert_eq!(
        error,
        "under 2025-03-26 there is no server `authorization`: its endpoints are on the server `mcp`"
    );
}

/// An authorization server for a server in staging.
fn alone() -> Options {
    let resources = ["https://Staging.example/mcp", "https://other.example"].map(str::to_owned).to_vec();
    let scopes = ["files:read", "files:write"].map(str::to_owned).to_vec();
    Options {
        alone: Some(Foreign { resources, scopes }),
        client_secret: Some(Secret("kept".to_owned())),
        ..Options::default()
    }
}

#[tokio::test]
async fn an_authorization_server_runs_alone_for_others() {
    for profile in Profile::ALL {
        let client = Client::start(Options { profile: *profile, ..alone() }).await;
        let pair = &client.pair;
        assert_eq!(pair.server_url, "https://Staging.example/mcp");
        assert_eq!(pair.origin, "https://Staging.example");
        assert_eq!(
            (pair.client_id.as_str(), pair.client_secret.as_str()),
            ("reference-confidential", "kept")
        );
        let url = format!("{}/.well-known/oauth-authorization-server", pair.issuer);
        let metadata = client.get(&url).await.json();
        assert_eq!(metadata["scopes_supported"], json!(["openid", "files:read", "files:write"]));
        let issued = async |more: &[(&str, &str)]| {
            let form = [
                ("grant_type", "client_credentials"),
                ("client_id", &pair.client_id),
                ("client_secret", &pair.client_secret),
            ];
            let issued = client.form(&format!("{}/token", pair.issuer), &[&form, more].concat()).await.json();
            match issued["access_token"].as_str() {
                Some(token) => jwt::parse(token).expect("a JWT").claims,
                None => json!({ "error": issued["error"] }).as_object().cloned().expect("an object"),
            }
        };
        let token = issued(&[]).await;
        assert_eq!((&token["aud"], &token["scope"]), (&json!(pair.server_url), &json!("files:read")));
        let token = issued(&[("resource", "https://OTHER.example/"), ("scope", "files:write")]).await;
        assert_eq!(
            (&token["aud"], &token["scope"]),
            (&json!("https://other.example"), &json!("files:write"))
        );
        let token = issued(&[("resource", "https://staging.example/mcp")]).await;
        assert_eq!(token["aud"], pair.server_url);
        assert_eq!(issued(&[("resource", "https://staging.example")]).await["error"], "invalid_target");
        assert_eq!(issued(&[("scope", "mcp:tools")]).await["error"], "invalid_scope");
    }
    let Options { alone, .. } = alone();
    let resources = alone.map(|foreign| foreign.resources).unwrap_or_default();
    let alone = Some(Foreign { resources, scopes: Vec::new() });
    let pair = start(Options { alone, ..Options::default() }).await.expect("a server");
    assert_eq!(pair.claims("mcp:tools")["aud"], pair.server_url);
}

#[tokio::test]
async fn alone_it_needs_a_resource_and_has_no_mcp_server() {
    for resources in [vec![], vec!["staging".to_owned()], vec!["https://a.example/#b".to_owned()]] {
        let alone = Some(Foreign { resources, scopes: Vec::new() });
        let error = start(Options { alone, ..Options::default() }).await.err().expect("an error");
        assert!(error.to_string().contains("a resource"));
    }
    let edits = serde_saphyr::from_str("- { on: { server: mcp }, status: 404 }\n").expect("edits");
    let error = start(Options { edits, ..alone() }).await.err().expect("an error");
    assert!(error.to_string().contains("no server `mcp`"));
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
    let pair = start(Options::default()).await.expect("a pair");
    let port = pair.origin.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let second = start(Options { mcp_port: port, ..Options::default() }).await;
    assert!(second.is_err_and(|error| error.to_string().contains(&port.to_string())));
}
