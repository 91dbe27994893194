//! The last step: what the metadata of an authorization server says to a client that wants a token.

use serde_json::Value;

use super::model::{AuthorizationServer, Layout, Read, Step};
use super::{Path, Stop};
use crate::model::exchange::Exchange;

/// What a client reads.
const MEMBERS: [&str; 6] = [
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "jwks_uri",
    "scopes_supported",
    "code_challenge_methods_supported",
];

impl Path<'_> {
    pub(super) fn endpoints(
        &mut self,
        layout: Layout,
        issuer: &str,
        exchange: &Exchange,
        document: &Value,
    ) -> Result<(), Stop> {
        let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
        let methods = document.get("code_challenge_methods_supported").and_then(Value::as_array);
        let methods: Vec<String> =
            methods.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let token_endpoint = text("token_endpoint");
        let mut step = Step {
            title: format!("Endpoints of {issuer}"),
            tries: Vec::new(),
            read: MEMBERS
                .iter()
                .map(|name| Read::new(*name, document.get(*name).cloned().unwrap_or_default()))
                .collect(),
            ok: token_endpoint.is_some(),
            problems: Vec::new(),
        };
        // The pointer layout promises no more than a token endpoint.
        if layout != Layout::AsPointer {
            if text("authorization_endpoint").is_none() {
                step.problems.push("there is no authorization_endpoint, so no user can log in".to_owned());
            }
            if !methods.iter().any(|method| method == "S256") {
                step.problems.push(
                    "code_challenge_methods_supported does not name S256: clients of 2025-11-25 and later must refuse \
                     to go on"
                        .to_owned(),
                );
            }
        }
        let Some(token_endpoint) = token_endpoint else {
            step.problems.push("there is no token_endpoint, so no token can be had".to_owned());
            return self.take(Some(layout), step);
        };
        self.servers.push(AuthorizationServer {
            issuer: issuer.to_owned(),
            metadata_url: exchange.request.url.clone(),
            authorization_endpoint: text("authorization_endpoint"),
            token_endpoint,
            registration_endpoint: text("registration_endpoint"),
            jwks_uri: text("jwks_uri"),
            code_challenge_methods_supported: methods,
        });
        self.take(Some(layout), step)
    }
}
