//! The outermost layer of each server: reads what is asked, lets the server answer, and edits the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Asked, Edit};
use crate::fold;
use crate::pair::Pair;

/// Requests larger than this are refused.
const MOST: usize = 4 * 1024 * 1024;

/// What is done to every answer of one server.
pub(crate) struct Edits {
    pub(crate) pair: Arc<Pair>,
    pub(crate) edits: Vec<Edit>,
    pub(crate) delay: Duration,
    /// Whether challenges are folded, which the listener has to know, too.
    pub(crate) folds: bool,
}

pub(crate) async fn layer(State(edits): State<Arc<Edits>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let asked = Arc::new(Asked::new(parts.method.clone(), &parts.uri, parts.headers.clone(), &body));
    edits.reroute(&asked, &mut parts);
    parts.extensions.insert(asked.clone());
    let mut response = next.run(Request::from_parts(parts, Body::from(body))).await;
    for edit in &edits.edits {
        if edit.on.asked(&asked) && edit.on.answered(response.status(), response.headers()) {
            response = edit.apply(response, &edits.pair.keys, asked.method == Method::HEAD).await;
        }
    }
    if edits.folds {
        fold::mark(response.headers_mut());
    }
    if !edits.delay.is_zero() {
        tokio::time::sleep(edits.delay).await;
    }
    response
}

impl Edits {
    fn reroute(&self, asked: &Asked, parts: &mut Parts) {
        let served =
            self.edits.iter().filter(|edit| edit.on.asked(asked)).find_map(|edit| edit.serve.as_deref());
        let target = served.map(|path| match asked.query.as_str() {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        });
        if let Some(uri) = target.and_then(|target| target.parse::<Uri>().ok()) {
            parts.uri = uri;
        }
    }
}
