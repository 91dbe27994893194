//! The tokens of a run: each is made when the first request wants it, and made once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt};
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;

use super::Runner;
use crate::credentials::Way;
use crate::login::listener::Listener;
use crate::login::secret::Secret;
use crate::model::login::Resource;
use crate::model::profile::Era;
use crate::model::recording::{NotSent, TokenFacts, TokenSource};
use crate::model::token::{Edit, GOOD, Given, Opinion, Signed, Token};
use crate::net::record::{NO_TOKEN, Withheld};
use crate::parse::json::Document;
use crate::plan::{CLIENT_CREDENTIALS, LOGIN};
use crate::probe::forge::{Draft, now};
use crate::template::Known;

/// The member of a token response.
const ACCESS_TOKEN: &str = "access_token";

/// A token to be sent.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) value: Secret,
    pub(super) source: TokenSource,
}

/// A token that is made when it is first asked for, and once.
type Cell = Arc<OnceCell<Result<Held, NotSent>>>;

/// What was got or made so far.
#[derive(Default)]
pub(super) struct Wallet {
    /// Codes, verifiers, refresh tokens and the like.
    others: Mutex<Vec<Secret>>,
    /// Those that cases tell apart, each by a name.
    named: Mutex<Vec<(String, Secret)>>,
    cells: Mutex<HashMap<(String, Era), Cell>>,
}

impl Wallet {
    fn cell(&self, name: &str, era: Era) -> Cell {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(cells.entry((name.to_owned(), era)).or_default())
    }

    /// Remembers what must not be shown either.
    pub(super) fn keep<'s>(&self, secrets: impl IntoIterator<Item = &'s Secret>) {
        self.others.lock().unwrap_or_else(PoisonError::into_inner).extend(secrets.into_iter().cloned());
    }

    /// Remembers what must not be shown, and shows `name` in its place.
    pub(super) fn keep_as(&self, name: &str, secret: &Secret) {
        self.named.lock().unwrap_or_else(PoisonError::into_inner).push((name.to_owned(), secret.clone()));
    }

    /// Every token that was held, and its name.
    fn held(&self) -> Vec<(String, Held)> {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let held = cells.iter().filter_map(|((name, _), cell)| match cell.get() {
            Some(Ok(held)) => Some((name.clone(), held.clone())),
            _ => None,
        });
        held.collect()
    }

    /// What a recording says of the tokens; `keys` is where a key of ours can be read.
    pub(super) fn facts(&self, keys: Option<&Listener>) -> Vec<TokenFacts> {
        let facts = |(name, held): (String, Held)| {
            let draft = draft(held.value.expose());
            let header = draft.as_ref().map(|draft| Value::Object(draft.header.clone()));
            let claims = draft.map(|draft| Value::Object(without_persons(draft.claims)));
            let fetched = |keys: &&Listener| {
                let jku = header.as_ref().and_then(|header| header.get("jku")?.as_str());
                jku == Some(keys.keys_url().as_str())
            };
            let key_fetched = keys.filter(fetched).map(Listener::keys_were_fetched);
            TokenFacts { name, source: held.source, header, claims, key_fetched }
        };
        let by_name: BTreeMap<String, Held> = self.held().into_iter().collect();
        by_name.into_iter().map(facts).collect()
    }

    /// What of them must not be kept. What was made up shows itself.
    pub(super) fn secrets(&self) -> Vec<Withheld> {
        let is_made_up = |held: &Held| {
            let claims = draft(held.value.expose()).map(|draft| draft.claims);
            claims.is_some_and(|claims| claims.get("jti").is_some_and(|jti| jti == NO_TOKEN))
        };
        let held = self.held().into_iter().filter(|(_, held)| !is_made_up(held));
        let tokens = held.flat_map(|(name, held)| Withheld::token(&name, held.value.expose()));
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        let named = named.iter().flat_map(|(name, secret)| Withheld::token(name, secret.expose()));
        let named: Vec<Withheld> = named.collect();
        tokens.chain(named).chain(others.iter().map(|secret| Withheld::new(secret.expose()))).collect()
    }
}

/// Claims that say nothing of a person.
const IMPERSONAL: [&str; 12] =
    ["iss", "aud", "exp", "nbf", "iat", "scope", "scp", "client_id", "azp", "token_type", "resource", "ver"];

fn without_persons(claims: Map<String, Value>) -> Map<String, Value> {
    let kept = |(name, value): (String, Value)| match IMPERSONAL.contains(&name.as_str()) {
        true => (name, value),
        false => (name, json!("[redacted]")),
    };
    claims.into_iter().map(kept).collect()
}

/// Header and claims of a JWT, however it is signed; nothing of an opaque token.
pub(super) fn draft(token: &str) -> Option<Draft> {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let mut parts = token.split('.');
    let mut object = || match Document::parse(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok()?.value() {
        Value::Object(members) => Some(members.clone()),
        _ => None,
    };
    let (header, claims) = (object()?, object()?);
    parts.next().filter(|_| parts.next().is_none()).map(|_| Draft { header, claims })
}

impl Runner<'_> {
    /// The token of this name, or why there is none.
    pub(super) fn token<'s>(&'s self, name: &'s str, era: Era) -> BoxFuture<'s, Result<Held, NotSent>> {
        async move {
            let spec = self.corpus.tokens.get(name).map(|filed| &filed.value);
            // What is built from answers is built from those of an era; all others are the same in both.
            let reads = |spec: &Token| spec.templates().any(|template| template.probes().next().is_some());
            let era = if spec.is_some_and(reads) { era } else { Era::Modern };
            let cell = self.wallet.cell(name, era);
            cell.get_or_init(|| self.make(name, spec, era)).await.clone()
        }
        .boxed()
    }

    async fn make(&self, name: &str, spec: Option<&Token>, era: Era) -> Result<Held, NotSent> {
        if let Some(bad) = self.credentials.bad.get(name) {
            return Ok(Held { value: bad.clone(), source: TokenSource::Given });
        }
        if name == GOOD {
            return self.good(era).await;
        }
        let Some(spec) = spec else { return Err(NotSent::new(format!("there is no token {name}"))) };
        if let Some(made_up) = &spec.made_up {
            let templates = [&made_up.issuer.value, &made_up.audience.value];
            let exchange = self.upstream(&templates, era, None).await;
            let known = Known { target: &self.target.url, item: None, claims: None, exchange };
            let draft = Draft::made_up(&known.render(templates[0])?, &known.render(templates[1])?);
            return self.signed(spec, draft, "", era).await.map(forged);
        }
        let good = self.token(GOOD, era).await?;
        let made = match draft(good.value.expose()) {
            // What it is built from may have been seen in one era only.
            Some(draft) => match self.edited(spec, draft.clone(), &good, era).await {
                Ok(held) => Ok(held),
                Err(_) => self.edited(spec, draft, &good, Era::Legacy).await,
            },
            None => Err(NotSent::new("the good token is opaque: nothing in it can be changed")),
        };
        match (made, &spec.or_from) {
            (Err(_), Some(step)) => {
                let issued = self.issued_otherwise(spec, &step.value, era).await;
                issued.map_err(|why| self.may_be_given(why, &step.value))
            }
            (made, _) => made,
        }
    }

    /// What the step of a login gave, if that is what `spec` says.
    async fn issued_otherwise(&self, spec: &Token, step: &str, era: Era) -> Result<Held, NotSent> {
        let issued = self.issued(step, &spec.member, era).await?;
        self.differs(spec, step, &issued, era).await.map(|()| issued)
    }

    /// No authorization server has to issue a token that is bad in some way: the user may have one, or know how to get it.
    fn may_be_given(&self, why: NotSent, step: &str) -> NotSent {
        let login = self.corpus.probe(step).and_then(|(_, _, probe)| probe.login.as_ref());
        let other = login.is_some_and(|login| login.resource == Resource::Other);
        let options = match other && self.credentials.other_resource.is_none() {
            true => "--other-resource or --bad-token",
            false => BAD_TOKEN,
        };
        NotSent { options: why.options.or(Some(options.to_owned())), ..why }
    }

    async fn good(&self, era: Era) -> Result<Held, NotSent> {
        match &self.credentials.way {
            None => Err(NotSent::without(WAYS, NO_TOKEN_GIVEN)),
            Some(Way::Given(token)) => Ok(Held { value: token.clone(), source: TokenSource::Given }),
            Some(Way::ClientCredentials) => self.issued(CLIENT_CREDENTIALS, ACCESS_TOKEN, era).await,
            Some(Way::Login { .. }) => match self.earlier(era).await {
                Some(earlier) => Ok(earlier.token),
                None => self.issued(LOGIN, ACCESS_TOKEN, era).await,
            },
        }
    }

    /// The good token after the changes of `spec`.
    async fn edited(&self, spec: &Token, good: Draft, held: &Held, era: Era) -> Result<Held, NotSent> {
        let claims = Value::Object(good.claims.clone());
        let templates: Vec<_> = spec.templates().collect();
        let exchange = self.upstream(&templates, era, None).await;
        let known = Known { target: &self.target.url, item: None, claims: Some(&claims), exchange };
        // What was issued in this run tells the time of the servers, which need not be ours.
        let issued_at = good.claims.get("iat").and_then(Value::as_u64);
        let issued_at = issued_at.filter(|_| held.source == TokenSource::Issued);
        let time_of_issue = issued_at.unwrap_or_else(now);
        let mut draft = good;
        for (members, edits) in [(&mut draft.header, &spec.header), (&mut draft.claims, &spec.claims)] {
            for (member, edit) in edits {
                let value = match edit {
                    Edit::Text(text) => json!(known.render(text)?),
                    Edit::Several(several) => {
                        let texts: Result<Vec<String>, NotSent> =
                            several.iter().map(|text| known.render(text)).collect();
                        json!(texts?)
                    }
                    Edit::Time(time) => json!(time_of_issue.saturating_add_signed(time.seconds_from_now)),
                    Edit::Value(other) => other.json.0.clone(),
                    Edit::Given(Given { given: Opinion::BroaderScope }) => json!(self.broader_scope()?),
                    Edit::Left(_) => {
                        members.remove(member);
                        continue;
                    }
                };
                members.insert(member.clone(), value);
            }
        }
        let signed_by_issuer = spec.signed == Some(Signed::ByIssuer);
        let value = self.signed(spec, draft, held.value.expose(), era).await?;
        let source = if signed_by_issuer { TokenSource::Signed } else { TokenSource::Forged };
        Ok(Held { value: Secret::new(value), source })
    }

    async fn signed(&self, spec: &Token, mut draft: Draft, good: &str, era: Era) -> Result<String, NotSent> {
        let no_key = || NotSent::new("this machine has no randomness for a key");
        match spec.signed {
            None => Err(NotSent::new("nothing says how it is signed")),
            Some(Signed::Not) => Ok(draft.unsigned()),
            Some(Signed::AsBefore) => Ok(draft.signed_as(good.rsplit('.').next().unwrap_or_default())),
            Some(Signed::ByOwnKey) => draft.signed_by_us().ok_or_else(no_key),
            Some(Signed::ByEmbeddedKey) => {
                draft.header.remove("kid");
                let key = draft.our_key().ok_or_else(no_key)?;
                draft.header.insert("jwk".to_owned(), key);
                draft.signed_by_us().ok_or_else(no_key)
            }
            Some(Signed::ByOwnKeyAtUrl) => self.signed_at_url(draft).await,
            Some(Signed::ByPublicKeyAsSecret) => self.with_public_key(draft, era).await,
            Some(Signed::ByIssuer) => self.minted(&draft, good, era).await,
        }
    }
}

/// Why no case that needs a token is tested where none was given, and what would change that.
pub const NO_TOKEN_GIVEN: &str = "no token was given";
pub(super) const WAYS: &str = "--login, --client-credentials, --token-env or --token-file";
pub(super) const BAD_TOKEN: &str = "--bad-token";

fn forged(value: String) -> Held {
    Held { value: Secret::new(value), source: TokenSource::Forged }
}
