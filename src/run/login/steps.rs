//! The steps of one login, each built from what those before it gave.

use std::sync::Arc;

use super::super::signing::{Server, document};
use super::super::{Live, Runner, Try};
use super::client::{Registered, change, signing_algorithm};
use crate::login::pkce::{Verifier, random_state};
use crate::login::request;
use crate::login::secret::Secret;
use crate::model::exchange::Request;
use crate::model::login::{Changes, Grant, Login, Resource, Step};
use crate::model::profile::Era;
use crate::model::recording::NotSent;
use crate::net::record::NO_TOKEN;
use crate::plan::LOGIN;
use crate::probe::forge::Draft;
use crate::template::Known;

/// A scope that no server has.
const NO_SCOPE: &str = "mcp-conform-nothing";

/// A login under way.
pub(super) struct Course<'r, 'a> {
    pub(super) runner: &'r Runner<'a>,
    pub(super) name: &'r str,
    pub(super) login: &'r Login,
    pub(super) server: Server,
    pub(super) era: Era,
    pub(super) tries: Vec<Try>,
    client: Option<Arc<Registered>>,
    pub(super) redirect_uri: String,
    pub(super) verifier: Option<Verifier>,
    pub(super) resource: Option<String>,
    pub(super) scope: Option<String>,
    /// The token request, to be sent again.
    token: Option<Request>,
    access: Option<Secret>,
    /// Oldest first.
    refresh: Vec<Secret>,
}

impl<'r, 'a> Course<'r, 'a> {
    pub(super) fn new(
        runner: &'r Runner<'a>,
        name: &'r str,
        login: &'r Login,
        server: Server,
        era: Era,
    ) -> Self {
        Self {
            runner,
            name,
            login,
            server,
            era,
            tries: Vec::new(),
            client: None,
            redirect_uri: String::new(),
            verifier: None,
            resource: None,
            scope: None,
            token: None,
            access: None,
            refresh: Vec::new(),
        }
    }

    /// Takes every step, until one cannot be taken.
    pub(super) async fn run(&mut self, grant: Grant) -> Result<(), NotSent> {
        let client = self.runner.client(self.name, self.login, grant, &self.server).await?;
        if let Some(document) = &client.document {
            self.tries.push((Step::Document.name().to_owned(), Ok(Arc::clone(document))));
        }
        if let Some(registration) = &client.registration {
            self.tries.push((Step::Register.name().to_owned(), Ok(Arc::clone(registration))));
        }
        if client.id.is_empty() {
            return Err(NotSent::new("the authorization server registered no client"));
        }
        self.client = Some(client);
        self.scope = self.runner.scopes(self.login.scope, self.era).await?;
        self.resource = match self.login.resource {
            Resource::Own => self.runner.resource(self.era).await,
            Resource::Other => {
                let given = self.runner.credentials.other_resource.clone();
                Some(given.unwrap_or_else(|| super::NO_RESOURCE.to_owned()))
            }
        };
        match grant {
            Grant::None => {}
            Grant::ClientCredentials => {
                let grant = request::Grant::ClientCredentials { scope: self.scope.as_deref() };
                let request = self.token_request(grant).await?;
                self.redeem(Step::Token, request).await?;
            }
            Grant::Code | Grant::AsGood => {
                let code = self.authorize().await?;
                let verifier = self.verifier.as_ref().map(Verifier::as_str).unwrap_or_default().to_owned();
                let redirect_uri = self.redirect_uri.clone();
                let grant = request::Grant::AuthorizationCode {
                    code: code.expose(),
                    redirect_uri: &redirect_uri,
                    verifier: &verifier,
                };
                let request = self.token_request(grant).await?;
                self.redeem(Step::Token, request).await?;
            }
        }
        for step in &self.login.then {
            self.then(*step).await?;
        }
        Ok(())
    }

    /// Says of the steps that were not taken why.
    pub(super) fn end(&mut self, why: &NotSent) {
        for step in self.login.steps() {
            if !self.tries.iter().any(|(name, _)| name == step.name()) {
                self.tries.push((step.name().to_owned(), Err(why.clone())));
            }
        }
    }

    /// The changes of a request, with their holes filled.
    pub(super) async fn changes(&self, changes: &Changes) -> Result<request::Changes, NotSent> {
        let templates: Vec<_> = changes.values().flatten().map(|template| &template.value).collect();
        let exchange = self.runner.upstream(&templates, self.era, self.server.item.as_ref()).await;
        let item = self.server.item.as_ref();
        let known = Known { target: &self.runner.target.url, item, claims: None, exchange };
        let filled = changes.iter().map(|(name, value)| {
            let value = value.as_ref().map(|template| known.render(&template.value)).transpose()?;
            Ok((name.clone(), value))
        });
        filled.collect()
    }

    pub(super) fn registered(&self) -> Result<&Registered, NotSent> {
        self.client.as_deref().ok_or_else(|| NotSent::new("there is no client"))
    }

    pub(super) fn endpoint(&self, member: &str) -> Result<&str, NotSent> {
        let why = || NotSent::new(format!("the authorization server names no {member} that can be asked"));
        self.server.url(&format!("/{member}")).ok_or_else(why)
    }

    async fn token_request(&self, grant: request::Grant<'_>) -> Result<Request, NotSent> {
        let changes = match grant {
            request::Grant::RefreshToken { .. } => &self.login.refresh,
            _ => &self.login.token,
        };
        let changes = self.changes(changes).await?;
        let endpoint = self.endpoint("token_endpoint")?;
        let resource = self.resource.as_deref();
        let twice: &[String] = match grant {
            request::Grant::RefreshToken { .. } => &[],
            _ => &self.login.token_twice,
        };
        let assertion = self.assertion()?;
        let mut client = self.registered()?.client();
        client.secret = assertion.as_ref().or(client.secret);
        let request = request::token(endpoint, grant, resource, client, &changes);
        Ok(request::doubled(request, twice))
    }

    /// The JWT by which the client proves who it is, where it does so.
    fn assertion(&self) -> Result<Option<Secret>, NotSent> {
        let Some(spec) = &self.login.assertion else { return Ok(None) };
        let issuer = self.server.text("/issuer").unwrap_or_default();
        let mut draft = Draft::assertion(&self.registered()?.id, issuer, signing_algorithm(&self.server));
        change(&mut draft.claims, &spec.claims, "");
        let no_randomness = || NotSent::new("this machine has no randomness for a key");
        let mut assertion = draft.clone().signed_by_us().ok_or_else(no_randomness)?;
        if spec.changed_afterwards {
            let signature = assertion.rsplit('.').next().unwrap_or_default().to_owned();
            draft.claims.insert("jti".to_owned(), random_state().ok_or_else(no_randomness)?.into());
            draft.header.insert("alg".to_owned(), signing_algorithm(&self.server).into());
            assertion = draft.signed_as(&signature);
        }
        let assertion = Secret::new(assertion);
        self.runner.wallet.keep([&assertion]);
        Ok(Some(assertion))
    }

    /// Sends a token request, and keeps what it gives.
    async fn redeem(&mut self, step: Step, request: Request) -> Result<(), NotSent> {
        if step == Step::Token {
            self.token = Some(request.clone());
        }
        let live = self.runner.send_anew(self.name, request).await?;
        self.tries.push((step.name().to_owned(), Ok(Arc::clone(&live))));
        let answer = document(&live);
        let text = |member: &str| answer.as_ref().and_then(|answer| answer.value().get(member)?.as_str());
        let (access, refresh) =
            (text("access_token").map(Secret::new), text("refresh_token").map(Secret::new));
        self.runner.wallet.keep(&access);
        if step == Step::Token && self.name == LOGIN {
            let issuer = self.server.text("/issuer").unwrap_or_default().to_owned();
            self.runner.keep_login(&issuer, &live, None, self.client.as_ref());
        }
        let got = access.is_some();
        self.access = access.or(self.access.take());
        if let Some(refresh) =
            refresh.filter(|token| self.refresh.last().map(Secret::expose) != Some(token.expose()))
        {
            self.runner.wallet.keep_as(&format!("refresh-{}", self.refresh.len() + 1), &refresh);
            self.refresh.push(refresh);
        }
        match got || step != Step::Token {
            true => Ok(()),
            false => Err(NotSent::new(format!("{} gave no token", super::refusal(&live)))),
        }
    }

    /// What was asked for, and one scope more: one that the user names, or else one that nobody grants.
    fn wider(&self) -> String {
        let asked: Vec<&str> = self.scope.iter().flat_map(|scope| scope.split(' ')).collect();
        let broader = self.runner.credentials.broader_scope.as_deref();
        let more = broader.filter(|more| !asked.contains(more)).unwrap_or(NO_SCOPE);
        [asked, vec![more]].concat().join(" ")
    }

    async fn then(&mut self, step: Step) -> Result<(), NotSent> {
        let client = self.client.clone().ok_or_else(|| NotSent::new("there is no client"))?;
        let no_refresh = || NotSent::new("the authorization server issued no refresh token");
        let revoke = self.changes(&self.login.revoke).await?;
        let request = match step {
            Step::Document
            | Step::Register
            | Step::Authorize
            | Step::Consent
            | Step::Callback
            | Step::Token => return Ok(()),
            Step::TokenAgain => {
                self.token.clone().ok_or_else(|| NotSent::new("there was no token request"))?
            }
            Step::Refresh | Step::RefreshAgain | Step::RefreshLast | Step::RefreshWider => {
                let token = match step {
                    Step::RefreshAgain => self.refresh.first(),
                    _ => self.refresh.last(),
                };
                let token = token.ok_or_else(no_refresh)?.clone();
                let scope = (step == Step::RefreshWider).then(|| self.wider());
                let grant = request::Grant::RefreshToken { token: token.expose(), scope: scope.as_deref() };
                let request = self.token_request(grant).await?;
                return self.redeem(step, request).await;
            }
            Step::Revoke => {
                let token = self.access.as_ref().ok_or_else(|| NotSent::new("there was no token"))?;
                let endpoint = self.endpoint("revocation_endpoint")?;
                request::revocation(endpoint, token.expose(), "access_token", client.client(), &revoke)
            }
            Step::RevokeRefresh => {
                let token = self.refresh.last().ok_or_else(no_refresh)?;
                let endpoint = self.endpoint("revocation_endpoint")?;
                request::revocation(endpoint, token.expose(), "refresh_token", client.client(), &revoke)
            }
            Step::RevokeUnknown => {
                let endpoint = self.endpoint("revocation_endpoint")?;
                request::revocation(endpoint, NO_TOKEN, "access_token", client.client(), &revoke)
            }
            Step::IntrospectUnknown => {
                let endpoint = self.endpoint("introspection_endpoint")?;
                request::introspection(endpoint, NO_TOKEN, "access_token", client.client())
            }
            Step::Introspect => {
                let token = self.access.as_ref().ok_or_else(|| NotSent::new("there was no token"))?;
                let endpoint = self.endpoint("introspection_endpoint")?;
                request::introspection(endpoint, token.expose(), "access_token", client.client())
            }
            Step::ReadClient | Step::ReadClientAsStranger | Step::RemoveClient => {
                let no_management =
                    || NotSent::new("the authorization server does not let clients manage themselves");
                let (uri, token) = client.management.as_ref().ok_or_else(no_management)?;
                match step {
                    Step::ReadClient => request::read(uri, token),
                    Step::ReadClientAsStranger => request::read_as_stranger(uri),
                    _ => request::removal(uri, token),
                }
            }
        };
        if step == Step::TokenAgain {
            return self.redeem(step, request).await;
        }
        let live: Live = self.runner.send_anew(self.name, request).await?;
        self.tries.push((step.name().to_owned(), Ok(live)));
        Ok(())
    }
}
