//! What every request to the endpoint passes, whatever its method: origin, era, token, scope.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::challenge::{self, Refusal};
use super::{Bearer, bearer, cors, era, required};
use crate::Behaviour;
use crate::edit::Asked;
use crate::pair::Pair;

pub(super) async fn guard(
    State(pair): State<Arc<Pair>>,
    Extension(asked): Extension<Arc<Asked>>,
    request: Request,
    next: Next,
) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let welcome = origin.as_ref().is_none_or(cors::is_welcome) || pair.does(Behaviour::IgnoresOrigin);
    if !welcome {
        return cors::forbidden();
    }
    let mut response = if cors::is_preflight(request.method(), request.headers()) {
        cors::preflight()
    } else if let Some(refused) = era::refused(&pair, &asked) {
        refused
    } else {
        authorize(&pair, &asked, request, next).await
    };
    if let Some(origin) = origin {
        cors::allow(origin, &mut response);
    }
    response
}

async fn authorize(pair: &Pair, asked: &Asked, mut request: Request, next: Next) -> Response {
    let scope = required::scope(asked);
    match bearer(pair, asked, request.headers(), scope) {
        Ok(bearer) => {
            request.extensions_mut().insert(bearer);
            next.run(request).await
        }
        Err(refusal) => refused(pair, asked, request.headers(), &refusal, scope),
    }
}

fn bearer(pair: &Pair, asked: &Asked, headers: &HeaderMap, scope: &str) -> Result<Bearer, Refusal> {
    if is_open(pair, asked, headers) {
        return Ok(Bearer::default());
    }
    let token = bearer::sent(pair, headers, &asked.query)?;
    let bearer = bearer::believed(pair, &token)?;
    let hierarchy = !pair.does(Behaviour::IgnoresScopeHierarchy);
    let free = pair.does(Behaviour::IgnoresScope) || pair.does(Behaviour::AcceptsAnyToken);
    if free || required::is_met(scope, bearer.text("scope"), hierarchy) {
        Ok(bearer)
    } else {
        Err(Refusal::Scope)
    }
}

/// The holes, each of which a behaviour has to open.
fn is_open(pair: &Pair, asked: &Asked, headers: &HeaderMap) -> bool {
    let rpc = asked.rpc.as_deref().unwrap_or_default();
    let greets = rpc.ends_with("/list")
        || matches!(rpc, "initialize" | "notifications/initialized" | "server/discover");
    pair.does(Behaviour::AcceptsNoToken)
        || pair.does(Behaviour::OpenInitialize) && greets
        || pair.does(Behaviour::ChecksNothingOnGet) && asked.method != Method::POST
        || pair.does(Behaviour::ChecksNothingOnNotifications) && rpc.starts_with("notifications/")
        || pair.does(Behaviour::AcceptsSessionAsToken) && headers.contains_key("mcp-session-id")
}

fn refused(pair: &Pair, asked: &Asked, headers: &HeaderMap, refusal: &Refusal, scope: &str) -> Response {
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_other = *refusal == Refusal::Missing && !sent.is_empty();
    if is_other && pair.does(Behaviour::FailsOnUnknownScheme) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    if pair.does(Behaviour::ChecksTokenInTheTool) && asked.method == Method::POST {
        let error = json!({ "code": -32001, "message": "Unauthorized" });
        return Json(json!({ "jsonrpc": "2.0", "id": asked.id, "error": error })).into_response();
    }
    match refusal {
        Refusal::Invalid(_) if pair.does(Behaviour::EchoesToken) => {
            let why = format!("cannot use {}", sent.replace(['"', '\\'], ""));
            challenge::response(pair, &Refusal::Invalid(why), scope)
        }
        _ => challenge::response(pair, refusal, scope),
    }
}
