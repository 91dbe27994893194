//! The token endpoint: client_credentials, and authorization_code with PKCE.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::At;
use super::authenticate::authenticated;
use super::clients::Client;
use super::form::Form;
use super::grant::{Denied, Grant, Granted, SERVER_ERROR, resources, scope};
use super::redeem::redeemed;
use crate::Behaviour;
use crate::document::refusal;
use crate::jwt::{self, Claims};
use crate::keys::Algorithm;
use crate::pair::TOKEN_LIFETIME;

pub(crate) async fn token(State(at): State<At>, headers: HeaderMap, body: Bytes) -> Response {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let form = match essence.as_str() {
        "application/json" if at.pair.does(Behaviour::TokenWantsJson) => Form::from_json(&body),
        "application/x-www-form-urlencoded" if !at.pair.does(Behaviour::TokenWantsJson) => Form::parse(&body),
        _ => return refused(("invalid_request", "the body has the wrong media type")),
    };
    answer(at, &headers, &form).await
}

pub(crate) async fn token_by_get(
    State(at): State<At>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    answer(at, &headers, &form).await
}

async fn answer(at: At, headers: &HeaderMap, form: &Form) -> Response {
    let body = match granted(&at, headers, form) {
        Ok(granted) => issued(at, granted).await,
        Err(denied) => Err(denied),
    };
    body.map_or_else(refused, success)
}

fn granted(at: &At, headers: &HeaderMap, form: &Form) -> Result<Granted, Denied> {
    if form.repeated().is_some() {
        return Err(("invalid_request", "a parameter was sent twice"));
    }
    match form.get("grant_type") {
        Some("authorization_code") => {
            let client = authenticated(at, headers, form)?;
            let code = form.get("code").ok_or(("invalid_request", "code is missing"))?;
            redeemed(at, form, client, code)
        }
        Some("client_credentials") => {
            let client = authenticated(at, headers, form)?;
            own(at, form, client)
        }
        Some(_) => Err(("unsupported_grant_type", "authorization_code and client_credentials are supported")),
        None => Err(("invalid_request", "grant_type is missing")),
    }
}

/// What a client gets for itself, with no user behind it.
fn own(at: &At, form: &Form, client: &Client) -> Result<Granted, Denied> {
    if client.is_public() && !at.pair.does(Behaviour::PublicClientCredentials) {
        return Err(("unauthorized_client", "this grant needs a client that can keep a secret"));
    }
    let grant = Grant {
        issuer: at.issuer.identifier.clone(),
        client_id: client.id.to_owned(),
        subject: client.id.to_owned(),
        scope: scope(form)?,
        resources: resources(&at.pair, form)?,
    };
    let granted = Granted::new(at, grant, None)?;
    if granted.has_scope("openid") {
        return Err(("invalid_scope", "there is no user to identify"));
    }
    Ok(granted)
}

async fn issued(at: At, granted: Granted) -> Result<Value, Denied> {
    let mut body = json!({
        "access_token": at.pair.access_token(&granted.claims).map_err(|_| SERVER_ERROR)?,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME,
        "scope": granted.grant.scope,
    });
    if granted.has_scope("openid") {
        body["id_token"] = json!(id_token(at, granted).await?);
    }
    Ok(body)
}

/// Signed off the runtime's own threads, since the RSA key may still be in the making.
async fn id_token(at: At, Granted { grant, nonce, .. }: Granted) -> Result<String, Denied> {
    let now = at.pair.now();
    let mut claims = Claims::new();
    claims.insert("iss".into(), json!(grant.issuer));
    claims.insert("sub".into(), json!(grant.subject));
    claims.insert("aud".into(), json!(grant.client_id));
    claims.insert("exp".into(), json!(now + TOKEN_LIFETIME));
    claims.insert("iat".into(), json!(now));
    if let Some(nonce) = nonce {
        claims.insert("nonce".into(), json!(nonce));
    }
    let signed =
        tokio::task::spawn_blocking(move || jwt::sign(&at.pair.keys, Algorithm::Rs256, "JWT", &claims)).await;
    signed.ok().and_then(Result::ok).ok_or(SERVER_ERROR)
}

fn success(body: Value) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, Json(body)).into_response()
}

fn refused((error, description): Denied) -> Response {
    let status = match error {
        "invalid_client" => StatusCode::UNAUTHORIZED,
        "server_error" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    let mut response = refusal(status, error, description);
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(r#"Basic realm="reference""#));
    }
    response
}
