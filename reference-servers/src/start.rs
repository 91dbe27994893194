//! Starting a pair.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::serve::{Listener, ListenerExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::edit::{Edits, Places, Server, UnknownPlaceholder, filled, layer};
use crate::fold::Folding;
use crate::pair::Pair;
use crate::tls::{Authority, TlsListener};
use crate::{
    Behaviour, Channel, Options, Profile, Running, authorization, client_metadata, document, keys, resource,
};

/// Why a pair did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port could not be had.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no randomness to be had.
    #[error("cannot make keys and certificates")]
    Keys,
    /// An edit names something that does not exist.
    #[error(transparent)]
    Edit(#[from] UnknownPlaceholder),
    /// An edit of the authorization server, where the MCP server is its own.
    #[error("under {0} there is no server `authorization`: its endpoints are on the server `mcp`")]
    NoAuthorizationServer(Profile),
    /// An edit of the MCP server, where the authorization server runs alone.
    #[error("the authorization server runs alone: there is no server `mcp` to edit")]
    NoMcpServer,
    /// An authorization server that runs alone, for nothing or for something that is no resource identifier.
    #[error(
        "an authorization server needs a resource to issue tokens for: an absolute URL without a fragment"
    )]
    NoResource,
}

/// Starts both servers on 127.0.0.1, and beside them the site of a client. Under 2025-03-26 there is one server, which
/// is both, and with [`Options::alone`] there is no MCP server.
pub async fn start(options: Options) -> Result<Running, StartError> {
    check(&options)?;
    keys::prepare();
    let tls = options.tls;
    let mcp = match options.alone {
        Some(_) => None,
        None => Some(listen(options.mcp_port).await?),
    };
    let apart = match is_one(&options) {
        true => None,
        false => Some(listen(options.authorization_port).await?),
    };
    let origin = match &mcp {
        Some(listener) => self::origin(listener, options.mcp_port, tls.mcp)?,
        None => String::new(),
    };
    let authorization_origin = match &apart {
        Some(listener) => self::origin(listener, options.authorization_port, tls.authorization)?,
        None => origin.clone(),
    };
    let pair = Pair::new(&options, origin, &authorization_origin).map_err(|_| StartError::Keys)?;
    let pair = Arc::new(pair);
    if pair.algorithm() == keys::Algorithm::Rs256 {
        drop(tokio::task::spawn_blocking(keys::rsa).await);
    }
    let client = listen(0).await?;
    let client_id = format!("{}{}", self::origin(&client, 0, None)?, client_metadata::PATH);
    let places = Places::new(&pair, &authorization_origin, &client_id);
    let stop = CancellationToken::new();
    let edited = |server, router: Router| edited(&options, &pair, &places, server, router);
    let mut serving = Vec::new();
    if let Some(listener) = mcp {
        let router = edited(Server::Mcp, resource::router(&pair, stop.clone()))?;
        serving.push(match pair.does(Behaviour::FoldsChallenges) {
            true => run(Folding(listener), router, &stop),
            false => serve(listener, tls.mcp, router, &stop)?,
        });
    }
    if let Some(listener) = apart {
        let router = edited(Server::Authorization, authorization::router(&pair))?;
        serving.push(serve(listener, tls.authorization, router, &stop)?);
    }
    let router = edited(Server::Client, client_metadata::router(&client_id))?;
    serving.push(serve(client, None, router, &stop)?);
    let authority = if tls.is_off() { None } else { Some(authority()?.pem.clone()) };
    Ok(Running::new(pair, authorization_origin, authority, client_id, stop, serving))
}

/// Whether the MCP server is its own authorization server.
fn is_one(options: &Options) -> bool {
    options.profile == Profile::V2025_03_26 && options.alone.is_none()
}

/// What can be said of the options before anything runs.
fn check(options: &Options) -> Result<(), StartError> {
    let edits = |server| options.edits.iter().any(|edit| edit.on.server == server);
    if is_one(options) && edits(Server::Authorization) {
        return Err(StartError::NoAuthorizationServer(options.profile));
    }
    let Some(foreign) = &options.alone else {
        return Ok(());
    };
    let is_resource = |uri: &String| uri.contains("://") && !uri.contains('#');
    if foreign.resources.is_empty() || !foreign.resources.iter().all(is_resource) {
        return Err(StartError::NoResource);
    }
    if edits(Server::Mcp) { Err(StartError::NoMcpServer) } else { Ok(()) }
}

async fn listen(port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|source| StartError::Listen { port, source })
}

fn origin(listener: &TcpListener, port: u16, channel: Option<Channel>) -> Result<String, StartError> {
    let address = listener.local_addr().map_err(|source| StartError::Listen { port, source })?;
    let scheme = if channel.is_some() { "https" } else { "http" };
    Ok(format!("{scheme}://{address}"))
}

fn authority() -> Result<&'static Authority, StartError> {
    Authority::of_this_process().ok_or(StartError::Keys)
}

fn edited(
    options: &Options,
    pair: &Arc<Pair>,
    places: &Places,
    server: Server,
    router: Router,
) -> Result<Router, StartError> {
    let edits = options.edits.iter().filter(|edit| edit.on.server == server);
    let edits: Result<Vec<_>, _> = edits.map(|edit| filled(edit, places)).collect();
    let folds = server == Server::Mcp && pair.does(Behaviour::FoldsChallenges);
    let edits = Edits { pair: pair.clone(), edits: edits?, delay: options.delay, folds };
    Ok(Router::new()
        .fallback_service(router.fallback(document::not_found))
        .layer(from_fn_with_state(Arc::new(edits), layer)))
}

fn serve(
    listener: TcpListener,
    channel: Option<Channel>,
    router: Router,
    stop: &CancellationToken,
) -> Result<JoinHandle<()>, StartError> {
    let Some(channel) = channel.filter(|channel| *channel != Channel::Plain) else {
        // Small answers must not wait for acknowledgements.
        return Ok(run(listener.tap_io(|stream| drop(stream.set_nodelay(true))), router, stop));
    };
    let acceptor = authority()?.config(channel).map(TlsAcceptor::from);
    Ok(run(TlsListener::new(listener, acceptor), router, stop))
}

fn run<L>(listener: L, router: Router, stop: &CancellationToken) -> JoinHandle<()>
where
    L: Listener,
    L::Addr: std::fmt::Debug,
{
    let stopped = stop.clone().cancelled_owned();
    tokio::spawn(async move {
        // It ends when told to; a listener that breaks shows as refused connections.
        drop(axum::serve(listener, router).with_graceful_shutdown(stopped).await);
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use serde_json::{Value, json};

    use super::start;
    use crate::client::{Answer, Client, answer};
    use crate::{Clock, Foreign, Options, Profile, Secret, jwt};

    /// What a client does that knows nothing but the server's URL.
    async fn token(client: &Client, profile: Profile) -> String {
        let refused = answer(client.call("echo")).await;
        assert_eq!(refused.status, 401);
        let issuer = match profile {
            Profile::V2025_03_26 => {
                assert_eq!(refused.challenge(), r#"Bearer realm="mcp""#);
                client.pair.origin.clone()
            }
            _ => {
                let named = refused.challenge().split('"').nth(1).expect("resource_metadata");
                let document = client.get(named).await.json();
                match profile {
                    Profile::AsPointer => document["issuer"].as_str().expect("an issuer").to_owned(),
                    _ => {
                        assert_eq!(document["resource"], client.pair.server_url);
                        assert!(refused.challenge().ends_with(r#", scope="mcp:tools""#));
                        document["authorization_servers"][0].as_str().expect("an issuer").to_owned()
                    }
                }
            }
        };
        assert_eq!(issuer, client.pair.issuer);
        let openid = client.get(&format!("{issuer}/.well-known/openid-configuration")).await.json();
        let oauth = client.get(&format!("{issuer}/.well-known/oauth-authorization-server")).await.json();
        assert_eq!(openid, oauth);
        assert_eq!(oauth["issuer"], issuer);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &client.pair.client_id),
            ("client_secret", &client.pair.client_secret),
            ("resource", &client.pair.server_url),
        ];
        let issued = client.form(oauth["token_endpoint"].as_str().expect("a URL"), &form).await;
        assert_eq!(issued.status, 200, "{issued:?}");
        issued.json()["access_token"].as_str().expect("a token").to_owned()
    }

    /// The handshake and one call in the session it gives.
    async fn legacy_call(client: &Client, token: &str) -> Answer {
        let greeted = answer(client.initialize().bearer_auth(token)).await;
        assert_eq!(greeted.json()["result"]["protocolVersion"], "2025-11-25", "{greeted:?}");
        let session = greeted.header("mcp-session-id");
        let ready = client.legacy("notifications/initialized", Value::Null);
        let ready = answer(ready.bearer_auth(token).header("mcp-session-id", session)).await;
        assert_eq!(ready.status, 202, "{ready:?}");
        let call = client.legacy("tools/call", json!({ "name": "whoami", "arguments": {} }));
        answer(call.bearer_auth(token).header("mcp-session-id", session)).await
    }

    #[tokio::test]
    async fn every_profile_works_from_the_refusal_to_the_tool() {
        for profile in Profile::ALL {
            let client = Client::start(Options { profile: *profile, ..Options::default() }).await;
            let token = token(&client, *profile).await;
            let modern = answer(client.call("whoami").bearer_auth(&token)).await.json();
            assert_eq!(modern["result"]["content"][0]["text"], "reference-confidential with mcp:tools");
            assert_eq!(modern["result"]["resultType"], "complete");
            let legacy = legacy_call(&client, &token).await.json();
            assert_eq!(legacy["result"]["content"], modern["result"]["content"]);
            let tools = answer(client.modern("tools/list", json!({})).bearer_auth(&token)).await.json();
            assert_eq!(tools["result"]["tools"].as_array().map(Vec::len), Some(3));
            let denied = answer(client.call("admin_reset").bearer_auth(&token)).await;
            assert_eq!(denied.status, 403);
            assert!(denied.challenge().contains(r#"error="insufficient_scope""#));
            assert!(denied.challenge().contains(r#"scope="mcp:admin""#));
            let admin = client.pair.mint("mcp:admin");
            assert_eq!(answer(client.call("admin_reset").bearer_auth(&admin)).await.status, 200);
            assert_eq!(client.status_with(&admin).await, 200);
            assert_eq!(client.get("/nowhere").await.status, 404);
        }
    }

    #[tokio::test]
    async fn what_a_profile_does_not_have_is_not_there() {
        for (profile, resource, pointer) in [
            (Profile::AsPointer, 404, 200),
            (Profile::V2025_03_26, 404, 200),
            (Profile::V2025_06_18, 200, 404),
            (Profile::V2026_07_28, 200, 404),
        ] {
            let client = Client::start(Options { profile, ..Options::default() }).await;
            assert_eq!(client.get("/.well-known/oauth-protected-resource").await.status, resource);
            assert_eq!(client.get("/.well-known/oauth-authorization-server").await.status, pointer);
        }
    }

    #[tokio::test]
    async fn a_fixed_clock_stands_still() {
        let clock = Clock::Fixed(1_800_000_000);
        let client = Client::start(Options { clock, ..Options::default() }).await;
        let claims = client.pair.claims("mcp:tools");
        assert_eq!((&claims["iat"], &claims["exp"]), (&json!(1_800_000_000), &json!(1_800_000_600)));
        assert_eq!(client.status_with(&client.pair.mint("mcp:tools")).await, 200);
    }

    #[tokio::test]
    async fn every_answer_is_late_when_told_to() {
        let delay = Duration::from_millis(30);
        let client = Client::start(Options { delay, ..Options::default() }).await;
        let begun = Instant::now();
        client.get("/nowhere").await;
        assert!(begun.elapsed() >= delay);
    }

    #[tokio::test]
    async fn many_pairs_run_at_once_and_stop() {
        let mut pairs = Vec::new();
        for _ in 0..100 {
            pairs.push(start(Options::default()).await.expect("a pair"));
        }
        let mut keys = Vec::new();
        for pair in &pairs {
            assert_eq!(reqwest::get(&pair.server_url).await.expect("an answer").status(), 401);
            let url = format!("{}/jwks", pair.issuer);
            let own = reqwest::get(&url).await.expect("an answer").text().await.expect("text");
            keys.push((url, own));
        }
        for pair in pairs {
            pair.shutdown().await;
        }
        for (url, own) in keys {
            // Another pair may have the port by now, and has other keys.
            let answer = reqwest::get(&url).await;
            assert!(answer.is_err() || answer.expect("one").text().await.is_ok_and(|text| text != own));
        }
    }

    #[tokio::test]
    async fn an_edit_for_nobody_is_an_error() {
        let edits =
            serde_saphyr::from_str("- { on: { server: authorization }, status: 404 }\n").expect("edits");
        let options = Options { profile: Profile::V2025_03_26, edits, ..Options::default() };
        let error = start(options).await.err().expect("an error").to_string();
        assert_eq!(
            error,
            "under 2025-03-26 there is no server `authorization`: its endpoints are on the server `mcp`"
        );
    }

    /// An authorization server for a server in staging.
    fn alone() -> Options {
        let resources = ["https://Staging.example/mcp", "https://other.example"].map(str::to_owned).to_vec();
        let scopes = ["files:read", "files:write"].map(str::to_owned).to_vec();
        Options {
            alone: Some(Foreign { resources, scopes }),
            client_secret: Some(Secret("kept".to_owned())),
            ..Options::default()
        }
    }

    #[tokio::test]
    async fn an_authorization_server_runs_alone_for_others() {
        for profile in Profile::ALL {
            let client = Client::start(Options { profile: *profile, ..alone() }).await;
            let pair = &client.pair;
            assert_eq!(pair.server_url, "https://Staging.example/mcp");
            assert_eq!(pair.origin, "https://Staging.example");
            assert_eq!(
                (pair.client_id.as_str(), pair.client_secret.as_str()),
                ("reference-confidential", "kept")
            );
            let url = format!("{}/.well-known/oauth-authorization-server", pair.issuer);
            let metadata = client.get(&url).await.json();
            assert_eq!(metadata["scopes_supported"], json!(["openid", "files:read", "files:write"]));
            let issued = async |more: &[(&str, &str)]| {
                let form = [
                    ("grant_type", "client_credentials"),
                    ("client_id", &pair.client_id),
                    ("client_secret", &pair.client_secret),
                ];
                let issued =
                    client.form(&format!("{}/token", pair.issuer), &[&form, more].concat()).await.json();
                match issued["access_token"].as_str() {
                    Some(token) => jwt::parse(token).expect("a JWT").claims,
                    None => json!({ "error": issued["error"] }).as_object().cloned().expect("an object"),
                }
            };
            let token = issued(&[]).await;
            assert_eq!((&token["aud"], &token["scope"]), (&json!(pair.server_url), &json!("files:read")));
            let token = issued(&[("resource", "https://OTHER.example/"), ("scope", "files:write")]).await;
            assert_eq!(
                (&token["aud"], &token["scope"]),
                (&json!("https://other.example"), &json!("files:write"))
            );
            let token = issued(&[("resource", "https://staging.example/mcp")]).await;
            assert_eq!(token["aud"], pair.server_url);
            assert_eq!(issued(&[("resource", "https://staging.example")]).await["error"], "invalid_target");
            assert_eq!(issued(&[("scope", "mcp:tools")]).await["error"], "invalid_scope");
        }
        let Options { alone, .. } = alone();
        let resources = alone.map(|foreign| foreign.resources).unwrap_or_default();
        let alone = Some(Foreign { resources, scopes: Vec::new() });
        let pair = start(Options { alone, ..Options::default() }).await.expect("a server");
        assert_eq!(pair.claims("mcp:tools")["aud"], pair.server_url);
    }

    #[tokio::test]
    async fn alone_it_needs_a_resource_and_has_no_mcp_server() {
        for resources in [vec![], vec!["staging".to_owned()], vec!["https://a.example/#b".to_owned()]] {
            let alone = Some(Foreign { resources, scopes: Vec::new() });
            let error = start(Options { alone, ..Options::default() }).await.err().expect("an error");
            assert!(error.to_string().contains("a resource"));
        }
        let edits = serde_saphyr::from_str("- { on: { server: mcp }, status: 404 }\n").expect("edits");
        let error = start(Options { edits, ..alone() }).await.err().expect("an error");
        assert!(error.to_string().contains("no server `mcp`"));
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error() {
        let pair = start(Options::default()).await.expect("a pair");
        let port = pair.origin.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        let second = start(Options { mcp_port: port, ..Options::default() }).await;
        assert!(second.is_err_and(|error| error.to_string().contains(&port.to_string())));
    }
}
