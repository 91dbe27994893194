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
        Some(format!("{}?code=a%2fb+c&state=one&iss=HTTPS://As.Example:443/%7e", listener.redirect_uri()))
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
        document.starts_with("HTTP/1.1 200 ") && document.contains(&format!(r#"{{"client_id":"{url}"}}"#))
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
