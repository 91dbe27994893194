//! Walks to the reference servers: those of every profile, unusual ones and broken ones.

use reference_servers::{Behaviour, Edit, Profile, Running, start};

use super::{Layout, Standing, Walk, discover};
use crate::report::walk::{human, json, schema};
use crate::run::Quiet;
use crate::session::Options;

async fn pair(profile: Profile, behaviours: &[Behaviour], edits: &str) -> Running {
    let edits: Vec<Edit> = serde_saphyr::from_str(edits).unwrap();
    let options =
        reference_servers::Options { profile, edits, behaviours: behaviours.to_vec(), ..Default::default() };
    start(options).await.unwrap()
}

async fn walk(url: &str) -> Walk {
    discover(url, &Options::default(), &Quiet).await.unwrap()
}

/// Walks, and holds what a person reads of it against the snapshot `name`.
async fn shown(name: &str, profile: Profile, behaviours: &[Behaviour], edits: &str) -> Walk {
    let running = pair(profile, behaviours, edits).await;
    let walk = walk(&running.server_url).await;
    let text = human(&walk, false)
        .replace(&running.origin, "http://127.0.0.1:MCP")
        .replace(&running.authorization_origin, "http://127.0.0.1:AUTHORIZATION");
    insta::with_settings!({
        snapshot_path => "../../snapshots/walks",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
    running.shutdown().await;
    walk
}

fn breaks_at(walk: &Walk, step: usize, why: &str) {
    let broke = walk.broke.as_ref().unwrap();
    assert!(!walk.arrived && walk.authorization_servers.is_empty());
    assert!(broke.step == step && broke.why.contains(why), "{broke:?}");
}

const NO_RESOURCE_METADATA: &str = "
- { on: { server: mcp, path: /.well-known/oauth-protected-resource* }, status: 404 }";
const NO_SERVER_METADATA: &str = "
- { on: { server: authorization, path: /.well-known/* }, status: 404 }";
const OTHER_ISSUER: &str = "
- on: { server: authorization, path: /.well-known/* }
  json: { set: { /issuer: https://honest.example } }";
const NO_CHALLENGE: &str = "
- { on: { server: mcp, status: 401 }, www-authenticate: remove }";

#[tokio::test]
async fn modern_servers_are_walked_by_resource_metadata() {
    for (name, profile) in [("2026-07-28", Profile::V2026_07_28), ("2025-06-18", Profile::V2025_06_18)] {
        let walk = shown(name, profile, &[], "[]").await;
        assert!(walk.arrived, "{name}: {:?}", walk.broke);
        assert_eq!(walk.layout, Some(Layout::ProtectedResourceMetadata));
        assert!(walk.authorization_servers[0].token_endpoint.ends_with("/token"));
        assert!(walk.steps.iter().all(|step| step.problems.is_empty()));
    }
}

#[tokio::test]
async fn a_pointer_is_followed() {
    let walk = shown("as-pointer", Profile::AsPointer, &[], "[]").await;
    assert!(walk.arrived && walk.layout == Some(Layout::AsPointer));
    let server = &walk.authorization_servers[0];
    assert_eq!(server.metadata_url, format!("{}/.well-known/openid-configuration", server.issuer));
    assert!(walk.note.is_some());
}

#[tokio::test]
async fn a_pointer_may_be_named_by_any_parameter() {
    let edits = r#"
- on: { server: mcp, status: 401 }
  www-authenticate: { raw: ['Bearer as_uri="{{origin}}/.well-known/oauth-authorization-server"'] }"#;
    let running = pair(Profile::AsPointer, &[], edits).await;
    let walk = walk(&running.server_url).await;
    assert!(walk.arrived, "{:?}", walk.broke);
    assert_eq!(walk.steps[2].tries[0].place, "as_uri in the challenge");
}

#[tokio::test]
async fn a_pointer_may_hide_resource_metadata() {
    let edits = r#"
- on: { server: mcp, status: 401 }
  www-authenticate: { set-param: { resource_metadata: "{{origin}}/pointer" } }
- on: { server: mcp, path: /pointer }
  status: 200
  json-body: { issuer: "{{issuer}}" }"#;
    let running = pair(Profile::V2026_07_28, &[], edits).await;
    let walk = walk(&running.server_url).await;
    assert!(!walk.steps[1].ok && walk.steps[1].problems[0].contains("in the challenge instead"), "{walk:?}");
    assert_eq!(walk.steps[2].tries[0].place, "resource_metadata in the challenge");
    assert_eq!(walk.layout, Some(Layout::AsPointer));
}

#[tokio::test]
async fn a_host_may_be_its_own_authorization_server() {
    let walk = shown("2025-03-26", Profile::V2025_03_26, &[], "[]").await;
    assert!(walk.arrived && walk.layout == Some(Layout::HostMetadata));
}

#[tokio::test]
async fn issuers_with_a_path_are_looked_up_in_order() {
    let walk = shown("issuer-with-path", Profile::V2026_07_28, &[Behaviour::IssuerWithPath], "[]").await;
    assert!(walk.arrived);
    let tries: Vec<_> = walk.steps[2].tries.iter().map(|tried| tried.url.as_deref().unwrap()).collect();
    let ends = [
        "/.well-known/oauth-authorization-server/tenant",
        "/.well-known/openid-configuration/tenant",
        "/tenant/.well-known/openid-configuration",
    ];
    assert!(tries.len() == 3 && tries.iter().zip(ends).all(|(url, end)| url.ends_with(end)), "{tries:?}");
    assert_eq!(walk.steps[2].tries[0].standing, Standing::Counts);
}

#[tokio::test]
async fn one_authorization_server_of_two_is_enough() {
    let first = "
- { on: { server: authorization, path: /.well-known/oauth-authorization-server }, status: 404 }
- { on: { server: authorization, path: /.well-known/openid-configuration }, status: 404 }";
    let both = [Behaviour::TwoAuthorizationServers];
    let walk = shown("one-of-two-authorization-servers", Profile::V2026_07_28, &both, first).await;
    assert!(walk.arrived && walk.authorization_servers.len() == 1);
    assert!(walk.authorization_servers[0].issuer.ends_with("/second"));
    assert!(!walk.steps[2].ok);
}

#[tokio::test]
async fn the_legacy_era_is_walked_where_it_is_all_there_is() {
    let running = pair(Profile::V2025_11_25, &[Behaviour::LegacyOnly], "[]").await;
    let walk = walk(&running.server_url).await;
    assert!(walk.arrived, "{:?}", walk.broke);
    assert_eq!(walk.steps[0].tries[0].place, "initialize");
}

#[tokio::test]
async fn calls_are_tried_until_one_is_refused() {
    let walk = shown("open-initialize", Profile::V2026_07_28, &[Behaviour::OpenInitialize], "[]").await;
    assert!(walk.arrived);
    assert_eq!(walk.steps[0].tries.last().unwrap().place, "tools/call");
}

#[tokio::test]
async fn an_open_server_has_nothing_to_discover() {
    let walk = shown("open", Profile::V2026_07_28, &[Behaviour::AcceptsNoToken], "[]").await;
    breaks_at(&walk, 1, "the server never asked for a token: nothing to discover");
}

#[tokio::test]
async fn well_known_urls_stand_in_for_the_header() {
    let walk = shown("no-challenge", Profile::V2026_07_28, &[], NO_CHALLENGE).await;
    assert!(walk.arrived, "{:?}", walk.broke);
    assert!(walk.steps[0].problems[0].contains("no WWW-Authenticate"));
    assert_eq!(walk.steps[1].tries[0].standing, Standing::NotSent);
}

#[tokio::test]
async fn no_resource_metadata_breaks_the_walk() {
    let walk = shown("no-resource-metadata", Profile::V2026_07_28, &[], NO_RESOURCE_METADATA).await;
    breaks_at(&walk, 3, "neither protected resource metadata nor authorization server metadata");
}

#[tokio::test]
async fn a_client_that_is_told_a_url_looks_nowhere_else() {
    let edits = r#"
- on: { server: mcp, status: 401 }
  www-authenticate: { set-param: { resource_metadata: "{{origin}}/gone" } }"#;
    let walk = shown("challenge-names-no-document", Profile::V2026_07_28, &[], edits).await;
    breaks_at(&walk, 2, "looks nowhere else");
}

#[tokio::test]
async fn no_server_metadata_breaks_the_walk() {
    let walk = shown("no-server-metadata", Profile::V2026_07_28, &[], NO_SERVER_METADATA).await;
    breaks_at(&walk, 3, "publishes no metadata");
    let pointer = "
- { on: { server: authorization, path: /.well-known/openid-configuration }, status: 404 }";
    let walk = shown("pointer-to-nothing", Profile::AsPointer, &[], pointer).await;
    breaks_at(&walk, 4, "answers 404");
}

#[tokio::test]
async fn another_issuer_breaks_the_walk() {
    let walk = shown("other-issuer", Profile::V2026_07_28, &[], OTHER_ISSUER).await;
    breaks_at(&walk, 3, "must not use");
    let running = pair(Profile::AsPointer, &[], OTHER_ISSUER).await;
    breaks_at(&self::walk(&running.server_url).await, 4, "must not use");
}

#[tokio::test]
async fn another_resource_is_a_problem_that_strict_clients_have() {
    let edits = r#"
- on: { server: mcp, path: /.well-known/oauth-protected-resource/mcp, status: 200 }
  json: { set: { /resource: "{{server}}/" } }"#;
    let walk = shown("other-resource", Profile::V2026_07_28, &[], edits).await;
    assert!(walk.arrived && walk.steps[1].ok);
    assert!(walk.steps[1].problems[0].contains("differs only by a trailing slash"));
}

#[tokio::test]
async fn a_refusal_that_is_no_401_starts_no_walk() {
    let walk = shown(
        "refused-with-403",
        Profile::V2026_07_28,
        &[],
        "[{ on: { server: mcp, status: 401 }, status: 403 }]",
    )
    .await;
    breaks_at(&walk, 1, "only when they get 401");
}

#[tokio::test]
async fn what_is_no_mcp_endpoint_is_said_to_be_none() {
    let html = "
- on: { server: mcp, path: /mcp }
  status: 200
  header: { set: { content-type: text/html } }
  body: '<h1>Welcome</h1>'";
    let walk = shown("html", Profile::V2026_07_28, &[], html).await;
    breaks_at(&walk, 1, "it is no MCP endpoint");
    let running = pair(Profile::V2026_07_28, &[], "[]").await;
    breaks_at(&self::walk(&format!("{}/nowhere", running.origin)).await, 1, "there may be no MCP endpoint");
    let gone = running.server_url.clone();
    running.shutdown().await;
    let walk = self::walk(&gone).await;
    breaks_at(&walk, 1, "");
    assert!(walk.steps[0].tries[0].error.is_some());
}

#[tokio::test]
async fn no_control_character_of_a_stranger_reaches_the_terminal() {
    let edits = r#"
- on: { server: authorization, path: /.well-known/* }
  json: { set: { /token_endpoint: "https://a.example/\u001b[31m\u202e\u0007\n" } }
- on: { server: mcp, path: /.well-known/oauth-protected-resource/mcp }
  json: { set: { /resource: "\u001b]0;x\u0007", /scopes_supported: ["\u2066\r"] } }"#;
    let running = pair(Profile::V2026_07_28, &[], edits).await;
    let text = human(&walk(&running.server_url).await, false);
    assert!(text.contains(r"\u{1b}[31m\u{202e}") && text.contains(r"\u{2066}"), "{text}");
    let unsafe_ones = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{2069}').contains(&c);
    assert!(!text.contains(unsafe_ones));
}

#[tokio::test]
async fn a_stranger_cannot_fill_the_screen() {
    let edits = format!(
        "- on: {{ server: authorization, path: /.well-known/* }}\n  json: {{ set: {{ /issuer: {} }} }}",
        "x".repeat(100_000)
    );
    let running = pair(Profile::V2026_07_28, &[], &edits).await;
    let walk = walk(&running.server_url).await;
    breaks_at(&walk, 3, "must not use");
    let text = human(&walk, false);
    assert!(text.len() < 4_000 && text.contains("more characters"), "{}", text.len());
}

#[tokio::test]
async fn colour_changes_nothing_else() {
    let running = pair(Profile::AsPointer, &[], "[]").await;
    let walk = walk(&running.server_url).await;
    let colours = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    let coloured = human(&walk, true);
    assert!(colours.is_match(&coloured));
    assert_eq!(colours.replace_all(&coloured, ""), human(&walk, false));
}

#[tokio::test]
async fn the_json_follows_its_schema() {
    let schema = jsonschema::validator_for(schema().as_value()).unwrap();
    for (profile, edits) in
        [(Profile::V2026_07_28, "[]"), (Profile::AsPointer, "[]"), (Profile::V2026_07_28, NO_SERVER_METADATA)]
    {
        let running = pair(profile, &[], edits).await;
        let text = json(&walk(&running.server_url).await).unwrap();
        let document = serde_json::from_str(&text).unwrap();
        assert!(schema.is_valid(&document), "{text}");
    }
}
