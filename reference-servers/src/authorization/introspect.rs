//! Introspection (RFC 7662), for confidential clients: a public one has nothing to prove who it is.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::At;
use super::answer::{refused, success};
use super::authenticate::authenticated;
use super::form::Form;
use super::grant::{Denied, Grant};
use super::issued::{is_active, ours};
use crate::Behaviour;
use crate::jwt::Claims;

pub(super) async fn introspect(State(at): State<At>, headers: HeaderMap, body: Bytes) -> Response {
    let found = described(&at, &headers, &Form::parse(&body)).await;
    found.map_or_else(refused, |found| success(StatusCode::OK, found))
}

async fn described(at: &At, headers: &HeaderMap, form: &Form) -> Result<Value, Denied> {
    if !at.pair.does(Behaviour::IntrospectsForAnybody) && authenticated(at, headers, form).await?.is_public()
    {
        return Err(("invalid_client", "only a client with a secret may ask about tokens"));
    }
    if form.repeated().is_some() {
        return Err(("invalid_request", "a parameter was sent twice"));
    }
    let token = form.get("token").ok_or(("invalid_request", "token is missing"))?;
    if let Some(family) = at.pair.families().of(token).filter(|family| family.is_active(&at.pair, token)) {
        let Grant { issuer, client_id, subject, scope, .. } = &family.grant;
        let (exp, sub, iss) = (family.expires, subject, issuer);
        return Ok(json!({
            "active": true, "iss": iss, "sub": sub, "exp": exp, "client_id": client_id, "scope": scope,
        }));
    }
    let is_told =
        |claims: &Claims| at.pair.does(Behaviour::IntrospectsRevokedAsActive) || is_active(at, claims);
    // Nothing is told apart of what is not active (RFC 7662 section 2.2).
    let Some(claims) = ours(at, token).filter(is_told) else {
        return Ok(json!({ "active": false }));
    };
    let mut found = Map::from_iter([("active".to_owned(), json!(true))]);
    found.insert("token_type".into(), json!("Bearer"));
    found.extend(claims);
    Ok(Value::Object(found))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Behaviour::IntrospectsForAnybody;
    use crate::client::{Answer, Client, answer};

    async fn ask(client: &Client, token: &str) -> Answer {
        let request = client.request("POST", &format!("{}/introspect", client.pair.issuer));
        let request = request.basic_auth(&client.pair.client_id, Some(&client.pair.client_secret));
        answer(request.form(&[("token", token)])).await
    }

    #[tokio::test]
    async fn a_good_token_is_described_and_others_are_not_active() {
        let client = Client::with(&[]).await;
        let token = client.pair.mint("mcp:tools");
        let found = ask(&client, &token).await;
        assert_eq!((found.status, found.header("cache-control")), (200, "no-store"));
        let found = found.json();
        assert_eq!((&found["active"], &found["scope"]), (&json!(true), &json!("mcp:tools")));
        assert_eq!(found["aud"], client.pair.server_url);
        let mut expired = client.pair.claims("mcp:tools");
        expired["exp"] = json!(1);
        let mut foreign = client.pair.claims("mcp:tools");
        foreign["iss"] = json!("https://as.example");
        client.pair.revoke(&token);
        let claims = client.pair.claims("mcp:tools");
        let (expired, foreign) = (client.pair.sign(&expired), client.pair.sign(&foreign));
        let id_token = client.pair.sign_as("JWT", &claims);
        for token in [token.as_str(), "garbage", &expired, &foreign, &id_token] {
            assert_eq!(ask(&client, token).await.json(), json!({ "active": false }));
        }
    }

    #[tokio::test]
    async fn nobody_may_ask_without_a_secret() {
        let client = Client::with(&[]).await;
        let url = format!("{}/introspect", client.pair.issuer);
        let public = [("token", "x"), ("client_id", client.pair.public_client_id.as_str())];
        for form in [&public[..1], &public] {
            let refused = client.form(&url, form).await;
            assert_eq!((refused.status, refused.challenge()), (401, r#"Basic realm="reference""#));
            assert_eq!(refused.json()["error"], "invalid_client");
        }
        assert_eq!(client.get(&url).await.status, 405);
        let client = Client::with(&[IntrospectsForAnybody]).await;
        let url = format!("{}/introspect", client.pair.issuer);
        let told = client.form(&url, &[("token", &client.pair.mint("mcp:tools"))]).await;
        assert_eq!((told.status, &told.json()["active"]), (200, &json!(true)));
        assert_eq!(client.form(&url, &[("token", "x")]).await.json(), json!({ "active": false }));
        assert_eq!(client.form(&url, &[]).await.json()["error"], "invalid_request");
    }
}
