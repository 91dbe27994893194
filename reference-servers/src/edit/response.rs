//! Applying one edit to one response.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header, response::Parts};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt, stream};
use serde_json::Value;

use super::{Edit, HeaderEdit};
use crate::keys::Keys;

impl Edit {
    /// The response after this edit; a 500 that says why if it cannot be made.
    pub(super) async fn apply(&self, response: Response, keys: &Keys, is_head: bool) -> Response {
        if let Some(delay) = self.delay {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        let edited = self.edited(response, keys, is_head).await;
        edited.unwrap_or_else(|why| {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("edit failed: {why}\n")).into_response()
        })
    }

    async fn edited(&self, response: Response, keys: &Keys, is_head: bool) -> Result<Response, String> {
        let (mut parts, mut body) = response.into_parts();
        // A HEAD has no body to change.
        if self.touches_body() && !is_head {
            let old = to_bytes(body, usize::MAX).await.map_err(|error| error.to_string())?;
            let new = self.body(&mut parts, old, keys)?;
            parts.headers.remove(header::CONTENT_LENGTH);
            body = self.sent(&mut parts, new);
        }
        if let Some(target) = &self.redirect {
            parts.status = StatusCode::FOUND;
            parts.headers.insert(header::LOCATION, value(target)?);
        }
        if let Some(status) = self.status {
            parts.status = StatusCode::from_u16(status).map_err(|_| format!("no status: {status}"))?;
        }
        if let Some(header) = &self.header {
            header.apply(&mut parts)?;
        }
        if let Some(challenge) = &self.www_authenticate {
            challenge.apply(&mut parts.headers)?;
        }
        Ok(Response::from_parts(parts, body))
    }

    fn touches_body(&self) -> bool {
        self.redirect.is_some()
            || self.json_body.is_some()
            || self.body.is_some()
            || self.body_base64.is_some()
            || self.json.is_some()
            || self.access_token.is_some()
            || self.signed_metadata.is_some()
            || self.repeat.is_some()
            || self.cut.is_some()
    }

    fn body(&self, parts: &mut Parts, old: Bytes, keys: &Keys) -> Result<Bytes, String> {
        let mut body = old;
        if self.redirect.is_some() {
            body = Bytes::new();
            parts.headers.remove(header::CONTENT_TYPE);
        }
        if let Some(document) = &self.json_body {
            body = Bytes::from(document.to_string());
            parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(text) = &self.body {
            body = Bytes::from(text.clone());
        }
        if let Some(encoded) = &self.body_base64 {
            body = STANDARD.decode(encoded).map_err(|error| format!("body-base64: {error}"))?.into();
        }
        if self.json.is_some() || self.access_token.is_some() || self.signed_metadata.is_some() {
            let mut document: Value =
                serde_json::from_slice(&body).map_err(|error| format!("the body is not JSON: {error}"))?;
            if let Some(edit) = &self.json {
                edit.apply(&mut document)?;
            }
            if let Some(edit) = &self.access_token {
                edit.apply(&mut document, keys)?;
            }
            if let Some(edit) = &self.signed_metadata {
                edit.apply(&mut document, keys)?;
            }
            body = Bytes::from(document.to_string());
        }
        Ok(body)
    }

    fn sent(&self, parts: &mut Parts, body: Bytes) -> Body {
        if let Some(bytes) = self.cut {
            let promised = body.len();
            parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(promised));
            let kept = body.slice(..bytes.min(promised));
            let broken = async {
                // What comes before the break must have left.
                tokio::time::sleep(Duration::from_millis(5)).await;
                Err(io::Error::from(io::ErrorKind::ConnectionAborted))
            };
            let kept = stream::iter([Ok(kept)]);
            return Body::from_stream(kept.chain(stream::once(broken)));
        }
        let pause = Duration::from_millis(self.pause.unwrap_or_default());
        match self.repeat {
            Some(times) => {
                let pieces = stream::iter((0..times).map(move |_| io::Result::Ok(body.clone())));
                Body::from_stream(pieces.then(move |piece| async move {
                    if !pause.is_zero() {
                        tokio::time::sleep(pause).await;
                    }
                    piece
                }))
            }
            None => Body::from(body),
        }
    }
}

impl HeaderEdit {
    fn apply(&self, parts: &mut Parts) -> Result<(), String> {
        for header in &self.remove {
            parts.headers.remove(name(header)?);
        }
        for (header, text) in &self.set {
            parts.headers.insert(name(header)?, value(text)?);
        }
        for (header, text) in &self.append {
            parts.headers.append(name(header)?, value(text)?);
        }
        Ok(())
    }
}

fn name(text: &str) -> Result<HeaderName, String> {
    text.parse().map_err(|_| format!("no header name: {text:?}"))
}

fn value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| format!("no header value: {text:?}"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crate::client::{Answer, Client, answer};

    const RESOURCE: &str = "/.well-known/oauth-protected-resource/mcp";

    /// The metadata document after these actions.
    async fn edited(actions: &str) -> Answer {
        let yaml = format!("- {{ on: {{ server: mcp, path: {RESOURCE} }}, {actions} }}\n");
        Client::edited(&yaml).await.get(RESOURCE).await
    }

    #[tokio::test]
    async fn status_and_headers() {
        let header = "set: { content-type: text/plain }, append: { x-a: é, access-control-allow-origin: b }, remove: [cache-control]";
        let found = edited(&format!("status: 203, header: {{ {header} }}")).await;
        assert_eq!(found.status, 203);
        assert_eq!(found.header("content-type"), "text/plain");
        assert_eq!(found.headers["x-a"].as_bytes(), "é".as_bytes());
        assert_eq!(found.headers.get_all("access-control-allow-origin").iter().count(), 2);
        assert_eq!(found.header("cache-control"), "");
        assert_eq!(found.json()["bearer_methods_supported"][0], "header");
    }

    #[tokio::test]
    async fn json_members() {
        let found = edited(
            "json: { remove: [/bearer_methods_supported], set: { /resource: 7, /x: [\"{{issuer}}/\"] } }",
        )
        .await;
        assert_eq!(found.status, 200, "{found:?}");
        let names: Vec<String> = found.json().as_object().expect("an object").keys().cloned().collect();
        assert_eq!(names, ["resource", "authorization_servers", "scopes_supported", "resource_name", "x"]);
        assert_eq!(found.json()["resource"], 7);
        assert_eq!(found.header("content-length"), found.body.len().to_string());
    }

    #[tokio::test]
    async fn whole_bodies() {
        let found = edited("json-body: [1, null]").await;
        assert_eq!((found.text().as_str(), found.header("content-length")), ("[1,null]", "8"));
        let found = edited("body: '<p>{{origin}}</p>'").await;
        assert!(found.text().starts_with("<p>http://127.0.0.1:"));
        assert_eq!(found.header("content-type"), "application/json");
        let found = edited("body-base64: 77u/e33/").await;
        assert_eq!(found.body, [0xef, 0xbb, 0xbf, b'{', b'}', 0xff]);
    }

    #[tokio::test]
    async fn redirects_have_no_body() {
        let found = edited("redirect: '{{origin}}/elsewhere'").await;
        assert_eq!((found.status, found.body.len()), (302, 0));
        assert!(found.header("location").ends_with("/elsewhere"));
        assert_eq!(found.header("content-type"), "");
    }

    #[tokio::test]
    async fn a_route_can_be_made_up_or_taken_from_another() {
        let client = Client::edited(
            "- { on: { server: mcp, path: /custom }, status: 200, json-body: { resource: '{{server}}' } }\n\
             - { on: { server: mcp, path: /moved }, serve: /.well-known/oauth-protected-resource }\n",
        )
        .await;
        let made_up = client.get("/custom").await;
        assert_eq!((made_up.status, made_up.header("content-type")), (200, "application/json"));
        assert_eq!(made_up.json()["resource"], client.pair.server_url);
        assert_eq!(client.get("/moved").await.json()["resource"], client.pair.origin);
        assert_eq!(client.get("/other").await.status, 404);
    }

    #[tokio::test]
    async fn bodies_can_be_long_broken_and_late() {
        let found = edited("body: '[', repeat: 100000").await;
        assert_eq!(found.body.len(), 100_000);
        let client =
            Client::edited(&format!("- {{ on: {{ server: mcp, path: {RESOURCE} }}, cut: 5 }}\n")).await;
        let response = client.request("GET", RESOURCE).send().await.expect("headers");
        assert!(response.bytes().await.is_err());
        for late in ["delay: 40", "body: x, repeat: 4, pause: 10"] {
            let begun = Instant::now();
            edited(late).await;
            assert!(begun.elapsed() >= Duration::from_millis(40));
        }
    }

    #[tokio::test]
    async fn an_edit_that_cannot_be_made_shows() {
        for impossible in ["json: { remove: [/nothing] }", "header: { set: { 'a b': c } }", "status: 99"] {
            let found = edited(impossible).await;
            assert_eq!(found.status, 500);
            assert!(found.text().starts_with("edit failed: "), "{found:?}");
        }
    }

    #[tokio::test]
    async fn a_head_keeps_its_empty_body() {
        let client = Client::edited(&format!(
            "- {{ on: {{ server: mcp, path: {RESOURCE} }}, status: 201, json: {{ set: {{ /x: 1 }} }} }}\n"
        ))
        .await;
        let found = answer(client.request("HEAD", RESOURCE)).await;
        assert_eq!((found.status, found.body.len()), (201, 0));
    }
}
