//! Starting a pair.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::serve::{Listener, ListenerExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::edit::{Edits, Places, Server, UnknownPlaceholder, filled, layer};
use crate::fold::Folding;
use crate::pair::Pair;
use crate::tls::{Authority, TlsListener};
use crate::{
    Behaviour, Channel, Options, Profile, Running, authorization, client_metadata, document, keys, resource,
};

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
    #[error("cannot make keys and certificates")]
    Keys,
    /// An edit names something that does not exist.
    #[error(transparent)]
    Edit(#[from] UnknownPlaceholder),
    /// An edit of the authorization server, where the MCP server is its own.
    #[error("under {0} there is no server `authorization`: its endpoints are on the server `mcp`")]
    NoAuthorizationServer(Profile),
    /// An edit of the MCP server, where the authorization server runs alone.
    #[error("the authorization server runs alone: there is no server `mcp` to edit")]
    NoMcpServer,
    /// An authorization server that runs alone, for nothing or for something that is no resource identifier.
    #[error(
        "an authorization server needs a resource to issue tokens for: an absolute URL without a fragment"
    )]
    NoResource,
}

/// Starts both servers on 127.0.0.1, and beside them the site of a client. Under 2025-03-26 there is one server, which
/// is both, and with [`Options::alone`] there is no MCP server.
pub async fn start(options: Options) -> Result<Running, StartError> {
    check(&options)?;
    keys::prepare();
    let tls = options.tls;
    let mcp = match options.alone {
        Some(_) => None,
        None => Some(listen(options.mcp_port).await?),
    };
    let apart = match is_one(&options) {
        true => None,
        false => Some(listen(options.authorization_port).await?),
    };
    let origin = match &mcp {
        Some(listener) => self::origin(listener, options.mcp_port, tls.mcp)?,
        None => String::new(),
    };
    let authorization_origin = match &apart {
        Some(listener) => self::origin(listener, options.authorization_port, tls.authorization)?,
        None => origin.clone(),
    };
    let pair = Pair::new(&options, origin, &authorization_origin).map_err(|_| StartError::Keys)?;
    let pair = Arc::new(pair);
    if pair.algorithm() == keys::Algorithm::Rs256 {
        drop(tokio::task::spawn_blocking(keys::rsa).await);
    }
    let client = listen(0).await?;
    let client_id = format!("{}{}", self::origin(&client, 0, None)?, client_metadata::PATH);
    let places = Places::new(&pair, &authorization_origin, &client_id);
    let stop = CancellationToken::new();
    let edited = |server, router: Router| edited(&options, &pair, &places, server, router);
    let mut serving = Vec::new();
    if let Some(listener) = mcp {
        let router = edited(Server::Mcp, resource::router(&pair, stop.clone()))?;
        serving.push(match pair.does(Behaviour::FoldsChallenges) {
            true => run(Folding(listener), router, &stop),
            false => serve(listener, tls.mcp, router, &stop)?,
        });
    }
    if let Some(listener) = apart {
        let router = edited(Server::Authorization, authorization::router(&pair))?;
        serving.push(serve(listener, tls.authorization, router, &stop)?);
    }
    let router = edited(Server::Client, client_metadata::router(&client_id))?;
    serving.push(serve(client, None, router, &stop)?);
    let authority = if tls.is_off() { None } else { Some(authority()?.pem.clone()) };
    Ok(Running::new(pair, authorization_origin, authority, client_id, stop, serving))
}

/// Whether the MCP server is its own authorization server.
fn is_one(options: &Options) -> bool {
    options.profile == Profile::V2025_03_26 && options.alone.is_none()
}

/// What can be said of the options before anything runs.
fn check(options: &Options) -> Result<(), StartError> {
    let edits = |server| options.edits.iter().any(|edit| edit.on.server == server);
    if is_one(options) && edits(Server::Authorization) {
        return Err(StartError::NoAuthorizationServer(options.profile));
    }
    let Some(foreign) = &options.alone else {
        return Ok(());
    };
    let is_resource = |uri: &String| uri.contains("://") && !uri.contains('#');
    if foreign.resources.is_empty() || !foreign.resources.iter().all(is_resource) {
        return Err(StartError::NoResource);
    }
    if edits(Server::Mcp) { Err(StartError::NoMcpServer) } else { Ok(()) }
}

async fn listen(port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|source| StartError::Listen { port, source })
}

fn origin(listener: &TcpListener, port: u16, channel: Option<Channel>) -> Result<String, StartError> {
    let address = listener.local_addr().map_err(|source| StartError::Listen { port, source })?;
    let scheme = if channel.is_some() { "https" } else { "http" };
    Ok(format!("{scheme}://{address}"))
}

fn authority() -> Result<&'static Authority, StartError> {
    Authority::of_this_process().ok_or(StartError::Keys)
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
    let folds = server == Server::Mcp && pair.does(Behaviour::FoldsChallenges);
    let edits = Edits { pair: pair.clone(), edits: edits?, delay: options.delay, folds };
    Ok(Router::new()
        .fallback_service(router.fallback(document::not_found))
        .layer(from_fn_with_state(Arc::new(edits), layer)))
}

fn serve(
    listener: TcpListener,
    channel: Option<Channel>,
    router: Router,
    stop: &CancellationToken,
) -> Result<JoinHandle<()>, StartError> {
    let Some(channel) = channel.filter(|channel| *channel != Channel::Plain) else {
        // Small answers must not wait for acknowledgements.
        return Ok(run(listener.tap_io(|stream| drop(stream.set_nodelay(true))), router, stop));
    };
    let acceptor = authority()?.config(channel).map(TlsAcceptor::from);
    Ok(run(TlsListener::new(listener, acceptor), router, stop))
}

fn run<L>(listener: L, router: Router, stop: &CancellationToken) -> JoinHandle<()>
where
    L: Listener,
    L::Addr: std::fmt::Debug,
{
    let stopped = stop.clone().cancelled_owned();
    tokio::spawn(async move {
        // It ends when told to; a listener that breaks shows as refused connections.
        drop(axum::serve(listener, router).with_graceful_shutdown(stopped).await);
    })
}

#[cfg(test)]
mod tests;
