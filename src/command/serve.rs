//! `serve`: the reference servers by hand.

use std::time::Duration;

use reference_servers::Tls;

use super::output::{create, save};
use super::{Failure, corpus, known, print};
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
    let mut text = format!("The reference servers speak {profile}. Ctrl-C stops them.\n\n");
    for deviation in &with {
        text.push_str(&format!("  deviating            {}\n", deviation.title));
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
    print(&text)?;
    tokio::signal::ctrl_c().await.map_err(Failure::internal)?;
    servers.shutdown().await;
    Ok(exit::CONFORMS)
}

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}"#;
