//! What a server does with the token of a request that got through, and should not do.

use axum::http::{HeaderValue, header};
use axum::response::Response;

use crate::Behaviour;
use crate::edit::Asked;
use crate::pair::Pair;

/// Whether a cache in front knows the answer, and does not ask for whom it was.
pub(super) fn is_cached(pair: &Pair, asked: &Asked) -> bool {
    pair.does(Behaviour::CachesAnswers)
        && !asked.headers.contains_key(header::AUTHORIZATION)
        && pair.cached().contains(&key(asked))
}

/// Keeps the answer in the cache, and the token in the browser.
pub(super) fn let_out(pair: &Pair, asked: &Asked, response: &mut Response) {
    if pair.does(Behaviour::CachesAnswers) && response.status().is_success() {
        pair.cached().insert(key(asked));
    }
    let attributes = match pair.does(Behaviour::PutsTokenInSecureCookie) {
        true => "; Path=/; HttpOnly; Secure",
        false if pair.does(Behaviour::PutsTokenInCookie) => "; Path=/; HttpOnly",
        false => return,
    };
    let sent = asked.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = sent.and_then(|sent| sent.split_once(' ')).map(|(_, token)| token.trim());
    let cookie = token.map(|token| HeaderValue::from_str(&format!("access_token={token}{attributes}")));
    if let Some(Ok(cookie)) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Requests that a cache takes for the same.
fn key(asked: &Asked) -> String {
    let Asked { method, query, era, rpc, id, tool, headers, .. } = asked;
    let varying = [header::ORIGIN.as_str(), "mcp-session-id"].map(|name| headers.get(name));
    format!("{method} {query} {era:?} {rpc:?} {id} {tool:?} {varying:?}")
}

#[cfg(test)]
mod tests {
    use crate::Behaviour::*;
    use crate::client::{Client, answer};

    #[tokio::test]
    async fn a_cache_answers_strangers() {
        for (behaviours, status) in [(&[][..], 401), (&[CachesAnswers], 200)] {
            let client = Client::with(behaviours).await;
            assert_eq!(answer(client.call("echo")).await.status, 401);
            assert_eq!(client.status_with(&client.pair.mint("mcp:tools")).await, 200);
            assert_eq!(answer(client.call("echo")).await.status, status);
            assert_eq!(client.status_with("bad").await, 401);
            assert_eq!(answer(client.call("whoami")).await.status, 401);
        }
    }

    #[tokio::test]
    async fn a_token_can_come_back_as_a_cookie() {
        for (behaviours, end) in [
            (&[][..], None),
            (&[PutsTokenInCookie], Some("; Path=/; HttpOnly")),
            (&[PutsTokenInSecureCookie], Some("; Path=/; HttpOnly; Secure")),
        ] {
            let client = Client::with(behaviours).await;
            let token = client.pair.mint("mcp:tools");
            let called = answer(client.call("echo").bearer_auth(&token)).await;
            let cookie = end.map(|end| format!("access_token={token}{end}")).unwrap_or_default();
            assert_eq!((called.status, called.header("set-cookie")), (200, cookie.as_str()));
        }
    }
}
