//! An MCP server on rmcp behind a check of bearer tokens, and the trials that show whether it conforms: what a project
//! of one's own has as `tests/authorization.rs`, with `harness = false` in its Cargo.toml.
//!
//! ```text
//! $ cargo test --test rmcp-server
//! ```

use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mcp_conform::Target;
use mcp_conform::credentials::{Credentials, Way};
use reference_servers::{Foreign, Options, Running};
use rmcp::model::{CallToolResult, ContentBlock, ServerCapabilities, ServerConfig};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ServerHandler, tool, tool_handler, tool_router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const SCOPE: &str = "mcp:tools";

fn main() -> ExitCode {
    // The server answers on the threads of this runtime for as long as the trials ask.
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let (url, _authorization) = runtime.block_on(start());
    let credentials = Credentials { way: Some(Way::Login { headless: true }), ..Credentials::default() };
    mcp_conform::trials(Target::server(url)).profile("2025-11-25").credentials(credentials).run()
}

/// Starts the server and an authorization server for it; yours are the ones that you have.
async fn start() -> (String, Running) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let resource = format!("{origin}/mcp");
    let alone = Foreign { resources: vec![resource.clone()], scopes: vec![SCOPE.to_owned()] };
    let authorization = reference_servers::start(Options { alone: Some(alone), ..Options::default() });
    let authorization = authorization.await.expect("the authorization server starts");
    let guard = Arc::new(Guard {
        metadata_url: format!("{origin}/.well-known/oauth-protected-resource/mcp"),
        resource: resource.clone(),
        issuer: authorization.issuer.clone(),
        client: (authorization.client_id.clone(), authorization.client_secret.clone()),
        http: reqwest::Client::new(),
    });
    let router = Router::new()
        .route_service("/mcp", endpoint())
        .layer(from_fn_with_state(Arc::clone(&guard), let_in))
        .route("/.well-known/oauth-protected-resource/mcp", get(metadata))
        .with_state(guard);
    tokio::spawn(async { axum::serve(listener, router).await });
    (resource, authorization)
}

/// The endpoint, as rmcp has it.
fn endpoint() -> StreamableHttpService<Tools, LocalSessionManager> {
    StreamableHttpService::new(|| Ok(Tools), Arc::default(), StreamableHttpServerConfig::default())
}

#[derive(Clone)]
struct Tools;

#[tool_router]
impl Tools {
    #[tool(description = "Says hello.")]
    async fn hello(&self) -> CallToolResult {
        CallToolResult::success(vec![ContentBlock::text("hello")])
    }
}

#[tool_handler]
impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }
}

/// What stands before the endpoint: whose tokens it takes, and for what.
struct Guard {
    metadata_url: String,
    resource: String,
    issuer: String,
    client: (String, String),
    http: reqwest::Client,
}

/// Protected resource metadata (RFC 9728).
async fn metadata(State(guard): State<Arc<Guard>>) -> Response {
    let document = json!({
        "resource": guard.resource,
        "authorization_servers": [guard.issuer],
        "scopes_supported": [SCOPE],
        "bearer_methods_supported": ["header"],
    });
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    (headers, document.to_string()).into_response()
}

/// Lets a request through whose token is good. Pages from elsewhere may not speak to a server on this machine.
async fn let_in(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    if request.headers().get(header::ORIGIN).is_some_and(|origin| !is_local(origin)) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(token) = bearer(request.headers()) else {
        return guard.refused(StatusCode::UNAUTHORIZED, None);
    };
    match guard.scopes(&token).await {
        None => guard.refused(StatusCode::UNAUTHORIZED, Some("invalid_token")),
        Some(scopes) if scopes.split(' ').any(|scope| scope == SCOPE) => next.run(request).await,
        Some(_) => guard.refused(StatusCode::FORBIDDEN, Some("insufficient_scope")),
    }
}

fn is_local(origin: &HeaderValue) -> bool {
    let url = origin.to_str().ok().and_then(|origin| origin.parse::<axum::http::Uri>().ok());
    url.is_some_and(|url| matches!(url.host(), Some("localhost" | "127.0.0.1" | "[::1]")))
}

/// The token of the one Authorization header, if it is a bearer token.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    (values.next().is_none() && scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim().to_owned())
}

impl Guard {
    /// The scopes of a good token: one that the authorization server issued (RFC 7662), and for this resource.
    async fn scopes(&self, token: &str) -> Option<String> {
        let (id, secret) = &self.client;
        let request = self.http.post(format!("{}/introspect", self.issuer)).basic_auth(id, Some(secret));
        let response = request.form(&[("token", token)]).send().await.ok()?;
        let claims: Value = response.json().await.ok()?;
        let is_for_us = match &claims["aud"] {
            Value::Array(several) => several.iter().any(|one| one == self.resource.as_str()),
            one => one == self.resource.as_str(),
        };
        let is_good = claims["active"] == true && claims["iss"] == self.issuer.as_str() && is_for_us;
        is_good.then(|| claims["scope"].as_str().unwrap_or_default().to_owned())
    }

    /// The answer that tells a client where to go.
    fn refused(&self, status: StatusCode, error: Option<&str>) -> Response {
        let error = error.map(|error| format!("error=\"{error}\", ")).unwrap_or_default();
        let challenge =
            format!("Bearer {error}resource_metadata=\"{}\", scope=\"{SCOPE}\"", self.metadata_url);
        (status, [(header::WWW_AUTHENTICATE, challenge)], Body::empty()).into_response()
    }
}
