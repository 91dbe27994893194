//! The client that a run logs in as: given, known by a document, or registered and removed afterwards. That is the order of
//! the specification (2025-11-25, client registration approaches).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use super::super::signing::{Server, document};
use super::super::{Live, Runner};
use crate::login::listener::Listener;
use crate::login::pkce::{Verifier, random_state};
use crate::login::request::{self, Authorization, Client, Method, Purpose};
use crate::login::secret::Secret;
use crate::model::exchange::{Reply, Response};
use crate::model::login::{self, Grant, Json, Login};
use crate::model::profile::Era;
use crate::model::recording::NotSent;
use crate::parse::url::Uri;
use crate::plan::LOGIN;
use crate::probe::forge::{Draft, OUR_KEY};

/// A client of the authorization server.
#[derive(Clone)]
pub(in crate::run) struct Registered {
    pub(in crate::run) id: String,
    pub(super) secret: Option<Secret>,
    method: Method,
    /// Where it is managed, and the token for that (RFC 7592).
    pub(super) management: Option<(String, Secret)>,
    /// What it was registered with, if that was done in this run.
    pub(super) registration: Option<Live>,
    /// What was answered to the client that is a document.
    pub(super) document: Option<Live>,
}

impl Registered {
    /// One that has no secret.
    fn public(id: String) -> Self {
        Self { id, secret: None, method: Method::None, management: None, registration: None, document: None }
    }

    /// One that the authorization server knows already.
    pub(super) fn known(id: &str, secret: Option<Secret>, server: &Server) -> Self {
        let listed = server.metadata.value().pointer("/token_endpoint_auth_methods_supported");
        let listed = listed.and_then(Value::as_array);
        let listed: Option<Vec<&str>> =
            listed.map(|methods| methods.iter().filter_map(Value::as_str).collect());
        let method = Method::choose(secret.is_some(), None, listed.as_deref());
        Self { secret, method, ..Self::public(id.to_owned()) }
    }

    pub(super) fn client(&self) -> Client<'_> {
        Client { id: &self.id, secret: self.secret.as_ref(), method: self.method }
    }
}

impl Runner<'_> {
    /// The client of the run. A probe that changes what is registered has one of its own, and so has one that only
    /// registers.
    pub(super) async fn client(
        &self,
        name: &str,
        login: &Login,
        grant: Grant,
        server: &Server,
    ) -> Result<Arc<Registered>, NotSent> {
        if let Some(document) = &login.document {
            return self.documented(name, document).await;
        }
        if !login.register.is_empty() || login.assertion.is_some() || grant == Grant::None {
            let listener = self.listener().await?;
            return self.register(name, login, grant, server, &listener).await;
        }
        let cell = self.run_client.get_or_init(|| async {
            let listener = self.listener().await?;
            if let Some(known) = self.known_client(server) {
                return Ok(Arc::new(known));
            }
            let document = match grant {
                Grant::ClientCredentials => None,
                _ => self.offer_document(name, server, &listener).await,
            };
            match &document {
                Some(live) if live.response().is_some_and(|response| response.status < 400) => {
                    let id = served(&listener);
                    Ok(Arc::new(Registered { document: document.clone(), ..Registered::public(id) }))
                }
                _ => {
                    let registered = self.register(name, login, grant, server, &listener).await?;
                    Ok(Arc::new(Registered { document, ..Registered::clone(&registered) }))
                }
            }
        });
        cell.await.clone()
    }

    /// A client that is a document with something unusual about it. That of the run is the control: a server may read none
    /// on this machine.
    async fn documented(&self, name: &str, document: &login::Document) -> Result<Arc<Registered>, NotSent> {
        self.probe(LOGIN, Era::Modern).await;
        let listener = self.listener().await?;
        let redirect_uri = listener.redirect_uri();
        let own = self.run_client.get().and_then(|client| client.as_ref().ok());
        if own.is_none_or(|own| own.document.is_none() || own.registration.is_some()) {
            return Err(NotSent::new("the client of the login is no document on this machine"));
        }
        let url = listener.serve(name, document.status.unwrap_or(200), |url| {
            let Value::Object(mut members) = request::document(url, &redirect_uri) else {
                return Value::Null;
            };
            change(&mut members, &document.members, url);
            Value::Object(members)
        });
        Ok(Arc::new(Registered::public(url)))
    }

    /// The client that needs no registration: the user's, or one with a metadata document.
    fn known_client(&self, server: &Server) -> Option<Registered> {
        if let Some(given) = &self.credentials.client {
            return Some(Registered::known(&given.id, given.secret.clone(), server));
        }
        self.credentials.client_metadata_url.clone().map(Registered::public)
    }

    /// Asks for authorization as a client that is a document on this machine. Nobody but a server on the same machine can
    /// read that, and it may refuse one that is not at an https URL.
    async fn offer_document(&self, name: &str, server: &Server, listener: &Listener) -> Option<Live> {
        let takes = server.metadata.value().pointer("/client_id_metadata_document_supported");
        let issuer = Uri::parse(server.text("/issuer")?).ok()?;
        if takes.and_then(Value::as_bool) != Some(true) || !issuer.is_loopback() {
            return None;
        }
        let (id, redirect_uri) = (served(listener), listener.redirect_uri());
        let (state, challenge) = (random_state()?, Verifier::random()?.challenge());
        let resource = self.resource(Era::Modern).await;
        let scope = self.scopes(login::Scope::Needed, Era::Modern).await.ok().flatten();
        let authorization = Authorization {
            endpoint: server.url("/authorization_endpoint")?,
            client_id: &id,
            redirect_uri: &redirect_uri,
            scope: scope.as_deref(),
            state: &state,
            challenge: &challenge,
            resource: resource.as_deref(),
        };
        self.send_anew(name, request::page(authorization.url(&request::Changes::new()))).await.ok()
    }

    /// Registers a client (RFC 7591).
    async fn register(
        &self,
        name: &str,
        login: &Login,
        grant: Grant,
        server: &Server,
        listener: &Listener,
    ) -> Result<Arc<Registered>, NotSent> {
        let Some(endpoint) = server.url("/registration_endpoint") else {
            return Err(NotSent::without("--client-id", "the authorization server registers no clients"));
        };
        let redirect_uri = listener.redirect_uri();
        let purpose = match grant {
            Grant::ClientCredentials => Purpose::ClientCredentials,
            _ => Purpose::Login { redirect_uri: &redirect_uri },
        };
        let mut request = request::registration(endpoint, purpose, None);
        if !login.register.is_empty() || login.assertion.is_some() {
            let body = request.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
            let mut body: Map<String, Value> = body.unwrap_or_default();
            change(&mut body, &login.register, "");
            if login.assertion.is_some() {
                body.extend(with_our_key(signing_algorithm(server))?);
            }
            request.body = Some(Value::Object(body).to_string());
        }
        let live = self.send(name, request).await?;
        let answer = document(&live);
        let text = |member: &str| {
            answer.as_ref().and_then(|answer| answer.value().get(member)?.as_str()).map(str::to_owned)
        };
        let Some(id) = text("client_id") else {
            let registration = Some(live);
            // What came is to be looked at all the same.
            return Ok(Arc::new(Registered { registration, ..Registered::public(String::new()) }));
        };
        let secret = text("client_secret").map(Secret::new);
        let method = text("token_endpoint_auth_method");
        let method = match login.assertion {
            Some(_) => Method::PrivateKeyJwt,
            None => Method::choose(secret.is_some(), method.as_deref(), None),
        };
        let management = text("registration_client_uri").zip(text("registration_access_token"));
        let management = management.map(|(uri, token)| (uri, Secret::new(token)));
        let registration = Some(live);
        let registered = Registered { id, secret, method, management, registration, document: None };
        let registered = Arc::new(registered);
        self.wallet
            .keep(registered.secret.iter().chain(registered.management.iter().map(|(_, token)| token)));
        self.registered
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .push(Arc::clone(&registered));
        Ok(registered)
    }

    /// Where logins come back to.
    pub(in crate::run) async fn listener(&self) -> Result<Arc<Listener>, NotSent> {
        let started = self.listener.get_or_init(|| async {
            Listener::start(&serde_json::json!({ "keys": [] }))
                .map(Arc::new)
                .map_err(|error| NotSent::new(format!("this machine does not let us listen: {error}")))
        });
        started.await.clone()
    }

    /// Removes the clients that were registered (RFC 7592 §2.3), all at once, and names those that stay.
    pub(in crate::run) async fn remove_clients(&self) -> Vec<String> {
        let mut registered =
            std::mem::take(&mut *self.registered.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        let mut seen = BTreeSet::new();
        registered.retain(|client| seen.insert(client.id.clone()));
        let left = registered.iter().map(|client| async {
            let Some((uri, token)) = &client.management else { return Some(client.id.clone()) };
            let removal = request::removal(uri, token);
            let answered = self.in_the_end(self.client.send(&removal)).await.map(|timed| timed.reply);
            let is_gone = |response: &Response| matches!(response.status, 200 | 204 | 401 | 404);
            let removed = matches!(&answered, Some(Reply::Response(response)) if is_gone(response));
            (!removed).then(|| client.id.clone())
        });
        join_all(left).await.into_iter().flatten().collect()
    }
}

/// Serves the document of the client of the run.
fn served(listener: &Listener) -> String {
    let redirect_uri = listener.redirect_uri();
    listener.serve("client", 200, |url| request::document(url, &redirect_uri))
}

/// What a client is registered with that proves with our key who it is (RFC 7591 §2).
fn with_our_key(alg: &str) -> Result<Map<String, Value>, NotSent> {
    let key = Draft::assertion("", "", alg).our_key();
    let mut key = key.ok_or_else(|| NotSent::new("this machine has no randomness for a key"))?;
    for (member, value) in [("kid", OUR_KEY), ("use", "sig"), ("alg", alg)] {
        key[member] = json!(value);
    }
    Ok(Map::from_iter([
        ("token_endpoint_auth_method".to_owned(), json!("private_key_jwt")),
        ("token_endpoint_auth_signing_alg".to_owned(), json!(alg)),
        ("jwks".to_owned(), json!({ "keys": [key] })),
    ]))
}

/// The algorithm for assertions: RS256 where the server does not say that it takes ES256.
pub(super) fn signing_algorithm(server: &Server) -> &'static str {
    let listed = server.metadata.value().pointer("/token_endpoint_auth_signing_alg_values_supported");
    let takes_ec = listed.and_then(Value::as_array).is_some_and(|listed| listed.contains(&json!("ES256")));
    if takes_ec { "ES256" } else { "RS256" }
}

/// Changes members; null removes one, and `{{document}}` in a text is `url`.
pub(super) fn change(members: &mut Map<String, Value>, changes: &BTreeMap<String, Json>, url: &str) {
    for (member, value) in changes {
        let value = match &value.0 {
            Value::Null => {
                members.remove(member);
                continue;
            }
            Value::String(text) => Value::String(text.replace("{{document}}", url)),
            value => value.clone(),
        };
        members.insert(member.clone(), value);
    }
}
