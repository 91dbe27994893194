//! A login that an earlier run kept: its token while that lasts, and then what its refresh token gives.

use std::sync::Arc;

use super::super::signing::document;
use super::super::wallet::Held;
use super::super::{Live, Runner};
use super::client::Registered;
use crate::login::kept::{self, Kept, Registration};
use crate::login::request::{self, Grant};
use crate::login::secret::Secret;
use crate::model::profile::Era;
use crate::model::recording::TokenSource;
use crate::plan::LOGIN;
use crate::probe::forge::now;

/// Seconds that a token has to last for a run.
const ENOUGH: u64 = 60;

/// What an earlier run left us.
#[derive(Clone)]
pub(in crate::run) struct Earlier {
    pub(in crate::run) token: Held,
    /// How it was made new, if it had to be.
    pub(super) refreshed: Option<Live>,
}

impl Runner<'_> {
    /// The token that was kept for the target, if the user wants that and one is still good.
    pub(in crate::run) async fn earlier(&self, era: Era) -> Option<Earlier> {
        self.earlier.get_or_init(|| self.take_earlier(era)).await.clone()
    }

    async fn take_earlier(&self, era: Era) -> Option<Earlier> {
        let path = self.credentials.keep.as_ref()?;
        let kept = kept::read(path).ok()?.into_iter().find(|kept| kept.target == self.target.url)?;
        let secrets = [&kept.client_secret, &kept.refresh_token, &Some(kept.access_token.clone())];
        self.wallet.keep(secrets.into_iter().flatten());
        let held = |value: &Secret| Held { value: value.clone(), source: TokenSource::Given };
        if kept.expires_at.is_some_and(|end| end > now() + ENOUGH) {
            return Some(Earlier { token: held(&kept.access_token), refreshed: None });
        }
        let refresh = kept.refresh_token.as_ref()?;
        let server = self.server(era).await.ok()?;
        if server.text("/issuer") != Some(&kept.issuer) {
            return None;
        }
        let client = Registered::known(&kept.client_id, kept.client_secret.clone(), &server);
        let grant = Grant::RefreshToken { token: refresh.expose(), scope: None };
        let resource = self.resource(era).await;
        let endpoint = server.text("/token_endpoint")?;
        let changes = request::Changes::new();
        let request = request::token(endpoint, grant, resource.as_deref(), client.client(), &changes);
        let live = self.send_anew(LOGIN, request).await.ok()?;
        let token = self.keep_login(server.text("/issuer").unwrap_or_default(), &live, Some(kept), None)?;
        Some(Earlier { token: held(&token), refreshed: Some(live) })
    }

    /// Keeps what a token response gave, where the user wants that, and gives its access token.
    pub(super) fn keep_login(
        &self,
        issuer: &str,
        live: &Live,
        before: Option<Kept>,
        client: Option<&Arc<Registered>>,
    ) -> Option<Secret> {
        let answer = document(live)?;
        let text = |member: &str| answer.value().get(member)?.as_str().map(str::to_owned);
        let access = Secret::new(text("access_token")?);
        let refresh = text("refresh_token").map(Secret::new);
        self.wallet.keep([&access].into_iter().chain(&refresh));
        let Some(path) = &self.credentials.keep else { return Some(access) };
        let lifetime = answer.value().get("expires_in").and_then(serde_json::Value::as_u64);
        let before = before.or_else(|| {
            let client = client?;
            let registration = client.management.clone();
            Some(Kept {
                target: self.target.url.clone(),
                issuer: issuer.to_owned(),
                client_id: client.id.clone(),
                client_secret: client.secret.clone(),
                registration: registration.map(|(uri, access_token)| Registration { uri, access_token }),
                access_token: access.clone(),
                refresh_token: None,
                expires_at: None,
                scope: None,
            })
        })?;
        let token = Kept {
            access_token: access.clone(),
            refresh_token: refresh.or(before.refresh_token.clone()),
            expires_at: lifetime.map(|seconds| now() + seconds),
            scope: text("scope").or(before.scope.clone()),
            ..before
        };
        match kept::keep(path, token) {
            Ok(()) => {
                if let Some(client) = client {
                    let mut registered =
                        self.registered.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    registered.retain(|other| other.id != client.id);
                }
            }
            Err(error) => self.progress.warn(&format!("the token is not kept: {error}")),
        }
        Some(access)
    }
}
