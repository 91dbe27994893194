//! The Origin header: scripts from this machine may call the server and read its refusals, others get a 403.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::document::refusal;

const HEADERS: &str = "Authorization, Content-Type, Accept, Last-Event-ID, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id";
const EXPOSED: &str = "WWW-Authenticate, Mcp-Session-Id";

/// Whether a page of this origin may talk to a server on loopback (DNS rebinding).
pub(super) fn is_welcome(origin: &HeaderValue) -> bool {
    let Some(host) = origin.to_str().ok().and_then(|origin| Some(origin.split_once("://")?.1)) else {
        return false;
    };
    let name =
        host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

pub(super) fn forbidden() -> Response {
    refusal(StatusCode::FORBIDDEN, "forbidden", "this origin may not call a local server")
}

pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// A browser sends no token with a preflight, so none is asked for.
pub(super) fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Lets the page see the response.
pub(super) fn allow(origin: HeaderValue, response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}
