//! The clients: two that are there from the start, those that register, and those that publish a document.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::error::Unspecified;
use serde_json::{Map, Value, json};

use crate::keys::random;

/// Registered for both first clients; any port may be put after the address.
pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1/callback";

pub(crate) struct Clients {
    /// Has a secret and may use client_credentials.
    pub(crate) confidential: Arc<Client>,
    /// Has none and may not.
    pub(crate) public: Arc<Client>,
    /// By client_id.
    registered: Mutex<BTreeMap<String, Arc<Client>>>,
    /// The ids of clients that removed themselves.
    removed: Mutex<HashSet<String>>,
    /// By the URL of the document, with the time until which that is good.
    published: Mutex<BTreeMap<String, (u64, Arc<Client>)>>,
}

pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
    /// Client metadata of RFC 7591 section 2.
    pub(crate) metadata: Map<String, Value>,
    /// Missing for clients that never registered.
    pub(crate) registration: Option<Registration>,
}

/// How a client comes back to its registration.
#[derive(Clone)]
pub(crate) struct Registration {
    pub(crate) token: String,
    /// Seconds since 1970.
    pub(crate) time: u64,
}

impl Clients {
    pub(crate) fn new(secret: Option<String>) -> Result<Self, Unspecified> {
        let secret = secret.map_or_else(random, Ok)?;
        let client = |id: &str, secret, grant_types: &[&str]| {
            let metadata = [
                ("redirect_uris".to_owned(), json!([REDIRECT_URI])),
                ("grant_types".to_owned(), json!(grant_types)),
            ];
            let metadata = Map::from_iter(metadata);
            Arc::new(Client { id: id.to_owned(), secret, metadata, registration: None })
        };
        let all = ["authorization_code", "refresh_token", "client_credentials"];
        Ok(Self {
            confidential: client("reference-confidential", Some(secret), &all),
            public: client("reference-public", None, &all[..2]),
            registered: Mutex::default(),
            removed: Mutex::default(),
            published: Mutex::default(),
        })
    }

    pub(crate) fn find(&self, id: &str) -> Option<Arc<Client>> {
        let first = [&self.confidential, &self.public].into_iter().find(|client| client.id == id);
        let registered = || self.registered().get(id).cloned();
        // A code that a client was given outlives its document.
        first.cloned().or_else(registered).or_else(|| Some(self.documents().get(id)?.1.clone()))
    }

    /// The client that publishes this document, if we know it and it is still good.
    pub(crate) fn published(&self, url: &str, now: u64) -> Option<Arc<Client>> {
        self.documents().get(url).filter(|(until, _)| now < *until).map(|(_, client)| client.clone())
    }

    /// Remembers a client by its document.
    pub(crate) fn publish(&self, client: Client, until: u64) -> Arc<Client> {
        let client = Arc::new(client);
        self.documents().insert(client.id.clone(), (until, client.clone()));
        client
    }

    pub(crate) fn add(&self, client: Client) {
        self.registered().insert(client.id.clone(), Arc::new(client));
    }

    /// A client that registered.
    pub(crate) fn managed(&self, id: &str) -> Option<Arc<Client>> {
        self.registered().get(id).cloned()
    }

    pub(crate) fn remove(&self, id: &str) {
        self.registered().remove(id);
        self.removed().insert(id.to_owned());
    }

    pub(crate) fn is_removed(&self, id: &str) -> bool {
        self.removed().contains(id)
    }

    pub(crate) fn all(&self) -> Vec<Arc<Client>> {
        let first = [self.confidential.clone(), self.public.clone()];
        first.into_iter().chain(self.registered().values().cloned()).collect()
    }

    fn registered(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Client>>> {
        self.registered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn removed(&self) -> MutexGuard<'_, HashSet<String>> {
        self.removed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn documents(&self) -> MutexGuard<'_, BTreeMap<String, (u64, Arc<Client>)>> {
        self.published.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client {
    pub(crate) fn is_public(&self) -> bool {
        self.secret.is_none() && !self.has_keys()
    }

    /// Whether it authenticates with keys of its own.
    pub(crate) fn has_keys(&self) -> bool {
        self.metadata.get("token_endpoint_auth_method").is_some_and(|method| method == "private_key_jwt")
    }

    pub(crate) fn may(&self, grant_type: &str) -> bool {
        self.list("grant_types").any(|known| known == grant_type)
    }

    pub(crate) fn redirect_uris(&self) -> impl Iterator<Item = &str> {
        self.list("redirect_uris")
    }

    fn list(&self, member: &str) -> impl Iterator<Item = &str> {
        self.metadata.get(member).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }
}

/// Equal to the registered URI character by character, but for the port after a loopback address, which as for any
/// native app is the client's to choose (OAuth 2.1 section 8.4.2).
pub(crate) fn is_registered(registered: &str, uri: &str) -> bool {
    let same_but_for_port = |host: &&str| {
        let rest = |uri| without_port(str::strip_prefix(uri, host)?);
        rest(registered).is_some_and(|registered| rest(uri) == Some(registered))
    };
    registered == uri || ["http://127.0.0.1", "http://[::1]"].iter().any(same_but_for_port)
}

/// What follows the port, if one is there.
fn without_port(rest: &str) -> Option<&str> {
    let Some(ported) = rest.strip_prefix(':') else {
        return Some(rest);
    };
    let (port, rest) = ported.split_at(ported.find(['/', '?', '#']).unwrap_or(ported.len()));
    port.parse::<u16>().is_ok().then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::{REDIRECT_URI, is_registered};

    #[test]
    fn only_the_port_is_free() {
        assert!(is_registered(REDIRECT_URI, REDIRECT_URI));
        assert!(is_registered(REDIRECT_URI, "http://127.0.0.1:51234/callback"));
        assert!(is_registered("http://[::1]:1/", "http://[::1]:2/"));
        for other in [
            "http://127.0.0.1/callback/x",
            "http://127.0.0.1:51234/callback?x=1",
            "http://127.0.0.1:x/callback",
            "http://localhost/callback",
            "https://127.0.0.1/callback",
            "http://127.0.0.1:1@evil.example/callback",
            "http://127.0.0.1.evil.example/callback",
        ] {
            assert!(!is_registered(REDIRECT_URI, other), "{other}");
        }
        assert!(is_registered("https://a.example/cb", "https://a.example/cb"));
        assert!(!is_registered("https://a.example/cb", "https://a.example:8443/cb"));
    }
}
