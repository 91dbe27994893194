//! Placeholders: `{{origin}}/custom` becomes `http://127.0.0.1:PORT/custom` once the ports are known.

use serde_json::Value;

use super::Edit;
use crate::pair::Pair;

/// Every placeholder with one line about it.
pub const PLACEHOLDERS: &[(&str, &str)] = &[
    ("origin", "Origin of the MCP server."),
    ("server", "URL of the MCP endpoint."),
    ("path", "Path of the MCP endpoint."),
    ("host", "Host of both servers."),
    ("port", "Port of the MCP server."),
    ("issuer", "Issuer identifier, character by character."),
    ("authorization-origin", "Origin of the authorization server."),
    ("authorization-port", "Port of the authorization server."),
    ("client-id", "Client ID of the client that publishes its metadata: the URL of the document."),
    ("authorization-base", "Origin and path of the issuer, below which its endpoints are."),
];

/// What the placeholders stand for in one pair, in the order of [`PLACEHOLDERS`].
pub(crate) struct Places([String; 10]);

/// A placeholder that stands for nothing.
#[derive(Debug, thiserror::Error)]
#[error("unknown placeholder `{{{{{0}}}}}` in an edit")]
pub struct UnknownPlaceholder(String);

impl Places {
    pub(crate) fn new(pair: &Pair, authorization_origin: &str, client_id: &str) -> Self {
        let port = |origin: &str| origin.rsplit(':').next().unwrap_or_default().to_owned();
        let issuer = &pair.issuers[0];
        Self([
            pair.origin.clone(),
            pair.server.clone(),
            pair.path.to_owned(),
            "127.0.0.1".to_owned(),
            port(&pair.origin),
            issuer.identifier.clone(),
            authorization_origin.to_owned(),
            port(authorization_origin),
            client_id.to_owned(),
            issuer.base.clone(),
        ])
    }

    fn find(&self, name: &str) -> Option<&str> {
        let index = PLACEHOLDERS.iter().position(|(known, _)| *known == name)?;
        Some(&self.0[index])
    }
}

/// The edit with every string of it filled in; the detour through JSON reaches them all.
pub(crate) fn filled(edit: &Edit, places: &Places) -> Result<Edit, UnknownPlaceholder> {
    let mut value = serde_json::to_value(edit).unwrap_or_default();
    fill(&mut value, places)?;
    Ok(serde_json::from_value(value).unwrap_or_else(|_| edit.clone()))
}

fn fill(value: &mut Value, places: &Places) -> Result<(), UnknownPlaceholder> {
    match value {
        Value::String(text) => *text = replaced(text, places)?,
        Value::Array(items) => items.iter_mut().try_for_each(|item| fill(item, places))?,
        Value::Object(members) => members.values_mut().try_for_each(|member| fill(member, places))?,
        _ => {}
    }
    Ok(())
}

fn replaced(text: &str, places: &Places) -> Result<String, UnknownPlaceholder> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            break;
        };
        out.push_str(before);
        out.push_str(places.find(name.trim()).ok_or_else(|| UnknownPlaceholder(name.to_owned()))?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use crate::client::Client;
    use crate::{Edit, Options, start};

    #[tokio::test]
    async fn every_placeholder_is_a_place() {
        let body: Vec<String> =
            super::PLACEHOLDERS.iter().map(|(name, _)| format!("{name}={{{{{name}}}}}")).collect();
        let client =
            Client::edited(&format!("- {{ on: {{ server: mcp }}, body: '{}' }}\n", body.join(" "))).await;
        let pair = &client.pair;
        let port = |origin: &str| origin.rsplit(':').next().unwrap_or_default().to_owned();
        let text = client.get("/x").await.text();
        assert_eq!(
            text,
            format!(
                "origin={0} server={0}/mcp path=/mcp host=127.0.0.1 port={1} issuer={2} authorization-origin={2} \
                 authorization-port={3} client-id={4} authorization-base={2}",
                pair.origin,
                port(&pair.origin),
                pair.issuer,
                port(&pair.issuer),
                pair.client_metadata_url
            )
        );
    }

    #[tokio::test]
    async fn an_unknown_one_stops_the_start() {
        let edits: Vec<Edit> =
            serde_saphyr::from_str("- { on: { server: mcp }, body: '{{nonsense}}' }\n").expect("edits");
        let error = start(Options { edits, ..Options::default() }).await.err().expect("an error");
        assert_eq!(error.to_string(), "unknown placeholder `{{nonsense}}` in an edit");
    }
}
