//! Which responses an edit is for, and what is known of the request they answer.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method, StatusCode, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Conditions that must all hold.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct On {
    /// Which of the servers answers.
    pub server: Server,
    /// The path asked for; `*` at either end stands for anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The HTTP method. Only an edit that names OPTIONS is made to a browser's preflight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The status of the response as it is so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The WWW-Authenticate header of the response as it is so far; `*` at either end stands for anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    /// Whether the request has an Authorization header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_authorization: Option<bool>,
    /// Headers the request has; `*` at either end of a value stands for anything.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with_header: BTreeMap<String, String>,
    /// Headers the request does not have, or not with such a value; `*` as above.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub without_header: BTreeMap<String, String>,
    /// Parameters of a form in the body; `*` as above, and `""` is a parameter without a value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with_form: BTreeMap<String, String>,
    /// Parameters that the body, form or not, does not have, or not with such a value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub without_form: BTreeMap<String, String>,
    /// A query parameter the request has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_query: Option<String>,
    /// The JSON-RPC method, such as tools/list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpc: Option<String>,
    /// The tool that is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// How the MCP request looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub era: Option<Era>,
}

/// One of the pair, or the site of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Server {
    /// The MCP server; under 2025-03-26 all there is.
    Mcp,
    /// The authorization server.
    Authorization,
    /// The site on which the client publishes its metadata.
    Client,
}

/// How an MCP request looks on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Era {
    /// The initialize handshake, to 2025-11-25.
    Legacy,
    /// `Mcp-Method`, or a protocol version from 2026-07-28 on in the header.
    Modern,
}

/// A request as far as edits and the guard care.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) era: Era,
    /// The parameters of a form, in the order in which they were sent.
    form: Vec<(String, String)>,
    /// The JSON-RPC method and id, and the name of the tool.
    pub(crate) rpc: Option<String>,
    pub(crate) id: Value,
    pub(crate) tool: Option<String>,
}

impl Asked {
    pub(crate) fn new(method: Method, uri: &axum::http::Uri, headers: HeaderMap, body: &[u8]) -> Self {
        let message: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            era: era(&headers),
            form: form(&headers, body),
            method,
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            headers,
            rpc: text(&message["method"]),
            id: message["id"].clone(),
            tool: text(&message["params"]["name"]),
        }
    }
}

/// Versions are dates, so they compare as text.
fn era(headers: &HeaderMap) -> Era {
    let version = headers.get("mcp-protocol-version").and_then(|value| value.to_str().ok());
    if headers.contains_key("mcp-method") || version.is_some_and(|version| version >= "2026-07-28") {
        Era::Modern
    } else {
        Era::Legacy
    }
}

fn form(headers: &HeaderMap, body: &[u8]) -> Vec<(String, String)> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match media_type.is_some_and(|value| value.starts_with("application/x-www-form-urlencoded")) {
        true => form_urlencoded::parse(body).into_owned().collect(),
        false => Vec::new(),
    }
}

impl On {
    /// What can be said before there is a response.
    pub(crate) fn asked(&self, asked: &Asked) -> bool {
        let Self {
            server: _,
            status: _,
            challenge: _,
            path,
            method,
            has_authorization,
            with_header,
            without_header,
            with_form,
            without_form,
            with_query,
            rpc,
            tool,
            era,
        } = self;
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found.is_some_and(|found| fits(wanted, found)))
        };
        let has_header = |(name, wanted): (&String, &String)| {
            let mut values = asked.headers.get_all(name.as_str()).iter();
            values.any(|value| fits(wanted, &String::from_utf8_lossy(value.as_bytes())))
        };
        let has_field = |(name, wanted): (&String, &String)| {
            asked.form.iter().any(|(known, value)| known == name && fits(wanted, value))
        };
        let method = match method {
            Some(method) => method.eq_ignore_ascii_case(asked.method.as_str()),
            None => asked.method != Method::OPTIONS,
        };
        method
            && is(path, Some(&asked.path))
            && has_authorization.is_none_or(|has| has == asked.headers.contains_key(header::AUTHORIZATION))
            && with_header.iter().all(has_header)
            && !without_header.iter().any(has_header)
            && with_form.iter().all(has_field)
            && !without_form.iter().any(has_field)
            && with_query.as_deref().is_none_or(|name| has_parameter(&asked.query, name))
            && is(rpc, asked.rpc.as_deref())
            && is(tool, asked.tool.as_deref())
            && era.is_none_or(|era| era == asked.era)
    }

    pub(crate) fn answered(&self, status: StatusCode, headers: &HeaderMap) -> bool {
        let has_challenge = |wanted: &String| {
            let mut lines = headers.get_all(header::WWW_AUTHENTICATE).iter();
            lines.any(|line| fits(wanted, &String::from_utf8_lossy(line.as_bytes())))
        };
        self.status.is_none_or(|wanted| wanted == status.as_u16())
            && self.challenge.as_ref().is_none_or(has_challenge)
    }
}

fn fits(wanted: &str, found: &str) -> bool {
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        (Some(rest), Some(_)) => found.contains(rest.trim_end_matches('*')),
        (Some(end), None) => found.ends_with(end),
        (None, Some(start)) => found.starts_with(start),
        (None, None) => found == wanted,
    }
}

fn has_parameter(query: &str, name: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(known, _)| known == name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::client::{Client, answer};

    /// Whether a response is edited that must fit these conditions.
    async fn client(conditions: &str) -> Client {
        Client::edited(&format!("- {{ on: {{ server: mcp, {conditions} }}, status: 299 }}\n")).await
    }

    #[tokio::test]
    async fn paths_methods_and_statuses() {
        let c = client("path: /.well-known/*, method: get, status: 200").await;
        assert_eq!(c.get("/.well-known/oauth-protected-resource").await.status, 299);
        assert_eq!(c.get("/.well-known/nothing").await.status, 404);
        assert_eq!(answer(c.request("OPTIONS", "/.well-known/oauth-protected-resource")).await.status, 204);
        let c = client("path: '{{path}}'").await;
        assert_eq!(answer(c.call("echo")).await.status, 299);
        assert_eq!(c.get("/mcp/x").await.status, 404);
        assert_eq!(answer(c.request("OPTIONS", "/mcp")).await.status, 401);
        let c = client("method: OPTIONS").await;
        assert_eq!(answer(c.request("OPTIONS", "/mcp")).await.status, 299);
    }

    #[tokio::test]
    async fn headers_and_queries() {
        let c = client("has-authorization: false, status: 401").await;
        assert_eq!(answer(c.call("echo")).await.status, 299);
        assert_eq!(c.status_with("garbage").await, 401);
        let c = client("with-header: { authorization: Basic* }").await;
        assert_eq!(answer(c.call("echo").header("authorization", "Basic eDp5")).await.status, 299);
        assert_eq!(c.status_with("garbage").await, 401);
        let c = client("with-query: access_token").await;
        assert_eq!(answer(c.call("echo").query(&[("access_token", "x")])).await.status, 299);
        assert_eq!(answer(c.call("echo")).await.status, 401);
    }

    #[tokio::test]
    async fn what_the_challenge_says() {
        let c = client("challenge: '*not one of ours*'").await;
        assert_eq!(c.status_with("garbage").await, 299);
        assert_eq!(answer(c.call("echo")).await.status, 401);
        assert_eq!(c.get("/.well-known/oauth-protected-resource").await.status, 200);
    }

    #[tokio::test]
    async fn headers_that_are_not_there() {
        let c = client("path: /.well-known/*, without-header: { accept: '*application/json*' }").await;
        let status = async |accept: &str| {
            answer(c.request("GET", "/.well-known/x").header("accept", accept)).await.status
        };
        assert_eq!(status("text/html, */*;q=0.5").await, 299);
        assert_eq!(status("text/html, application/json;q=0.9").await, 404);
        let c = client("with-header: { origin: '*' }").await;
        assert_eq!(c.get("/x").await.status, 404);
        assert_eq!(answer(c.request("GET", "/x").header("origin", "null")).await.status, 299);
        let c = client("without-header: { mcp-protocol-version: '*' }").await;
        assert_eq!(c.get("/x").await.status, 299);
        assert_eq!(answer(c.request("GET", "/x").header("mcp-protocol-version", "")).await.status, 404);
    }

    #[tokio::test]
    async fn forms() {
        let c = client("with-form: { grant_type: '', scope: 'mcp:*' }").await;
        let status = async |form: &[(&str, &str)]| c.form("/x", form).await.status;
        assert_eq!(status(&[("grant_type", ""), ("scope", "mcp:tools")]).await, 299);
        assert_eq!(status(&[("grant_type", "password"), ("scope", "mcp:tools")]).await, 404);
        assert_eq!(status(&[("grant_type", "")]).await, 404);
        let c = client("path: /x, without-form: { grant_type: '*' }").await;
        assert_eq!(c.form("/x", &[]).await.status, 299);
        assert_eq!(c.form("/x", &[("grant_type", "")]).await.status, 404);
        // A form is one by its media type.
        assert_eq!(answer(c.request("POST", "/x").body("grant_type=x")).await.status, 299);
    }

    #[tokio::test]
    async fn messages_and_eras() {
        let c = client("rpc: tools/*, era: modern").await;
        assert_eq!(answer(c.modern("tools/list", json!({}))).await.status, 299);
        assert_eq!(answer(c.modern("server/discover", json!({}))).await.status, 401);
        assert_eq!(answer(c.legacy("tools/list", json!({}))).await.status, 401);
        let c = client("tool: echo").await;
        assert_eq!(answer(c.call("echo")).await.status, 299);
        assert_eq!(answer(c.call("whoami")).await.status, 401);
        let c = client("era: legacy").await;
        assert_eq!(answer(c.initialize()).await.status, 299);
        assert_eq!(answer(c.call("whoami")).await.status, 401);
    }

    #[tokio::test]
    async fn the_other_server_is_left_alone() {
        let c = Client::edited("- { on: { server: authorization }, status: 299 }\n").await;
        assert_eq!(c.get("/nowhere").await.status, 404);
        assert_eq!(c.get(&format!("{}/nowhere", c.pair.authorization_origin)).await.status, 299);
    }
}
