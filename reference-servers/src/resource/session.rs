//! Sessions of the legacy era belong to the user whose token began them.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;

use super::Bearer;
use crate::Behaviour;
use crate::document::refusal;
use crate::edit::{Asked, Era};
use crate::pair::{Pair, Session};

const SESSION: &str = "mcp-session-id";

/// The 404 for somebody else's session; it says no more than that of one that never was.
pub(super) fn refused(pair: &Pair, headers: &HeaderMap, bearer: &Bearer) -> Option<Response> {
    let session = named(headers)?;
    let sessions = pair.sessions();
    let owner = &sessions.get(session)?.user;
    let is_open = bearer.claims.is_empty() || pair.does(Behaviour::SharesSessions);
    (!is_open && owner != bearer.text("sub"))
        .then(|| refusal(StatusCode::NOT_FOUND, "not_found", "there is no such session"))
}

/// Whether the session of this request was begun here.
pub(super) fn is_known(pair: &Pair, headers: &HeaderMap) -> bool {
    named(headers).is_some_and(|session| pair.sessions().contains_key(session))
}

/// Whether this request of the legacy era names a session that never was, or has ended.
pub(super) fn is_unknown(pair: &Pair, asked: &Asked) -> bool {
    asked.era == Era::Legacy && named(&asked.headers).is_some() && !is_known(pair, &asked.headers)
}

/// What is behind the guard may know a session by another id.
pub(super) fn let_in(pair: &Pair, request: &mut Request) {
    let inner = named(request.headers()).and_then(|id| Some(pair.sessions().get(id)?.inner.clone()));
    if let Some(inner) = inner {
        request.headers_mut().insert(SESSION, inner);
    }
}

/// Remembers who began a session, and forgets one that was ended.
pub(super) fn let_out(pair: &Pair, asked: &Asked, response: &mut Response, user: &str) {
    let mut sessions = pair.sessions();
    if asked.method == Method::DELETE && response.status().is_success() {
        named(&asked.headers).and_then(|ended| sessions.remove(ended));
        return;
    }
    let Some(inner) = response.headers().get(SESSION).cloned() else {
        return;
    };
    if sessions.values().any(|session| session.inner == inner) {
        return;
    }
    let id = if pair.does(Behaviour::CountsSessions) {
        HeaderValue::from((1..).find(|n: &u32| !sessions.contains_key(&n.to_string())).unwrap_or_default())
    } else if pair.does(Behaviour::ShortSessions) {
        let short = inner.to_str().map(|id| id.replace('-', "")[..10].to_owned());
        short.ok().and_then(|id| HeaderValue::from_str(&id).ok()).unwrap_or_else(|| inner.clone())
    } else {
        inner.clone()
    };
    let session = Session { user: user.to_owned(), inner };
    id.to_str().ok().and_then(|id| sessions.insert(id.to_owned(), session));
    response.headers_mut().insert(SESSION, id);
}

fn named(headers: &HeaderMap) -> Option<&str> {
    headers.get(SESSION)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Behaviour::*;
    use crate::client::{Client, answer};

    #[tokio::test]
    async fn a_session_is_for_its_user() {
        for (behaviours, status) in [(&[][..], 404), (&[SharesSessions], 200)] {
            let client = Client::with(behaviours).await;
            let token = client.pair.mint("mcp:tools");
            let greeted = answer(client.initialize().bearer_auth(&token)).await;
            let session = greeted.header("mcp-session-id");
            let ready = client.legacy("notifications/initialized", Value::Null).bearer_auth(&token);
            answer(ready.header("mcp-session-id", session)).await;
            let list = async |token: &str| {
                let list = client.legacy("tools/list", json!({})).bearer_auth(token);
                answer(list.header("mcp-session-id", session)).await.status
            };
            assert_eq!(list(&token).await, 200);
            let mut other = client.pair.claims("mcp:tools");
            other["sub"] = json!("somebody else");
            assert_eq!(list(&client.pair.sign(&other)).await, status);
        }
    }

    #[tokio::test]
    async fn verbs_of_a_session_can_be_open() {
        for (behaviours, statuses) in [
            (&[][..], [401, 401]),
            (&[GetInSessionNeedsNoToken], [200, 401]),
            (&[DeleteInSessionNeedsNoToken], [401, 202]),
        ] {
            let client = Client::with(behaviours).await;
            let session = client.session(&client.pair.mint("mcp:tools")).await;
            for (method, status) in ["GET", "DELETE"].into_iter().zip(statuses) {
                let request =
                    client.request(method, &client.pair.server_url).header("accept", "text/event-stream");
                let found = request.header("mcp-session-id", &session).send().await.expect("an answer");
                assert_eq!(found.status().as_u16(), status, "{method} under {behaviours:?}");
                let unknown =
                    client.request(method, &client.pair.server_url).header("accept", "text/event-stream");
                assert_eq!(answer(unknown.header("mcp-session-id", "unknown")).await.status, 401);
            }
        }
    }

    #[tokio::test]
    async fn a_session_that_has_ended_is_no_longer_there() {
        for (behaviours, never, ended) in [(&[][..], 404, 404), (&[UnknownSessionIs401], 401, 401)] {
            let client = Client::with(behaviours).await;
            let token = client.pair.mint("mcp:tools");
            let session = client.session(&token).await;
            let list = async |session: &str| {
                let list = client.legacy("tools/list", json!({})).bearer_auth(&token);
                answer(list.header("mcp-session-id", session)).await.status
            };
            assert_eq!((list(&session).await, list("never").await), (200, never));
            let end = client.request("DELETE", &client.pair.server_url).bearer_auth(&token);
            assert!(answer(end.header("mcp-session-id", &session)).await.status < 300);
            assert_eq!(list(&session).await, ended);
        }
    }

    #[tokio::test]
    async fn sessions_can_be_counted_or_not_be_there() {
        let client = Client::with(&[CountsSessions]).await;
        let token = client.pair.mint("mcp:tools");
        let list = async |client: &Client, session: &str| {
            let list = client.legacy("tools/list", json!({})).bearer_auth(client.pair.mint("mcp:tools"));
            answer(list.header("mcp-session-id", session)).await.status
        };
        for id in ["1", "2", "3"] {
            assert_eq!(client.session(&token).await, id);
            assert_eq!(list(&client, id).await, 200);
        }
        assert_eq!(list(&client, "4").await, 404);
        let client = Client::with(&[ShortSessions]).await;
        let short = client.session(&client.pair.mint("mcp:tools")).await;
        assert_eq!((short.len(), list(&client, &short).await), (10, 200));
        let client = Client::with(&[Stateless]).await;
        let token = client.pair.mint("mcp:tools");
        let greeted = answer(client.initialize().bearer_auth(&token)).await;
        assert_eq!((greeted.status, greeted.header("mcp-session-id")), (200, ""));
        assert_eq!(list(&client, "whatever").await, 200);
        let stream = client.request("GET", &client.pair.server_url).bearer_auth(&token);
        assert_eq!(answer(stream).await.status, 405);
    }
}
