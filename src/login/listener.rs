//! The loopback address that a login comes back to (RFC 8252 §7.3), and what an authorization server may want to read of
//! this client: its metadata document and a set of keys.
//!
//! Several logins may wait at once; `state` tells whose answer it is that came.

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
#[cfg(test)]
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY,
};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

const CALLBACK: &str = "/callback";
const KEYS: &str = "/keys.json";

/// URLs that are kept while nobody takes them. A page in the user's browser can send any number.
const KEPT: usize = 64;

/// Listens until it is dropped.
pub struct Listener {
    shared: Arc<Shared>,
    /// Dropped with the listener, which is what the server waits for.
    _stop: oneshot::Sender<()>,
}

struct Shared {
    origin: String,
    port: u16,
    /// Statuses and documents, by path.
    documents: Mutex<BTreeMap<String, (StatusCode, String)>>,
    keys: String,
    keys_were_fetched: AtomicBool,
    /// Full URLs in the order in which they came.
    arrived: watch::Sender<Vec<String>>,
}

impl Listener {
    /// Listens on a port of the system's choice, and serves `keys`, a JWK set.
    ///
    /// # Errors
    /// When the loopback address cannot be bound, or outside a tokio runtime.
    pub fn start(keys: &Value) -> io::Result<Self> {
        let runtime = tokio::runtime::Handle::try_current().map_err(io::Error::other)?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let origin = format!("http://{address}");
        let shared = Arc::new(Shared {
            documents: Mutex::default(),
            keys: keys.to_string(),
            keys_were_fetched: AtomicBool::new(false),
            arrived: watch::Sender::default(),
            port: address.port(),
            origin,
        });
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let (stop, stopped) = oneshot::channel::<()>();
        let server = axum::serve(listener, router).with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        runtime.spawn(server.into_future());
        Ok(Self { shared, _stop: stop })
    }

    /// Where a login is to come back to.
    pub fn redirect_uri(&self) -> String {
        format!("{}{CALLBACK}", self.shared.origin)
    }

    /// Serves a client ID metadata document under this name, which `document` makes of its URL. The URL is the client ID.
    pub fn serve(&self, name: &str, status: u16, document: impl FnOnce(&str) -> Value) -> String {
        let path = format!("/{name}.json");
        let url = format!("{}{path}", self.shared.origin);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        let mut documents = self.shared.documents.lock().unwrap_or_else(PoisonError::into_inner);
        documents.insert(path, (status, document(&url).to_string()));
        url
    }

    /// Where the JWK set is.
    pub fn keys_url(&self) -> String {
        format!("{}{KEYS}", self.shared.origin)
    }

    /// The address that is listened on.
    #[cfg(test)]
    fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.shared.port))
    }

    /// Whether somebody asked for the JWK set, as a server does that follows a `jku` it should not trust.
    pub fn keys_were_fetched(&self) -> bool {
        self.shared.keys_were_fetched.load(Ordering::Relaxed)
    }

    /// The URL that came back with this `state`, byte for byte; none if it did not come in time.
    pub async fn wait(&self, state: &str, at_most: Duration) -> Option<String> {
        self.first(at_most, |url| state_of(url).as_deref() == Some(state)).await
    }

    /// The next URL that comes back, whatever its `state`: an answer that lost it is an answer, too.
    pub async fn wait_for_any(&self, at_most: Duration) -> Option<String> {
        self.first(at_most, |_| true).await
    }

    /// Takes what came and nobody waited for: without a state, or with one that is not ours.
    #[cfg(test)]
    fn take_strays(&self) -> Vec<String> {
        let mut strays = Vec::new();
        self.shared.arrived.send_modify(|arrived| strays = std::mem::take(arrived));
        strays
    }

    async fn first(&self, at_most: Duration, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let mut arrived = self.shared.arrived.subscribe();
        let is_wanted = |url: &String| wanted(url);
        let waited = async {
            loop {
                arrived.wait_for(|urls| urls.iter().any(is_wanted)).await.ok()?;
                let mut taken = None;
                self.shared.arrived.send_modify(|urls| {
                    taken = urls.iter().position(is_wanted).map(|at| urls.remove(at));
                });
                // Somebody else who waits may have taken it in between.
                if taken.is_some() {
                    return taken;
                }
            }
        };
        tokio::time::timeout(at_most, waited).await.ok().flatten()
    }
}

/// The first `state` in the query of `url`.
fn state_of(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    url::form_urlencoded::parse(query.as_bytes())
        .find_map(|(name, value)| (name == "state").then(|| value.into_owned()))
}

async fn answer(State(shared): State<Arc<Shared>>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    // A name that a stranger points at 127.0.0.1 must not let the stranger's page read what is here.
    if !shared.is_host(&headers) {
        return (StatusCode::MISDIRECTED_REQUEST, "This is a loopback address.\n").into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")]).into_response();
    }
    match uri.path() {
        KEYS => {
            shared.keys_were_fetched.store(true, Ordering::Relaxed);
            json(StatusCode::OK, &shared.keys)
        }
        // What comes back to `/callback/` does not come back to where it was sent, and is worth a look all the same.
        path if path.starts_with(CALLBACK) => {
            let target = uri.path_and_query().map_or(path, |target| target.as_str());
            if method == Method::GET {
                shared.keep(format!("{}{target}", shared.origin));
            }
            page(uri.query().unwrap_or_default())
        }
        path => {
            let documents = shared.documents.lock().unwrap_or_else(PoisonError::into_inner);
            match documents.get(path) {
                Some((status, document)) => json(*status, document),
                None => StatusCode::NOT_FOUND.into_response(),
            }
        }
    }
}

impl Shared {
    /// Whether there is one Host, and it is a loopback name with our port.
    fn is_host(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
        let names = ["127.0.0.1", "localhost", "[::1]"];
        host.to_str().ok().and_then(|host| host.rsplit_once(':')).is_some_and(|(name, port)| {
            port.parse() == Ok(self.port) && names.iter().any(|own| name.eq_ignore_ascii_case(own))
        })
    }

    fn keep(&self, url: String) {
        self.arrived.send_modify(|urls| {
            if urls.len() == KEPT {
                urls.remove(0);
            }
            urls.push(url);
        });
    }
}

fn json(status: StatusCode, text: &str) -> Response {
    (status, [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], text.to_owned())
        .into_response()
}

/// What the user sees at the end. Its address holds the code, which goes nowhere from here.
fn page(query: &str) -> Response {
    let refused = url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "error");
    let (title, text) = if refused {
        (
            "The login was refused",
            "The authorization server sent an error. mcp-conform shows it in the terminal.",
        )
    } else {
        ("The login is over", "mcp-conform goes on in the terminal.")
    };
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} – mcp-conform</title>\n\
         <style>body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem }}\
         </style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p>{text}</p>\n<p>You can close this window.</p>\n\
         </main>\n</body>\n</html>\n"
    );
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ];
    (headers, Body::from(html)).into_response()
}

#[cfg(test)]
mod tests;
