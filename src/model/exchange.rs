//! One request and what came back: bounded, and in a recording redacted (see `net::record`).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::parse::json::Document;

/// What was sent, without secrets where it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The HTTP method.
    pub method: String,
    /// The URL as rendered, not normalised.
    pub url: String,
    /// Names and values in the order in which they were set.
    pub headers: Vec<(String, String)>,
    /// The body, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Request {
    /// The name of the token that it carried, in a recording.
    pub fn token(&self) -> Option<&str> {
        let in_headers = self.headers.iter().map(|(_, value)| value.as_str());
        std::iter::once(self.url.as_str()).chain(in_headers).find_map(token_in)
    }

    /// A GET that asks for JSON.
    pub fn get(url: impl Into<String>) -> Self {
        let headers = vec![("accept".to_owned(), "application/json".to_owned())];
        Self { method: "GET".to_owned(), url: url.into(), headers, body: None }
    }
}

/// What stands in a recording in the place of the token of this name: no URL and no header is broken by it.
pub fn token_shown(name: &str) -> String {
    format!("~token.{name}~")
}

/// The name of the first token that stood in `text`.
pub fn token_in(text: &str) -> Option<&str> {
    let (_, after) = text.split_once("~token.")?;
    let (name, _) = after.split_once('~')?;
    name.bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric()).then_some(name)
}

/// A response's status, headers and body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// `HTTP/1.1` or `HTTP/2`.
    pub version: String,
    /// Names in lower case, values as received; repeated headers stay apart.
    pub headers: Vec<(String, String)>,
    /// Whether a header went on in the next line (RFC 9112 §5.2); the break is one space here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub folded: bool,
    /// The body up to the limit.
    pub body: Body,
}

impl Response {
    /// A whole one over HTTP/1.1.
    pub fn new(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let body = Body::new(body.into(), false);
        Self { status, version: "HTTP/1.1".to_owned(), headers, folded: false, body }
    }

    /// The values of every header line called `name`, in order.
    pub fn header_lines<'a>(&'a self, name: &str) -> Vec<&'a str> {
        self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).collect()
    }

    /// The media type of Content-Type in lower case, without parameters.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header_lines("content-type").first()?.split(';').next()?.trim();
        Some(value.to_ascii_lowercase())
    }

    /// Whether it calls itself JSON of some kind.
    pub fn is_called_json(&self) -> bool {
        self.media_type().is_some_and(|media_type| media_type.ends_with("json"))
    }

    /// Whether it gives a document: 200 with a JSON object. Of several places the first that does counts.
    pub fn is_document(&self) -> bool {
        self.status == 200
            && Document::parse(&self.body.bytes()).is_ok_and(|document| document.value().is_object())
    }
}

/// A body: text where it is UTF-8, Base64 where it is not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The body as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The body in Base64, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Whether the body went on after what is kept here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

impl Body {
    /// Keeps `bytes`, which are the whole body unless `cut`.
    pub fn new(bytes: Vec<u8>, cut: bool) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) if text.is_empty() => Self { cut, ..Self::default() },
            Ok(text) => Self { text: Some(text), base64: None, cut },
            Err(not_text) => Self { text: None, base64: Some(STANDARD.encode(not_text.as_bytes())), cut },
        }
    }

    /// The bytes that came.
    pub fn bytes(&self) -> Vec<u8> {
        match (&self.text, &self.base64) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(base64)) => STANDARD.decode(base64).unwrap_or_default(),
            (None, None) => Vec::new(),
        }
    }
}

/// Why no response came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TransportErrorKind {
    /// The host name has no address.
    Resolve,
    /// Nobody listens there.
    Refused,
    /// No answer within the time allowed.
    TimedOut,
    /// The TLS handshake, for a reason of its own.
    Tls,
    /// The server speaks no version of TLS from 1.2 on.
    TlsVersion,
    /// What answers at an https URL is not TLS.
    NotTls,
    /// The certificate is signed by nobody who is trusted.
    CertificateUntrusted,
    /// The certificate is for another host.
    CertificateName,
    /// The certificate ran out.
    CertificateExpired,
    /// The certificate is not valid yet.
    CertificateNotYetValid,
    /// We cannot tell whether the certificate is good.
    CertificateUnread,
    /// The proxy that the user named, and not the server.
    Proxy,
    /// What answers is not HTTP.
    NotHttp,
    /// We do not go there: a private address named by a public target, or a URL that cannot be requested.
    NotAllowed,
    /// A browser was answered, and not we.
    Unseen,
    /// Anything else, such as a connection cut off.
    Broken,
}

impl TransportErrorKind {
    /// Whether a certificate is at fault that nobody has to accept.
    pub fn is_bad_certificate(self) -> bool {
        matches!(
            self,
            Self::CertificateUntrusted
                | Self::CertificateName
                | Self::CertificateExpired
                | Self::CertificateNotYetValid
        )
    }

    /// Whether the server is there and its TLS is at fault, so that nothing more can be known.
    pub fn is_bad_channel(self) -> bool {
        self == Self::TlsVersion || self.is_bad_certificate()
    }
}

/// A failed exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransportError {
    /// What kind of failure.
    pub kind: TransportErrorKind,
    /// A sentence without a period, in lower case.
    pub message: String,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A response or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A response came.
    Response(Response),
    /// None came.
    Error(TransportError),
}

/// One request and its reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
#[schemars(with = "Written")]
pub struct Exchange {
    /// Its place in the recording, from 0.
    pub id: usize,
    /// The first of the probes, by name, that it answers.
    pub probe: String,
    /// What was sent.
    pub request: Request,
    /// What came back.
    pub reply: Reply,
    /// From sending to the end of the body.
    pub milliseconds: f64,
}

impl Exchange {
    /// The response, if one came.
    pub fn response(&self) -> Option<&Response> {
        match &self.reply {
            Reply::Response(response) => Some(response),
            Reply::Error(_) => None,
        }
    }
}

/// An exchange as JSON holds it: with a response, or with the error in its place.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Exchange")]
struct Written {
    /// Its place in the recording, from 0.
    id: usize,
    /// The first of the probes, by name, that it answers.
    probe: String,
    /// What was sent.
    request: Request,
    /// What came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response: Option<Response>,
    /// Why nothing came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<TransportError>,
    /// From sending to the end of the body.
    milliseconds: f64,
}

impl From<Exchange> for Written {
    fn from(exchange: Exchange) -> Self {
        let Exchange { id, probe, request, reply, milliseconds } = exchange;
        let (response, error) = match reply {
            Reply::Response(response) => (Some(response), None),
            Reply::Error(error) => (None, Some(error)),
        };
        Self { id, probe, request, response, error, milliseconds }
    }
}

impl TryFrom<Written> for Exchange {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { id, probe, request, response, error, milliseconds } = written;
        let reply = match (response, error) {
            (Some(response), None) => Reply::Response(response),
            (None, Some(error)) => Reply::Error(error),
            _ => return Err(format!("exchange {id} needs a response or an error, and only one of them")),
        };
        Ok(Self { id, probe, request, reply, milliseconds })
    }
}
