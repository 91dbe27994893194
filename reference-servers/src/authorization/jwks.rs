//! The public keys, as a JSON Web Key Set.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::At;
use crate::document;

pub(crate) async fn jwks(State(at): State<At>) -> Response {
    // The first caller of a process may have to wait for the RSA key.
    let published = tokio::task::spawn_blocking(move || at.pair.keys.published()).await;
    match published {
        Ok(Ok(keys)) => document::metadata(keys),
        _ => document::refusal(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "no key could be made"),
    }
}
