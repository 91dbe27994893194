//! What a server does that lets a request through without a token, where rmcp would still miss a session.
//!
//! With a session that exists rmcp answers itself, which is as open as it gets.

use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{Bearer, session};
use crate::Behaviour;
use crate::edit::Asked;
use crate::pair::Pair;

/// The answer to a stranger who is not asked for a token.
pub(super) fn answered(pair: &Pair, asked: &Asked, headers: &HeaderMap, bearer: &Bearer) -> Option<Response> {
    if !bearer.claims.is_empty() || session::is_known(pair, headers) {
        return None;
    }
    let is_notification = asked.rpc.as_deref().is_some_and(|rpc| rpc.starts_with("notifications/"));
    if is_notification && pair.does(Behaviour::ChecksNothingOnNotifications) {
        return Some(StatusCode::ACCEPTED.into_response());
    }
    if !pair.does(Behaviour::ChecksNothingOnGet) {
        return None;
    }
    match asked.method {
        Method::GET if wants_events(headers) => {
            let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
            // It ends after the first line, so that nobody has to wait for more.
            Some((headers, ": open\n\n").into_response())
        }
        Method::DELETE => Some(StatusCode::NO_CONTENT.into_response()),
        _ => None,
    }
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/event-stream"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Behaviour::{self, *};
    use crate::client::{Answer, Client, answer};

    /// GET, DELETE and a notification of each era, all without a token.
    async fn answers(behaviours: &[Behaviour]) -> Vec<Answer> {
        let client = Client::with(behaviours).await;
        let get = client.request("GET", &client.pair.server_url).header("accept", "text/event-stream");
        let delete = client.request("DELETE", &client.pair.server_url).header("mcp-session-id", "x");
        let legacy = client.legacy("notifications/initialized", Value::Null);
        let modern = client.modern("notifications/cancelled", json!({}));
        let mut answers = Vec::new();
        for request in [get, delete, legacy, modern] {
            answers.push(answer(request).await);
        }
        answers
    }

    async fn statuses(behaviours: &[Behaviour]) -> Vec<u16> {
        answers(behaviours).await.iter().map(|answer| answer.status).collect()
    }

    #[tokio::test]
    async fn strangers_get_an_answer() {
        assert_eq!(statuses(&[]).await, [401; 4]);
        assert_eq!(statuses(&[ChecksNothingOnNotifications]).await, [401, 401, 202, 202]);
        let open = answers(&[ChecksNothingOnGet]).await;
        assert_eq!((open[0].status, open[1].status, open[2].status), (200, 204, 401));
        assert_eq!(
            (open[0].header("content-type"), open[0].text().as_str()),
            ("text/event-stream", ": open\n\n")
        );
        assert_eq!(statuses(&[ChecksNothingOnGet, ModernOnly]).await[..2], [405, 405]);
    }
}
