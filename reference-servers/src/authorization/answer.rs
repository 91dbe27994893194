//! The JSON answers of the endpoints that clients call: for scripts of any site, and never cached.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::grant::Denied;
use crate::document::refusal;

pub(super) fn success(status: StatusCode, body: Value) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (status, headers, Json(body)).into_response()
}

/// The error response of RFC 6749 section 5.2.
pub(super) fn refused((error, description): Denied) -> Response {
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

/// The token of the Authorization header.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The challenge of RFC 6750 section 3, whose error is only for those who sent a token.
pub(super) fn unauthorized(why: Option<&'static str>) -> Response {
    let mut response =
        refusal(StatusCode::UNAUTHORIZED, "invalid_token", why.unwrap_or("an access token is needed"));
    let challenge = match why {
        Some(_) => r#"Bearer realm="reference", error="invalid_token""#,
        None => r#"Bearer realm="reference""#,
    };
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}
