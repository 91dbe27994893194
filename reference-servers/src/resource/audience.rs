//! Whether a token is meant for this server: the check that everything else leans on (RFC 8707, RFC 9068 section 4).

use serde_json::Value;

use crate::Behaviour;
use crate::jwt::Claims;
use crate::pair::Pair;

/// `in_session` is whether the request names a session that was begun here.
pub(super) fn is_for_us(pair: &Pair, claims: &Claims, in_session: bool) -> bool {
    if pair.does(Behaviour::AcceptsWrongAudience)
        || in_session && pair.does(Behaviour::ChecksAudienceAtStartOnly)
    {
        return true;
    }
    let ours = |audience: &Value| audience.as_str().is_some_and(|audience| names_us(pair, audience));
    match claims.get("aud") {
        Some(Value::Array(_)) if pair.does(Behaviour::RefusesAudienceLists) => false,
        Some(Value::Array(several)) => several.iter().any(ours),
        Some(one) => ours(one),
        None => pair.does(Behaviour::AcceptsMissingAudience),
    }
}

/// The endpoint and the origin are both names of this server; each has its metadata document.
fn names_us(pair: &Pair, audience: &str) -> bool {
    let is_name = pair.audiences().contains(&audience);
    is_name
        || audience.starts_with(&pair.server) && pair.does(Behaviour::AcceptsAudiencePrefix)
        || is_below(&pair.origin, audience) && pair.does(Behaviour::AcceptsSameOriginAudience)
        || path(audience) == path(&pair.server) && pair.does(Behaviour::AcceptsAudienceOfAnyHost)
}

fn is_below(origin: &str, audience: &str) -> bool {
    audience.strip_prefix(origin).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn path(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    Some(rest.find('/').map_or("", |slash| &rest[slash..]))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Behaviour::{self, *};
    use crate::client::{Client, answer};

    /// Statuses with the endpoint, without an audience, and with the origin, a neighbour, a namesake and a list as such.
    async fn statuses(behaviours: &[Behaviour]) -> Vec<u16> {
        let client = Client::with(behaviours).await;
        let pair = &client.pair;
        let mut statuses = Vec::new();
        for audience in [
            json!(pair.server_url),
            Value::Null,
            json!(pair.origin),
            json!(format!("{}/other", pair.origin)),
            json!("https://other.example/mcp"),
            json!("https://other.example/other"),
            json!(["https://other.example", pair.server_url]),
        ] {
            let mut claims = pair.claims("mcp:tools");
            match audience {
                Value::Null => drop(claims.remove("aud")),
                audience => claims["aud"] = audience,
            }
            statuses.push(client.status_with(&pair.sign(&claims)).await);
        }
        statuses
    }

    #[tokio::test]
    async fn each_leniency_is_one_kind_of_audience() {
        assert_eq!(statuses(&[]).await, [200, 401, 200, 401, 401, 401, 200]);
        assert_eq!(statuses(&[AcceptsMissingAudience]).await, [200, 200, 200, 401, 401, 401, 200]);
        assert_eq!(statuses(&[AcceptsSameOriginAudience]).await, [200, 401, 200, 200, 401, 401, 200]);
        assert_eq!(statuses(&[AcceptsAudienceOfAnyHost]).await, [200, 401, 200, 401, 200, 401, 200]);
        assert_eq!(statuses(&[RefusesAudienceLists]).await, [200, 401, 200, 401, 401, 401, 401]);
        assert_eq!(statuses(&[AcceptsWrongAudience]).await, [200; 7]);
    }

    #[tokio::test]
    async fn the_audience_may_be_no_url_or_one_of_two() {
        let client = Client::with(&[AbstractAudience]).await;
        let mut claims = client.pair.claims("mcp:tools");
        assert_eq!(claims["aud"], "urn:reference:mcp");
        assert_eq!(client.status_with(&client.pair.mint("mcp:tools")).await, 200);
        claims["aud"] = json!(client.pair.server_url);
        assert_eq!(client.status_with(&client.pair.sign(&claims)).await, 401);
        let client = Client::with(&[ListAudience]).await;
        let claims = client.pair.claims("mcp:tools");
        assert_eq!(
            claims["aud"],
            json!([client.pair.server_url, format!("{}/userinfo", client.pair.issuer)])
        );
        assert_eq!(client.status_with(&client.pair.mint("mcp:tools")).await, 200);
    }

    #[tokio::test]
    async fn an_audience_can_be_looked_at_once_only() {
        for (behaviours, status) in [(&[][..], 401), (&[ChecksAudienceAtStartOnly], 200)] {
            let client = Client::with(behaviours).await;
            let session = client.session(&client.pair.mint("mcp:tools")).await;
            let mut claims = client.pair.claims("mcp:tools");
            claims["aud"] = json!("https://other.example");
            let token = client.pair.sign(&claims);
            let list = client.legacy("tools/list", json!({})).bearer_auth(&token);
            assert_eq!(answer(list.header("mcp-session-id", session)).await.status, status);
            assert_eq!(answer(client.initialize().bearer_auth(&token)).await.status, 401);
            let unknown = client.legacy("tools/list", json!({})).bearer_auth(&token);
            assert_eq!(answer(unknown.header("mcp-session-id", "unknown")).await.status, 401);
        }
    }
}
