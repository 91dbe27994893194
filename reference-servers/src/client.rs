//! Raw HTTP for the tests of this crate: nothing is followed, decoded or retried.

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use serde_json::{Value, json};

use crate::{Behaviour, Edit, Options, Running, start};

/// A running pair and somebody who talks to it.
pub(crate) struct Client {
    pub(crate) pair: Running,
    http: reqwest::Client,
}

/// A response, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) async fn start(options: Options) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy();
        let http = http.build().expect("a client");
        Self { pair: start(options).await.expect("a pair"), http }
    }

    pub(crate) async fn with(behaviours: &[Behaviour]) -> Self {
        Self::start(Options { behaviours: behaviours.to_vec(), ..Options::default() }).await
    }

    /// Edits as somebody would write them.
    pub(crate) async fn edited(yaml: &str) -> Self {
        let edits: Vec<Edit> = serde_saphyr::from_str(yaml).expect("edits");
        Self::start(Options { edits, ..Options::default() }).await
    }

    pub(crate) fn request(&self, method: &str, url: &str) -> RequestBuilder {
        let url = if url.starts_with('/') { format!("{}{url}", self.pair.origin) } else { url.to_owned() };
        self.http.request(method.parse().expect("a method"), url)
    }

    /// `url` may be a path on the MCP server.
    pub(crate) async fn get(&self, url: &str) -> Answer {
        answer(self.request("GET", url)).await
    }

    pub(crate) async fn form(&self, url: &str, form: &[(&str, &str)]) -> Answer {
        answer(self.request("POST", url).form(form)).await
    }

    /// An MCP request of the legacy era; a bearer token and a session are optional.
    pub(crate) fn legacy(&self, method: &str, params: Value) -> RequestBuilder {
        let body = match method.starts_with("notifications/") {
            true => json!({ "jsonrpc": "2.0", "method": method }),
            false => json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }),
        };
        let request = self.request("POST", &self.pair.server_url).json(&body);
        request.header("accept", "application/json, text/event-stream")
    }

    pub(crate) fn initialize(&self) -> RequestBuilder {
        let client = json!({ "name": "test", "version": "1" });
        let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
        self.legacy("initialize", params)
    }

    /// What the token endpoint says to a client, one of the first two or one without a secret, that logged in.
    pub(crate) async fn login(&self, id: &str, scope: &str) -> Value {
        let query = [
            ("response_type", "code"),
            ("client_id", id),
            ("redirect_uri", &self.pair.redirect_uri),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
            ("scope", scope),
        ];
        let request = self.request("GET", &format!("{}/authorize", self.pair.issuer)).query(&query);
        let location = answer(request).await.header("location").to_owned();
        let code = location.split("code=").nth(1).and_then(|rest| rest.split('&').next());
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", id),
            ("code", code.unwrap_or_default()),
            ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        ];
        if id == self.pair.client_id {
            form.push(("client_secret", &self.pair.client_secret));
        }
        self.form(&format!("{}/token", self.pair.issuer), &form).await.json()
    }

    /// The id of a session of this token.
    pub(crate) async fn session(&self, token: &str) -> String {
        let greeted = answer(self.initialize().bearer_auth(token)).await;
        let session = greeted.header("mcp-session-id").to_owned();
        let ready = self.legacy("notifications/initialized", Value::Null).bearer_auth(token);
        answer(ready.header("mcp-session-id", &session)).await;
        session
    }

    /// An MCP request of the modern era.
    pub(crate) fn modern(&self, method: &str, mut params: Value) -> RequestBuilder {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let mut request = self.legacy(method, params.clone());
        request = request.header("mcp-protocol-version", "2026-07-28").header("mcp-method", method);
        match params["name"].as_str() {
            Some(name) => request.header("mcp-name", name),
            None => request,
        }
    }

    /// A modern call of a tool, which is the request most tests need.
    pub(crate) fn call(&self, tool: &str) -> RequestBuilder {
        let arguments = if tool == "echo" { json!({ "text": "hello" }) } else { json!({}) };
        self.modern("tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    /// The status a call of `echo` gets with this token.
    pub(crate) async fn status_with(&self, token: &str) -> u16 {
        answer(self.call("echo").bearer_auth(token)).await.status
    }
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.expect("a body").to_vec();
    Answer { status, headers, body }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn challenge(&self) -> &str {
        self.header("www-authenticate")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The JSON body, or the last message of an event stream.
    pub(crate) fn json(&self) -> Value {
        let text = self.text();
        let data = text.lines().filter_map(|line| line.strip_prefix("data:")).next_back();
        serde_json::from_str(data.unwrap_or(&text)).unwrap_or_default()
    }
}
