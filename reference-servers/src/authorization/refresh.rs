//! Refresh tokens (OAuth 2.1 section 4.3): for as long as the login lasts, and never for more than was granted.
//!
//! A public client gets a new one each time it uses one. One that comes back was stolen from somebody, and nobody can
//! say from whom: everything that came from the same login ends.

use std::collections::HashMap;

use super::At;
use super::clients::Client;
use super::form::Form;
use super::grant::{Denied, Grant, Granted, SERVER_ERROR, resources, scope};
use super::redeem::narrowed;
use crate::Behaviour;
use crate::keys::random;
use crate::pair::Pair;

/// How long a login lasts, in seconds.
const LIFETIME: u64 = 14 * 24 * 60 * 60;

const UNKNOWN: Denied = ("invalid_grant", "this refresh token is unknown, used, revoked or expired");

/// Every refresh token there ever was, and the login each came from.
#[derive(Default)]
pub(crate) struct Families {
    /// Index of the family by refresh token.
    tokens: HashMap<String, usize>,
    families: Vec<Family>,
}

/// What came from one login.
pub(crate) struct Family {
    /// As it was granted by the user.
    pub(super) grant: Grant,
    pub(super) expires: u64,
    /// The token that may be used.
    current: String,
    is_revoked: bool,
    /// The `jti` of each access token.
    issued: Vec<String>,
}

impl Families {
    pub(super) fn of(&self, token: &str) -> Option<&Family> {
        self.families.get(*self.tokens.get(token)?)
    }

    /// Ends what came from the same login, access tokens and all.
    pub(super) fn revoke(&mut self, pair: &Pair, token: &str) {
        if let Some(family) = self.tokens.get(token).and_then(|index| self.families.get_mut(*index)) {
            family.revoke(pair);
        }
    }

    /// Ends every login at a client.
    pub(super) fn revoke_client(&mut self, pair: &Pair, client_id: &str) {
        let its = self.families.iter_mut().filter(|family| family.grant.client_id == client_id);
        its.for_each(|family| family.revoke(pair));
    }
}

impl Family {
    fn revoke(&mut self, pair: &Pair) {
        self.is_revoked = true;
        pair.revoked().extend(self.issued.iter().cloned());
    }

    /// Whether this is the token that a client can use now.
    pub(super) fn is_active(&self, pair: &Pair, token: &str) -> bool {
        let is_usable = token == self.current || pair.does(Behaviour::AcceptsRefreshReuse);
        is_usable && !self.is_revoked && self.expires > pair.now()
    }
}

/// The first refresh token of a login. `grant` is what the user granted, `issued` what was first got for it.
pub(super) fn begun(at: &At, grant: &Grant, issued: &Granted) -> Result<String, Denied> {
    let mut grant = grant.clone();
    if grant.resources.is_empty() {
        grant.resources = issued.grant.resources.clone();
    }
    if grant.resources.is_empty() {
        grant.resources.push(at.pair.server.clone());
    }
    let token = random().map_err(|_| SERVER_ERROR)?;
    let expires = at.pair.now() + LIFETIME;
    let issued = vec![issued.id()];
    let family = Family { grant, expires, current: token.clone(), is_revoked: false, issued };
    let mut families = at.pair.families();
    let index = families.families.len();
    families.families.push(family);
    families.tokens.insert(token.clone(), index);
    Ok(token)
}

/// A new access token for the login of a refresh token.
pub(super) fn refreshed(at: &At, form: &Form, client: &Client) -> Result<Granted, Denied> {
    if !client.may("refresh_token") {
        return Err(("unauthorized_client", "this grant is not one of the client's"));
    }
    let token = form.get("refresh_token").ok_or(("invalid_request", "refresh_token is missing"))?;
    let pair = &at.pair;
    let mut families = pair.families();
    let index = *families.tokens.get(token).ok_or(UNKNOWN)?;
    let family = families.families.get_mut(index).ok_or(UNKNOWN)?;
    let is_clients = family.grant.client_id == client.id || pair.does(Behaviour::RefreshForAnyClient);
    if !is_clients || family.grant.issuer != at.issuer.identifier {
        return Err(UNKNOWN);
    }
    if token != family.current
        && !pair.does(Behaviour::AcceptsRefreshReuse)
        && !pair.does(Behaviour::RefreshReuseKeepsFamily)
    {
        family.revoke(pair);
    }
    if !family.is_active(pair, token) {
        return Err(UNKNOWN);
    }
    let granted = Granted::new(at, wanted(pair, form, &family.grant, client)?, None)?;
    family.issued.push(granted.id());
    if pair.does(Behaviour::RefreshTokenStays) {
        return Ok(Granted { refresh: Some(token.to_owned()), ..granted });
    }
    if !client.is_public() || pair.does(Behaviour::RefreshNotRotated) {
        return Ok(granted);
    }
    let next = random().map_err(|_| SERVER_ERROR)?;
    family.current.clone_from(&next);
    families.tokens.insert(next.clone(), index);
    Ok(Granted { refresh: Some(next), ..granted })
}

/// What is asked for of what was granted; less is possible, more is not.
fn wanted(pair: &Pair, form: &Form, granted: &Grant, client: &Client) -> Result<Grant, Denied> {
    let scope = match form.get("scope") {
        None => granted.scope.clone(),
        Some(_) if pair.does(Behaviour::RefreshWidensScope) => scope(pair, form)?,
        Some(asked) => {
            let is_granted = |scope| granted.scope.split(' ').any(|granted| granted == scope);
            if !asked.split(' ').all(is_granted) {
                return Err(("invalid_scope", "the scope is not what was granted, or part of it"));
            }
            asked.to_owned()
        }
    };
    let resources = narrowed(&granted.resources, resources(pair, form)?)?;
    Ok(Grant { scope, resources, client_id: client.id.clone(), ..granted.clone() })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Behaviour::{self, *};
    use crate::client::{Answer, Client, answer};
    use crate::jwt;

    fn text<'a>(issued: &'a Value, member: &str) -> &'a str {
        issued[member].as_str().unwrap_or_default()
    }

    /// A refresh of the public client.
    async fn refresh(client: &Client, token: &str, more: &[(&str, &str)]) -> Answer {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", &client.pair.public_client_id),
            ("refresh_token", token),
        ];
        client.form(&format!("{}/token", client.pair.issuer), &[&form, more].concat()).await
    }

    /// What the second and the first refresh token are good for once the first was used twice, and the access token
    /// of the first refresh.
    async fn reused(behaviours: &[Behaviour]) -> (Vec<u16>, bool) {
        let client = Client::with(behaviours).await;
        let first = client.login(&client.pair.public_client_id, "mcp:tools").await;
        let first = text(&first, "refresh_token");
        let second = refresh(&client, first, &[]).await.json();
        let again = refresh(&client, first, &[]).await;
        let access = client.status_with(text(&second, "access_token")).await;
        let rotated = text(&second, "refresh_token");
        let last = refresh(&client, if rotated.is_empty() { first } else { rotated }, &[]).await;
        (vec![again.status, access, last.status], !rotated.is_empty())
    }

    #[tokio::test]
    async fn a_refresh_token_is_good_once_and_its_reuse_ends_the_login() {
        assert_eq!(reused(&[]).await, (vec![400, 401, 400], true));
        assert_eq!(reused(&[RefreshNotRotated]).await, (vec![200, 200, 200], false));
        assert_eq!(reused(&[AcceptsRefreshReuse]).await, (vec![200, 200, 200], true));
        assert_eq!(reused(&[RefreshReuseKeepsFamily]).await, (vec![400, 200, 200], true));
    }

    #[tokio::test]
    async fn less_can_be_asked_for_and_more_cannot() {
        for (behaviours, wider) in [(&[][..], 400), (&[RefreshWidensScope], 200)] {
            let client = Client::with(behaviours).await;
            let issued = client.login(&client.pair.public_client_id, "openid mcp:tools").await;
            let less = refresh(&client, text(&issued, "refresh_token"), &[("scope", "mcp:tools")]).await;
            assert_eq!((less.header("cache-control"), less.header("pragma")), ("no-store", "no-cache"));
            let less = less.json();
            assert_eq!((text(&less, "scope"), &less["id_token"]), ("mcp:tools", &Value::Null));
            let token = text(&less, "refresh_token");
            let more = refresh(&client, token, &[("scope", "mcp:tools mcp:admin")]).await;
            assert_eq!((more.status, text(&more.json(), "error") == "invalid_scope"), (wider, wider == 400));
            let next = more.json();
            let token = if wider == 200 { text(&next, "refresh_token") } else { token };
            // What was left out once can be had again, and a failed attempt does not burn the token.
            let all = refresh(&client, token, &[]).await.json();
            assert_eq!(text(&all, "scope"), "openid mcp:tools");
            assert!(jwt::parse(text(&all, "id_token")).is_some_and(|id| !id.claims.contains_key("nonce")));
            assert_eq!(client.status_with(text(&all, "access_token")).await, 200);
        }
    }

    #[tokio::test]
    async fn a_resource_must_have_been_granted() {
        let client = Client::with(&[]).await;
        let issued = client.login(&client.pair.public_client_id, "mcp:tools").await;
        let token = text(&issued, "refresh_token");
        for resource in [&client.pair.other_resource, "https://other.example"] {
            let refused = refresh(&client, token, &[("resource", resource)]).await;
            assert_eq!(text(&refused.json(), "error"), "invalid_target");
        }
        let good = refresh(&client, token, &[("resource", &client.pair.server_url)]).await.json();
        assert_eq!(client.status_with(text(&good, "access_token")).await, 200);
    }

    #[tokio::test]
    async fn it_is_for_the_client_that_got_it() {
        for (behaviours, status) in [(&[][..], 400), (&[RefreshForAnyClient], 200)] {
            let client = Client::with(behaviours).await;
            let issued = client.login(&client.pair.client_id, "mcp:tools").await;
            let token = text(&issued, "refresh_token");
            assert_eq!(refresh(&client, token, &[]).await.status, status);
            if status == 200 {
                continue;
            }
            // A client with a secret keeps its refresh token, and needs the secret.
            let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
            let request = || client.request("POST", &format!("{}/token", client.pair.issuer)).form(&form);
            for _ in 0..2 {
                let secret = Some(&client.pair.client_secret);
                let again = answer(request().basic_auth(&client.pair.client_id, secret)).await;
                assert_eq!((again.status, &again.json()["refresh_token"]), (200, &Value::Null));
            }
            let named = [&form[..], &[("client_id", client.pair.client_id.as_str())]].concat();
            let bare = client.form(&format!("{}/token", client.pair.issuer), &named).await;
            assert_eq!((bare.status, text(&bare.json(), "error")), (401, "invalid_client"));
        }
    }

    #[tokio::test]
    async fn bad_requests_have_their_codes() {
        let client = Client::with(&[]).await;
        assert_eq!(text(&refresh(&client, "unknown", &[]).await.json(), "error"), "invalid_grant");
        assert_eq!(text(&refresh(&client, "", &[]).await.json(), "error"), "invalid_request");
    }

    #[tokio::test]
    async fn revoking_it_ends_the_login_for_its_client_only() {
        let client = Client::with(&[]).await;
        let issued = client.login(&client.pair.public_client_id, "mcp:tools").await;
        let (access, token) = (text(&issued, "access_token"), text(&issued, "refresh_token"));
        let revoke = async |id: &str, secret: &[(&str, &str)]| {
            let form = [&[("token", token), ("client_id", id)], secret].concat();
            client.form(&format!("{}/revoke", client.pair.issuer), &form).await.status
        };
        let introspect = async || {
            let request = client.request("POST", &format!("{}/introspect", client.pair.issuer));
            let request = request.basic_auth(&client.pair.client_id, Some(&client.pair.client_secret));
            answer(request.form(&[("token", token)])).await.json()
        };
        let secret = [("client_secret", client.pair.client_secret.as_str())];
        assert_eq!(revoke(&client.pair.client_id, &secret).await, 400);
        let found = introspect().await;
        assert_eq!((&found["active"], text(&found, "scope")), (&json!(true), "mcp:tools"));
        assert_eq!(client.status_with(access).await, 200);
        assert_eq!(revoke(&client.pair.public_client_id, &[]).await, 200);
        assert_eq!(client.status_with(access).await, 401);
        assert_eq!(introspect().await, json!({ "active": false }));
        assert_eq!(text(&refresh(&client, token, &[]).await.json(), "error"), "invalid_grant");
    }
}
