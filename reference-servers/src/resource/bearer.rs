//! Reading a bearer token from the Authorization header.

use axum::http::{HeaderMap, header};
use serde_json::Value;

use super::challenge::Refusal;
use crate::Behaviour;
use crate::jwt::Claims;
use crate::pair::Pair;

/// The token of a request that got through; its claims are empty where nobody looked.
#[derive(Clone, Default)]
pub(crate) struct Bearer {
    pub(crate) claims: Claims,
}

impl Bearer {
    pub(crate) fn text(&self, claim: &str) -> &str {
        self.claims.get(claim).and_then(Value::as_str).unwrap_or_default()
    }
}

/// The token as it was sent; the header is the only place for it (OAuth 2.1 section 5.1).
pub(super) fn sent(pair: &Pair, headers: &HeaderMap, query: &str) -> Result<String, Refusal> {
    let in_query = || {
        let found = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "access_token");
        found.map(|(_, token)| token.into_owned())
    };
    if let Some(token) = in_query().filter(|_| pair.does(Behaviour::QueryTokenWins)) {
        return Ok(token);
    }
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let Some(line) = lines.next() else {
        let taken = in_query().filter(|_| pair.does(Behaviour::AcceptsTokenInQuery));
        return taken.ok_or(Refusal::Missing);
    };
    if lines.next().is_some() {
        return Err(Refusal::Malformed("there are two Authorization headers"));
    }
    let line = line.to_str().map_err(|_| Refusal::Malformed("the Authorization header is not ASCII"))?;
    let (scheme, token) = line.split_once(' ').unwrap_or((line, ""));
    let is_bearer = match scheme {
        "Bearer" => true,
        "bearer" => !pair.does(Behaviour::RefusesLowerCaseScheme),
        _ => {
            let is_strict =
                pair.does(Behaviour::RefusesLowerCaseScheme) || pair.does(Behaviour::RefusesUpperCaseScheme);
            scheme.eq_ignore_ascii_case("bearer") && !is_strict
        }
    };
    let token = token.trim();
    match (is_bearer, token.is_empty()) {
        (true, false) => Ok(token.to_owned()),
        (true, true) => Err(Refusal::Malformed("the Authorization header holds no token")),
        (false, _) => Err(Refusal::Missing),
    }
}

#[cfg(test)]
mod tests {
    use crate::Behaviour::*;
    use crate::client::{Client, answer};

    #[tokio::test]
    async fn the_header_is_read_as_rfc_9110_says() {
        let client = Client::with(&[]).await;
        let token = client.pair.mint("mcp:tools");
        let status = async |value: String| answer(client.call("echo").header("authorization", value)).await;
        assert_eq!(status(format!("bearer  {token}")).await.status, 200);
        assert_eq!(status("Bearer".to_owned()).await.status, 400);
        let basic = status("Basic eDp5".to_owned()).await;
        assert_eq!((basic.status, basic.challenge().contains("error=")), (401, false));
        let two = client.call("echo").bearer_auth(&token).header("authorization", "Bearer x");
        let two = answer(two).await;
        assert_eq!(two.status, 400);
        assert!(two.challenge().starts_with(r#"Bearer error="invalid_request""#));
        assert_eq!(status("Bearer a b".to_owned()).await.status, 401);
    }

    #[tokio::test]
    async fn schemes_and_queries_have_their_behaviours() {
        let client = Client::with(&[RefusesLowerCaseScheme]).await;
        let lower = format!("bearer {}", client.pair.mint("mcp:tools"));
        assert_eq!(answer(client.call("echo").header("authorization", lower)).await.status, 401);
        for (behaviours, statuses) in [
            (&[][..], [200, 200]),
            (&[RefusesUpperCaseScheme], [200, 401]),
            (&[RefusesLowerCaseScheme], [401; 2]),
        ] {
            let client = Client::with(behaviours).await;
            let token = client.pair.mint("mcp:tools");
            for (scheme, status) in ["bearer", "BEARER"].into_iter().zip(statuses) {
                let call = client.call("echo").header("authorization", format!("{scheme} {token}"));
                assert_eq!(answer(call).await.status, status, "{scheme} under {behaviours:?}");
            }
        }
        for (behaviours, header, query) in
            [(&[][..], 200, 401), (&[AcceptsTokenInQuery], 200, 401), (&[QueryTokenWins], 401, 200)]
        {
            let client = Client::with(behaviours).await;
            let token = client.pair.mint("mcp:tools");
            let both = client.call("echo").bearer_auth(&token).query(&[("access_token", "bad")]);
            assert_eq!(answer(both).await.status, header, "{behaviours:?}");
            let both = client.call("echo").bearer_auth("bad").query(&[("access_token", &token)]);
            assert_eq!(answer(both).await.status, query, "{behaviours:?}");
        }
        for (behaviours, status) in [(&[][..], 401), (&[AcceptsTokenInQuery], 200)] {
            let client = Client::with(behaviours).await;
            let token = client.pair.mint("mcp:tools");
            assert_eq!(answer(client.call("echo").query(&[("access_token", &token)])).await.status, status);
        }
    }
}
