//! A good answer, as a case shows it.
//!
//! ```text
//! HTTP/1.1 401 Unauthorized                      or a JSON document alone: { "issuer": "https://auth.example.com" }
//! WWW-Authenticate: Bearer scope="mcp:read"
//! ```
//!
//! It is read as a response, so that a test can judge it by the case that shows it. A document alone stands for one
//! that is served as it should be: 200, application/json.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::exchange::{Body, Response};

/// A response and the text that it was read from.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct Example {
    text: String,
    /// What the text stands for.
    pub response: Response,
}

impl Example {
    /// Reads the text; the error is a clause about what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_end().to_owned();
        let response = if text.starts_with("HTTP/") { response(&text)? } else { document(&text)? };
        Ok(Self { text, response })
    }
}

fn document(text: &str) -> Result<Response, String> {
    is_json(text).map_err(|why| format!("neither begins with HTTP/ nor is JSON: {why}"))?;
    Ok(Response::new(200, &[("content-type", "application/json")], text))
}

fn response(text: &str) -> Result<Response, String> {
    let (head, content) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let mut status_line = lines.next().unwrap_or_default().splitn(3, ' ');
    let version = status_line.next().unwrap_or_default().to_owned();
    let status = status_line.next().and_then(|status| status.parse().ok());
    let status = status.filter(|status| (100..600).contains(status)).ok_or("has no status after HTTP/1.1")?;
    let headers = lines.map(|line| match line.split_once(": ") {
        Some((name, value)) if !name.is_empty() && !name.contains(' ') => {
            Ok((name.to_ascii_lowercase(), value.to_owned()))
        }
        _ => Err(format!("has `{line}` where a header belongs")),
    });
    let headers = headers.collect::<Result<_, String>>()?;
    let response =
        Response { status, version, headers, folded: false, body: Body::new(content.into(), false) };
    if !content.is_empty() && response.is_called_json() {
        is_json(content).map_err(|why| format!("has a body that is called JSON and is not: {why}"))?;
    }
    Ok(response)
}

fn is_json(text: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<Value>(text).map(drop)
}

impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Example {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|why| de::Error::custom(format!("the example {why}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_response_keeps_its_parts() {
        let text = "HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Basic, Bearer\nContent-Type: application/json\n\n{}\n";
        let Response { status, headers, body, .. } = Example::parse(text).unwrap().response;
        assert_eq!(status, 401);
        assert_eq!(headers[0], ("www-authenticate".to_owned(), "Basic, Bearer".to_owned()));
        assert_eq!(body.text.as_deref(), Some("{}"));
    }

    #[test]
    fn a_document_alone_is_served_as_json() {
        let example = Example::parse("{ \"issuer\": \"https://h\" }\n").unwrap();
        assert_eq!(example.response.status, 200);
        assert_eq!(example.response.media_type().as_deref(), Some("application/json"));
        assert_eq!(example.to_string(), "{ \"issuer\": \"https://h\" }");
    }

    #[test]
    fn says_what_cannot_be_read() {
        for (bad, says) in [
            ("{ \"issuer\": }", "nor is JSON"),
            ("WWW-Authenticate: Bearer", "neither begins with HTTP/"),
            ("HTTP/1.1 OK", "no status"),
            ("HTTP/1.1 200 OK\nContent-Type", "`Content-Type`"),
            ("HTTP/1.1 200 OK\nContent-Type: application/json\n\n{", "called JSON"),
        ] {
            let why = Example::parse(bad).unwrap_err();
            assert!(why.contains(says), "{bad}: {why}");
        }
    }
}
