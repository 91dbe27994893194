//! The same by hand: `reference-servers [PROFILE] [BEHAVIOUR]…` starts a pair and says how to reach it.

use reference_servers::{Options, start};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "what it prints is all it is for")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = Options { mcp_port: 8080, authorization_port: 8081, ..Options::default() };
    for name in std::env::args().skip(1) {
        match name.parse() {
            Ok(profile) => options.profile = profile,
            Err(_) => options.behaviours.push(name.parse()?),
        }
    }
    let profile = options.profile;
    let pair = start(options).await?;
    println!("profile        {profile}");
    println!("MCP server     {}", pair.server_url);
    println!("issuer         {}", pair.issuer);
    println!("client         {} {}", pair.client_id, pair.client_secret);
    println!("public client  {} {}", pair.public_client_id, pair.redirect_uri);
    println!("token          {}", pair.mint("mcp:tools"));
    tokio::signal::ctrl_c().await?;
    pair.shutdown().await;
    Ok(())
}
