//! The MCP endpoint itself, on rmcp: sessions for clients that initialize, none for those of 2026-07-28.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::request::Parts;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{
    CallToolResult, ContentBlock, Implementation, ProtocolVersion, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{RoleServer, ServerHandler, tool, tool_handler, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::Behaviour;
use crate::pair::Pair;
use crate::resource::Bearer;

pub(crate) type Service = StreamableHttpService<Tools, LocalSessionManager>;

/// Hosts other than loopback are refused by default, and the guard in front looks at origins.
pub(crate) fn service(pair: &Arc<Pair>, stop: CancellationToken) -> Service {
    let config = StreamableHttpServerConfig::default().with_json_response(true).with_cancellation_token(stop);
    let config = config.with_legacy_session_mode(!pair.does(Behaviour::Stateless));
    let versions = versions(pair);
    StreamableHttpService::new(move || Ok(Tools { versions }), Arc::default(), config)
}

/// The protocol versions the server speaks, oldest first.
pub(crate) fn versions(pair: &Pair) -> &'static [ProtocolVersion] {
    if pair.does(Behaviour::LegacyOnly) {
        ProtocolVersion::known_up_to(&ProtocolVersion::V_2025_11_25)
    } else if pair.does(Behaviour::ModernOnly) {
        &[ProtocolVersion::V_2026_07_28]
    } else {
        ProtocolVersion::KNOWN_VERSIONS
    }
}

/// Three tools: one does nothing, one says who calls, one needs more rights than the others.
#[derive(Clone)]
pub(crate) struct Tools {
    versions: &'static [ProtocolVersion],
}

#[derive(Deserialize, JsonSchema)]
struct Echo {
    /// What to say.
    text: String,
}

#[tool_router]
impl Tools {
    #[tool(description = "Says what it is told. Needs mcp:tools.")]
    async fn echo(&self, Parameters(Echo { text }): Parameters<Echo>) -> CallToolResult {
        said(text)
    }

    #[tool(description = "Names the client and the scopes of the token. Needs mcp:tools.")]
    async fn whoami(&self, context: RequestContext<RoleServer>) -> CallToolResult {
        let parts = context.extensions.get::<Parts>();
        let bearer = parts.and_then(|parts| parts.extensions.get::<Bearer>()).cloned().unwrap_or_default();
        match bearer.text("client_id") {
            "" => said("nobody".to_owned()),
            client => said(format!("{client} with {}", bearer.text("scope"))),
        }
    }

    #[tool(description = "Resets nothing. Needs mcp:admin.")]
    async fn admin_reset(&self) -> CallToolResult {
        said("reset".to_owned())
    }
}

fn said(text: String) -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::text(text)])
}

#[tool_handler]
impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        let server = Implementation::new("reference-servers", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build()).with_server_info(server)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(self.versions)
    }
}
