//! Logins: how a run gets tokens from an authorization server, one step after the other.

mod authorize;
mod client;
mod kept;
mod steps;

use super::signing::document;
use super::wallet::Held;
use super::wallet::{BAD_TOKEN, NO_TOKEN_GIVEN, WAYS};
use super::{Live, Record, Runner};
use crate::credentials::Way;
use crate::login::secret::Secret;
use crate::model::login::{Grant, Login, Scope, Step};
use crate::model::profile::Era;
use crate::model::reception::{FIRST_CONTACT, Reception};
use crate::model::recording::{NotSent, TokenSource};
use crate::model::requirement::Role;
use crate::model::token::{GOOD, Token};
use crate::parse::scope;
use crate::plan::{CHALLENGED, LOGIN, RESOURCE_METADATA};
pub(super) use client::Registered;
pub(super) use kept::Earlier;
use steps::Course;

/// Scopes of OpenID Connect: they say who the user is and open no MCP server.
const OF_IDENTITY: [&str; 5] = ["openid", "profile", "email", "address", "phone"];
/// A resource that no server is.
const NO_RESOURCE: &str = "https://mcp-conform.example/other";

impl Runner<'_> {
    /// The record of a login, which is made once, whatever the era.
    pub(super) async fn send_login(&self, name: &str, login: &Login, era: Era) -> Record {
        if era == Era::Legacy
            && let Some(made) = self.probe(name, Era::Modern).await.first()
        {
            return Record { era, ..made.clone() };
        }
        let empty = |not_sent: NotSent| {
            let tries = login.steps().into_iter().map(|step| (step.name().to_owned(), Err(not_sent.clone())));
            Record { probe: name.to_owned(), era, item: None, tries: tries.collect(), used: None }
        };
        if self.asks_nobody().await {
            let why = "the server asks nobody for a token";
            return empty(NotSent::because_of(FIRST_CONTACT, why));
        }
        let grant = match self.grant(name, login) {
            Ok(grant) => grant,
            Err(not_sent) => return empty(not_sent),
        };
        if name == LOGIN
            && let Some(earlier) = self.earlier(era).await
        {
            let mut record = empty(NotSent::new("the token of an earlier login was kept"));
            if let Some(refreshed) = earlier.refreshed {
                record.tries.push(("kept".to_owned(), Ok(refreshed)));
            }
            return record;
        }
        let server = match self.server(era).await {
            Ok(server) => server,
            Err(not_sent) => return empty(not_sent),
        };
        let item = server.item.clone();
        let mut course = Course::new(self, name, login, server, era);
        if let Err(not_sent) = course.run(grant).await {
            course.end(&not_sent);
        }
        let used = course.tries.iter().rposition(|(_, tried)| tried.is_ok());
        Record { probe: name.to_owned(), era, item, tries: course.tries, used }
    }

    /// Whether the server refused nothing, so that a token would open nothing.
    async fn asks_nobody(&self) -> bool {
        if self.target.role != Role::Server {
            return false;
        }
        let refused = Some(Reception::Refused);
        self.received(Era::Modern).await != refused && self.received(Era::Legacy).await != refused
    }

    /// The grant by which a probe logs in, or why it does not.
    fn grant(&self, name: &str, login: &Login) -> Result<Grant, NotSent> {
        let way = match &self.credentials.way {
            None => return Err(NotSent::without(WAYS, NO_TOKEN_GIVEN)),
            Some(way) => way,
        };
        match (login.grant, way) {
            (Grant::Code | Grant::AsGood, Way::Login { headless }) if *headless || name == LOGIN => {
                Ok(Grant::Code)
            }
            (Grant::Code | Grant::AsGood, Way::Login { .. }) => Err(NotSent::without(
                "--login --headless",
                "it takes another login, and a browser is asked for one only",
            )),
            (Grant::ClientCredentials | Grant::AsGood, Way::ClientCredentials) => {
                Ok(Grant::ClientCredentials)
            }
            (Grant::None, Way::Login { .. }) => Ok(Grant::None),
            (Grant::Code, _) => Err(NotSent::without("--login --headless", "nobody logged in")),
            (Grant::ClientCredentials, _) => {
                Err(NotSent::without("--client-credentials", "the token was got in another way"))
            }
            (Grant::AsGood, Way::Given(_)) => {
                Err(NotSent::without(BAD_TOKEN, "only one token was given, and no other can be got with it"))
            }
            (Grant::None, _) => Err(NotSent::without("--login", "no client was registered")),
        }
    }

    /// The scopes that a login asks for.
    async fn scopes(&self, wanted: Scope, era: Era) -> Result<Option<String>, NotSent> {
        let needed = self.needed_scopes(era).await;
        match wanted {
            Scope::Needed => Ok(needed),
            Scope::Broader => self.broader_scope().map(|scope| Some(scope.to_owned())),
            Scope::Other => {
                let server = self.server(era).await?;
                let known =
                    server.metadata.value().pointer("/scopes_supported").and_then(|known| known.as_array());
                let known: Vec<&str> =
                    known.into_iter().flatten().filter_map(|scope| scope.as_str()).collect();
                let needed = needed.unwrap_or_default();
                let is_needed = |scope: &&&str| needed.split(' ').any(|one| one == **scope);
                let other = OF_IDENTITY.iter().find(|scope| known.contains(scope) && !is_needed(scope));
                let why = "the authorization server lists no scope that opens nothing";
                other.map(|scope| Some((*scope).to_owned())).ok_or_else(|| NotSent::new(why))
            }
            Scope::StepUp => {
                let asked = self.named_scopes(CHALLENGED, era).await;
                let asked = asked.ok_or_else(|| NotSent::new("no challenge named more scopes"))?;
                let both = needed.iter().flat_map(|needed| needed.split(' ')).chain(asked.split(' '));
                let mut scopes: Vec<&str> = Vec::new();
                for one in both.filter(|one| !one.is_empty()) {
                    if !scopes.contains(&one) {
                        scopes.push(one);
                    }
                }
                Ok(Some(scopes.join(" ")))
            }
        }
    }

    /// The scope that includes those that are needed.
    pub(super) fn broader_scope(&self) -> Result<&str, NotSent> {
        let unnamed = || NotSent::without("--broader-scope", "no scope that includes others was named");
        self.credentials.broader_scope.as_deref().ok_or_else(unnamed)
    }

    /// As a client chooses them (2025-11-25, scope selection strategy): those of the challenge, else those of the resource
    /// metadata.
    async fn needed_scopes(&self, era: Era) -> Option<String> {
        if let Some(scope) = &self.credentials.scope {
            return Some(scope.clone());
        }
        if let Some(scope) = self.named_scopes(FIRST_CONTACT, era).await {
            return Some(scope);
        }
        let metadata = self.exchange_of(RESOURCE_METADATA, era, None).await.ok()?;
        let metadata = document(&metadata)?;
        let listed = metadata.value().pointer("/scopes_supported")?.as_array()?;
        let listed: Vec<&str> = listed.iter().filter_map(|scope| scope.as_str()).collect();
        let listed = listed.join(" ");
        (!listed.is_empty()).then_some(listed)
    }

    /// The scopes that the challenge to a probe names, in whichever era the server speaks.
    async fn named_scopes(&self, probe: &str, era: Era) -> Option<String> {
        for era in [era, Era::Modern, Era::Legacy] {
            if let Some(scope) = self.challenged_scopes(probe, era).await {
                return Some(scope);
            }
        }
        None
    }

    /// The scopes that the challenge to a probe names, if they can be read.
    async fn challenged_scopes(&self, probe: &str, era: Era) -> Option<String> {
        let live = self.exchange_of(probe, era, None).await.ok()?;
        let challenges = crate::parse::challenge::parse(live.response()?.header_lines("www-authenticate"));
        let scope = challenges.with_scheme("bearer").find_map(|challenge| challenge.param("scope"))?;
        scope::tokens(&scope.value).ok().map(|_| scope.value.clone())
    }

    /// The resource that a token is for: what the metadata calls the server, or else its URL. An authorization server alone
    /// has none, unless the user names one.
    async fn resource(&self, era: Era) -> Option<String> {
        if self.target.role == Role::AuthorizationServer {
            return self.credentials.other_resource.clone();
        }
        let named = async {
            let metadata = self.exchange_of(RESOURCE_METADATA, era, None).await.ok()?;
            Some(document(&metadata)?.value().pointer("/resource")?.as_str()?.to_owned())
        };
        Some(named.await.unwrap_or_else(|| self.target.url.clone()))
    }

    /// The token that the step of a login gave, as `login` or `login.STEP` names it.
    pub(super) async fn issued(&self, reference: &str, member: &str, era: Era) -> Result<Held, NotSent> {
        let Some((name, step, probe)) = self.corpus.probe(reference) else {
            return Err(NotSent::new(format!("there is no login {reference}")));
        };
        let records = self.probe(name, era).await;
        let step = step.unwrap_or(Step::Token.name());
        let tries = || records.iter().flat_map(|record| &record.tries);
        let revokes = probe.login.as_ref().is_some_and(|login| login.then.contains(&Step::Revoke));
        let is_revoked = |(step, tried): &(String, Result<Live, NotSent>)| {
            let status = tried.as_ref().ok().and_then(|live| live.response()).map(|response| response.status);
            step == Step::Revoke.name() && status == Some(200)
        };
        if revokes && !tries().any(is_revoked) {
            return Err(NotSent::new("the authorization server revoked no token"));
        }
        for (name, tried) in tries() {
            match tried {
                Ok(live) if name == step => {
                    let answer = document(live);
                    let token = answer.as_ref().and_then(|answer| answer.value().get(member)?.as_str());
                    return match token {
                        Some(token) => Ok(Held { value: Secret::new(token), source: TokenSource::Issued }),
                        None => Err(NotSent::new(format!("{} gave no {member}", refusal(live)))),
                    };
                }
                Ok(_) => {}
                Err(not_sent) => return Err(not_sent.clone()),
            }
        }
        Err(NotSent::new(format!("{reference} gave no token")))
    }

    /// Whether the token that the step of a login gave differs from the good one in what `spec` says that it does.
    pub(super) async fn differs(
        &self,
        spec: &Token,
        step: &str,
        issued: &Held,
        era: Era,
    ) -> Result<(), NotSent> {
        let same = |what: &str| {
            NotSent::new(format!(
                "the authorization server gives every token the same {what}, whatever is asked for"
            ))
        };
        let unseen = |claim: &str| NotSent::new(format!("the {claim} of an opaque token cannot be seen"));
        let good = self.token(GOOD, era).await?;
        let drafts = (super::wallet::draft(good.value.expose()), super::wallet::draft(issued.value.expose()));
        let Some(first) = spec.claims.keys().next() else { return Ok(()) };
        let (Some(good), Some(issued)) = drafts else {
            return match first.as_str() {
                SCOPE if self.granted_as_to_good(step, era).await => Err(same(SCOPE)),
                SCOPE => Ok(()),
                claim => Err(unseen(claim)),
            };
        };
        // What neither of them claims is no difference, and nothing that they have in common.
        let mut claimed = spec
            .claims
            .keys()
            .filter(|claim| good.claims.contains_key(*claim) || issued.claims.contains_key(*claim));
        match claimed.find(|claim| good.claims.get(*claim) == issued.claims.get(*claim)) {
            Some(claim) => Err(same(claim)),
            None => Ok(()),
        }
    }

    /// Whether the authorization server says that it granted the scope of the good token. Where it says nothing it granted
    /// what was asked for (OAuth 2.1 §3.2.3).
    async fn granted_as_to_good(&self, step: &str, era: Era) -> bool {
        let of_good = match &self.credentials.way {
            Some(Way::ClientCredentials) => crate::plan::CLIENT_CREDENTIALS,
            _ => crate::plan::LOGIN,
        };
        let granted = async |step: &str| {
            let live = self.exchange_of(step, era, None).await.ok()?;
            Some(document(&live)?.value().get(SCOPE)?.as_str()?.to_owned())
        };
        let good = granted(&format!("{of_good}.{}", Step::Token.name())).await;
        good.is_some() && good == granted(step).await
    }
}

/// The claim, and the member of a token response.
const SCOPE: &str = "scope";

/// What an answer without a token says, as the beginning of a sentence.
fn refusal(live: &Live) -> String {
    let url = live.request.url.split('?').next().unwrap_or_default();
    let Some(response) = live.response() else { return format!("{url} did not answer and") };
    let answer = document(live);
    let member = |name: &str| answer.as_ref().and_then(|answer| answer.value().get(name)?.as_str());
    match (member("error"), member("error_description")) {
        (Some(error), Some(description)) => {
            format!("{url} answered {} ({error}: {description}) and", response.status)
        }
        (Some(error), None) => format!("{url} answered {} ({error}) and", response.status),
        _ => format!("{url} answered {} and", response.status),
    }
}
