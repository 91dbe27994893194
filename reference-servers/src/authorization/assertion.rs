//! A client that proves who it is with a JWT under its own key: private_key_jwt (RFC 7523 sections 2.2 and 3, OpenID
//! Connect Core section 9).
//!
//! ```text
//! client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer
//! client_assertion={"iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "exp": …, "jti": …}, signed
//! ```

use std::sync::Arc;

use serde_json::{Value, json};

use super::clients::Client;
use super::form::Form;
use super::grant::Denied;
use super::{At, client_document};
use crate::Behaviour;
use crate::fetch::fetched;
use crate::jwt::{self, Token};
use crate::keys::Keys;

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The algorithms a client may sign with.
pub(super) const ALGORITHMS: [&str; 2] = ["ES256", "RS256"];

/// The client an assertion speaks for.
pub(super) async fn authenticated(at: &At, form: &Form) -> Result<Arc<Client>, Denied> {
    let bad = |why| Err(("invalid_client", why));
    if form.get("client_assertion_type") != Some(TYPE) {
        return Err(("invalid_request", "client_assertion_type is not the one of a JWT"));
    }
    let assertion = form.get("client_assertion").ok_or(("invalid_request", "client_assertion is missing"))?;
    let Some(token) = jwt::parse(assertion) else {
        return bad("the assertion is not a JWT");
    };
    let text = |claim: &str| token.claims.get(claim).and_then(Value::as_str).unwrap_or_default();
    let id = text("sub");
    let does = |behaviour| at.pair.does(behaviour);
    let by_itself = id == text("iss") || does(Behaviour::IgnoresAssertionIssuer);
    if !by_itself || form.get("client_id").is_some_and(|named| named != id) {
        return bad("iss and sub of the assertion are not the client");
    }
    let Some(client) = known(at, id).await.filter(|client| client.has_keys()) else {
        return bad("the client is unknown or does not authenticate like this");
    };
    if !does(Behaviour::IgnoresAssertionSignature) && !is_signed(&token, &keys(&client).await) {
        return bad("the assertion is not signed with a key of the client");
    }
    let is_ours = token.claims.get("aud").is_some_and(|audience| is_for(at, audience));
    if !is_ours && !does(Behaviour::IgnoresAssertionAudience) {
        return bad("the assertion is for another audience");
    }
    let now = at.pair.now() as f64;
    let time = |claim: &str| token.claims.get(claim).and_then(Value::as_f64);
    let is_over = time("exp").is_none_or(|exp| exp <= now) && !does(Behaviour::IgnoresAssertionTime);
    if is_over || time("nbf").is_some_and(|nbf| nbf > now) {
        return bad("the assertion is not valid now");
    }
    if text("jti").is_empty() {
        return bad("the assertion has no jti");
    }
    let is_new = at.pair.assertions().insert((id.to_owned(), text("jti").to_owned()));
    if is_new || does(Behaviour::AcceptsAssertionReplay) {
        Ok(client)
    } else {
        bad("the assertion was used already")
    }
}

/// A client that publishes a document may come here first.
async fn known(at: &At, id: &str) -> Option<Arc<Client>> {
    match at.pair.clients.find(id) {
        None if at.pair.profile.has_client_documents() && client_document::is_url(id) => {
            client_document::published(at, id).await.ok()
        }
        known => known,
    }
}

/// The client's keys; none where they cannot be had.
async fn keys(client: &Client) -> Vec<Value> {
    let set = match (client.metadata.get("jwks"), client.metadata.get("jwks_uri")) {
        (Some(set), _) => set.clone(),
        (None, Some(Value::String(url))) => match fetched(url, false).await {
            Ok((body, _)) => serde_json::from_slice(&body).unwrap_or_default(),
            Err(_) => Value::Null,
        },
        _ => Value::Null,
    };
    set["keys"].as_array().cloned().unwrap_or_default()
}

fn is_signed(token: &Token, keys: &[Value]) -> bool {
    let kid = token.header.get("kid");
    let alg = token.header.get("alg").and_then(Value::as_str).unwrap_or_default();
    let mut named = keys.iter().filter(|key| kid.is_none() || key.get("kid") == kid);
    !token.header.contains_key("crit")
        && named.any(|key| Keys::verify_by(key, alg, token.signed.as_bytes(), &token.signature))
}

/// The issuer, or the token endpoint that older clients name.
fn is_for(at: &At, audience: &Value) -> bool {
    let ours = [json!(at.issuer.identifier), json!(format!("{}/token", at.issuer.base))];
    match audience {
        Value::Array(several) => several.iter().any(|one| ours.contains(one)),
        one => ours.contains(one),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::TYPE;
    use crate::Behaviour::{self, *};
    use crate::client::{Answer, Client, answer};
    use crate::jwt::{self, Claims};
    use crate::keys::{Algorithm, Keys};
    use crate::{Edit, Options};

    /// A client with keys, registered or published.
    struct Signer {
        client: Client,
        keys: Keys,
        id: String,
    }

    async fn register(client: &Client, metadata: Value) -> Answer {
        answer(client.request("POST", &format!("{}/register", client.pair.issuer)).json(&metadata)).await
    }

    async fn signer(behaviours: &[Behaviour]) -> Signer {
        let client = Client::with(behaviours).await;
        let keys = Keys::generate().expect("a key");
        let metadata = json!({
            "grant_types": ["client_credentials"],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": keys.published().expect("a key set"),
        });
        let made = register(&client, metadata).await;
        assert_eq!((made.status, &made.json()["client_secret"]), (201, &Value::Null), "{made:?}");
        let id = made.json()["client_id"].as_str().expect("an id").to_owned();
        Signer { client, keys, id }
    }

    impl Signer {
        fn claims(&self) -> Claims {
            let now = self.client.pair.claims("")["iat"].clone();
            let exp = now.as_u64().expect("a time") + 60;
            let jti = crate::keys::random().expect("randomness");
            let claims = json!({
                "iss": self.id, "sub": self.id, "aud": self.client.pair.issuer, "exp": exp, "jti": jti,
            });
            claims.as_object().cloned().expect("an object")
        }

        fn sign(&self, claims: &Claims) -> String {
            jwt::sign(&self.keys, Algorithm::Es256, "JWT", claims).expect("a signature")
        }

        async fn send(&self, assertion: &str, more: &[(&str, &str)]) -> Answer {
            let form = [
                ("grant_type", "client_credentials"),
                ("client_assertion_type", TYPE),
                ("client_assertion", assertion),
            ];
            self.client.form(&format!("{}/token", self.client.pair.issuer), &[&form, more].concat()).await
        }
    }

    #[tokio::test]
    async fn a_client_signs_for_itself() {
        let it = signer(&[]).await;
        let issued = it.send(&it.sign(&it.claims()), &[("client_id", &it.id)]).await;
        assert_eq!(issued.status, 200, "{issued:?}");
        assert_eq!(
            it.client.status_with(issued.json()["access_token"].as_str().expect("a token")).await,
            200
        );
        let mut claims = it.claims();
        claims["aud"] = json!(["https://other.example", format!("{}/token", it.client.pair.issuer)]);
        let rsa = jwt::sign(&it.keys, Algorithm::Rs256, "JWT", &claims).expect("a signature");
        assert_eq!(it.send(&rsa, &[]).await.status, 200);
        let metadata = format!("{}/.well-known/oauth-authorization-server", it.client.pair.issuer);
        let metadata = it.client.get(&metadata).await.json();
        for endpoint in ["token", "revocation", "introspection"] {
            let methods = metadata[format!("{endpoint}_endpoint_auth_methods_supported")].as_array().cloned();
            assert!(methods.is_some_and(|methods| methods.contains(&json!("private_key_jwt"))));
            let algorithms = &metadata[format!("{endpoint}_endpoint_auth_signing_alg_values_supported")];
            assert_eq!(*algorithms, json!(["ES256", "RS256"]));
        }
    }

    #[tokio::test]
    async fn a_bad_assertion_is_no_proof() {
        let it = signer(&[]).await;
        let without = |claim: &str| {
            let mut claims = it.claims();
            claims.remove(claim);
            it.sign(&claims)
        };
        let with = |claim: &str, value: Value| {
            let mut claims = it.claims();
            claims.insert(claim.to_owned(), value);
            it.sign(&claims)
        };
        let other = Keys::generate().expect("a key");
        let forged = jwt::sign(&other, Algorithm::Es256, "JWT", &it.claims()).expect("a signature");
        let unsigned = format!("{}.", jwt::joined(&json!({ "alg": "none" }), &it.claims()));
        let used = it.sign(&it.claims());
        assert_eq!(it.send(&used, &[]).await.status, 200);
        for assertion in [
            used,
            forged,
            unsigned,
            "garbage".to_owned(),
            without("exp"),
            without("jti"),
            without("aud"),
            without("iss"),
            with("exp", json!(1)),
            with("nbf", json!(4_000_000_000_u64)),
            with("aud", json!("https://other.example")),
            with("sub", json!(it.client.pair.client_id)),
        ] {
            let refused = it.send(&assertion, &[]).await;
            assert_eq!(
                (refused.status, &refused.json()["error"]),
                (401, &json!("invalid_client")),
                "{assertion}"
            );
        }
        let good = it.sign(&it.claims());
        assert_eq!(it.send(&good, &[("client_id", "other")]).await.status, 401);
        assert_eq!(it.send(&good, &[("client_secret", "x")]).await.json()["error"], "invalid_request");
        let form = [("grant_type", "client_credentials"), ("client_id", it.id.as_str())];
        let bare = it.client.form(&format!("{}/token", it.client.pair.issuer), &form).await;
        assert_eq!((bare.status, &bare.json()["error"]), (401, &json!("invalid_client")));
        let untyped = [&form[..], &[("client_assertion", good.as_str())]].concat();
        let untyped = it.client.form(&format!("{}/token", it.client.pair.issuer), &untyped).await;
        assert_eq!(untyped.json()["error"], "invalid_request");
    }

    #[tokio::test]
    async fn assertions_have_their_behaviours() {
        let it = signer(&[IgnoresAssertionSignature]).await;
        let other = Keys::generate().expect("a key");
        let forged = jwt::sign(&other, Algorithm::Es256, "JWT", &it.claims()).expect("a signature");
        assert_eq!(it.send(&forged, &[]).await.status, 200);
        for (behaviour, claim, value) in [
            (IgnoresAssertionAudience, "aud", json!("https://other.example")),
            (IgnoresAssertionTime, "exp", json!(1)),
            (IgnoresAssertionIssuer, "iss", json!("other")),
        ] {
            let it = signer(&[behaviour]).await;
            let mut claims = it.claims();
            claims.insert(claim.to_owned(), value);
            assert_eq!(it.send(&it.sign(&claims), &[]).await.status, 200, "{behaviour}");
            assert_eq!(it.send(&forged, &[]).await.status, 401, "{behaviour}");
        }
        let it = signer(&[AcceptsAssertionReplay]).await;
        let assertion = it.sign(&it.claims());
        for _ in 0..2 {
            assert_eq!(it.send(&assertion, &[]).await.status, 200);
        }
    }

    #[tokio::test]
    async fn a_published_client_may_have_keys_elsewhere() {
        let keys = Keys::generate().expect("a key");
        let published = keys.published().expect("a key set");
        let edits: Vec<Edit> = serde_saphyr::from_str(&format!(
            "- on: {{ server: client, path: /client.json }}\n  json: {{ set: {{ /token_endpoint_auth_method: \
             private_key_jwt, /grant_types: [client_credentials], /jwks_uri: \"{{{{client-id}}}}/keys\" }} }}\n\
             - on: {{ server: client, path: /client.json/keys }}\n  status: 200\n  json-body: {published}\n"
        ))
        .expect("edits");
        let client = Client::start(Options { edits, ..Options::default() }).await;
        let it = Signer { id: client.pair.client_metadata_url.clone(), keys, client };
        let issued = it.send(&it.sign(&it.claims()), &[]).await;
        assert_eq!(issued.status, 200, "{issued:?}");
    }

    #[tokio::test]
    async fn keys_have_to_be_registered_once() {
        let client = Client::with(&[]).await;
        let set = Keys::generate().expect("a key").published().expect("a key set");
        for (keys, status) in [
            (json!({ "jwks": set }), 201),
            (json!({ "jwks_uri": "https://a.example/keys" }), 201),
            (json!({}), 400),
            (json!({ "jwks": set, "jwks_uri": "https://a.example/keys" }), 400),
            (json!({ "jwks": { "keys": 1 } }), 400),
            (json!({ "jwks_uri": "http://a.example/keys" }), 400),
        ] {
            let mut metadata = keys.clone();
            metadata["grant_types"] = json!(["client_credentials"]);
            metadata["token_endpoint_auth_method"] = json!("private_key_jwt");
            let made = register(&client, metadata).await;
            assert_eq!(made.status, status, "{keys}");
            assert!(status == 201 || made.json()["error"] == "invalid_client_metadata");
        }
    }
}
