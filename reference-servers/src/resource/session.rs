//! Sessions of the legacy era belong to the user whose token began them.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::Bearer;
use crate::Behaviour;
use crate::document::refusal;
use crate::pair::Pair;

const SESSION: &str = "mcp-session-id";

/// The 404 for somebody else's session; it says no more than that of one that never was.
pub(super) fn refused(pair: &Pair, headers: &HeaderMap, bearer: &Bearer) -> Option<Response> {
    let session = named(headers)?;
    let sessions = pair.sessions();
    let owner = sessions.get(session)?;
    let is_open = bearer.claims.is_empty() || pair.does(Behaviour::SharesSessions);
    (!is_open && owner != bearer.text("sub"))
        .then(|| refusal(StatusCode::NOT_FOUND, "not_found", "there is no such session"))
}

/// Whether the session of this request was begun here.
pub(super) fn is_known(pair: &Pair, headers: &HeaderMap) -> bool {
    named(headers).is_some_and(|session| pair.sessions().contains_key(session))
}

/// Remembers who began a session.
pub(super) fn begun(pair: &Pair, response: &Response, user: &str) {
    if let Some(session) = named(response.headers()) {
        let mut sessions = pair.sessions();
        sessions.entry(session.to_owned()).or_insert_with(|| user.to_owned());
    }
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
}
