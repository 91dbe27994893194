//! Dynamic client registration (RFC 7591), open to anybody and kept in memory.
//!
//! What this server cannot do for a client is left out of what is registered, or refused if nothing is left; members it does not know are ignored. A scope is not registered: a client may ask for any.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::answer::{refused, success};
use super::clients::{Client, Registration};
use super::grant::Denied;
use super::{At, lax, redirect_uri};
use crate::Behaviour;
use crate::keys::random;

/// Members that are registered as they are, if they are strings.
pub(super) const TEXTS: [&str; 8] = [
    "client_name",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "software_id",
    "software_version",
    "application_type",
];

pub(super) async fn register(State(at): State<At>, headers: HeaderMap, body: Bytes) -> Response {
    registered(&at, &headers, &body).map_or_else(refused, |body| success(StatusCode::CREATED, body))
}

/// What nobody should be able to ask, secrets left out.
pub(super) async fn list(State(at): State<At>) -> Response {
    let listed: Vec<Value> = at.pair.clients.all().iter().map(|client| described(client)).collect();
    Json(listed).into_response()
}

fn registered(at: &At, headers: &HeaderMap, body: &[u8]) -> Result<Value, Denied> {
    let asked = asked(headers, body)?;
    let chosen = asked.get("client_id").and_then(Value::as_str).map(str::to_owned);
    let metadata = lax::registered(&at.pair, asked)?;
    let secret = has_secret(&metadata).then(random).transpose().map_err(|_| UNMADE)?;
    let registration = Registration { token: random().map_err(|_| UNMADE)?, time: at.pair.now() };
    let id = match chosen.filter(|_| at.pair.does(Behaviour::ClientsChooseTheirId)) {
        Some(chosen) => chosen,
        None => random().map_err(|_| UNMADE)?,
    };
    let client = Client { id, secret, metadata, registration: Some(registration) };
    let information = information(at, &client);
    at.pair.clients.add(client);
    Ok(information)
}

/// Whether a client of this metadata authenticates with a secret.
pub(super) fn has_secret(metadata: &Map<String, Value>) -> bool {
    let method = metadata.get("token_endpoint_auth_method").and_then(Value::as_str);
    !matches!(method, Some("none" | "private_key_jwt"))
}

/// The JSON object that a client sends to be registered, or to be registered anew.
pub(super) fn asked(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Denied> {
    let media_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(("invalid_client_metadata", "the body must be application/json"));
    }
    serde_json::from_slice(body).map_err(|_| ("invalid_client_metadata", "the body is no JSON object"))
}

/// What only the client is told of its registration (RFC 7592 section 3).
pub(super) fn information(at: &At, client: &Client) -> Value {
    let mut told = described(client);
    if let Some(Registration { token, time }) = &client.registration {
        told["client_id_issued_at"] = json!(time);
        told["registration_access_token"] = json!(token);
        told["registration_client_uri"] = json!(format!("{}/register/{}", at.issuer.base, client.id));
    }
    if let Some(secret) = &client.secret {
        told["client_secret"] = json!(secret);
        told["client_secret_expires_at"] = json!(0);
    }
    told
}

const UNMADE: Denied = ("server_error", "no client could be made");

fn described(client: &Client) -> Value {
    let mut described = Map::from_iter([("client_id".to_owned(), json!(client.id))]);
    described.extend(client.metadata.clone());
    Value::Object(described)
}

/// What is registered of what was asked for.
pub(super) fn metadata(asked: &Map<String, Value>) -> Result<Map<String, Value>, Denied> {
    let method = match asked.get("token_endpoint_auth_method") {
        None => "client_secret_basic",
        Some(Value::String(method)) if super::metadata::METHODS.contains(&method.as_str()) => method,
        Some(_) => return Err(("invalid_client_metadata", "token_endpoint_auth_method is not supported")),
    };
    // A client that cannot keep a secret has nothing to get a token of its own with.
    let possible: &[&str] = match method {
        "none" => &["authorization_code", "refresh_token"],
        _ => &["authorization_code", "refresh_token", "client_credentials"],
    };
    if !matches!(asked.get("application_type").map(Value::as_str), None | Some(Some("native" | "web"))) {
        return Err(("invalid_client_metadata", "application_type is native or web"));
    }
    let grants = chosen(asked, "grant_types", possible, "authorization_code")?;
    if grants == ["refresh_token"] {
        return Err(("invalid_client_metadata", "nothing of grant_types gives a refresh token"));
    }
    let mut metadata = Map::new();
    if grants.contains(&"authorization_code") {
        let types = chosen(asked, "response_types", &["code"], "code")?;
        metadata.insert("redirect_uris".into(), json!(redirect_uris(asked)?));
        metadata.insert("response_types".into(), json!(types));
    }
    metadata.insert("grant_types".into(), json!(grants));
    metadata.insert("token_endpoint_auth_method".into(), json!(method));
    if method == "private_key_jwt" {
        let (name, value) = keys(asked)?;
        metadata.insert(name.to_owned(), value.clone());
    }
    for name in TEXTS {
        match asked.get(name) {
            None => {}
            Some(text @ Value::String(_)) => drop(metadata.insert(name.into(), text.clone())),
            Some(_) => return Err(("invalid_client_metadata", "a member that is text is something else")),
        }
    }
    if let Some(contacts) = asked.get("contacts") {
        metadata.insert("contacts".into(), json!(texts(contacts).ok_or(NOT_A_LIST)?));
    }
    Ok(metadata)
}

/// Where the keys of a client are: in its metadata or elsewhere, not both (RFC 7591 section 2).
fn keys(asked: &Map<String, Value>) -> Result<(&'static str, &Value), Denied> {
    let bad = Err(("invalid_client_metadata", "a client with keys needs either jwks or an https jwks_uri"));
    match (asked.get("jwks"), asked.get("jwks_uri")) {
        (Some(set), None) if set["keys"].is_array() => Ok(("jwks", set)),
        (None, Some(url)) if url.as_str().is_some_and(redirect_uri::is_safe) => Ok(("jwks_uri", url)),
        _ => bad,
    }
}

const NOT_A_LIST: Denied =
    ("invalid_client_metadata", "a member that is a list of strings is something else");

fn texts(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

/// The possible ones among those asked for.
fn chosen<'a>(
    asked: &Map<String, Value>,
    member: &str,
    possible: &[&'a str],
    default: &'a str,
) -> Result<Vec<&'a str>, Denied> {
    let Some(value) = asked.get(member) else {
        return Ok(vec![default]);
    };
    let wanted = texts(value).ok_or(NOT_A_LIST)?;
    let chosen: Vec<&str> = possible.iter().copied().filter(|possible| wanted.contains(possible)).collect();
    match chosen.is_empty() {
        true => Err(("invalid_client_metadata", "nothing of what is asked for is supported")),
        false => Ok(chosen),
    }
}

fn redirect_uris(asked: &Map<String, Value>) -> Result<Vec<&str>, Denied> {
    let uris = asked.get("redirect_uris").ok_or(("invalid_redirect_uri", "redirect_uris is missing"))?;
    let uris = texts(uris).ok_or(("invalid_redirect_uri", "redirect_uris is no list of strings"))?;
    if uris.is_empty() {
        return Err(("invalid_redirect_uri", "redirect_uris is empty"));
    }
    if !uris.iter().all(|uri| redirect_uri::is_safe(uri)) {
        let why = "a redirect URI must be https, or http on this machine, without a fragment";
        return Err(("invalid_redirect_uri", why));
    }
    // OpenID Connect Registration section 2. Web is the default, but clients of MCP left it out until 2026-07-28.
    if asked.get("application_type").is_some_and(|kind| kind == "web")
        && uris.iter().any(|uri| redirect_uri::is_loopback(uri))
    {
        return Err(("invalid_redirect_uri", "a web application is not redirected to this machine"));
    }
    Ok(uris)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Behaviour::ListsClients;
    use crate::client::{Answer, Client, answer};
    use crate::{Options, Profile};

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    async fn register(client: &Client, metadata: Value) -> Answer {
        let url = client.get(&format!("{}/.well-known/oauth-authorization-server", client.pair.issuer)).await;
        let url = url.json()["registration_endpoint"].as_str().expect("a URL").to_owned();
        answer(client.request("POST", &url).json(&metadata)).await
    }

    #[tokio::test]
    async fn what_is_registered_is_said() {
        let client = Client::with(&[]).await;
        let made = register(
            &client,
            json!({
                "redirect_uris": ["http://localhost:1234/cb", "https://a.example/cb"],
                "grant_types": ["authorization_code", "refresh_token", "password"],
                "token_endpoint_auth_method": "none",
                "client_name": "A client",
                "contacts": ["somebody@a.example"],
                "unheard_of": { "x": 1 },
            }),
        )
        .await;
        assert_eq!((made.status, made.header("cache-control")), (201, "no-store"));
        assert_eq!(made.header("access-control-allow-origin"), "*");
        let mut body = made.json();
        let members = body.as_object_mut().expect("an object");
        assert!(members.shift_remove("client_id").is_some_and(|id| id.is_string()));
        assert!(members.shift_remove("client_id_issued_at").is_some_and(|time| time.is_u64()));
        let base = format!("{}/register/", client.pair.issuer);
        let is_below = |uri: Value| uri.as_str().is_some_and(|uri| uri.starts_with(&base));
        assert!(members.shift_remove("registration_client_uri").is_some_and(is_below));
        assert!(members.shift_remove("registration_access_token").is_some_and(|token| token.is_string()));
        let rest = json!({
            "redirect_uris": ["http://localhost:1234/cb", "https://a.example/cb"],
            "response_types": ["code"],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
            "client_name": "A client",
            "contacts": ["somebody@a.example"],
        });
        assert_eq!(body, rest);
    }

    #[tokio::test]
    async fn the_default_is_a_client_with_a_secret() {
        for profile in [Profile::V2025_03_26, Profile::V2026_07_28] {
            let client = Client::start(Options { profile, ..Options::default() }).await;
            let grants = json!({ "grant_types": ["client_credentials"] });
            let made = register(&client, grants).await.json();
            assert_eq!(made["token_endpoint_auth_method"], "client_secret_basic");
            assert_eq!(made["client_secret_expires_at"], 0);
            assert_eq!(made.get("redirect_uris"), None);
            let text = |name: &str| made[name].as_str().expect("a string").to_owned();
            let request = client.request("POST", &format!("{}/token", client.pair.issuer));
            let request = request.basic_auth(text("client_id"), Some(text("client_secret")));
            let issued = answer(request.form(&[("grant_type", "client_credentials")])).await.json();
            assert_eq!(client.status_with(issued["access_token"].as_str().expect("a token")).await, 200);
        }
    }

    #[tokio::test]
    async fn a_registered_client_gets_a_code_and_a_token() {
        let client = Client::with(&[]).await;
        let metadata =
            json!({ "redirect_uris": ["http://127.0.0.1/a"], "token_endpoint_auth_method": "none" });
        let id = register(&client, metadata).await.json()["client_id"].as_str().expect("an id").to_owned();
        let code = async |redirect: &str| {
            let query = [
                ("response_type", "code"),
                ("client_id", &id),
                ("redirect_uri", redirect),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ];
            let request = client.request("GET", &format!("{}/authorize", client.pair.issuer)).query(&query);
            let location = answer(request).await.header("location").to_owned();
            location.split_once("code=").map(|(_, rest)| rest.split('&').next().unwrap_or(rest).to_owned())
        };
        // The redirect URI of other clients is not this one's.
        assert_eq!(code("http://127.0.0.1/callback").await, None);
        let code = code("http://127.0.0.1:4567/a").await.expect("a code");
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &id),
            ("code", &code),
            ("code_verifier", VERIFIER),
        ];
        let issued = client.form(&format!("{}/token", client.pair.issuer), &form).await;
        assert_eq!(issued.status, 200, "{issued:?}");
        let own = [("grant_type", "client_credentials"), ("client_id", &id)];
        let own = client.form(&format!("{}/token", client.pair.issuer), &own).await;
        assert_eq!(own.json()["error"], "unauthorized_client");
    }

    #[tokio::test]
    async fn what_cannot_be_registered_is_refused() {
        let client = Client::with(&[]).await;
        let uri = "https://a.example/cb";
        for (metadata, error) in [
            (json!({}), "invalid_redirect_uri"),
            (json!({ "redirect_uris": [] }), "invalid_redirect_uri"),
            (json!({ "redirect_uris": uri }), "invalid_redirect_uri"),
            (json!({ "redirect_uris": [uri, "http://a.example/cb"] }), "invalid_redirect_uri"),
            (
                json!({ "redirect_uris": ["http://localhost/cb"], "application_type": "web" }),
                "invalid_redirect_uri",
            ),
            (json!({ "redirect_uris": [uri], "application_type": "desktop" }), "invalid_client_metadata"),
            (json!([]), "invalid_client_metadata"),
            (json!({ "redirect_uris": [uri], "client_name": 1 }), "invalid_client_metadata"),
            (json!({ "redirect_uris": [uri], "contacts": "me" }), "invalid_client_metadata"),
            (json!({ "redirect_uris": [uri], "grant_types": ["password"] }), "invalid_client_metadata"),
            (json!({ "redirect_uris": [uri], "grant_types": ["refresh_token"] }), "invalid_client_metadata"),
            (json!({ "redirect_uris": [uri], "response_types": ["token"] }), "invalid_client_metadata"),
            (
                json!({ "redirect_uris": [uri], "token_endpoint_auth_method": "magic" }),
                "invalid_client_metadata",
            ),
            (
                json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": "none" }),
                "invalid_client_metadata",
            ),
        ] {
            let refused = register(&client, metadata.clone()).await;
            assert_eq!((refused.status, &refused.json()["error"]), (400, &json!(error)), "{metadata}");
            assert_eq!(refused.header("cache-control"), "no-store");
        }
        let url = format!("{}/register", client.pair.issuer);
        let form = client.form(&url, &[("redirect_uris", uri)]).await;
        assert_eq!((form.status, &form.json()["error"]), (400, &json!("invalid_client_metadata")));
    }

    #[tokio::test]
    async fn the_list_of_clients_is_not_public_unless_told() {
        let client = Client::with(&[]).await;
        let url = format!("{}/register", client.pair.issuer);
        let got = client.get(&url).await;
        assert_eq!((got.status, got.header("allow")), (405, "POST,OPTIONS"));
        assert_eq!(answer(client.request("OPTIONS", &url)).await.status, 204);
        let client = Client::with(&[ListsClients]).await;
        register(&client, json!({ "redirect_uris": ["https://a.example/cb"] })).await;
        let listed = client.get(&format!("{}/register", client.pair.issuer)).await;
        assert_eq!((listed.status, listed.json().as_array().map(Vec::len)), (200, Some(3)));
        assert!(!listed.text().contains("secret\":"));
    }
}
