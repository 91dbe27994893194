//! The authorization server: one endpoint a file, mounted once for each issuer.
//!
//! It approves everything at once and asks nobody: there is no user here whose consent would mean anything.

mod authenticate;
mod authorize;
mod clients;
mod form;
mod grant;
mod jwks;
mod metadata;
mod redeem;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub(crate) use clients::{Clients, REDIRECT_URI};
pub(crate) use grant::{Code, Grant};

use crate::Behaviour;
use crate::document::{preflight, public};
use crate::pair::{Issuer, Pair};

/// What an endpoint is told: the pair, and which issuer it belongs to.
#[derive(Clone)]
pub(crate) struct At {
    pub(crate) pair: Arc<Pair>,
    pub(crate) issuer: Issuer,
}

pub(crate) fn router(pair: &Arc<Pair>) -> Router {
    let at = |issuer: &Issuer| At { pair: pair.clone(), issuer: issuer.clone() };
    pair.issuers.iter().map(|issuer| endpoints(at(issuer))).fold(Router::new(), Router::merge)
}

fn endpoints(at: At) -> Router {
    let path = at.issuer.path;
    let mut token = axum::routing::post(token::token).options(preflight);
    if at.pair.does(Behaviour::TokenByGet) {
        token = token.get(token::token_by_get);
    }
    let mut router = Router::new()
        .route(&format!("/.well-known/oauth-authorization-server{path}"), public(metadata::metadata))
        .route(&format!("/.well-known/openid-configuration{path}"), public(metadata::metadata))
        .route(&format!("{path}/authorize"), get(authorize::by_get).post(authorize::by_post))
        .route(&format!("{path}/token"), token)
        .route(&format!("{path}/jwks"), public(jwks::jwks));
    if !path.is_empty() {
        // OpenID Connect appends where RFC 8414 inserts.
        router =
            router.route(&format!("{path}/.well-known/openid-configuration"), public(metadata::metadata));
    }
    router.with_state(at)
}
