//! Requests that carry a token: the one that is refused without a token, with each token in turn, and in sessions that the
//! good token began.

use futures_util::future::join_all;

use super::rpc::{session, spared};
use super::{Runner, Try};
use crate::login::secret::Secret;
use crate::model::exchange::Request;
use crate::model::probe::{Call, Rpc, Session};
use crate::model::profile::Era;
use crate::model::reception::Reception;
use crate::model::recording::NotSent;
use crate::model::token::GOOD;
use crate::parse::well_known;
use crate::probe::rpc;

/// A session that never was.
const NO_SESSION: &str = "6d63702d-636f-4e66-8f72-6d6e65766572";

impl Runner<'_> {
    /// The one call of `rpc` that is refused without a token.
    pub(super) async fn send_with_token(&self, name: &str, rpc: &Rpc, era: Era) -> (Vec<Try>, Option<usize>) {
        if self.is_open(era).await {
            return spared(rpc);
        }
        let (open, begun) = self.open_calls(rpc, era).await;
        let Some(call) = rpc.calls.get(open).or(rpc.calls.first()) else { return (Vec::new(), None) };
        let tried = match self.carrying(*call, rpc, era, begun).await {
            Ok(request) => self.send(name, request).await,
            Err(not_sent) => Err(not_sent),
        };
        let used = tried.is_ok().then_some(0);
        (vec![(call.name().to_owned(), tried)], used)
    }

    /// The request for `call`, with its tokens and in its session.
    async fn carrying(
        &self,
        call: Call,
        rpc: &Rpc,
        era: Era,
        begun: Option<String>,
    ) -> Result<Request, NotSent> {
        let token = match &rpc.token {
            Some(name) => Some(self.token(&name.value, era).await?.value),
            None => None,
        };
        let in_query = match &rpc.query_token {
            Some(name) => Some(self.token(&name.value, era).await?.value),
            None => None,
        };
        let session = match rpc.session {
            None => begun,
            Some(kind) => Some(self.session(kind, rpc.id, era).await?),
        };
        let mut request = self.call(call, rpc, era, session.as_deref());
        if let Some(token) = in_query {
            let mut pair = url::form_urlencoded::Serializer::new(String::new());
            pair.append_pair("access_token", token.expose());
            request.url = well_known::with_query(&request.url, &pair.finish());
        }
        if let Some(token) = token {
            request.headers.push(authorization(&rpc.scheme, &token));
        }
        Ok(request)
    }

    /// Whether the good token shows that the modern era is not spoken, and the legacy one may be.
    pub(super) async fn speaks_legacy_only(&self, rpc: &Rpc) -> bool {
        if self.received(Era::Legacy).await != Some(Reception::Refused) {
            return false;
        }
        let (open, begun) = self.open_calls(rpc, Era::Modern).await;
        let call = rpc.calls.get(open).or(rpc.calls.first());
        let (Some(call), Ok(good)) = (call, self.token(GOOD, Era::Modern).await) else { return false };
        let mut request = rpc::request(*call, rpc.id, Era::Modern, &self.target.url, begun.as_deref());
        request.headers.push(authorization("Bearer", &good.value));
        let tried = self.send(GOOD_SESSION, request).await;
        tried.is_ok_and(|live| matches!(Reception::of_exchange(&live, *call), Reception::NotSpoken(_)))
    }

    /// A session that the good token began. `id` makes one that is a probe's own another than that which they share.
    async fn session(&self, kind: Session, id: u32, era: Era) -> Result<String, NotSent> {
        let none = |why: &str| NotSent::new(why.to_owned());
        if era == Era::Modern {
            return Err(none("there are no sessions from 2026-07-28 on"));
        }
        let round = if kind == Session::Own { id } else { 1 };
        let good = self.token(GOOD, era).await?.value;
        let with_token = |mut request: Request| {
            request.headers.push(authorization("Bearer", &good));
            request
        };
        let open = with_token(rpc::request(Call::Open, round, era, &self.target.url, None));
        let live = self.send(GOOD_SESSION, open).await?;
        let Some(id) = session(&live) else { return Err(none("the server keeps no sessions")) };
        let ready = with_token(rpc::request(Call::Initialized, 0, era, &self.target.url, Some(&id)));
        drop(self.send(GOOD_SESSION, ready).await);
        Ok(if kind == Session::Unknown { NO_SESSION.to_owned() } else { id })
    }

    /// Ends the sessions that our tokens began, all at once.
    pub(super) async fn end_sessions(&self) {
        let ends = self.sent_so_far().into_iter().filter_map(|(request, live)| {
            let authorization = request.headers.into_iter().find(|(name, _)| name == "authorization")?;
            let mut end = rpc::request(Call::End, 0, Era::Legacy, &self.target.url, Some(&session(&live)?));
            end.headers.push(authorization);
            Some(end)
        });
        let sent = ends.map(|end| async move { self.in_the_end(self.client.send(&end)).await });
        join_all(sent).await;
    }
}

/// What the requests that begin a session are sent for.
const GOOD_SESSION: &str = "mcp.session";

fn authorization(scheme: &str, token: &Secret) -> (String, String) {
    ("authorization".to_owned(), format!("{scheme} {}", token.expose()))
}
