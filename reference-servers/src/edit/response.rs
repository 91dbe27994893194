//! Applying one edit to one response.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header, response::Parts};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream;
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
        if self.json.is_some() || self.access_token.is_some() {
            let mut document: Value =
                serde_json::from_slice(&body).map_err(|error| format!("the body is not JSON: {error}"))?;
            if let Some(edit) = &self.json {
                edit.apply(&mut document)?;
            }
            if let Some(edit) = &self.access_token {
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
            let broken = Err(io::Error::from(io::ErrorKind::ConnectionAborted));
            return Body::from_stream(stream::iter([Ok(kept), broken]));
        }
        match self.repeat {
            Some(times) => {
                Body::from_stream(stream::iter((0..times).map(move |_| io::Result::Ok(body.clone()))))
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
