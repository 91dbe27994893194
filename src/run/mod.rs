//! Sends what the plan wants, each request once, as soon as what it is built from is known.

mod keep;
mod login;
mod rpc;
mod signing;
pub mod stop;
mod wallet;
mod with_token;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt, join_all};
use tokio::sync::OnceCell;

use crate::credentials::Credentials;
use crate::login::listener::Listener;
use crate::login::secret::Secret;
use crate::model::corpus::Corpus;
use crate::model::exchange::{Exchange, Request, Response};
use crate::model::probe::{Probe, Shape};
use crate::model::profile::Era;
use crate::model::reception::{FIRST_CONTACT, Reception};
use crate::model::recording::{Item, NotSent, Recording, Target};
use crate::model::requirement::Role;
use crate::model::template::Template;
use crate::model::token::GOOD;
use crate::net::client::{Client, Timed};
use crate::net::record::Withheld;
use crate::plan::Plan;
use crate::probe::http;
use crate::template::Known;
use keep::Gathered;
use login::{Earlier, Registered};
use stop::{STOPPED, Stop};
pub use wallet::NO_TOKEN_GIVEN;
use wallet::Wallet;

/// Requests that one run sends at the most to a server with one authorization server. One that refuses the first
/// request gets fewer than 60; where some requests are open, others are tried after them.
const REQUEST_LIMIT: usize = 90;
/// Further requests where there is a token to send.
const TOKEN_REQUESTS: usize = 160;
/// Further requests for each login but the first, pages and all.
const LOGIN_REQUESTS: usize = 15;
/// Further requests for each further authorization server.
const ITEM_REQUESTS: usize = 25;
/// Items of a list that a probe is sent for at the most.
const ITEM_LIMIT: usize = 5;

/// How long a run that was stopped waits for each thing that it tidies up.
const TIDYING: Duration = Duration::from_secs(3);

/// What a run tells of its progress.
pub trait Progress: Send + Sync {
    /// A request for `probe` is under way.
    fn sending(&self, probe: &str, url: &str);
    /// It is over.
    fn done(&self);
    /// The user is to log in at `url`.
    fn visit(&self, url: &str);
    /// Something that was asked for cannot be done.
    fn warn(&self, text: &str);
}

/// Says nothing.
pub struct Quiet;

impl Progress for Quiet {
    fn sending(&self, _: &str, _: &str) {}
    fn done(&self) {}
    fn visit(&self, _: &str) {}
    fn warn(&self, _: &str) {}
}

/// Sends every probe of `plan` to `target` and records what came back.
pub async fn run(
    corpus: &Corpus,
    plan: &Plan,
    target: Target,
    client: &Client,
    credentials: &Credentials,
    progress: &dyn Progress,
    stop: &Stop,
) -> Recording {
    let is_login = |(name, era): &&(String, Era)| {
        *era == Era::Modern && corpus.probes.get(name).is_some_and(|probe| probe.value.login.is_some())
    };
    let logins = plan.probes.iter().filter(is_login).count();
    let more = if credentials.way.is_some() { TOKEN_REQUESTS + LOGIN_REQUESTS * logins } else { 0 };
    let runner = Runner {
        corpus,
        target: &target,
        client,
        credentials,
        progress,
        stop,
        sent: Mutex::default(),
        records: plan.probes.iter().map(|key| (key.clone(), OnceCell::new())).collect(),
        wallet: Wallet::default(),
        listener: OnceCell::new(),
        keys: OnceCell::new(),
        earlier: OnceCell::new(),
        run_client: OnceCell::new(),
        registered: Mutex::default(),
        count: AtomicUsize::new(0),
        limit: AtomicUsize::new(REQUEST_LIMIT + more),
        allowed: REQUEST_LIMIT + more,
    };
    let done = join_all(plan.probes.iter().map(|(probe, era)| runner.probe(probe, *era))).await;
    if credentials.way.is_some() {
        // Cases look at what it says, also where no request carries it.
        drop(runner.token(GOOD, Era::Modern).await);
    }
    runner.end_sessions().await;
    let left = runner.remove_clients().await;
    let records: Vec<Record> = done.iter().flat_map(|records| records.iter().cloned()).collect();
    let mut secrets = client.secrets();
    secrets.extend(runner.wallet.secrets());
    secrets.extend(credentials.secrets().map(|secret| Withheld::new(secret.expose())));
    let tokens = runner.wallet.facts(runner.keys.get().and_then(|keys| keys.as_ref().ok()));
    let interrupted = stop.is_on();
    keep::assemble(client, Gathered { target, records, tokens, left, interrupted }, &secrets)
}

/// An exchange with every secret still in it: it is numbered, redacted and named after a probe at the end.
type Live = Arc<Exchange>;

/// One candidate: its exchange or why there is none.
type Try = (String, Result<Live, NotSent>);

/// A probe in one era and for one item.
#[derive(Clone)]
struct Record {
    probe: String,
    era: Era,
    item: Option<Item>,
    tries: Vec<Try>,
    used: Option<usize>,
}

struct Runner<'a> {
    corpus: &'a Corpus,
    target: &'a Target,
    client: &'a Client,
    credentials: &'a Credentials,
    progress: &'a dyn Progress,
    stop: &'a Stop,
    sent: Mutex<HashMap<Request, Arc<OnceCell<Live>>>>,
    records: HashMap<(String, Era), OnceCell<Arc<Vec<Record>>>>,
    wallet: Wallet,
    listener: OnceCell<Result<Arc<Listener>, NotSent>>,
    /// Where our own key can be read.
    keys: OnceCell<Result<Listener, NotSent>>,
    /// What an earlier run kept.
    earlier: OnceCell<Option<Earlier>>,
    run_client: OnceCell<Result<Arc<Registered>, NotSent>>,
    registered: Mutex<Vec<Arc<Registered>>>,
    count: AtomicUsize,
    limit: AtomicUsize,
    /// The same where every list has one item.
    allowed: usize,
}

impl Runner<'_> {
    /// The records of `probe` in `era`, sent when first asked for.
    fn probe<'s>(&'s self, probe: &'s str, era: Era) -> BoxFuture<'s, Arc<Vec<Record>>> {
        async move {
            let Some(cell) = self.records.get(&(probe.to_owned(), era)) else { return Arc::default() };
            Arc::clone(cell.get_or_init(|| async { Arc::new(self.send_probe(probe, era).await) }).await)
        }
        .boxed()
    }

    async fn send_probe(&self, name: &str, era: Era) -> Vec<Record> {
        let Some((_, _, probe)) = self.corpus.probe(name) else { return Vec::new() };
        for after in &probe.after {
            self.probe(&after.value, era).await;
        }
        if let Some(login) = &probe.login {
            return vec![self.send_login(name, login, era).await];
        }
        let items = match self.without_control(probe, era).await {
            Some(not_sent) => Err(not_sent),
            None => self.items(probe, era).await,
        };
        let items = match items {
            Ok(items) => items,
            Err(not_sent) => {
                let mut names = probe.parts();
                if names.is_empty() {
                    names.push("");
                }
                let not_sent = |name: &str| (name.to_owned(), Err(not_sent.clone()));
                let tries = names.into_iter().map(not_sent).collect();
                return vec![Record { probe: name.to_owned(), era, item: None, tries, used: None }];
            }
        };
        join_all(items.into_iter().map(|item| self.send_instance(name, probe, era, item))).await
    }

    /// Why the control of a probe was not sent, without which nothing that is found counts.
    async fn without_control(&self, probe: &Probe, era: Era) -> Option<NotSent> {
        let (control, ..) = self.corpus.probe(&probe.control.as_ref()?.value)?;
        let records = self.probe(control, era).await;
        let tries = || records.iter().flat_map(|record| &record.tries);
        let first = tries().find_map(|(_, tried)| tried.as_ref().err());
        if tries().any(|(_, tried)| tried.is_ok()) { None } else { first.cloned() }
    }

    /// The items that a probe is sent for: one `None` where it is not sent for each of a list.
    async fn items(&self, probe: &Probe, era: Era) -> Result<Vec<Option<Item>>, NotSent> {
        if let Some(list) = &probe.for_each {
            if self.target.role == Role::AuthorizationServer {
                return Ok(vec![Some(Item { index: 0, value: self.target.url.clone() })]);
            }
            let exchange = self.upstream(&[&list.value], era, None).await;
            let known = Known { target: &self.target.url, item: None, claims: None, exchange };
            let mut items = known.list(&list.value)?;
            items.truncate(ITEM_LIMIT);
            self.allow_items(items.len());
            return Ok(items.into_iter().map(Some).collect());
        }
        // A probe that reads one which is sent for each of a list is sent for each, too.
        let read = probe.request_templates().flat_map(|template| template.value.probes());
        for reference in read.filter(|reference| self.corpus.has_items(reference)) {
            let Some((name, ..)) = self.corpus.probe(reference) else { continue };
            let records = self.probe(name, era).await;
            if records.iter().any(|record| record.item.is_some()) {
                return Ok(records.iter().map(|record| record.item.clone()).collect());
            }
        }
        Ok(vec![None])
    }

    /// Raises the limit for lists of more than one item.
    fn allow_items(&self, count: usize) {
        self.limit.fetch_max(self.allowed + ITEM_REQUESTS * (count - 1), Ordering::Relaxed);
    }

    async fn send_instance(&self, name: &str, probe: &Probe, era: Era, item: Option<Item>) -> Record {
        let sent_in = match &probe.rpc {
            Some(rpc) => self.era_of(rpc, era).await,
            None => era,
        };
        if sent_in != era
            && let Some(sent) = self.probe(name, sent_in).await.first()
        {
            return Record { era, ..sent.clone() };
        }
        let (tries, used) = match &probe.rpc {
            Some(rpc) if rpc.each => self.send_each(name, rpc, sent_in).await,
            Some(rpc) => self.send_rpc(name, rpc, sent_in).await,
            None => {
                let requests = probe.requests();
                let sent = requests.iter().map(|(_, shape)| self.send_http(name, *shape, era, item.as_ref()));
                let sent = join_all(sent).await;
                let tries: Vec<Try> =
                    requests.iter().map(|(candidate, _)| (*candidate).to_owned()).zip(sent).collect();
                let counts = |live: &Live| {
                    probe.candidates.is_empty() || live.response().is_some_and(Response::is_document)
                };
                let used = tries.iter().position(|(_, tried)| tried.as_ref().is_ok_and(counts));
                (tries, used)
            }
        };
        Record { probe: name.to_owned(), era, item, tries, used }
    }

    async fn send_http(
        &self,
        name: &str,
        shape: Shape<'_>,
        era: Era,
        item: Option<&Item>,
    ) -> Result<Live, NotSent> {
        let exchange = self.upstream(&shape.templates(), era, item).await;
        let request =
            http::request(shape, &Known { target: &self.target.url, item, claims: None, exchange })?;
        // What refused nothing may be no MCP endpoint, and nothing is judged there: a POST or a DELETE would only do harm.
        let changes_nothing = matches!(request.method.as_str(), "GET" | "OPTIONS");
        if self.target.role == Role::Server
            && !changes_nothing
            && self.received(era).await != Some(Reception::Refused)
        {
            let why = "the server refused no request for want of a token".to_owned();
            return Err(NotSent::because_of(FIRST_CONTACT, why));
        }
        self.send(name, request).await
    }

    /// Sends `request`, unless the same one was sent already: then its answer serves again.
    async fn send(&self, probe: &str, request: Request) -> Result<Live, NotSent> {
        let cell = {
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            let limit = self.limit.load(Ordering::Relaxed);
            if !sent.contains_key(&request) && self.count.fetch_add(1, Ordering::Relaxed) >= limit {
                let why = format!("the limit of {limit} requests is reached");
                return Err(NotSent::new(why));
            }
            Arc::clone(sent.entry(request.clone()).or_default())
        };
        cell.get_or_try_init(|| self.exchanged(probe, &request)).await.cloned()
    }

    /// Sends `request` even if the same one was sent before.
    async fn send_anew(&self, probe: &str, request: Request) -> Result<Live, NotSent> {
        let limit = self.limit.load(Ordering::Relaxed);
        if self.count.fetch_add(1, Ordering::Relaxed) >= limit {
            return Err(NotSent::new(format!("the limit of {limit} requests is reached")));
        }
        // Whoever sends back what it was sent may send back a secret in the form that Basic gives it.
        let is_login = |(name, _): &&(String, String)| name == "authorization";
        let login = request.headers.iter().find(is_login).and_then(|(_, value)| value.split_once(' '));
        self.wallet.keep(login.map(|(_, credentials)| Secret::new(credentials)).iter());
        self.exchanged(probe, &request).await
    }

    async fn exchanged(&self, probe: &str, request: &Request) -> Result<Live, NotSent> {
        let stopped = || NotSent::new(STOPPED);
        if self.stop.is_on() {
            return Err(stopped());
        }
        self.progress.sending(probe, &request.url);
        let answered = tokio::select! {
            timed = self.client.send(request) => Some(timed),
            () = self.stop.wait() => None,
        };
        self.progress.done();
        let Timed { reply, milliseconds } = answered.ok_or_else(stopped)?;
        let probe = probe.to_owned();
        Ok(Arc::new(Exchange { id: 0, probe, request: request.clone(), reply, milliseconds }))
    }

    /// What comes of a request that tidies up. Who stops a run does not want to wait for a server that answers nothing.
    async fn in_the_end<T>(&self, sent: impl Future<Output = T>) -> Option<T> {
        if !self.stop.is_on() {
            return Some(sent.await);
        }
        tokio::time::timeout(TIDYING, sent).await.ok()
    }

    /// What was answered so far, by what was sent.
    fn sent_so_far(&self) -> Vec<(Request, Live)> {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.iter().filter_map(|(request, cell)| Some((request.clone(), Arc::clone(cell.get()?)))).collect()
    }

    /// The exchanges that `templates` read, waited for.
    async fn upstream<'t>(
        &self,
        templates: &[&'t Template],
        era: Era,
        item: Option<&Item>,
    ) -> impl Fn(&str) -> Result<Live, NotSent> + use<'t> {
        let mut found: HashMap<&'t str, Result<Live, NotSent>> = HashMap::new();
        for reference in templates.iter().flat_map(|template| template.probes()) {
            found.insert(reference, self.exchange_of(reference, era, item).await);
        }
        move |reference: &str| match found.get(reference) {
            Some(exchange) => exchange.clone(),
            None => Err(NotSent::because_of(reference, format!("{reference} was not sent"))),
        }
    }

    async fn exchange_of(&self, reference: &str, era: Era, item: Option<&Item>) -> Result<Live, NotSent> {
        let nothing = |probe: &str, why: String| NotSent::because_of(probe, why);
        let Some((name, candidate, probe)) = self.corpus.probe(reference) else {
            return Err(nothing(reference, format!("there is no probe {reference}")));
        };
        let records = self.probe(name, era).await;
        let record = records.iter().find(|record| record.item.is_none() || record.item.as_ref() == item);
        let Some(record) = record else {
            return Err(nothing(name, format!("{} was not asked for", probe.title)));
        };
        let index = match candidate {
            Some(candidate) => record.tries.iter().position(|(c, _)| c == candidate),
            None => record.used,
        };
        match index.map(|index| &record.tries[index].1) {
            Some(Ok(live)) => Ok(Arc::clone(live)),
            Some(Err(not_sent)) => Err(not_sent.clone()),
            None => Err(nothing(name, format!("no document was found ({})", probe.title))),
        }
    }
}
