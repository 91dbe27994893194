//! The steps of one login, each built from what those before it gave.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::super::signing::{Server, document};
use super::super::{Live, Runner, Try};
use super::client::Registered;
use crate::credentials::Way;
use crate::login::pkce::{Verifier, random_state};
use crate::login::request::{self, Authorization};
use crate::login::secret::Secret;
use crate::login::walk::{self, End};
use crate::model::exchange::{Body, Exchange, Reply, Request, Response, TransportError, TransportErrorKind};
use crate::model::login::{Changes, Grant, Login, Resource, Step};
use crate::model::profile::Era;
use crate::model::recording::NotSent;
use crate::net::record::NO_TOKEN;
use crate::net::record::REDACTED;
use crate::plan::LOGIN;
use crate::template::Known;

/// How long a user may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// A page of a login as somebody, without what was typed in and without what it says of them.
fn private(page: &Exchange) -> Exchange {
    let mut page = page.clone();
    page.request.body = page.request.body.map(|_| REDACTED.to_owned());
    if let Reply::Response(response) = &mut page.reply {
        response.body = Body { text: Some(REDACTED.to_owned()), base64: None, cut: true };
    }
    page
}

/// A scope that no server has.
const NO_SCOPE: &str = "mcp-conform-nothing";

/// A login under way.
pub(super) struct Course<'r, 'a> {
    runner: &'r Runner<'a>,
    name: &'r str,
    login: &'r Login,
    server: Server,
    era: Era,
    pub(super) tries: Vec<Try>,
    client: Option<Arc<Registered>>,
    redirect_uri: String,
    verifier: Option<Verifier>,
    resource: Option<String>,
    scope: Option<String>,
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
    async fn changes(&self, changes: &Changes) -> Result<request::Changes, NotSent> {
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

    fn registered(&self) -> Result<&Registered, NotSent> {
        self.client.as_deref().ok_or_else(|| NotSent::new("there is no client"))
    }

    fn endpoint(&self, member: &str) -> Result<&str, NotSent> {
        let why = || NotSent::new(format!("the authorization server names no {member} that can be asked"));
        self.server.url(&format!("/{member}")).ok_or_else(why)
    }

    /// Asks for a code, and waits for it to come back.
    async fn authorize(&mut self) -> Result<Secret, NotSent> {
        let listener = self.runner.listener().await?;
        let no_randomness = || NotSent::new("this machine has no randomness");
        let (verifier, state) =
            (Verifier::random().ok_or_else(no_randomness)?, random_state().ok_or_else(no_randomness)?);
        self.redirect_uri = listener.redirect_uri();
        let changes = self.changes(&self.login.authorize).await?;
        let authorization = Authorization {
            endpoint: self.endpoint("authorization_endpoint")?,
            client_id: &self.registered()?.id,
            redirect_uri: &self.redirect_uri,
            scope: self.scope.as_deref(),
            state: &state,
            challenge: &verifier.challenge(),
            resource: self.resource.as_deref(),
        };
        let mut url = authorization.url(&changes);
        for name in &self.login.twice {
            let value =
                crate::parse::well_known::parameter(&url, name).into_iter().next().unwrap_or_default();
            let again =
                url::form_urlencoded::Serializer::new(String::new()).append_pair(name, &value).finish();
            url = crate::parse::well_known::with_query(&url, &again);
        }
        // Wherever a probe wants it to go is where it comes back.
        if let Some(Some(other)) = changes.get("redirect_uri") {
            self.redirect_uri.clone_from(other);
        }
        // A state that a probe changes is what comes back.
        let state = changes.get("state").cloned().unwrap_or(Some(state));
        self.runner.wallet.keep([&Secret::new(verifier.as_str())]);
        self.verifier = Some(verifier);
        let headless = self.runner.credentials.way == Some(Way::Login { headless: true });
        let came = match headless {
            true => self.walk(url).await?,
            false => self.browse(url, state.as_deref(), &listener).await?,
        };
        let reply = Reply::Response(Response::new(200, &[], ""));
        let request =
            Request { method: "GET".to_owned(), url: came.clone(), headers: Vec::new(), body: None };
        self.push(Step::Callback, request, reply);
        let parameter = |name: &str| crate::parse::well_known::parameter(&came, name).into_iter().next();
        match (parameter("code"), parameter("error")) {
            (Some(code), _) => {
                let code = Secret::new(code);
                self.runner.wallet.keep([&code]);
                Ok(code)
            }
            (None, Some(error)) => {
                let about =
                    parameter("error_description").map(|text| format!(": {text}")).unwrap_or_default();
                Err(NotSent::new(format!("the authorization server sent the login back with {error}{about}")))
            }
            (None, None) => Err(NotSent::new("the login came back without a code")),
        }
    }

    fn push(&mut self, step: Step, request: Request, reply: Reply) {
        let probe = self.name.to_owned();
        let live = Arc::new(Exchange { id: 0, probe, request, reply, milliseconds: 0.0 });
        self.tries.push((step.name().to_owned(), Ok(live)));
    }

    /// Logs in without a browser.
    async fn walk(&mut self, url: String) -> Result<String, NotSent> {
        let fields: BTreeMap<String, String> = {
            let fields = self.runner.credentials.fields.iter();
            fields.map(|(name, value)| (name.clone(), value.expose().to_owned())).collect()
        };
        let (runner, name) = (self.runner, self.name);
        let send = |request: Request| async move {
            match runner.send_anew(name, request.clone()).await {
                Ok(live) => live,
                Err(NotSent { why, .. }) => {
                    let reply =
                        Reply::Error(TransportError { kind: TransportErrorKind::NotAllowed, message: why });
                    Arc::new(Exchange { id: 0, probe: name.to_owned(), request, reply, milliseconds: 0.0 })
                }
            }
        };
        let walk = walk::walk(request::page(url), &self.redirect_uri, &fields, send).await;
        for (index, live) in walk.exchanges.into_iter().enumerate() {
            let step = if index == 0 { Step::Authorize.name() } else { "page" };
            let live = if fields.is_empty() { live } else { Arc::new(private(&live)) };
            self.tries.push((step.to_owned(), Ok(live)));
        }
        match walk.end {
            // Whatever is wrong with where it came back is for cases to say.
            End::Arrived(url) | End::InFragment(url) | End::Elsewhere(url) => Ok(url),
            End::FormPost(_) => Err(NotSent::new("the login came back as a form, which was not asked for")),
            End::Stopped(why) => Err(NotSent::new(why)),
        }
    }

    /// Has the user log in.
    async fn browse(
        &mut self,
        url: String,
        state: Option<&str>,
        listener: &crate::login::listener::Listener,
    ) -> Result<String, NotSent> {
        self.runner.progress.visit(&url);
        let kind = TransportErrorKind::Unseen;
        let reply = Reply::Error(TransportError { kind, message: "the browser was answered".to_owned() });
        self.push(Step::Authorize, request::page(url), reply);
        let came = match state {
            Some(state) => listener.wait(state, PATIENCE).await,
            None => listener.wait_for_any(PATIENCE).await,
        };
        came.ok_or_else(|| {
            NotSent::new(format!("nobody came back from the login within {} s", PATIENCE.as_secs()))
        })
    }

    async fn token_request(&self, grant: request::Grant<'_>) -> Result<Request, NotSent> {
        let changes = match grant {
            request::Grant::RefreshToken { .. } => &self.login.refresh,
            _ => &self.login.token,
        };
        let changes = self.changes(changes).await?;
        let endpoint = self.endpoint("token_endpoint")?;
        let resource = self.resource.as_deref();
        Ok(request::token(endpoint, grant, resource, self.registered()?.client(), &changes))
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
        let request = match step {
            Step::Document | Step::Register | Step::Authorize | Step::Callback | Step::Token => return Ok(()),
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
                request::revocation(endpoint, token.expose(), "access_token", client.client())
            }
            Step::RevokeRefresh => {
                let token = self.refresh.last().ok_or_else(no_refresh)?;
                let endpoint = self.endpoint("revocation_endpoint")?;
                request::revocation(endpoint, token.expose(), "refresh_token", client.client())
            }
            Step::RevokeUnknown => {
                let endpoint = self.endpoint("revocation_endpoint")?;
                request::revocation(endpoint, NO_TOKEN, "access_token", client.client())
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
            Step::ReadClient | Step::RemoveClient => {
                let no_management =
                    || NotSent::new("the authorization server does not let clients manage themselves");
                let (uri, token) = client.management.as_ref().ok_or_else(no_management)?;
                match step {
                    Step::ReadClient => request::read(uri, token),
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
