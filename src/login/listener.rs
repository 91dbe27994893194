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
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use serde_json::json;

    use super::*;

    /// Longer than any test waits for what does come.
    const LONG: Duration = Duration::from_secs(60);

    fn start() -> Listener {
        Listener::start(&json!({ "keys": [] })).unwrap()
    }

    /// Sends `head` as it stands and gives back all that is answered.
    async fn ask(listener: &Listener, head: String) -> String {
        let address = listener.address();
        let asked = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        asked.await.unwrap()
    }

    async fn get(listener: &Listener, target: &str) -> String {
        let host = listener.address();
        ask(listener, format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await
    }

    #[tokio::test]
    async fn hands_over_what_came_byte_for_byte() {
        let listener = start();
        let page = get(&listener, "/callback?code=a%2fb+c&state=one&iss=HTTPS://As.Example:443/%7e").await;
        assert!(page.starts_with("HTTP/1.1 200 OK"), "{page}");
        assert!(page.contains("You can close this window"), "{page}");
        assert_eq!(
            listener.wait("one", LONG).await,
            Some(format!(
                "{}?code=a%2fb+c&state=one&iss=HTTPS://As.Example:443/%7e",
                listener.redirect_uri()
            ))
        );
    }

    #[tokio::test]
    async fn each_login_gets_its_own() {
        let listener = start();
        let (one, two, _) = tokio::join!(listener.wait("one", LONG), listener.wait("t w/o", LONG), async {
            get(&listener, "/callback?state=t%20w%2Fo&code=2").await;
            get(&listener, "/callback?state=one&code=1").await;
        });
        assert!(one.unwrap().ends_with("code=1"));
        assert!(two.unwrap().ends_with("code=2"));
        assert!(listener.take_strays().is_empty());
    }

    #[tokio::test]
    async fn keeps_what_came_for_nobody() {
        let listener = start();
        for target in ["/callback?error=access_denied", "/callback/?state=x", "/callback?state=y&state=one"] {
            get(&listener, target).await;
        }
        assert_eq!(listener.wait("one", Duration::ZERO).await, None);
        assert!(listener.wait_for_any(LONG).await.unwrap().ends_with("?error=access_denied"));
        let strays = listener.take_strays();
        assert_eq!(strays.len(), 2, "{strays:?}");
        assert!(strays[0].ends_with("/callback/?state=x"), "{strays:?}");
        assert!(listener.take_strays().is_empty());
    }

    #[tokio::test]
    async fn keeps_so_many_and_no_more() {
        let listener = start();
        for n in 0..=KEPT {
            listener.shared.keep(format!("/callback?state={n}"));
        }
        let strays = listener.take_strays();
        assert_eq!((strays.len(), strays[0].as_str()), (KEPT, "/callback?state=1"));
    }

    #[tokio::test]
    async fn serves_the_document_and_notes_who_wants_keys() {
        let listener = start();
        assert!(get(&listener, "/client.json").await.starts_with("HTTP/1.1 404 "));
        let url = listener.serve("client", 200, |url| json!({ "client_id": url }));
        listener.serve("gone", 410, |_| json!({}));
        let document = get(&listener, "/client.json").await;
        assert!(
            document.starts_with("HTTP/1.1 200 ")
                && document.contains(&format!(r#"{{"client_id":"{url}"}}"#))
        );
        assert!(get(&listener, "/gone.json").await.starts_with("HTTP/1.1 410 "));
        assert!(!listener.keys_were_fetched());
        assert!(get(&listener, "/keys.json?x").await.contains(r#"{"keys":[]}"#));
        assert!(listener.keys_were_fetched());
        assert!(listener.keys_url().ends_with("/keys.json"));
    }

    #[tokio::test]
    async fn answers_to_no_other_name() {
        let listener = start();
        listener.serve("client", 200, |_| json!({}));
        let port = listener.address().port();
        for host in ["localhost", "LocalHost", "[::1]"] {
            let answer = ask(
                &listener,
                format!("GET /client.json HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"),
            );
            assert!(answer.await.starts_with("HTTP/1.1 200"), "{host}");
        }
        for host in [
            format!("Host: rebound.example:{port}\r\n"),
            "Host: 127.0.0.1\r\n".to_owned(),
            format!("Host: 127.0.0.1.rebound.example:{port}\r\n"),
            format!("Host: 127.0.0.1:{port}\r\nHost: rebound.example\r\n"),
            format!("Host: user@127.0.0.1:{port}\r\n"),
            "Host: \r\n".to_owned(),
        ] {
            let head = format!("GET /callback?state=one HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
            let answer = ask(&listener, head).await;
            assert!(answer.starts_with("HTTP/1.1 4"), "{host} {answer}");
        }
        assert!(listener.take_strays().is_empty());
    }

    #[tokio::test]
    async fn answers_get_and_head_alone_and_nothing_else_is_there() {
        let listener = start();
        let host = listener.address();
        let ask = |method: &str| {
            let head =
                format!("{method} /callback?state=one HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            ask(&listener, head)
        };
        for method in ["POST", "PUT", "OPTIONS"] {
            assert!(ask(method).await.starts_with("HTTP/1.1 405"), "{method}");
        }
        assert!(ask("HEAD").await.starts_with("HTTP/1.1 200"));
        // A link scanner that looks with HEAD does not use up the answer.
        assert!(listener.take_strays().is_empty());
        assert!(get(&listener, "/favicon.ico").await.starts_with("HTTP/1.1 404"));
    }

    #[tokio::test]
    async fn stops_when_dropped() {
        let listener = start();
        let address = listener.address();
        drop(listener);
        // The port is free as soon as the server has noticed.
        while std::net::TcpListener::bind(address).is_err() {
            tokio::task::yield_now().await;
        }
    }

    #[test]
    fn needs_a_runtime() {
        assert!(Listener::start(&json!({})).is_err());
    }
}
