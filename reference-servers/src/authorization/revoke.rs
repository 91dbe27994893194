//! Revocation (RFC 7009): of a client's own access tokens, which the MCP server refuses from then on, and of its
//! refresh tokens, with everything that came from the same login.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::At;
use super::answer::refused;
use super::authenticate::authenticated;
use super::form::Form;
use super::grant::Denied;
use super::issued::ours;
use crate::Behaviour;

pub(super) async fn revoke(State(at): State<At>, headers: HeaderMap, body: Bytes) -> Response {
    let headers_out = [(header::CACHE_CONTROL, "no-store"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    let done = revoked(&at, &headers, &Form::parse(&body)).await;
    done.map_or_else(refused, |()| (StatusCode::OK, headers_out).into_response())
}

/// A token that is not known is as good as revoked (section 2.2).
async fn revoked(at: &At, headers: &HeaderMap, form: &Form) -> Result<(), Denied> {
    let client = match at.pair.does(Behaviour::RevokesForAnybody) {
        true => None,
        false => Some(authenticated(at, headers, form).await?),
    };
    if form.repeated().is_some() {
        return Err(("invalid_request", "a parameter was sent twice"));
    }
    let token = form.get("token").ok_or(("invalid_request", "token is missing"))?;
    if at.pair.does(Behaviour::RevokesNothing) {
        return Ok(());
    }
    let may_revoke = |owner: &str| match &client {
        Some(client) if client.id != owner => Err(("unauthorized_client", "this token is another client's")),
        _ => Ok(()),
    };
    let is_believed = at.pair.does(Behaviour::BelievesTokenTypeHints);
    let mut families = at.pair.families();
    let known = families.of(token).map(|family| family.grant.client_id.clone());
    if is_believed && form.get("token_type_hint") == Some("access_token") && known.is_some() {
        return Ok(());
    }
    if let Some(family) = families.of(token) {
        may_revoke(&family.grant.client_id)?;
        families.revoke(&at.pair, token);
    } else if let Some(claims) = ours(at, token) {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        may_revoke(text("client_id"))?;
        at.pair.revoked().insert(text("jti").to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::Behaviour::{self, *};
    use crate::client::{Answer, Client, answer};

    async fn revoke(client: &Client, token: &str) -> Answer {
        let request = client.request("POST", &format!("{}/revoke", client.pair.issuer));
        let request = request.basic_auth(&client.pair.client_id, Some(&client.pair.client_secret));
        answer(request.form(&[("token", token)])).await
    }

    #[tokio::test]
    async fn a_revoked_token_is_not_accepted_again() {
        for (behaviours, after) in [(&[][..], 401), (&[AcceptsRevoked], 200)] {
            let client = Client::with(behaviours).await;
            let token = client.pair.mint("mcp:tools");
            assert_eq!(client.status_with(&token).await, 200);
            let done = revoke(&client, &token).await;
            assert_eq!((done.status, done.header("cache-control")), (200, "no-store"));
            assert_eq!(client.status_with(&token).await, after);
            assert_eq!(revoke(&client, &token).await.status, 200);
            assert_eq!(revoke(&client, "unknown").await.status, 200);
        }
    }

    async fn anonymously(behaviours: &[Behaviour], form: &[(&str, &str)]) -> Answer {
        let client = Client::with(behaviours).await;
        client.form(&format!("{}/revoke", client.pair.issuer), form).await
    }

    #[tokio::test]
    async fn only_its_client_may_revoke_a_token() {
        let refused = anonymously(&[], &[("token", "x")]).await;
        assert_eq!((refused.status, refused.challenge()), (401, r#"Basic realm="reference""#));
        assert_eq!(refused.json()["error"], "invalid_client");
        assert_eq!(anonymously(&[RevokesForAnybody], &[("token", "x")]).await.status, 200);
        assert_eq!(anonymously(&[RevokesForAnybody], &[]).await.json()["error"], "invalid_request");
        let client = Client::with(&[]).await;
        let url = format!("{}/revoke", client.pair.issuer);
        let token = client.pair.mint("mcp:tools");
        let other = [("token", token.as_str()), ("client_id", &client.pair.public_client_id)];
        assert_eq!(client.form(&url, &other).await.json()["error"], "unauthorized_client");
        assert_eq!(client.status_with(&token).await, 200);
        assert_eq!(client.get(&url).await.status, 405);
    }
}
