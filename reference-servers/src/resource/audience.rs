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
    let client = claims.get("client_id").filter(|_| pair.does(Behaviour::AcceptsClientAsAudience));
    match claims.get("aud") {
        Some(one) if one == "" && pair.does(Behaviour::AcceptsEmptyAudience) => true,
        Some(one) if Some(one) == client => true,
        Some(Value::Array(_)) if pair.does(Behaviour::AcceptsAnyAudienceList) => true,
        Some(Value::Array(_)) if pair.does(Behaviour::RefusesAudienceLists) => false,
        Some(Value::Array(several)) => several.iter().any(ours),
        Some(one) => ours(one),
        None => pair.does(Behaviour::AcceptsMissingAudience) || pair.does(Behaviour::NoAudience),
    }
}

/// The endpoint and the origin are both names of this server; each has its metadata document.
fn names_us(pair: &Pair, audience: &str) -> bool {
    let spelled = |audience: &str| match pair.does(Behaviour::ComparesAudienceByteByByte) {
        true => audience.to_owned(),
        false => with_plain_origin(audience),
    };
    let (wanted, given) = (pair.audiences(), spelled(audience));
    let is = |given: &str| wanted.contains(&given);
    is(&given)
        || pair.does(Behaviour::AcceptsAudienceWithSlash) && given.strip_suffix('/').is_some_and(is)
        || pair.does(Behaviour::AcceptsAudienceInCapitals)
            && wanted.iter().any(|name| name.eq_ignore_ascii_case(audience))
        || audience.contains(&pair.server) && pair.does(Behaviour::AcceptsAudienceMention)
        || is_below(&pair.server, audience) && pair.does(Behaviour::AcceptsAudienceBelow)
        || audience.starts_with(&pair.server) && pair.does(Behaviour::AcceptsAudiencePrefix)
        || is_below(&pair.origin, audience) && pair.does(Behaviour::AcceptsSameOriginAudience)
        || path(audience) == path(&pair.server) && pair.does(Behaviour::AcceptsAudienceOfAnyHost)
}

/// With scheme and host in small letters, where case means nothing (RFC 3986 section 6.2.2.1).
fn with_plain_origin(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    format!("{}://{}{path}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase())
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

    /// The kinds of lookalike audience that are accepted.
    async fn lookalikes(behaviours: &[Behaviour]) -> Vec<&'static str> {
        let client = Client::with(behaviours).await;
        let (url, pair) = (client.pair.server_url.clone(), &client.pair);
        let mut accepted = Vec::new();
        for (kind, audience) in [
            ("empty", json!("")),
            ("list", json!(["https://a.example", "https://b.example"])),
            ("client", json!(pair.client_id)),
            ("slash", json!(format!("{url}/"))),
            ("below", json!(format!("{url}/below"))),
            ("longer", json!(format!("{url}-longer"))),
            ("mention", json!(format!("https://other.example/?for={url}"))),
            ("path", json!(url.replace("/mcp", "/MCP"))),
            ("scheme", json!(url.replace("http:", "HTTP:"))),
        ] {
            let mut claims = pair.claims("mcp:tools");
            claims["aud"] = audience;
            if client.status_with(&pair.sign(&claims)).await == 200 {
                accepted.push(kind);
            }
        }
        accepted
    }

    #[tokio::test]
    async fn what_looks_like_our_name_is_not_it() {
        assert_eq!(lookalikes(&[]).await, ["scheme"]);
        assert_eq!(lookalikes(&[AcceptsEmptyAudience]).await, ["empty", "scheme"]);
        assert_eq!(lookalikes(&[AcceptsAnyAudienceList]).await, ["list", "scheme"]);
        assert_eq!(lookalikes(&[AcceptsClientAsAudience]).await, ["client", "scheme"]);
        assert_eq!(lookalikes(&[AcceptsAudienceWithSlash]).await, ["slash", "scheme"]);
        assert_eq!(lookalikes(&[AcceptsAudienceBelow]).await, ["slash", "below", "scheme"]);
        assert_eq!(lookalikes(&[AcceptsAudiencePrefix]).await, ["slash", "below", "longer", "scheme"]);
        let mentions = ["slash", "below", "longer", "mention", "scheme"];
        assert_eq!(lookalikes(&[AcceptsAudienceMention]).await, mentions);
        assert_eq!(lookalikes(&[AcceptsAudienceInCapitals]).await, ["path", "scheme"]);
        assert!(lookalikes(&[ComparesAudienceByteByByte]).await.is_empty());
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
