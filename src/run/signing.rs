//! Signatures that need somebody else: an authorization server for tests, or its public key.

use serde_json::{Value, json};

use super::wallet::BAD_TOKEN;
use super::{Live, Runner};
use crate::login::keys::public_key_pem;
use crate::login::listener::Listener;
use crate::model::exchange::Request;
use crate::model::profile::Era;
use crate::model::recording::{Item, NotSent};
use crate::parse::json::Document;
use crate::parse::url::Uri;
use crate::plan::{AUTHORIZATION_SERVERS, KEYS};
use crate::probe::forge::{Draft, OUR_KEY};

/// Where an authorization server for tests signs whatever the holder of a good token asks for. No other publishes that.
const MINTING: &str = "/test_minting_endpoint";

/// The metadata of the authorization server that a run takes its tokens from, and which of a list that is.
pub(super) struct Server {
    pub(super) metadata: Document,
    pub(super) item: Option<Item>,
}

impl Server {
    /// A member that is a text.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.metadata.value().pointer(pointer)?.as_str()
    }

    /// A member that is a URL which can be asked.
    pub(super) fn url(&self, pointer: &str) -> Option<&str> {
        self.text(pointer).filter(|url| Uri::parse(url).is_ok_and(|uri| uri.is_web()))
    }
}

impl Runner<'_> {
    /// The first authorization server with metadata: of those that the resource metadata lists, else the one that the
    /// MCP server's host names, else the host itself.
    pub(super) async fn server(&self, era: Era) -> Result<Server, NotSent> {
        let other = if era == Era::Modern { Era::Legacy } else { Era::Modern };
        for (probe, era) in AUTHORIZATION_SERVERS.iter().flat_map(|probe| [(probe, era), (probe, other)]) {
            for record in self.probe(probe, era).await.iter() {
                let live = record.used.and_then(|used| record.tries.get(used)?.1.as_ref().ok());
                let metadata = live.and_then(document);
                let usable = metadata
                    .filter(|found| found.value().pointer("/token_endpoint").is_some_and(Value::is_string));
                if let Some(metadata) = usable {
                    return Ok(Server { metadata, item: record.item.clone() });
                }
            }
        }
        let why = "no authorization server with a token endpoint was found".to_owned();
        Err(NotSent::because_of(AUTHORIZATION_SERVERS[0], why))
    }

    /// `draft` signed by the authorization server itself, if it is one for tests.
    pub(super) async fn minted(&self, draft: &Draft, good: &str, era: Era) -> Result<String, NotSent> {
        let server = self.server(era).await?;
        let Some(endpoint) = server.text(MINTING) else {
            let why = "the authorization server signs no token that it would not issue, as `mcp-conform serve \
                       --authorization-server-only` does";
            return Err(NotSent::without(BAD_TOKEN, why));
        };
        let mut header = draft.header.clone();
        header.remove("kid");
        let headers = [
            ("accept", "application/json".to_owned()),
            ("content-type", "application/json".to_owned()),
            ("authorization", format!("Bearer {good}")),
        ];
        let request = Request {
            method: "POST".to_owned(),
            url: endpoint.to_owned(),
            headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body: Some(json!({ "header": header, "claims": draft.claims }).to_string()),
        };
        let live = self.send("token.minted", request).await?;
        let answer = document(&live);
        let token = answer.as_ref().and_then(|answer| answer.value().pointer("/token")?.as_str());
        token.map(str::to_owned).ok_or_else(|| {
            let status = live.response().map_or(0, |response| response.status);
            NotSent::new(format!("{endpoint} signed no token: it answered {status}"))
        })
    }

    /// `draft` signed with our key, which `jku` says to be on this machine: only a server on the same one can ask for it.
    pub(super) async fn signed_at_url(&self, mut draft: Draft) -> Result<String, NotSent> {
        if !Uri::parse(&self.target.url).is_ok_and(|uri| uri.is_loopback()) {
            return Err(NotSent::new("the server cannot reach this machine to read a key"));
        }
        let key = draft.our_key().ok_or_else(|| NotSent::new("this machine has no randomness for a key"))?;
        let mut listed = key.clone();
        listed["kid"] = json!(OUR_KEY);
        let keys = self.keys.get_or_init(|| async {
            let started = Listener::start(&json!({ "keys": [listed] }));
            started.map_err(|error| NotSent::new(format!("this machine does not let us listen: {error}")))
        });
        let keys = keys.await.as_ref().map_err(Clone::clone)?;
        draft.header.insert("kid".to_owned(), json!(OUR_KEY));
        draft.header.insert("jku".to_owned(), json!(keys.keys_url()));
        draft.signed_by_us().ok_or_else(|| NotSent::new("this machine has no randomness for a key"))
    }

    /// `draft` with a MAC under the public key that the good token verifies with, which everybody can read.
    pub(super) async fn with_public_key(&self, draft: Draft, era: Era) -> Result<String, NotSent> {
        let server = self.server(era).await?;
        let other = if era == Era::Modern { Era::Legacy } else { Era::Modern };
        for era in [era, other] {
            let Ok(live) = self.exchange_of(KEYS, era, server.item.as_ref()).await else { continue };
            let kid = draft.header.get("kid").and_then(Value::as_str);
            let pem = document(&live).and_then(|keys| public_key_pem(keys.value(), kid));
            if let Some(pem) = pem {
                return Ok(draft.with_mac(pem.as_bytes()));
            }
        }
        Err(NotSent::new("the authorization server publishes no RSA or P-256 key"))
    }
}

/// The JSON document that came.
pub(super) fn document(live: &Live) -> Option<Document> {
    Document::parse(&live.response()?.body.bytes()).ok()
}
