//! `serve`: the reference servers by hand.

use std::time::Duration;

use reference_servers::{Foreign, Running, Secret, Tls};

use super::output::{create, save};
use super::{Failure, corpus, known, tell};
use crate::cli::Serve;
use crate::exit;
use crate::matrix::{self, MatrixError};
use crate::model::deviation::Deviation;

pub(super) async fn serve(arguments: Serve) -> Result<u8, Failure> {
    let corpus = corpus(None)?;
    for defect in &arguments.defect {
        known("defect", defect, corpus.defects.keys().map(String::as_str))?;
    }
    for variant in &arguments.variant {
        known("variant", variant, corpus.variants.keys().map(String::as_str))?;
    }
    let defects = arguments.defect.iter().filter_map(|name| corpus.defects.get(name));
    let variants = arguments.variant.iter().filter_map(|name| corpus.variants.get(name));
    let with: Vec<&Deviation> = defects.chain(variants).map(|filed| &filed.value).collect();
    let profile = match &arguments.profile {
        Some(profile) => profile.clone(),
        // Some deviations exist in one profile only.
        None => with
            .iter()
            .find_map(|one| one.profiles().last().cloned())
            .unwrap_or_else(|| corpus.newest_profile().unwrap_or_default().to_owned()),
    };
    known("profile", &profile, corpus.profiles.keys().map(String::as_str))?;
    let authority_file = match &arguments.tls {
        Some(path) => Some((path, create(path)?)),
        None => None,
    };
    let options = reference_servers::Options {
        tls: if authority_file.is_some() { Tls::SOUND } else { Tls::default() },
        delay: Duration::from_millis(arguments.delay),
        mcp_port: arguments.port,
        authorization_port: arguments.authorization_port,
        alone: arguments
            .authorization_server_only
            .then(|| Foreign { resources: arguments.resource.clone(), scopes: arguments.scope.clone() }),
        client_secret: client_secret(arguments.client_secret_env.as_deref())?,
        ..Default::default()
    };
    let servers = matrix::start(&profile, &with, options).await.map_err(|error| match error {
        MatrixError::Start(error) => Failure::usage(error),
        other => Failure::internal(other),
    })?;
    let mut trust = String::new();
    if let (Some((path, mut file)), Some(authority)) = (authority_file, &servers.certificate_authority) {
        save(path, &mut file, authority)?;
        trust = format!(" --cacert {}", path.display());
    }
    let mut text = match arguments.authorization_server_only {
        true => "An authorization server for tests, which issues whatever token it is asked for. Ctrl-C stops it.\n\n".to_owned(),
        false => format!("The reference servers speak {profile}. Ctrl-C stops them.\n\n"),
    };
    for deviation in &with {
        text.push_str(&format!("  deviating            {}\n", deviation.title));
    }
    if arguments.authorization_server_only {
        text.push_str(&alone(&servers, arguments.client_secret_env.as_deref()));
        return served(&text, servers).await;
    }
    let token = servers.mint("mcp:tools");
    text.push_str(&format!(
        "  MCP server           {url}\n  authorization server {issuer}\n  client               {client} \
         (secret {secret})\n  a token              {token}\n\nTry:\n\n  mcp-conform check{trust} {url}\n  \
         curl -i{trust} {url} -H 'Authorization: Bearer '{token} \\\n    -H 'Content-Type: application/json' -H 'Accept: \
         application/json, text/event-stream' \\\n    -d '{initialize}'\n",
        url = servers.server_url,
        issuer = servers.issuer,
        client = servers.client_id,
        secret = servers.client_secret,
        initialize = INITIALIZE,
    ));
    served(&text, servers).await
}

/// Says how to reach the servers, and waits for Ctrl-C.
async fn served(text: &str, servers: Running) -> Result<u8, Failure> {
    tell(text)?;
    tokio::signal::ctrl_c().await.map_err(Failure::internal)?;
    servers.shutdown().await;
    Ok(exit::CONFORMS)
}

/// How a server in staging comes to trust the authorization server, and how it is checked then.
fn alone(servers: &Running, variable: Option<&str>) -> String {
    let Running { issuer, server_url, client_id, client_secret, .. } = servers;
    let (secret, variable) = match variable {
        Some(variable) => (format!("secret in ${variable}"), variable),
        None => (format!("secret {client_secret}"), "SECRET"),
    };
    format!(
        "  issuer               {issuer}\n  keys                 {issuer}/jwks (ES256)\n  resource             {server_url}\n  \
         client               {client_id} ({secret})\n\nHave the MCP server trust that issuer and name it in its protected \
         resource metadata, then:\n\n  mcp-conform audience {server_url} --login --headless\n  mcp-conform check \
         {server_url} --client-credentials --client-id {client_id} --client-secret-env {variable}\n"
    )
}

fn client_secret(variable: Option<&str>) -> Result<Option<Secret>, Failure> {
    let Some(variable) = variable else { return Ok(None) };
    let secret = super::credentials::variable_of("--client-secret-env", variable)?;
    Ok(Some(Secret(secret.expose().to_owned())))
}

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}"#;
