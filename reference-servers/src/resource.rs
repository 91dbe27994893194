//! The MCP server's side of authorization: what stands in front of the endpoint, and the documents beside it.

mod audience;
mod bearer;
mod believed;
mod careless;
mod challenge;
mod cors;
mod era;
mod guard;
mod metadata;
mod required;
mod session;
mod signature;
mod unchecked;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tokio_util::sync::CancellationToken;

pub(crate) use bearer::Bearer;

use crate::pair::Pair;
use crate::{Profile, authorization, mcp};

/// Everything on the MCP server's origin.
pub(crate) fn router(pair: &Arc<Pair>, stop: CancellationToken) -> Router {
    let endpoint = Router::new()
        .route_service(pair.path, mcp::service(pair, stop))
        .route_layer(from_fn_with_state(pair.clone(), guard::guard));
    let beside = match pair.profile {
        Profile::AsPointer => metadata::pointer(pair),
        Profile::V2025_03_26 => authorization::router(pair),
        Profile::V2025_06_18 | Profile::V2025_11_25 | Profile::V2026_07_28 => metadata::router(pair),
    };
    endpoint.merge(beside)
}
