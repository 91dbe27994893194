//! A pair that runs, and what its owner may do that a client may not: mint, spoil and revoke tokens.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::authorization::{Grant, REDIRECT_URI};
use crate::jwt;
use crate::keys::Algorithm;
use crate::pair::Pair;

/// A running pair. It stops when this is dropped.
pub struct Running {
    /// URL of the MCP endpoint.
    pub server_url: String,
    /// Origin of the MCP server.
    pub origin: String,
    /// Issuer identifier.
    pub issuer: String,
    /// Origin of the authorization server.
    pub authorization_origin: String,
    /// A client that may use client_credentials and authorization_code.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// A client without a secret that may use authorization_code.
    pub public_client_id: String,
    /// Where a client publishes its metadata, which is its client ID.
    pub client_metadata_url: String,
    /// Registered for both clients; any port may be put after the address.
    pub redirect_uri: String,
    /// A resource that tokens can be had for and that is not the MCP server.
    pub other_resource: String,
    /// The certificate authority to trust, in PEM, where a server speaks TLS.
    pub certificate_authority: Option<String>,
    pair: Arc<Pair>,
    stop: CancellationToken,
    serving: Vec<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn new(
        pair: Arc<Pair>,
        authorization_origin: String,
        certificate_authority: Option<String>,
        client_metadata_url: String,
        stop: CancellationToken,
        serving: Vec<JoinHandle<()>>,
    ) -> Self {
        let confidential = &pair.clients.confidential;
        Self {
            server_url: pair.server.clone(),
            origin: pair.origin.clone(),
            issuer: pair.issuers[0].identifier.clone(),
            authorization_origin,
            client_id: confidential.id.clone(),
            client_secret: confidential.secret.clone().unwrap_or_default(),
            public_client_id: pair.clients.public.id.clone(),
            client_metadata_url,
            redirect_uri: REDIRECT_URI.to_owned(),
            other_resource: pair.other_resource.clone(),
            certificate_authority,
            pair,
            stop,
            serving,
        }
    }

    /// A good access token for the MCP server.
    pub fn mint(&self, scope: &str) -> String {
        self.sign(&self.claims(scope))
    }

    /// The claims of a good access token, to be spoiled and signed.
    pub fn claims(&self, scope: &str) -> Map<String, Value> {
        let grant = Grant {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            subject: self.client_id.clone(),
            scope: scope.to_owned(),
            resources: Vec::new(),
        };
        self.pair.claims(&grant).unwrap_or_default()
    }

    /// Signs any claims as an access token of the authorization server.
    pub fn sign(&self, claims: &Map<String, Value>) -> String {
        self.pair.access_token(claims).unwrap_or_default()
    }

    /// Signs any claims with another `typ`, such as that of an id token.
    pub fn sign_as(&self, typ: &str, claims: &Map<String, Value>) -> String {
        jwt::sign(&self.pair.keys, Algorithm::Es256, typ, claims).unwrap_or_default()
    }

    /// Signs any claims under any header with the ES256 key.
    #[cfg(test)]
    pub(crate) fn sign_with(&self, header: &Value, claims: &Map<String, Value>) -> String {
        let signed = jwt::joined(header, claims);
        let signature = self.pair.keys.sign(Algorithm::Es256, signed.as_bytes()).unwrap_or_default();
        format!("{signed}.{}", crate::keys::base64url(&signature))
    }

    /// Makes the MCP server refuse a token from now on.
    pub fn revoke(&self, token: &str) {
        let opaque = self.pair.opaque().get(token).cloned();
        let claims = opaque.or_else(|| Some(jwt::parse(token)?.claims)).unwrap_or_default();
        if let Some(Value::String(id)) = claims.get("jti") {
            self.pair.revoked().insert(id.clone());
        }
    }

    /// Stops both servers and waits a moment for open connections.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        for serving in &mut self.serving {
            if tokio::time::timeout(Duration::from_secs(1), &mut *serving).await.is_err() {
                serving.abort();
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
