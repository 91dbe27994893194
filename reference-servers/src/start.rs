//! Starting a pair and holding on to it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::serve::ListenerExt;
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::authorization::{self, Grant, REDIRECT_URI};
use crate::edit::{Edits, Places, Server, UnknownPlaceholder, filled, layer};
use crate::pair::Pair;
use crate::{Options, Profile, document, keys, resource};

/// Why a pair did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port could not be had.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no randomness to be had.
    #[error("cannot make keys")]
    Keys,
    /// An edit names something that does not exist.
    #[error(transparent)]
    Edit(#[from] UnknownPlaceholder),
}

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
    /// Registered for both clients; any port may be put after the address.
    pub redirect_uri: String,
    /// A resource that tokens can be had for and that is not the MCP server.
    pub other_resource: String,
    pair: Arc<Pair>,
    stop: CancellationToken,
    serving: Vec<JoinHandle<()>>,
}

/// Starts both servers on 127.0.0.1. Under 2025-03-26 there is one server, which is both.
pub async fn start(options: Options) -> Result<Running, StartError> {
    keys::prepare();
    let mcp = listen(options.mcp_port).await?;
    let origin = origin(&mcp, options.mcp_port)?;
    let apart = match options.profile {
        Profile::V2025_03_26 => None,
        _ => Some(listen(options.authorization_port).await?),
    };
    let authorization_origin = match &apart {
        Some(listener) => self::origin(listener, options.authorization_port)?,
        None => origin.clone(),
    };
    let pair = Pair::new(&options, origin, &authorization_origin).map_err(|_| StartError::Keys)?;
    let pair = Arc::new(pair);
    let places = Places::new(&pair, &authorization_origin);
    let stop = CancellationToken::new();
    let edited = |server, router: Router| edited(&options, &pair, &places, server, router);
    let mut serving = vec![serve(mcp, edited(Server::Mcp, resource::router(&pair, stop.clone()))?, &stop)];
    if let Some(listener) = apart {
        serving.push(serve(listener, edited(Server::Authorization, authorization::router(&pair))?, &stop));
    }
    Ok(Running {
        server_url: pair.server.clone(),
        origin: pair.origin.clone(),
        issuer: pair.issuers[0].identifier.clone(),
        authorization_origin,
        client_id: pair.clients.confidential.id.to_owned(),
        client_secret: pair.clients.confidential.secret.clone().unwrap_or_default(),
        public_client_id: pair.clients.public.id.to_owned(),
        redirect_uri: REDIRECT_URI.to_owned(),
        other_resource: pair.other_resource.clone(),
        pair,
        stop,
        serving,
    })
}

async fn listen(port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|source| StartError::Listen { port, source })
}

fn origin(listener: &TcpListener, port: u16) -> Result<String, StartError> {
    let address = listener.local_addr().map_err(|source| StartError::Listen { port, source })?;
    Ok(format!("http://{address}"))
}

fn edited(
    options: &Options,
    pair: &Arc<Pair>,
    places: &Places,
    server: Server,
    router: Router,
) -> Result<Router, StartError> {
    let edits = options.edits.iter().filter(|edit| edit.on.server == server);
    let edits: Result<Vec<_>, _> = edits.map(|edit| filled(edit, places)).collect();
    let edits = Edits { pair: pair.clone(), edits: edits?, delay: options.delay };
    Ok(Router::new()
        .fallback_service(router.fallback(document::not_found))
        .layer(from_fn_with_state(Arc::new(edits), layer)))
}

fn serve(listener: TcpListener, router: Router, stop: &CancellationToken) -> JoinHandle<()> {
    // Small answers must not wait for acknowledgements.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let stopped = stop.clone().cancelled_owned();
    tokio::spawn(async move {
        // It ends when told to; a listener that breaks shows as refused connections.
        drop(axum::serve(listener, router).with_graceful_shutdown(stopped).await);
    })
}

impl Running {
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

    /// Signs any claims with the key of the authorization server.
    pub fn sign(&self, claims: &Map<String, Value>) -> String {
        self.pair.access_token(claims).unwrap_or_default()
    }

    /// Makes the MCP server refuse a token from now on.
    pub fn revoke(&self, token: &str) {
        let claims = crate::jwt::parse(token).map(|token| token.claims).unwrap_or_default();
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
