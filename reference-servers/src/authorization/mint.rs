//! Minting for tests: signs any claims for whoever holds a good access token of this server.
//!
//! ```text
//! POST /mint  {"header": {}, "claims": {"aud": "https://other.example"}} -> {"token": "eyJ0eXAi…"}
//! ```
//!
//! No such thing belongs on a server that guards something. Here it lets a tester ask a server that trusts this one
//! what it says to tokens that are right but for one claim.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::At;
use super::answer::{bearer, refused, success, unauthorized};
use super::grant::{Denied, SERVER_ERROR};
use super::issued::{is_active, ours};
use crate::jwt;
use crate::keys::{Algorithm, base64url};

const UNREADABLE: Denied =
    ("invalid_request", "the body is no JSON object with the objects header and claims");

pub(super) async fn mint(State(at): State<At>, headers: HeaderMap, body: Bytes) -> Response {
    let token = match bearer(&headers) {
        None => return unauthorized(None),
        Some(token) => token,
    };
    if !ours(&at, token).is_some_and(|claims| is_active(&at, &claims)) {
        return unauthorized(Some("this is no good access token of this server"));
    }
    let asked = match asked(&headers, &body) {
        Ok(asked) => asked,
        Err(denied) => return refused(denied),
    };
    // Off the runtime's own threads, since the RSA key may still be in the making.
    let minted = tokio::task::spawn_blocking(move || minted(&at, asked)).await;
    let minted = minted.unwrap_or(Err(SERVER_ERROR));
    minted.map_or_else(refused, |token| success(StatusCode::OK, json!({ "token": token })))
}

struct Asked {
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

fn asked(headers: &HeaderMap, body: &[u8]) -> Result<Asked, Denied> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(("invalid_request", "the body must be application/json"));
    }
    let mut body: Map<String, Value> = serde_json::from_slice(body).map_err(|_| UNREADABLE)?;
    let header = match body.remove("header") {
        None => Map::new(),
        Some(Value::Object(header)) => header,
        Some(_) => return Err(UNREADABLE),
    };
    match body.remove("claims") {
        Some(Value::Object(claims)) => Ok(Asked { header, claims }),
        _ => Err(UNREADABLE),
    }
}

/// The header as it was sent and what has to be in it; the claims as they stand.
fn minted(at: &At, Asked { mut header, claims }: Asked) -> Result<String, Denied> {
    let algorithm = match header.get("alg") {
        None => at.pair.algorithm(),
        Some(name) => [Algorithm::Es256, Algorithm::Rs256]
            .into_iter()
            .find(|algorithm| name == algorithm.name())
            .ok_or(("invalid_request", "alg must be ES256 or RS256"))?,
    };
    header.entry("alg").or_insert_with(|| json!(algorithm.name()));
    header.entry("typ").or_insert_with(|| json!(at.pair.typ()));
    header.entry("kid").or_insert_with(|| json!(at.pair.keys.kid(algorithm)));
    let signed = jwt::joined(&Value::Object(header), &claims);
    let signature = at.pair.keys.sign(algorithm, signed.as_bytes()).map_err(|_| SERVER_ERROR)?;
    Ok(format!("{signed}.{}", base64url(&signature)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::client::{Answer, Client, answer};
    use crate::jwt;
    use crate::{Options, Profile};

    async fn url(client: &Client) -> String {
        let metadata = format!("{}/.well-known/oauth-authorization-server", client.pair.issuer);
        let metadata = client.get(&metadata).await.json();
        metadata["test_minting_endpoint"].as_str().expect("a URL").to_owned()
    }

    async fn mint(client: &Client, token: &str, body: Value) -> Answer {
        answer(client.request("POST", &url(client).await).bearer_auth(token).json(&body)).await
    }

    #[tokio::test]
    async fn any_claims_are_signed_as_they_stand_under_every_profile() {
        for profile in Profile::ALL {
            let client = Client::start(Options { profile: *profile, ..Options::default() }).await;
            let good = client.pair.mint("mcp:tools");
            let mut claims = client.pair.claims("mcp:admin");
            let minted = mint(&client, &good, json!({ "claims": claims })).await;
            assert_eq!((minted.status, minted.header("cache-control")), (200, "no-store"));
            let token = minted.json()["token"].as_str().expect("a token").to_owned();
            assert_eq!(jwt::parse(&token).expect("a JWT").claims, claims);
            assert_eq!(client.status_with(&token).await, 200);
            claims["aud"] = json!("https://other.example");
            let other = mint(&client, &good, json!({ "claims": claims })).await.json();
            assert_eq!(client.status_with(other["token"].as_str().expect("a token")).await, 401);
        }
    }

    #[tokio::test]
    async fn a_header_is_completed_and_otherwise_left_alone() {
        let client = Client::with(&[]).await;
        let good = client.pair.mint("mcp:tools");
        let claims = client.pair.claims("mcp:tools");
        for (header, status) in [
            (json!({}), 200),
            (json!({ "alg": "RS256" }), 200),
            (json!({ "kid": "unknown" }), 401),
            (json!({ "typ": "JWT", "x": 1 }), 401),
        ] {
            let minted = mint(&client, &good, json!({ "header": header, "claims": claims })).await.json();
            let token = minted["token"].as_str().expect("a token");
            let said = jwt::parse(token).expect("a JWT").header;
            for (name, value) in header.as_object().expect("an object") {
                assert_eq!(said[name], *value);
            }
            assert!(["alg", "typ", "kid"].iter().all(|name| said[*name].is_string()));
            assert_eq!(client.status_with(token).await, status, "{header}");
        }
    }

    #[tokio::test]
    async fn only_for_those_with_a_good_token() {
        let client = Client::with(&[]).await;
        let url = url(&client).await;
        let body = json!({ "claims": {} });
        let bare = answer(client.request("POST", &url).json(&body)).await;
        assert_eq!((bare.status, bare.challenge()), (401, r#"Bearer realm="reference""#));
        let mut expired = client.pair.claims("mcp:tools");
        expired["exp"] = json!(1);
        let revoked = client.pair.mint("mcp:tools");
        client.pair.revoke(&revoked);
        let id_token = client.pair.sign_as("JWT", &client.pair.claims("mcp:tools"));
        for token in ["garbage", &client.pair.sign(&expired), &revoked, &id_token] {
            let refused = mint(&client, token, body.clone()).await;
            assert_eq!((refused.status, &refused.json()["error"]), (401, &json!("invalid_token")));
            assert!(refused.challenge().contains(r#"error="invalid_token""#));
        }
        assert_eq!(client.get(&url).await.status, 405);
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_refused() {
        let client = Client::with(&[]).await;
        let good = client.pair.mint("mcp:tools");
        for body in [
            json!([]),
            json!({}),
            json!({ "claims": [] }),
            json!({ "header": 1, "claims": {} }),
            json!({ "header": { "alg": "none" }, "claims": {} }),
            json!({ "header": { "alg": "HS256" }, "claims": {} }),
            json!({ "header": { "alg": 1 }, "claims": {} }),
        ] {
            let refused = mint(&client, &good, body.clone()).await;
            assert_eq!(
                (refused.status, &refused.json()["error"]),
                (400, &json!("invalid_request")),
                "{body}"
            );
        }
        let form = client.request("POST", &url(&client).await).bearer_auth(&good).form(&[("a", "b")]);
        assert_eq!(answer(form).await.status, 400);
    }
}
