//! `signed-metadata`: a metadata document says itself again as a JWT (RFC 8414 section 2.1, RFC 9728 section 2.2).
//!
//! ```yaml
//! signed-metadata: {}
//! signed-metadata: { claims: { remove: [/iss], set: { /token_endpoint: https://elsewhere.example/token } } }
//! ```
//!
//! The claims are the document, as the edit's `json` left it, and `iss`; the key is the ES256 one of the key set.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::JsonEdit;
use super::token::signed;
use crate::keys::{Algorithm, Keys};

/// Adds `signed_metadata`, with changes to what a good one would be.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SignedMetadataEdit {
    /// Changes to the JOSE header; with `alg: none` there is no signature.
    pub header: JsonEdit,
    /// Changes to the claims, of which `iss` names the issuer or the resource.
    pub claims: JsonEdit,
    /// Signs with a key that is not in the published set.
    pub foreign_key: bool,
}

impl SignedMetadataEdit {
    pub(super) fn apply(&self, document: &mut Value, keys: &Keys) -> Result<(), String> {
        let members = document.as_object_mut().ok_or("the metadata is no object")?;
        let attester = members.get("issuer").or_else(|| members.get("resource"));
        let attester = attester.ok_or("the metadata has neither issuer nor resource")?.clone();
        let mut claims = Map::from_iter([("iss".to_owned(), attester)]);
        claims.extend(members.clone());
        let mut claims = Value::Object(claims);
        let algorithm = Algorithm::Es256;
        let mut header = json!({ "typ": "JWT", "alg": algorithm.name(), "kid": keys.kid(algorithm) });
        self.header.apply(&mut header)?;
        self.claims.apply(&mut claims)?;
        let signed = signed(&header, &claims, keys, self.foreign_key)?;
        members.insert("signed_metadata".to_owned(), json!(signed));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::client::Client;
    use crate::jwt::{self, Token};
    use crate::keys::Keys;

    const RESOURCE: &str = "/.well-known/oauth-protected-resource/mcp";

    /// The document at this path of a server after this edit, and the token in it.
    async fn published(server: &str, path: &str, edit: &str) -> (serde_json::Value, Token) {
        let on = format!("{{ server: {server}, path: {path}, status: 200 }}");
        let client = Client::edited(&format!("- on: {on}\n  signed-metadata: {edit}\n")).await;
        let origin = if server == "mcp" { &client.pair.origin } else { &client.pair.authorization_origin };
        let document = client.get(&format!("{origin}{path}")).await.json();
        let token = jwt::parse(document["signed_metadata"].as_str().expect("a string")).expect("a JWT");
        (document, token)
    }

    #[tokio::test]
    async fn a_document_says_itself_again() {
        let path = "/.well-known/oauth-authorization-server";
        for (server, path, attester) in [("mcp", RESOURCE, "resource"), ("authorization", path, "issuer")] {
            let (document, token) = published(server, path, "{}").await;
            assert_eq!(token.claims["iss"], document[attester]);
            assert_eq!(token.header["alg"], "ES256");
            for (name, value) in document.as_object().expect("an object") {
                assert!(name == "signed_metadata" || token.claims[name] == *value, "{name}");
            }
            assert!(!token.claims.contains_key("signed_metadata"));
        }
    }

    #[tokio::test]
    async fn it_can_be_wrong() {
        let edit = "{ claims: { remove: [/iss], set: { /signed_metadata: x, /resource: elsewhere } } }";
        let (document, token) = published("mcp", RESOURCE, edit).await;
        assert!(!token.claims.contains_key("iss"));
        assert_eq!(
            (&token.claims["signed_metadata"], &token.claims["resource"]),
            (&json!("x"), &json!("elsewhere"))
        );
        assert_ne!(document["resource"], "elsewhere");
        let (_, token) = published("mcp", RESOURCE, "{ header: { set: { /alg: none } } }").await;
        assert!(token.signature.is_empty());
    }

    #[test]
    fn the_key_is_the_published_one_unless_told_otherwise() {
        let keys = Keys::generate().expect("a key");
        for foreign_key in [false, true] {
            let mut document = json!({ "issuer": "https://as.example" });
            let edit = super::SignedMetadataEdit { foreign_key, ..Default::default() };
            edit.apply(&mut document, &keys).expect("a document");
            let token = jwt::parse(document["signed_metadata"].as_str().expect("a string")).expect("a JWT");
            let kid = token.header["kid"].as_str().expect("a kid");
            let good = keys.verify(kid, "ES256", token.signed.as_bytes(), &token.signature);
            assert_eq!(good, !foreign_key);
        }
    }
}
