//! What both servers of one pair know: their URLs, keys, clients, and how they are told to behave.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::error::Unspecified;
use axum::http::HeaderValue;
use serde_json::json;

use crate::authorization::{Clients, Code, Families, Grant, Pending};
use crate::jwt::{self, Claims};
use crate::keys::{Algorithm, Keys, random};
use crate::{Behaviour, Consent, Options, Profile};

/// The scopes of the reference MCP server.
const SCOPES: [&str; 2] = ["mcp:tools", "mcp:admin"];

/// An audience that is no URL.
const ABSTRACT: &str = "urn:reference:mcp";

/// How long an access token lives, in seconds.
pub(crate) const TOKEN_LIFETIME: u64 = 600;

pub(crate) struct Pair {
    pub(crate) profile: Profile,
    behaviours: Vec<Behaviour>,
    clock: crate::Clock,
    /// Origin of the MCP server, `http://127.0.0.1:PORT`.
    pub(crate) origin: String,
    /// Path of the MCP endpoint, `/mcp` or `/`.
    pub(crate) path: &'static str,
    /// URL of the MCP endpoint, and the resource identifier.
    pub(crate) server: String,
    /// The first one is the one a client should take.
    pub(crate) issuers: Vec<Issuer>,
    /// A resource the authorization server knows and the MCP server is not.
    pub(crate) other_resource: String,
    /// Every resource that tokens can be had for.
    pub(crate) resources: Vec<String>,
    /// Every scope, and the one that is granted if none is asked for.
    pub(crate) scopes: Vec<String>,
    pub(crate) default_scope: String,
    pub(crate) keys: Keys,
    pub(crate) clients: Clients,
    codes: Mutex<HashMap<String, Code>>,
    revoked: Mutex<HashSet<String>>,
    sessions: Mutex<HashMap<String, Session>>,
    opaque: Mutex<HashMap<String, Claims>>,
    families: Mutex<Families>,
    pending: Mutex<HashMap<String, Pending>>,
    assertions: Mutex<HashSet<(String, String)>>,
    /// Whether the user is asked.
    pub(crate) asks: bool,
    challenges: Mutex<HashMap<String, usize>>,
    cached: Mutex<HashSet<String>>,
}

/// A session of the legacy era.
pub(crate) struct Session {
    /// Whose it is.
    pub(crate) user: String,
    /// The id it has behind the guard.
    pub(crate) inner: HeaderValue,
}

/// One authorization server; all of a pair live on the same host and share their keys and clients.
#[derive(Clone)]
pub(crate) struct Issuer {
    /// The issuer identifier, character by character.
    pub(crate) identifier: String,
    /// Endpoints are below this.
    pub(crate) base: String,
    /// Path of the issuer without a terminating slash; often empty.
    pub(crate) path: &'static str,
}

/// Scheme and authority of a URL.
fn origin_of(url: &str) -> String {
    let start = url.find("://").map_or(0, |colon| colon + 3);
    let end = url[start..].find(['/', '?']).map_or(url.len(), |slash| start + slash);
    url[..end].to_owned()
}

impl Pair {
    pub(crate) fn new(
        options: &Options,
        origin: String,
        authorization_origin: &str,
    ) -> Result<Self, Unspecified> {
        let does = |behaviour| options.behaviours.contains(&behaviour);
        let at_root = does(Behaviour::EndpointAtRoot);
        let first = if does(Behaviour::IssuerWithPath) { "/tenant" } else { "" };
        let second = does(Behaviour::TwoAuthorizationServers).then_some("/second");
        let end = if does(Behaviour::IssuerWithTrailingSlash) { "/" } else { "" };
        let issuers = [first].into_iter().chain(second).map(|path| Issuer {
            identifier: format!("{authorization_origin}{path}{end}"),
            base: format!("{authorization_origin}{path}"),
            path,
        });
        let own = if at_root { origin.clone() } else { format!("{origin}/mcp") };
        let other_resource = format!("{authorization_origin}/other-resource");
        let foreign = options.alone.as_ref();
        let mut resources = match foreign {
            Some(foreign) => foreign.resources.clone(),
            None => vec![own, origin],
        };
        let server = resources.first().cloned().unwrap_or_default();
        resources.push(other_resource.clone());
        let scopes = foreign.map(|foreign| foreign.scopes.clone()).filter(|scopes| !scopes.is_empty());
        let mut scopes = scopes.unwrap_or_else(|| SCOPES.map(str::to_owned).to_vec());
        let default_scope = scopes.first().cloned().unwrap_or_default();
        // OpenID Connect wants it whatever else there is.
        scopes.retain(|scope| scope != "openid");
        scopes.insert(0, "openid".to_owned());
        Ok(Self {
            profile: options.profile,
            behaviours: options.behaviours.clone(),
            clock: options.clock,
            path: if at_root { "/" } else { "/mcp" },
            origin: origin_of(&server),
            server,
            issuers: issuers.collect(),
            other_resource,
            resources,
            scopes,
            default_scope,
            keys: Keys::generate()?,
            clients: Clients::new(options.client_secret.as_ref().map(|secret| secret.0.clone()))?,
            codes: Mutex::default(),
            revoked: Mutex::default(),
            sessions: Mutex::default(),
            opaque: Mutex::default(),
            families: Mutex::default(),
            pending: Mutex::default(),
            assertions: Mutex::default(),
            asks: options.consent == Consent::Page || does(Behaviour::AsksForConsent),
            challenges: Mutex::default(),
            cached: Mutex::default(),
        })
    }

    pub(crate) fn does(&self, behaviour: Behaviour) -> bool {
        self.behaviours.contains(&behaviour)
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.now()
    }

    pub(crate) fn codes(&self) -> MutexGuard<'_, HashMap<String, Code>> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What waits for the user's consent, by the id in the form.
    pub(crate) fn pending(&self) -> MutexGuard<'_, HashMap<String, Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Client and `jti` of every assertion that was used.
    pub(crate) fn assertions(&self) -> MutexGuard<'_, HashSet<(String, String)>> {
        self.assertions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came from each login that can be refreshed.
    pub(crate) fn families(&self) -> MutexGuard<'_, Families> {
        self.families.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a token with these claims was revoked, or went with its client.
    pub(crate) fn is_revoked(&self, claims: &Claims) -> bool {
        let text = |name: &str| claims.get(name).and_then(|value| value.as_str()).unwrap_or_default();
        // A token without an id cannot be told from others.
        let is_revoked = |id: &str| !id.is_empty() && self.revoked().contains(id);
        is_revoked(text("jti")) || self.clients.is_removed(text("client_id"))
    }

    /// The `jti` of every access token that was revoked.
    pub(crate) fn revoked(&self) -> MutexGuard<'_, HashSet<String>> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every session that was begun, by the id its client knows.
    pub(crate) fn sessions(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many challenges were sent, by the kind of request.
    pub(crate) fn challenges(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.challenges.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The requests whose answers a cache has.
    pub(crate) fn cached(&self) -> MutexGuard<'_, HashSet<String>> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The claims of an access token in the shape of RFC 9068.
    pub(crate) fn claims(&self, grant: &Grant) -> Result<Claims, Unspecified> {
        let mut audiences: Vec<String> = match grant.resources.as_slice() {
            [] => vec![self.audience(&self.server)],
            resources => resources.iter().map(|resource| self.audience(resource)).collect(),
        };
        if self.does(Behaviour::ListAudience) {
            audiences.push(format!("{}/userinfo", grant.issuer));
        }
        let audience = if let [one] = audiences.as_slice() { json!(one) } else { json!(audiences) };
        let now = self.now();
        let mut claims = Claims::new();
        claims.insert("iss".into(), json!(grant.issuer));
        claims.insert("sub".into(), json!(grant.subject));
        if self.does(Behaviour::AudienceIsTheClient) {
            claims.insert("aud".into(), json!(grant.client_id));
        } else if !self.does(Behaviour::NoAudience) {
            claims.insert("aud".into(), audience);
        }
        claims.insert("exp".into(), json!(now + TOKEN_LIFETIME));
        claims.insert("iat".into(), json!(now));
        claims.insert("jti".into(), json!(random()?));
        claims.insert("client_id".into(), json!(grant.client_id));
        claims.insert("scope".into(), json!(grant.scope));
        Ok(claims)
    }

    pub(crate) fn access_token(&self, claims: &Claims) -> Result<String, Unspecified> {
        if !self.does(Behaviour::OpaqueTokens) {
            return jwt::sign(&self.keys, self.algorithm(), self.typ(), claims);
        }
        let token = random()?;
        self.opaque().insert(token.clone(), claims.clone());
        Ok(token)
    }

    /// What an access token stands for, where it does not say so itself.
    pub(crate) fn opaque(&self) -> MutexGuard<'_, HashMap<String, Claims>> {
        self.opaque.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How access tokens are signed.
    pub(crate) fn algorithm(&self) -> Algorithm {
        if self.does(Behaviour::Rs256Tokens) { Algorithm::Rs256 } else { Algorithm::Es256 }
    }

    /// The `typ` of access tokens.
    pub(crate) fn typ(&self) -> &'static str {
        if self.does(Behaviour::TypJwt) { "JWT" } else { "at+jwt" }
    }

    /// The names of the MCP server in the aud claim.
    pub(crate) fn audiences(&self) -> Vec<&str> {
        match self.does(Behaviour::AbstractAudience) {
            true => vec![ABSTRACT],
            false if self.does(Behaviour::OriginIsNoName) => vec![&self.server],
            false => vec![&self.server, &self.origin],
        }
    }

    fn audience(&self, resource: &str) -> String {
        let is_abstract = self.does(Behaviour::AbstractAudience) && resource != self.other_resource;
        if is_abstract { ABSTRACT.to_owned() } else { resource.to_owned() }
    }
}
