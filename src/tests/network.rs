//! The network options, from the command line to the wire and back into what is written down.

#[path = "support/listening.rs"]
mod listening;

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;

use reference_servers::{Channel, Options, Running, Tls};
use tokio::runtime::Runtime;

use listening::{answer, listening};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));

const KEY: &str = "key-0123456789";

/// Exit code, and stdout and stderr as one text.
fn run(arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-conform"));
    command.env("TEST_KEY", KEY).env("TEST_LOGIN", "me:pass-0123456789").env("TEST_LINES", "a\nb");
    let output = command.args(arguments).output().expect("the program runs");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
    (output.status.code().expect("no signal"), text.concat())
}

fn pair(mcp: Channel) -> Running {
    let tls = Tls { mcp: Some(mcp), authorization: None };
    RUNTIME.block_on(reference_servers::start(Options { tls, ..Options::default() })).expect("a pair starts")
}

/// Where the authority of `pair` is written down.
fn authority(pair: &Running, folder: &Path) -> String {
    let path = folder.join("ca.pem");
    fs::write(&path, pair.certificate_authority.as_deref().expect("an authority")).expect("a file");
    path.display().to_string()
}

/// The bytes of a request up to the end of its head.
fn head(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// What was asked of a server.
type Heads = Arc<Mutex<Vec<String>>>;

/// A server that notes the heads of requests and answers each with what `respond` makes of it.
fn noting(respond: impl Fn(&str) -> String + Send + Sync + 'static) -> (SocketAddr, Heads) {
    let heads = Heads::default();
    let noted = Arc::clone(&heads);
    let address = listening(move |mut stream| {
        let head = head(&mut stream);
        let response = respond(&head);
        noted.lock().unwrap_or_else(PoisonError::into_inner).push(head);
        answer(stream, response.as_bytes());
    });
    (address, heads)
}

fn taken(heads: &Heads) -> Vec<String> {
    std::mem::take(&mut *heads.lock().unwrap_or_else(PoisonError::into_inner))
}

#[test]
fn a_certificate_is_verified_unless_the_user_says_otherwise() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = pair(Channel::Sound);
    let url = sound.server_url.as_str();
    let ca = authority(&sound, folder.path());
    let untrusted = "is signed by nobody this machine trusts";
    for (arguments, code, says) in [
        (&["check", url, "--cacert", &ca][..], 0, "conforms"),
        (&["check", url], 1, untrusted),
        (&["check", url, "--profile", "2025-03-26"], 5, untrusted),
        (&["check", url, "--insecure"], 5, "certificates were not verified (--insecure)"),
        (&["discover", url, "--cacert", &ca], 0, "Arrived"),
        (&["discover", url], 1, untrusted),
        (&["discover", url, "--insecure"], 0, "INSECURE: certificates were not verified"),
        (&["discover", url, "--insecure", "--format", "json"], 0, "\"insecure\": true"),
    ] {
        let (exit, text) = run(arguments);
        assert_eq!(exit, code, "{arguments:?}: {text}");
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(says), "{arguments:?}: {text}");
    }
}

#[test]
fn what_was_not_verified_is_said_by_every_report_and_by_a_replay() {
    let folder = tempfile::tempdir().expect("a folder");
    let pair = pair(Channel::Expired);
    let recording = folder.path().join("recording.json").display().to_string();
    let json = folder.path().join("report.json").display().to_string();
    let to_json = format!("json={json}");
    let check = ["check", &pair.server_url, "--insecure", "--record", &recording, "--format", "human"];
    let (code, human) = run(&[&check[..], &["--format", &to_json]].concat());
    assert_eq!(code, 5, "{human}");
    assert!(human.contains("INSECURE") && human.contains("what decides could not be tested"), "{human}");
    assert!(fs::read_to_string(&json).expect("a report").contains("\"insecure\": true"));
    assert_eq!(run(&["replay", &recording]), (5, human));
}

#[test]
fn a_connection_that_may_be_our_own_mistake_leaves_it_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let plain = pair(Channel::Plain);
    let (code, text) = run(&["check", &plain.server_url]);
    assert_eq!(code, 5, "{text}");
    assert!(text.contains("does not speak TLS: is it http://?"), "{text}");
    // As `openssl req -x509` makes them: nobody trusts it, and where somebody does, our library does not.
    let own = pair(Channel::SelfSignedAuthority);
    let (code, text) = run(&["check", &own.server_url]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("as self-signed"), "{text}");
    let (code, text) = run(&["check", &own.server_url, "--cacert", &authority(&own, folder.path())]);
    assert_eq!(code, 5, "{text}");
    assert!(text.contains("CA:TRUE"), "{text}");
}

#[test]
fn a_header_from_the_environment_reaches_the_target_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let (elsewhere, asked_elsewhere) =
        noting(|_| "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned());
    let challenge = format!("WWW-Authenticate: Bearer resource_metadata=\"http://{elsewhere}/x\"");
    let (target, asked) = noting(move |head| {
        let echo = head.lines().find(|line| line.starts_with("x-api-key")).unwrap_or_default();
        let length = echo.len();
        format!(
            "HTTP/1.1 401 No\r\n{challenge}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{echo}"
        )
    });
    let recording = folder.path().join("recording.json").display().to_string();
    let json = folder.path().join("report.json").display().to_string();
    let url = format!("http://{target}/mcp");
    let to_json = format!("json={json}");
    let arguments =
        ["check", &url, "-H", "X-Api-Key=TEST_KEY", "--record", &recording, "-v", "--format", "human"];
    let (_, human) = run(&[&arguments[..], &["--format", &to_json]].concat());
    let (asked, asked_elsewhere) = (taken(&asked), taken(&asked_elsewhere));
    assert!(asked.len() > 2 && !asked_elsewhere.is_empty(), "{asked:?} {asked_elsewhere:?}");
    assert!(asked.iter().all(|head| head.contains("x-api-key: key-0123456789\r\n")), "{asked:?}");
    assert!(!asked_elsewhere.concat().contains("x-api-key"), "{asked_elsewhere:?}");
    let written =
        [human.clone(), fs::read_to_string(&recording).expect("it"), fs::read_to_string(&json).expect("it")];
    for text in &written {
        assert!(!text.contains(KEY), "{text}");
    }
    assert!(written[1].contains("[redacted: $TEST_KEY]") && written[1].contains("x-api-key: [redacted]"));
    assert!(human.contains("-H \"x-api-key: $TEST_KEY\""), "{human}");
}

#[test]
fn a_pinned_host_is_where_the_user_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let pair = pair(Channel::OtherName);
    let ca = authority(&pair, folder.path());
    let port = pair.origin.rsplit(':').next().expect("a port");
    let url = format!("https://other.example:{port}/mcp");
    let pin = format!("other.example:{port}:127.0.0.1");
    let (_, text) = run(&["discover", &url, "--cacert", &ca, "--resolve", &pin]);
    assert!(text.contains("→ 401 with WWW-Authenticate"), "{text}");
    let other_port = format!("other.example:1:127.0.0.1,{}", "::1");
    let (code, text) = run(&["discover", &url, "--cacert", &ca, "--resolve", &other_port, "--timeout", "2"]);
    assert_eq!(code, 1, "{text}");
    assert!(!text.contains("→ 401"), "{text}");
}

#[test]
fn a_proxy_takes_everything_and_is_blamed_for_its_own_refusals() {
    let folder = tempfile::tempdir().expect("a folder");
    let pair = pair(Channel::Sound);
    let ca = authority(&pair, folder.path());
    let tunnels: Arc<Mutex<HashMap<String, String>>> = Arc::default();
    let dug = Arc::clone(&tunnels);
    let open = listening(move |mut stream| {
        let head = head(&mut stream);
        let to = head.split(' ').nth(1).unwrap_or_default().to_owned();
        dug.lock().unwrap_or_else(PoisonError::into_inner).insert(to.clone(), head.clone());
        if !head.starts_with("CONNECT") {
            return answer(stream, b"HTTP/1.1 407 Who\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        let Ok(server) = TcpStream::connect(&to) else { return };
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        let (Ok(mut from), Ok(mut there)) = (stream.try_clone(), server.try_clone()) else { return };
        thread::spawn(move || std::io::copy(&mut from, &mut there));
        let _ = std::io::copy(&mut &server, &mut stream);
    });
    let proxy = format!("http://{open}");
    let url = pair.server_url.as_str();
    let (code, text) =
        run(&["discover", url, "--cacert", &ca, "--proxy", &proxy, "--proxy-user", "TEST_LOGIN"]);
    // The authorization server is plain http, for which this proxy wants to know more.
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("→ 401 with WWW-Authenticate") && text.contains("asks for credentials"), "{text}");
    let tunnels = tunnels.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let target = pair.origin.strip_prefix("https://").expect("https");
    let login = "basic bwu6cgfzcy0wmtizndu2nzg5";
    assert!(tunnels[target].to_ascii_lowercase().contains(login), "{tunnels:?}");

    let (code, text) = run(&["check", url, "--proxy", &proxy]);
    assert_eq!(code, 5, "{text}");
    assert!(
        text.split_whitespace().collect::<Vec<_>>().join(" ").contains("it may be one of the proxy"),
        "{text}"
    );

    let closed = listening(|mut stream| {
        head(&mut stream);
        answer(stream, b"HTTP/1.1 403 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    });
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address")
    };
    for (proxy, says) in [(closed, "does not lead to"), (nobody, "nothing listens at the proxy")] {
        let (code, text) = run(&["check", url, "--proxy", &format!("http://{proxy}")]);
        assert_eq!(code, 5, "{text}");
        assert!(text.contains(says), "{text}");
    }
}

#[test]
fn a_wrong_network_option_is_code_2_and_tells_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "").expect("a file");
    let empty = empty.display().to_string();
    for command in ["check", "discover"] {
        for (arguments, says) in [
            (&["--cacert", "/no/such/file"][..], "cannot read /no/such/file"),
            (&["--cacert", &empty], "holds no certificate"),
            (&["--cacert", &empty, "--insecure"], "cannot be used with"),
            (&["--resolve", "h:443"], "HOST:PORT:ADDRESS"),
            (&["--resolve", "h:443:elsewhere"], "`elsewhere` is no IP address"),
            (&["--resolve", "h:443:::1", "--proxy", "http://p"], "cannot be used with"),
            (&["-H", "X-Api-Key: s3cret"], "never an argument"),
            (&["-H", "X-Api-Key=s3cret"], "is not set"),
            (&["-H", "X-Api-Key=TEST_LINES"], "line breaks"),
            (&["--header", "Authorization=TEST_KEY"], "cannot be set"),
            (&["--proxy", "http://me:s3cret@p"], "--proxy-user"),
            (&["--proxy", "socks5://p"], "HTTP proxy"),
            (&["--proxy", "http://p", "--proxy-user", "me:s3cret"], "environment variable"),
            (&["--proxy-user", "TEST_LOGIN"], "--proxy"),
        ] {
            let (code, text) = run(&[&[command, "https://192.0.2.1/mcp"], arguments].concat());
            assert_eq!(code, 2, "{arguments:?}: {text}");
            assert!(text.contains(says) && !text.contains("s3cret"), "{arguments:?}: {text}");
        }
    }
}

#[test]
fn serve_speaks_tls_and_says_whom_to_trust() {
    let folder = tempfile::tempdir().expect("a folder");
    let ca = folder.path().join("ca.pem").display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-conform"));
    command.args(["serve", "--tls", &ca]).stdout(std::process::Stdio::piped());
    let mut serving = command.spawn().expect("the program runs");
    let mut text = String::new();
    let mut stdout = serving.stdout.take().expect("a pipe");
    let mut chunk = [0; 4096];
    while !text.contains("curl -i") {
        let read = stdout.read(&mut chunk).expect("what it prints");
        assert!(read > 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&chunk[..read]));
    }
    let line = text.lines().find(|line| line.contains("mcp-conform check")).expect("what to try").to_owned();
    let arguments: Vec<&str> = line.split_whitespace().skip(1).collect();
    let (code, said) = run(&arguments);
    let _ = serving.kill();
    let _ = serving.wait();
    assert_eq!(code, 0, "{arguments:?}: {said}");
    assert_eq!(arguments[..3], ["check", "--cacert", &ca]);
}
