//! JSON answers: metadata that anybody may read and cache, and the small bodies of refusals.

use axum::Json;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use serde_json::{Value, json};

/// A metadata document: cacheable for a while, readable by scripts of any site.
pub(crate) fn metadata(document: Value) -> Response {
    let headers = [(header::CACHE_CONTROL, "max-age=300"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    (headers, Json(document)).into_response()
}

/// Serves what `read` gives on GET, and answers a browser's preflight.
pub(crate) fn public<H, T, S>(read: H) -> MethodRouter<S>
where
    H: axum::handler::Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    get(read).options(preflight)
}

pub(crate) async fn preflight() -> Response {
    let headers: [(HeaderName, &str); 3] = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, MCP-Protocol-Version"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// An OAuth error body, never cached.
pub(crate) fn refusal(status: StatusCode, error: &str, description: &str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    let body = json!({ "error": error, "error_description": description });
    (status, headers, Json(body)).into_response()
}

pub(crate) async fn not_found() -> Response {
    refusal(StatusCode::NOT_FOUND, "not_found", "nothing is served here")
}
