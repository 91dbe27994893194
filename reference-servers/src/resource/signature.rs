//! Whether a token was signed with a key of the authorization server, and what passes for it under a behaviour.

use serde_json::Value;

use crate::Behaviour;
use crate::fetch::fetched;
use crate::jwt::{self, Token};
use crate::keys::Keys;
use crate::pair::Pair;

/// `foreign` is the key set that the token itself pointed to.
pub(super) fn is_signed(pair: &Pair, token: &Token, foreign: Option<&Value>) -> bool {
    let text = |member: &str| token.header.get(member).and_then(Value::as_str).unwrap_or_default();
    let (alg, input) = (text("alg"), token.signed.as_bytes());
    let by = |jwk: &Value| Keys::verify_by(jwk, alg, input, &token.signature);
    pair.does(Behaviour::AcceptsBadSignature)
        || alg.eq_ignore_ascii_case("none") && pair.does(Behaviour::AcceptsUnsigned)
        || alg.eq_ignore_ascii_case("none") && alg != "none" && pair.does(Behaviour::BlocksNoneAsSpelled)
        || pair.does(Behaviour::AcceptsUnknownKeyId) && alg != "none" && !pair.keys.knows(text("kid"))
        || pair.does(Behaviour::TrustsEmbeddedKey) && token.header.get("jwk").is_some_and(by)
        || foreign.and_then(|set| set["keys"].as_array()).is_some_and(|keys| keys.iter().any(by))
        || alg == "HS256"
            && pair.does(Behaviour::AcceptsPublicKeyAsSecret)
            && pair.keys.verify_mac(input, &token.signature)
        || pair.does(Behaviour::IgnoresKeyId) && pair.keys.verify_with_any(alg, input, &token.signature)
        || pair.keys.verify(text("kid"), alg, input, &token.signature)
}

/// The key set at the URL in the token's own header, for a server that trusts that.
pub(super) async fn foreign(pair: &Pair, token: &str) -> Option<Value> {
    if !pair.does(Behaviour::TrustsKeyUrl) {
        return None;
    }
    let token = jwt::parse(token)?;
    let (body, _) = fetched(token.header.get("jku")?.as_str()?, false).await.ok()?;
    serde_json::from_slice(&body).ok()
}

#[cfg(test)]
mod tests {
    use axum::{Json, Router, routing::get};
    use serde_json::{Value, json};

    use crate::Behaviour::*;
    use crate::client::Client;
    use crate::jwt;
    use crate::keys::{Algorithm, Keys, base64url};

    fn signed(keys: &Keys, header: &Value, claims: &jwt::Claims) -> String {
        let signed = jwt::joined(header, claims);
        let signature = keys.sign(Algorithm::Es256, signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", base64url(&signature))
    }

    #[tokio::test]
    async fn keys_at_a_url_of_the_token_are_fetched_by_those_who_trust_it() {
        let own = Keys::generate().expect("a key");
        let published = own.published().expect("a key set");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/keys", listener.local_addr().expect("an address"));
        let router = Router::new().route("/keys", get(async move || Json(published)));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        for (behaviours, status) in [(&[][..], 401), (&[TrustsKeyUrl], 200)] {
            let client = Client::with(behaviours).await;
            let claims = client.pair.claims("mcp:tools");
            let header = json!({ "typ": "at+jwt", "alg": "ES256", "kid": "unknown", "jku": url });
            assert_eq!(client.status_with(&signed(&own, &header, &claims)).await, status);
            let other = Keys::generate().expect("a key");
            assert_eq!(client.status_with(&signed(&other, &header, &claims)).await, 401);
            let nowhere = json!({ "typ": "at+jwt", "alg": "ES256", "jku": "https://192.0.2.1/keys" });
            assert_eq!(client.status_with(&signed(&own, &nowhere, &claims)).await, 401);
        }
        serving.abort();
    }

    #[tokio::test]
    async fn a_key_can_be_found_without_its_id() {
        for (behaviours, status) in [(&[][..], 401), (&[IgnoresKeyId], 200)] {
            let client = Client::with(behaviours).await;
            let claims = client.pair.claims("mcp:tools");
            let token =
                client.pair.sign_with(&json!({ "typ": "at+jwt", "alg": "ES256", "kid": "x" }), &claims);
            assert_eq!(client.status_with(&token).await, status);
            let other = Keys::generate().expect("a key");
            let header = json!({ "typ": "at+jwt", "alg": "ES256", "kid": "x" });
            assert_eq!(client.status_with(&signed(&other, &header, &claims)).await, 401);
        }
    }
}
