//! Which scope a request needs.

use crate::Behaviour;
use crate::edit::Asked;
use crate::pair::Pair;

const TOOLS: &str = "mcp:tools";
const ADMIN: &str = "mcp:admin";

/// One tool needs more than the others.
pub(super) fn scopes(pair: &Pair, asked: &Asked) -> &'static [&'static str] {
    if pair.does(Behaviour::NamesOneScopeAtATime) {
        return &[TOOLS, ADMIN];
    }
    match (asked.rpc.as_deref(), asked.tool.as_deref()) {
        (Some("tools/call"), Some("admin_reset")) => &[ADMIN],
        _ => &[TOOLS],
    }
}

/// The scopes that a request without a token is asked for.
pub(super) fn first(pair: &Pair, asked: &Asked) -> String {
    let scopes = scopes(pair, asked);
    match pair.does(Behaviour::NamesOneScopeAtATime) {
        true => scopes.join(" "),
        false => scopes[0].to_owned(),
    }
}

/// The scope to ask for where `granted` is not enough.
pub(super) fn missing(pair: &Pair, asked: &Asked, granted: &str) -> Option<&'static str> {
    let hierarchy = !pair.does(Behaviour::IgnoresScopeHierarchy);
    let needed = scopes(pair, asked).iter().find(|needed| !is_met(needed, granted, hierarchy))?;
    match (pair.does(Behaviour::NamesUnhelpfulScope), *needed) {
        (false, needed) => Some(needed),
        (true, ADMIN) => Some(TOOLS),
        (true, _) => Some("openid"),
    }
}

/// Whether `granted` is enough; mcp:admin includes mcp:tools.
fn is_met(needed: &str, granted: &str, hierarchy: bool) -> bool {
    granted.split(' ').any(|scope| scope == needed || hierarchy && scope == ADMIN && needed == TOOLS)
}

#[cfg(test)]
mod tests {
    use crate::Behaviour::*;
    use crate::client::{Client, answer};

    #[tokio::test]
    async fn scopes_are_needed_unless_ignored() {
        for (behaviours, tools, admin) in
            [(&[][..], 403, 200), (&[IgnoresScope], 200, 200), (&[IgnoresScopeHierarchy], 403, 403)]
        {
            let client = Client::with(behaviours).await;
            assert_eq!(client.status_with(&client.pair.mint("other")).await, tools);
            assert_eq!(client.status_with(&client.pair.mint("mcp:admin")).await, admin);
        }
    }

    /// The status of admin_reset with a token of this scope, and what the challenge says.
    async fn reset(client: &Client, scope: &str) -> (u16, String) {
        let reset = answer(client.call("admin_reset").bearer_auth(client.pair.mint(scope))).await;
        (reset.status, reset.challenge().to_owned())
    }

    #[tokio::test]
    async fn what_is_missing_is_named_unless_a_behaviour_confuses_it() {
        let client = Client::with(&[NamesOneScopeAtATime]).await;
        let bare = answer(client.call("echo")).await;
        assert!(bare.challenge().contains(r#"scope="mcp:tools mcp:admin""#));
        for (granted, missing) in [("openid", "mcp:tools"), ("mcp:tools", "mcp:admin")] {
            let (status, challenge) = reset(&client, granted).await;
            assert!(status == 403 && challenge.contains(&format!("scope=\"{missing}\"")), "{challenge}");
        }
        assert_eq!(reset(&client, "mcp:admin").await.0, 200);
        let client = Client::with(&[NamesUnhelpfulScope]).await;
        let (status, challenge) = reset(&client, "mcp:tools").await;
        assert!(status == 403 && challenge.contains(r#"scope="mcp:tools""#), "{challenge}");
        let (status, challenge) = reset(&Client::with(&[InsufficientScopeIs401]).await, "mcp:tools").await;
        assert!(status == 401 && challenge.contains(r#"error="invalid_token""#), "{challenge}");
        let client = Client::with(&[InsufficientScopeInJsonRpc]).await;
        let token = client.pair.mint("mcp:tools");
        let said = answer(client.call("admin_reset").bearer_auth(token)).await;
        assert_eq!((said.status, said.json()["error"]["code"].as_i64()), (200, Some(-32003)));
        assert_eq!(answer(client.call("admin_reset")).await.status, 401);
    }
}
