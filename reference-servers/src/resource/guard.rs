//! What every request to the endpoint passes, whatever its method: origin, era, token, scope.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::challenge::{self, Refusal};
use super::{Bearer, bearer, believed, careless, cors, era, required, session, signature, unchecked};
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
    let is_preflight = cors::is_preflight(request.method(), request.headers());
    let mut response = if is_preflight && !pair.does(Behaviour::PreflightWantsAToken) {
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
    let scope = &required::first(pair, asked);
    match bearer(pair, asked, request.headers()).await {
        Ok(bearer) => {
            if let Some(refused) = session::refused(pair, request.headers(), &bearer) {
                return refused;
            }
            if let Some(answer) = unchecked::answered(pair, asked, request.headers(), &bearer) {
                return answer;
            }
            let user = bearer.text("sub").to_owned();
            request.extensions_mut().insert(bearer);
            session::let_in(pair, &mut request);
            let mut response = next.run(request).await;
            session::let_out(pair, asked, &mut response, &user);
            careless::let_out(pair, asked, &mut response);
            response
        }
        Err(refusal) => refused(pair, asked, request.headers(), &refusal, scope),
    }
}

async fn bearer(pair: &Pair, asked: &Asked, headers: &HeaderMap) -> Result<Bearer, Refusal> {
    let is_open = is_open(pair, asked, headers);
    let known = claimed(pair, asked, headers).await;
    // Where nobody has to say who they are, some do.
    if is_open {
        return Ok(known.unwrap_or_default());
    }
    let bearer = known?;
    if session::is_unknown(pair, asked) && pair.does(Behaviour::UnknownSessionIs401) {
        return Err(Refusal::Invalid("there is no such session".to_owned()));
    }
    let free = pair.does(Behaviour::IgnoresScope) || pair.does(Behaviour::AcceptsAnyToken);
    match required::missing(pair, asked, bearer.text("scope")).filter(|_| !free) {
        Some(missing) => Err(Refusal::Scope(missing)),
        None => Ok(bearer),
    }
}

/// Whose token the request carries.
async fn claimed(pair: &Pair, asked: &Asked, headers: &HeaderMap) -> Result<Bearer, Refusal> {
    let token = bearer::sent(pair, headers, &asked.query)?;
    let foreign = signature::foreign(pair, &token).await;
    believed::believed(pair, &token, session::is_known(pair, headers), foreign.as_ref())
}

/// The holes, each of which a behaviour has to open.
fn is_open(pair: &Pair, asked: &Asked, headers: &HeaderMap) -> bool {
    let rpc = asked.rpc.as_deref().unwrap_or_default();
    let greets = rpc.ends_with("/list")
        || matches!(rpc, "initialize" | "notifications/initialized" | "server/discover");
    let in_session = |behaviour, method| {
        pair.does(behaviour) && asked.method == method && session::is_known(pair, headers)
    };
    careless::is_cached(pair, asked)
        || pair.does(Behaviour::AcceptsNoToken)
        || pair.does(Behaviour::OpenInitialize) && greets
        || pair.does(Behaviour::ChecksNothingOnGet) && asked.method != Method::POST
        || pair.does(Behaviour::ChecksNothingOnNotifications) && rpc.starts_with("notifications/")
        || in_session(Behaviour::GetInSessionNeedsNoToken, Method::GET)
        || in_session(Behaviour::DeleteInSessionNeedsNoToken, Method::DELETE)
        || pair.does(Behaviour::AcceptsSessionAsToken) && headers.contains_key("mcp-session-id")
}

fn refused(pair: &Pair, asked: &Asked, headers: &HeaderMap, refusal: &Refusal, scope: &str) -> Response {
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_other = *refusal == Refusal::Missing && !sent.is_empty();
    if is_other && pair.does(Behaviour::FailsOnUnknownScheme) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let is_double = headers.get_all(header::AUTHORIZATION).iter().count() > 1;
    if is_double && pair.does(Behaviour::BreaksOnTwoAuthorizations) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let is_post = asked.method == Method::POST;
    if is_post && matches!(refusal, Refusal::Scope(_)) && pair.does(Behaviour::InsufficientScopeInJsonRpc) {
        let error = json!({ "code": -32003, "message": "Insufficient scope" });
        return Json(json!({ "jsonrpc": "2.0", "id": asked.id, "error": error })).into_response();
    }
    match refusal {
        Refusal::Invalid(_) if pair.does(Behaviour::EchoesToken) => {
            let why = format!("cannot use {}", sent.replace(['"', '\\'], ""));
            challenge::response(pair, asked, &Refusal::Invalid(why), scope)
        }
        _ => challenge::response(pair, asked, refusal, scope),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Behaviour::{self, *};
    use crate::client::{Answer, Client, answer};

    /// Statuses without a token: initialize, tools/list, tools/call, a notification, GET, DELETE.
    async fn statuses(behaviours: &[Behaviour]) -> Vec<u16> {
        let client = Client::with(behaviours).await;
        let mut statuses = Vec::new();
        for request in [
            client.initialize(),
            client.modern("tools/list", json!({})),
            client.call("echo"),
            client.legacy("notifications/initialized", Value::Null),
            client.request("GET", &client.pair.server_url),
            client.request("DELETE", &client.pair.server_url),
        ] {
            statuses.push(answer(request).await.status);
        }
        statuses
    }

    #[tokio::test]
    async fn nothing_is_open_unless_a_behaviour_opens_it() {
        assert_eq!(statuses(&[]).await, [401; 6]);
        // 400, 406 and so on are what the endpoint itself says to such requests.
        assert_eq!(statuses(&[AcceptsNoToken]).await, [200, 200, 200, 400, 406, 400]);
        assert_eq!(statuses(&[OpenInitialize]).await, [200, 200, 401, 400, 401, 401]);
        assert_eq!(statuses(&[ChecksNothingOnGet]).await, [401, 401, 401, 401, 406, 204]);
        assert_eq!(statuses(&[ChecksNothingOnNotifications]).await, [401, 401, 401, 202, 401, 401]);
    }

    #[tokio::test]
    async fn every_verb_needs_a_token() {
        let client = Client::with(&[]).await;
        for verb in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            let refused = answer(client.request(verb, &client.pair.server_url)).await;
            assert_eq!((verb, refused.status), (verb, 401));
            assert!(refused.challenge().starts_with("Bearer resource_metadata="));
        }
    }

    #[tokio::test]
    async fn a_session_is_no_token() {
        for (behaviours, status) in [(&[][..], 401), (&[AcceptsSessionAsToken], 200)] {
            let client = Client::with(behaviours).await;
            let token = client.pair.mint("mcp:tools");
            let greeted = answer(client.initialize().bearer_auth(&token)).await;
            let session = greeted.header("mcp-session-id").to_owned();
            let ready = client.legacy("notifications/initialized", Value::Null).bearer_auth(&token);
            answer(ready.header("mcp-session-id", &session)).await;
            let list = client.legacy("tools/list", json!({})).header("mcp-session-id", &session);
            assert_eq!(answer(list).await.status, status);
        }
    }

    #[tokio::test]
    async fn one_era_only_is_said_before_authentication() {
        let client = Client::with(&[LegacyOnly]).await;
        assert_eq!(answer(client.call("echo")).await.status, 400);
        assert_eq!(answer(client.initialize()).await.status, 401);
        let client = Client::with(&[ModernOnly]).await;
        let refused = answer(client.initialize()).await;
        assert_eq!((refused.status, &refused.json()["error"]["code"]), (400, &json!(-32022)));
        assert_eq!(refused.json()["error"]["data"]["supported"], json!(["2026-07-28"]));
        assert_eq!(answer(client.request("GET", &client.pair.server_url)).await.status, 405);
        assert_eq!(answer(client.call("echo")).await.status, 401);
        let discovered =
            client.modern("server/discover", json!({})).bearer_auth(client.pair.mint("mcp:tools"));
        assert_eq!(answer(discovered).await.json()["result"]["supportedVersions"], json!(["2026-07-28"]));
    }

    async fn from(client: &Client, origin: &str) -> Answer {
        answer(client.call("echo").header("origin", origin)).await
    }

    #[tokio::test]
    async fn foreign_pages_are_kept_out_and_local_ones_see_the_challenge() {
        let client = Client::with(&[]).await;
        assert_eq!(from(&client, "http://evil.example").await.status, 403);
        assert_eq!(from(&client, "null").await.status, 403);
        let local = from(&client, "http://localhost:6274").await;
        assert_eq!(
            (local.status, local.header("access-control-allow-origin")),
            (401, "http://localhost:6274")
        );
        assert!(local.header("access-control-expose-headers").contains("WWW-Authenticate"));
        let preflight =
            client.request("OPTIONS", &client.pair.server_url).header("origin", "http://localhost:6274");
        let preflight = answer(preflight.header("access-control-request-method", "POST")).await;
        assert_eq!(preflight.status, 204);
        let allowed = preflight.header("access-control-allow-headers").to_ascii_lowercase();
        for name in
            ["authorization", "content-type", "mcp-protocol-version", "mcp-session-id", "last-event-id"]
        {
            assert!(allowed.contains(name), "{name}");
        }
        assert!(allowed.contains("mcp-method") && allowed.contains("mcp-name"));
        assert_eq!(from(&Client::with(&[IgnoresOrigin]).await, "http://evil.example").await.status, 401);
    }

    #[tokio::test]
    async fn refusals_have_their_behaviours() {
        let client = Client::with(&[FailsOnUnknownScheme]).await;
        assert_eq!(answer(client.call("echo").header("authorization", "Basic eDp5")).await.status, 500);
        assert_eq!(answer(client.call("echo")).await.status, 401);
        let client = Client::with(&[EchoesToken]).await;
        let refused = answer(client.call("echo").bearer_auth("sesame")).await;
        assert!(refused.challenge().contains("sesame"));
        let client = Client::with(&[VariesScope]).await;
        let mut challenges = Vec::new();
        for _ in 0..3 {
            challenges.push(answer(client.call("echo")).await.challenge().to_owned());
            // Others in between do not bring it back.
            answer(client.initialize()).await;
        }
        challenges.dedup();
        assert_eq!(challenges.len(), 3);
        let client = Client::with(&[BreaksOnTwoAuthorizations]).await;
        let two = client.call("echo").bearer_auth("x").header("authorization", "Bearer x");
        assert_eq!(answer(two).await.status, 500);
        assert_eq!(client.status_with("x").await, 401);
    }

    #[tokio::test]
    async fn a_preflight_can_be_refused() {
        let client = Client::with(&[PreflightWantsAToken]).await;
        let preflight =
            client.request("OPTIONS", &client.pair.server_url).header("origin", "http://localhost:6274");
        let preflight = answer(preflight.header("access-control-request-method", "POST")).await;
        assert_eq!((preflight.status, preflight.header("access-control-allow-methods")), (401, ""));
    }
}
