//! Sends one request once: no retries, redirects, proxies, cookies or decoding, and bounds on everything.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, redirect};
use tokio::sync::Semaphore;

use super::guard::{self, Blocked, Guard, Unresolved};
use crate::model::exchange::{Body, Reply, Request, Response, TransportError, TransportErrorKind};
use crate::parse::well_known;

/// Bytes of a body that are kept.
const BODY_LIMIT: usize = 1 << 20;
/// Requests under way at once to one origin.
const AT_ONCE: usize = 16;

/// Sends requests for one run.
pub struct Client {
    http: reqwest::Client,
    guard: Guard,
    timeout: Duration,
    origins: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// A reply and how long it took.
pub struct Timed {
    /// What came back.
    pub reply: Reply,
    /// From sending to the end of the body.
    pub milliseconds: f64,
}

impl Client {
    /// A client that goes where `guard` lets it and waits `timeout` for a whole answer.
    pub fn new(guard: Guard, timeout: Duration) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .dns_resolver(guard::resolver(guard))
            .connect_timeout(timeout)
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, guard, timeout, origins: Mutex::default() })
    }

    /// Sends `request` and waits for the whole answer, as far as it is kept.
    pub async fn send(&self, request: &Request) -> Timed {
        let gate = self.gate(&request.url);
        let _turn = gate.acquire().await;
        let started = Instant::now();
        let reply = match tokio::time::timeout(self.timeout, self.exchange(request)).await {
            Ok(Ok(response)) => Reply::Response(response),
            Ok(Err(error)) => Reply::Error(error),
            Err(_) => Reply::Error(TransportError {
                kind: TransportErrorKind::TimedOut,
                message: format!("{} did not answer within {} s", request.url, self.timeout.as_secs_f32()),
            }),
        };
        Timed { reply, milliseconds: started.elapsed().as_secs_f64() * 1000.0 }
    }

    fn gate(&self, url: &str) -> Arc<Semaphore> {
        let origin = well_known::origin(url).unwrap_or_default().to_owned();
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(origins.entry(origin).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))))
    }

    async fn exchange(&self, request: &Request) -> Result<Response, TransportError> {
        let url = self.permitted(&request.url)?;
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|error| not_allowed(&request.url, &error))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let name =
                HeaderName::from_bytes(name.as_bytes()).map_err(|error| not_allowed(&request.url, &error))?;
            let value = HeaderValue::from_str(value).map_err(|error| not_allowed(&request.url, &error))?;
            headers.append(name, value);
        }
        let mut builder = self.http.request(method.clone(), url).headers(headers);
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let mut response = builder.send().await.map_err(|error| failed(&request.url, &error))?;
        let status = response.status().as_u16();
        let version = format!("{:?}", response.version());
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), latin1(value.as_bytes())))
            .collect();
        let streams = headers.iter().any(|(n, v)| n == "content-type" && v.starts_with("text/event-stream"));
        let mut bytes = Vec::new();
        // A stream that a GET opens may stay silent for ever; that it was opened is all that can be seen.
        let mut cut = streams && method == Method::GET;
        while !cut {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) if bytes.is_empty() => return Err(failed(&request.url, &error)),
                Err(_) => cut = true,
            }
            if bytes.len() > BODY_LIMIT {
                bytes.truncate(BODY_LIMIT);
                cut = true;
            }
            cut |= streams && holds_a_message(&bytes);
        }
        Ok(Response { status, version, headers, body: Body::new(bytes, cut) })
    }

    /// The URL to send to, unless its host is an address that may not be reached.
    fn permitted(&self, url: &str) -> Result<url::Url, TransportError> {
        let parsed = url::Url::parse(url).map_err(|error| not_allowed(url, &error))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(not_allowed(url, &"only http and https can be requested"));
        }
        let address = match parsed.host() {
            Some(url::Host::Ipv4(v4)) => Some(v4.into()),
            Some(url::Host::Ipv6(v6)) => Some(v6.into()),
            _ => None,
        };
        match address.map_or(Ok(()), |address| self.guard.permits(address)) {
            Ok(()) => Ok(parsed),
            Err(blocked) => Err(not_allowed(url, &blocked)),
        }
    }
}

/// An event stream stays open; its first JSON-RPC message is all that is needed.
fn holds_a_message(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.ends_with("\n\n") && text.lines().any(|line| line.starts_with("data:") && line.contains("jsonrpc"))
}

/// Header bytes as text, byte by byte, so that nothing is lost (RFC 9110 §5.5 allows obs-text).
fn latin1(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

fn not_allowed(url: &str, why: &dyn std::fmt::Display) -> TransportError {
    TransportError {
        kind: TransportErrorKind::NotAllowed,
        message: format!("{url} was not requested: {why}"),
    }
}

/// What went wrong, from the chain of causes.
fn failed(url: &str, error: &reqwest::Error) -> TransportError {
    let mut deepest: &dyn Error = error;
    let mut chain = Vec::new();
    while let Some(source) = deepest.source() {
        chain.push(source);
        deepest = source;
    }
    let words = chain.iter().map(ToString::to_string).collect::<Vec<_>>().join(": ");
    let io = chain.iter().find_map(|cause| cause.downcast_ref::<std::io::Error>()).map(std::io::Error::kind);
    let at = well_known::origin(url).unwrap_or(url);
    let (kind, message) =
        if let Some(blocked) = chain.iter().find_map(|cause| cause.downcast_ref::<Blocked>()) {
            (TransportErrorKind::NotAllowed, format!("{url} was not requested: {blocked}"))
        } else if let Some(unresolved) = chain.iter().find_map(|cause| cause.downcast_ref::<Unresolved>()) {
            (TransportErrorKind::Resolve, unresolved.to_string())
        } else if error.is_timeout() {
            (TransportErrorKind::TimedOut, format!("{at} did not answer in time"))
        } else if io == Some(std::io::ErrorKind::ConnectionRefused) {
            (TransportErrorKind::Refused, format!("nothing listens at {at} (connection refused)"))
        } else if words.contains("InvalidContentType") {
            (TransportErrorKind::Tls, format!("{at} does not speak TLS: is it http://?"))
        } else if words.contains("certificate") || words.contains("tls") || words.contains("TLS") {
            (TransportErrorKind::Tls, format!("TLS with {at} failed: {deepest}"))
        } else if words.contains("invalid HTTP") || words.contains("HTTP version") {
            (TransportErrorKind::NotHttp, format!("what answers at {at} is not HTTP"))
        } else {
            (TransportErrorKind::Broken, format!("{at} broke off: {deepest}"))
        };
    TransportError { kind, message }
}
