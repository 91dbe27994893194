//! Sends one request once: no retries, redirects, cookies or decoding, no proxy but one that the user names, and bounds
//! on everything.
//!
//! A server that folds its headers is the exception: nobody has to read those, so that it is asked once more by a client
//! that does, and what it says can be judged.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, redirect};
use tokio::sync::Semaphore;

use super::failure::{failed, is_about_a_header, not_allowed};
use super::guard::{Guard, Nearby};
use super::record::{self, Withheld};
use super::settings::{Proxy, SecretHeader, Settings};
use crate::model::exchange::{Body, Reply, Request, Response, TransportError, TransportErrorKind};
use crate::parse::well_known;

/// Bytes of a body that are kept.
const BODY_LIMIT: usize = 1 << 20;
/// Requests under way at once to one origin.
const AT_ONCE: usize = 16;

/// Sends requests for one run.
pub struct Client {
    strict: Connections,
    /// The same for servers that fold headers, made when the first one does.
    unfolding: OnceLock<Option<Connections>>,
    guard: Guard,
    settings: Settings,
    /// The target's origin, which alone is sent the settings' headers.
    target: String,
    origins: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// HTTP clients that read responses in one way.
struct Connections {
    http: reqwest::Client,
    /// One for each of the settings' pins, in their order: the HTTP client resolves names without their port.
    pinned: Vec<reqwest::Client>,
}

/// A reply and how long it took.
pub struct Timed {
    /// What came back.
    pub reply: Reply,
    /// From sending to the end of the body.
    pub milliseconds: f64,
}

impl Client {
    /// A client for a run against the URL `target`, that goes where `guard` lets it.
    pub fn new(guard: Guard, settings: Settings, target: &str) -> Result<Self, reqwest::Error> {
        let strict = Connections::new(guard, &settings, false)?;
        let target = well_known::origin(target).unwrap_or_default().to_owned();
        let unfolding = OnceLock::new();
        Ok(Self { strict, unfolding, guard, settings, target, origins: Mutex::default() })
    }

    /// Sends `request` and waits for the whole answer, as far as it is kept.
    pub async fn send(&self, request: &Request) -> Timed {
        let gate = self.gate(&request.url);
        let _turn = gate.acquire().await;
        let started = Instant::now();
        let reply = match tokio::time::timeout(self.settings.timeout, self.exchange(request)).await {
            Ok(Ok(response)) => Reply::Response(response),
            Ok(Err(error)) => Reply::Error(error),
            Err(_) => Reply::Error(TransportError {
                kind: TransportErrorKind::TimedOut,
                message: format!(
                    "{} did not answer within {} s",
                    request.url,
                    self.settings.timeout.as_secs_f32()
                ),
            }),
        };
        Timed { reply, milliseconds: started.elapsed().as_secs_f64() * 1000.0 }
    }

    /// `request` as a recording may show it: with the settings' headers, and variables in the place of their values.
    pub fn as_sent(&self, mut request: Request) -> Request {
        for extra in self.extra_headers(&request.url) {
            request.headers.push((extra.name.as_str().to_owned(), record::withheld(&extra.variable)));
        }
        request
    }

    /// What must not be kept wherever it turns up: a server may send back what it was sent, and so may a proxy.
    pub fn secrets(&self) -> Vec<Withheld> {
        let values = self.settings.headers.iter().filter_map(|header| header.value().to_str().ok());
        let login = self.settings.proxy.iter().flat_map(Proxy::secrets);
        values.map(str::to_owned).chain(login).map(Withheld::new).collect()
    }

    /// Whether certificates are verified.
    pub fn verifies(&self) -> bool {
        !self.settings.insecure
    }

    fn extra_headers(&self, url: &str) -> impl Iterator<Item = &SecretHeader> {
        let own = same_origin(url, &self.target);
        self.settings.headers.iter().filter(move |_| own)
    }

    /// The connections that take a folded header for what it would be in one line (RFC 9112 §5.2).
    fn unfolding(&self) -> Option<&Connections> {
        let made = || Connections::new(self.guard, &self.settings, true).ok();
        self.unfolding.get_or_init(made).as_ref()
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
        for extra in self.extra_headers(&request.url) {
            headers.append(extra.name.clone(), extra.value().clone());
        }
        let sent = |connections: &Connections| {
            let http = connections.to(&url, &self.settings);
            let builder = http.request(method.clone(), url.clone()).headers(headers.clone());
            request.body.iter().fold(builder, |builder, body| builder.body(body.clone())).send()
        };
        let (mut response, folded) = match sent(&self.strict).await {
            Ok(response) => (response, false),
            Err(error) => match self.unfolding().filter(|_| is_about_a_header(&error)) {
                // What only this one can read has a header that goes on in the next line.
                Some(unfolding) => match sent(unfolding).await {
                    Ok(response) => (response, true),
                    Err(_) => return Err(failed(&request.url, &error, &self.settings)),
                },
                None => return Err(failed(&request.url, &error, &self.settings)),
            },
        };
        let status = response.status().as_u16();
        if let Some(proxy) = self.settings.proxy.as_ref().filter(|_| status == 407) {
            let message = format!("the proxy {} asks for credentials: --proxy-user VARIABLE", proxy.url);
            return Err(TransportError { kind: TransportErrorKind::Proxy, message });
        }
        let version = format!("{:?}", response.version());
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
            .collect();
        let streams = headers.iter().any(|(n, v)| n == "content-type" && v.starts_with("text/event-stream"));
        let mut bytes = Vec::new();
        // A stream that a GET opens may stay silent for ever; that it was opened is all that can be seen.
        let mut cut = streams && method == Method::GET;
        while !cut {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) if bytes.is_empty() => {
                    return Err(failed(&request.url, &error, &self.settings));
                }
                Err(_) => cut = true,
            }
            if bytes.len() > BODY_LIMIT {
                bytes.truncate(BODY_LIMIT);
                cut = true;
            }
            cut |= streams && holds_a_message(&bytes);
        }
        Ok(Response { status, version, headers, folded, body: Body::new(bytes, cut) })
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

impl Connections {
    fn new(guard: Guard, settings: &Settings, unfold: bool) -> Result<Self, reqwest::Error> {
        // Behind a proxy the only name that is looked up here is the proxy's own.
        let lookups = if settings.proxy.is_some() { Guard::OPEN } else { guard };
        let builder =
            || Ok(builder(lookups, settings)?.http1_allow_obsolete_multiline_headers_in_responses(unfold));
        let pinned = settings.pins.iter();
        let pinned = pinned.map(|pin| builder()?.resolve_to_addrs(&pin.host, &pin.addresses).build());
        Ok(Self { http: builder()?.build()?, pinned: pinned.collect::<Result<_, reqwest::Error>>()? })
    }

    fn to(&self, url: &url::Url, settings: &Settings) -> &reqwest::Client {
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return &self.http;
        };
        let pin = settings.pins.iter().position(|pin| pin.is_for(host, port));
        pin.and_then(|index| self.pinned.get(index)).unwrap_or(&self.http)
    }
}

fn builder(guard: Guard, settings: &Settings) -> Result<reqwest::ClientBuilder, reqwest::Error> {
    let mut builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .connect_timeout(settings.timeout)
        .tls_danger_accept_invalid_certs(settings.insecure)
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));
    builder = match settings.lookups {
        true => builder.dns_resolver(Arc::new(guard)),
        false => builder.dns_resolver(Arc::new(Nearby)),
    };
    if !settings.roots.is_empty() {
        let roots: Result<Vec<_>, _> =
            settings.roots.iter().map(|root| reqwest::Certificate::from_der(root)).collect();
        builder = builder.tls_certs_merge(roots?);
    }
    match &settings.proxy {
        Some(proxy) => Ok(builder.proxy(proxy.for_all()?)),
        None => Ok(builder),
    }
}

/// Whether both URLs have one origin, however it is spelled. A secret goes nowhere else.
fn same_origin(url: &str, target: &str) -> bool {
    match (url::Url::parse(url), url::Url::parse(target)) {
        (Ok(url), Ok(target)) => url.origin().is_tuple() && url.origin() == target.origin(),
        _ => false,
    }
}

/// An event stream stays open; its first JSON-RPC message is all that is needed. Lines may end in each of the three
/// ways (WHATWG HTML, parsing an event stream), and comments may follow the message.
fn holds_a_message(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    let is_message =
        |event: &str| event.lines().any(|line| line.starts_with("data:") && line.contains("jsonrpc"));
    // What follows the last blank line is an event that is not over.
    text.rsplit_once("\n\n").is_some_and(|(events, _)| events.split("\n\n").any(is_message))
}

/// Header bytes as text: UTF-8, or else byte by byte, so that nothing is lost (RFC 9110 §5.5 allows obs-text).
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{holds_a_message, same_origin};

    #[test]
    fn a_message_is_whole_when_its_event_is() {
        let message = r#"data: {"jsonrpc":"2.0","id":1,"result":{}}"#;
        for end in ["\n", "\r\n", "\r"] {
            let event = format!("event: message{end}{message}{end}{end}");
            assert!(holds_a_message(event.as_bytes()), "{end:?}");
            assert!(holds_a_message(format!(": ping{end}{end}{event}: ping").as_bytes()), "{end:?}");
            assert!(!holds_a_message(format!("{message}{end}").as_bytes()), "{end:?}");
            assert!(!holds_a_message(format!("data:{end}{end}{message}").as_bytes()), "{end:?}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for url in ["https://h.example/x", "HTTPS://H.example:443/y?z"] {
            assert!(same_origin(url, "https://h.example"), "{url}");
        }
        for url in
            ["http://h.example/", "https://h.example:8443/", "https://h.example.evil/", "https://h/", "h", ""]
        {
            assert!(!same_origin(url, "https://h.example"), "{url}");
        }
        assert!(!same_origin("", ""));
    }
}
