//! The authorization request, and how it comes back: through a browser, or without one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::super::stop::STOPPED;
use super::steps::Course;
use crate::credentials::Way;
use crate::login::listener::Listener;
use crate::login::pkce::{Verifier, random_state};
use crate::login::request::{self, Authorization};
use crate::login::secret::Secret;
use crate::login::walk::{self, End};
use crate::model::exchange::{Body, Exchange, Reply, Request, Response, TransportError, TransportErrorKind};
use crate::model::login::{Consent, Step};
use crate::model::recording::NotSent;
use crate::net::record::REDACTED;
use crate::parse::well_known::parameter;
use crate::plan::LOGIN;

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

impl Course<'_, '_> {
    /// Asks for a code, and waits for it to come back.
    pub(super) async fn authorize(&mut self) -> Result<Secret, NotSent> {
        let listener = self.runner.listener().await?;
        let no_randomness = || NotSent::new("this machine has no randomness");
        let (verifier, state) =
            (Verifier::random().ok_or_else(no_randomness)?, random_state().ok_or_else(no_randomness)?);
        self.redirect_uri = listener.redirect_uri();
        let changes = self.changes(&self.login.authorize).await?;
        let url = self.address(&state, &verifier, &changes)?;
        // Wherever a probe wants it to go is where it comes back.
        if let Some(Some(other)) = changes.get("redirect_uri") {
            self.redirect_uri.clone_from(other);
        }
        // A state that a probe changes is what comes back.
        let state = changes.get("state").cloned().unwrap_or(Some(state));
        self.runner.wallet.keep([&Secret::new(verifier.as_str())]);
        self.verifier = Some(verifier);
        let headless = self.runner.credentials.way == Some(Way::Login { headless: true });
        let came = match (headless, self.login.consent) {
            (true, Consent::Given) => self.walk(url, None).await?,
            (true, Consent::Forged) => {
                let asked = format!("{LOGIN}.{}", Step::Consent.name());
                self.runner.exchange_of(&asked, self.era, self.server.item.as_ref()).await?;
                let own = random_state().ok_or_else(no_randomness)?;
                let user = self.address(&own, self.verifier.as_ref().ok_or_else(no_randomness)?, &changes)?;
                self.walk(user, Some(url)).await?
            }
            (false, _) => self.browse(url, state.as_deref(), &listener).await?,
        };
        let reply = Reply::Response(Response::new(200, &[], ""));
        let request =
            Request { method: "GET".to_owned(), url: came.clone(), headers: Vec::new(), body: None };
        self.push(Step::Callback, request, reply);
        let parameter = |name: &str| parameter(&came, name).into_iter().next();
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

    /// The URL of the authorization request.
    fn address(
        &self,
        state: &str,
        verifier: &Verifier,
        changes: &request::Changes,
    ) -> Result<String, NotSent> {
        let authorization = Authorization {
            endpoint: self.endpoint("authorization_endpoint")?,
            client_id: &self.registered()?.id,
            redirect_uri: &self.redirect_uri,
            scope: self.scope.as_deref(),
            state,
            challenge: &verifier.challenge(),
            resource: self.resource.as_deref(),
        };
        let mut url = authorization.url(changes);
        for name in &self.login.twice {
            let value = parameter(&url, name).into_iter().next().unwrap_or_default();
            let again =
                url::form_urlencoded::Serializer::new(String::new()).append_pair(name, &value).finish();
            url = crate::parse::well_known::with_query(&url, &again);
        }
        Ok(url)
    }

    fn push(&mut self, step: Step, request: Request, reply: Reply) {
        let probe = self.name.to_owned();
        let live = Arc::new(Exchange { id: 0, probe, request, reply, milliseconds: 0.0 });
        self.tries.push((step.name().to_owned(), Ok(live)));
    }

    /// Logs in without a browser; where another authorization request is `forged`, until the user is asked to agree, who
    /// then agrees to that one.
    async fn walk(&mut self, url: String, forged: Option<String>) -> Result<String, NotSent> {
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
        let (start, end) = (request::page(url), &self.redirect_uri);
        let walk = match forged {
            None => walk::walk(start, end, &fields, send).await,
            Some(forged) => walk::forge(start, request::page(forged), end, &fields, send).await,
        };
        for (index, live) in walk.exchanges.into_iter().enumerate() {
            let step = if index == 0 { Step::Authorize.name() } else { "page" };
            let live = if fields.is_empty() { live } else { Arc::new(private(&live)) };
            if walk.consent == Some(index) {
                self.tries.push((Step::Consent.name().to_owned(), Ok(Arc::clone(&live))));
            }
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
        listener: &Listener,
    ) -> Result<String, NotSent> {
        self.runner.progress.visit(&url);
        let kind = TransportErrorKind::Unseen;
        let reply = Reply::Error(TransportError { kind, message: "the browser was answered".to_owned() });
        self.push(Step::Authorize, request::page(url), reply);
        let waited = async {
            match state {
                Some(state) => listener.wait(state, PATIENCE).await,
                None => listener.wait_for_any(PATIENCE).await,
            }
        };
        let came = tokio::select! {
            came = waited => came,
            () = self.runner.stop.wait() => return Err(NotSent::new(STOPPED)),
        };
        came.ok_or_else(|| {
            NotSent::new(format!("nobody came back from the login within {} s", PATIENCE.as_secs()))
        })
    }
}
