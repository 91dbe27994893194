//! No secret reaches an output: marked ones go in by every way there is, a server sends back all that it is told in every
//! place it has, and nothing that is written down may hold a mark.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));

/// Makes the marked values of one run.
#[derive(Clone)]
struct Marks(String);

impl Marks {
    /// A secret of this name.
    fn of(&self, name: &str) -> String {
        format!("{}-{name}", self.0)
    }

    /// A JWT that says who somebody is.
    fn jwt(&self, name: &str) -> String {
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let claims =
            json!({ "aud": "x", "email": self.of(&format!("{name}-mail")), "exp": 4_000_000_000_u64 });
        format!("{}.{}.{}", part(json!({ "alg": "ES256" })), part(claims), self.of(name))
    }

    /// Every form in which a mark may turn up in `text`.
    fn are_in(&self, text: &str) -> bool {
        self.place(text).is_some()
    }

    /// Where the first of them begins.
    fn place(&self, text: &str) -> Option<usize> {
        // Base64 has another form for each of three offsets; what stands in the middle of each is the same.
        let mut encoded = (0..3).map(|offset| {
            let padded = format!("{}{}", "x".repeat(offset), self.0);
            let encoded = STANDARD.encode(&padded);
            encoded[4..encoded.len() - 4].to_owned()
        });
        text.find(&self.0).or_else(|| encoded.find_map(|one| text.find(&one)))
    }
}

/// The MCP server and its authorization server, in one: whatever it is told it says again.
#[derive(Clone)]
struct Echo {
    origin: String,
    marks: Marks,
}

async fn answer(
    State(Echo { origin, marks }): State<Echo>,
    method: Method,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let value = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let told = [value(header::AUTHORIZATION), value(header::COOKIE), value("x-key".parse().expect("a name"))]
        .join(" ");
    let told = format!("{told} {} {}", query.clone().unwrap_or_default(), String::from_utf8_lossy(&body));
    let line: String = told.chars().map(|c| if c.is_ascii_graphic() && c != '"' { c } else { ' ' }).collect();
    let echo = [
        (header::SET_COOKIE, format!("session={}; told={line}", marks.of("cookie"))),
        ("x-told".parse().expect("a name"), line.clone()),
    ];
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    match path.as_str() {
        path if path.starts_with(".well-known/oauth-protected-resource") => axum::Json(json!({
            "resource": format!("{origin}/mcp"), "authorization_servers": [origin], "told": told,
        }))
        .into_response(),
        path if path.starts_with(".well-known/") => axum::Json(json!({
            "issuer": origin, "authorization_endpoint": format!("{origin}/authorize"),
            "token_endpoint": format!("{origin}/token"), "registration_endpoint": format!("{origin}/register"),
            "revocation_endpoint": format!("{origin}/revoke"), "introspection_endpoint": format!("{origin}/introspect"),
            "test_minting_endpoint": format!("{origin}/mint"), "code_challenge_methods_supported": ["S256"],
            "told": told,
        }))
        .into_response(),
        "authorize" if method == Method::GET => (
            echo,
            axum::response::Html(format!(
                "<title>{line}</title><form method=post><input name=user><input type=password name=pass>\
                 <input type=hidden name=to value='{}'><input type=hidden name=state value='{}'><button>Allow</button></form>",
                query.get("redirect_uri").cloned().unwrap_or_default(),
                query.get("state").cloned().unwrap_or_default(),
            )),
        )
            .into_response(),
        "authorize" => {
            let form: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
            let mut to = url::Url::parse(&form["to"]).expect("a redirect URI");
            to.query_pairs_mut().append_pair("code", &marks.of("code")).append_pair("state", &form["state"]);
            (StatusCode::FOUND, echo, [(header::LOCATION, to.to_string())]).into_response()
        }
        "register" => (
            StatusCode::CREATED,
            echo,
            axum::Json(json!({
                "client_id": "registered", "client_secret": marks.of("registered"), "client_secret_expires_at": 0,
                "registration_access_token": marks.of("management"), "registration_client_uri": format!("{origin}/managed"),
                "told": told,
            })),
        )
            .into_response(),
        "token" => (
            echo,
            axum::Json(json!({
                "access_token": marks.jwt("issued"), "refresh_token": marks.of("refresh"), "id_token": marks.jwt("id"),
                "token_type": "Bearer", "told": told, "error_description": told,
            })),
        )
            .into_response(),
        "mint" => (echo, axum::Json(json!({ "token": marks.jwt("minted"), "told": told }))).into_response(),
        "mcp" if told.contains(&marks.0) && value(header::AUTHORIZATION).starts_with("Bearer") => {
            let result = json!({ "jsonrpc": "2.0", "id": 1, "result": { "told": told } });
            (echo, [("mcp-session-id", marks.of("session"))], axum::Json(result)).into_response()
        }
        _ => {
            let challenge = format!(
                "Bearer error_description=\"{line}\", resource_metadata=\"{origin}/.well-known/oauth-protected-resource/mcp\""
            );
            (StatusCode::UNAUTHORIZED, echo, [(header::WWW_AUTHENTICATE, challenge)], told).into_response()
        }
    }
}

fn start(marks: &Marks) -> String {
    let listener = RUNTIME.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let state = Echo { origin: origin.clone(), marks: marks.clone() };
    let router = Router::new().route("/{*path}", axum::routing::any(answer)).with_state(state);
    RUNTIME.spawn(async move { axum::serve(listener, router).await });
    origin
}

/// Everything that one run of the program writes: to its outputs and to the files named.
fn written(marks: &Marks, arguments: &[&str], files: &[&std::path::Path]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-conform"));
    for name in ["TOKEN", "SECRET", "BAD", "USER", "PASS", "KEY"] {
        command.env(name, marks.of(&name.to_ascii_lowercase()));
    }
    command.env("JWT", marks.jwt("given"));
    let output = command.args(arguments).output().expect("the program runs");
    let mut text =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    for file in files {
        text.push_str(&fs::read_to_string(file).unwrap_or_default());
    }
    text
}

fn nothing_leaks(marks: &Marks) -> Result<(), TestCaseError> {
    let origin = start(marks);
    let url = format!("{origin}/mcp");
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let token = at("token");
    fs::write(&token, marks.jwt("file")).expect("a file");
    let token = token.display().to_string();
    let common = ["-H", "x-key=KEY", "--bad-token", "other-audience=BAD", "--timeout", "5"];
    let ways: [&[&str]; 5] = [
        &["--token-env", "TOKEN"],
        &["--token-env", "JWT"],
        &["--token-file", &token],
        &["--client-credentials", "--client-id", "me", "--client-secret-env", "SECRET"],
        &["--login", "--headless", "--form-field", "user=USER", "--form-field", "pass=PASS"],
    ];
    for way in ways {
        let (record, json) = (at("record.json"), at("report.json"));
        let (recorded, report) = (record.display().to_string(), format!("json={}", json.display()));
        let formats = ["--record", &recorded, "--format", "human", "--format", &report, "--verbose"];
        let check = [&["check", &url][..], way, &common, &formats].concat();
        let text = written(marks, &check, &[&record, &json]);
        prop_assert!(text.contains("requests sent") && text.contains("\"exchanges\""), "{way:?}: {text}");
        prop_assert!(text.contains("~token."), "{way:?} sent no token: {text}");
        prop_assert!(!marks.are_in(&text), "{way:?}: {}", around(marks, &text));
        let text = written(marks, &["replay", &recorded, "--verbose"], &[]);
        prop_assert!(!marks.are_in(&text), "replay {way:?}: {}", around(marks, &text));
        for format in ["human", "json"] {
            let audience = [&["audience", &url, "--format", format][..], way, &common].concat();
            let text = written(marks, &audience, &[]);
            prop_assert!(!marks.are_in(&text), "audience {way:?}: {}", around(marks, &text));
        }
    }
    // Whoever takes the value for the name of its variable is not told the value.
    let value = marks.of("typed");
    for option in ["--token-env", "--bad-token", "--form-field", "--client-secret-env"] {
        let argument = if option.ends_with("env") { value.clone() } else { format!("expired={value}") };
        let text = written(
            marks,
            &["check", &url, "--login", "--headless", "--client-id", "me", option, &argument],
            &[],
        );
        prop_assert!(text.contains("error:") && !marks.are_in(&text), "{option}: {text}");
    }
    Ok(())
}

/// What stands around the first mark, to find out where it came from.
fn around(marks: &Marks, text: &str) -> String {
    let at = marks.place(text).unwrap_or(text.len());
    let start = text[..at].char_indices().rev().nth(300).map_or(0, |(start, _)| start);
    text[start..].chars().take(600).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_secret_is_written_down(mark in "mark[A-Za-z0-9]{24}") {
        nothing_leaks(&Marks(mark))?;
    }
}
