//! `access-token`: what the authorization server issues, with other claims.
//!
//! ```yaml
//! access-token: { claims: { remove: [/aud] } }
//! ```

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::JsonEdit;
use crate::jwt;
use crate::keys::{Algorithm, Keys, base64url};

/// Changes to the header and the claims of an issued access token.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AccessTokenEdit {
    /// Changes to the JOSE header; with `alg: none` the token has no signature.
    pub header: JsonEdit,
    /// Changes to the claims.
    pub claims: JsonEdit,
    /// Signs with a key that is not in the published set.
    pub foreign_key: bool,
    /// Issues this instead, which need not be a JWT at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opaque: Option<String>,
}

impl AccessTokenEdit {
    pub(super) fn apply(&self, response: &mut Value, keys: &Keys) -> Result<(), String> {
        let issued = response["access_token"].as_str().ok_or("the response has no access_token")?;
        let token = match &self.opaque {
            Some(opaque) => opaque.clone(),
            None => self.changed(issued, keys)?,
        };
        response["access_token"] = json!(token);
        Ok(())
    }

    fn changed(&self, issued: &str, keys: &Keys) -> Result<String, String> {
        let token = jwt::parse(issued).ok_or("the access token is not a JWT")?;
        let (mut header, mut claims) = (Value::Object(token.header), Value::Object(token.claims));
        self.header.apply(&mut header)?;
        self.claims.apply(&mut claims)?;
        signed(&header, &claims, keys, self.foreign_key)
    }
}

/// A JWT of these parts; with `alg: none` it has no signature.
pub(super) fn signed(header: &Value, claims: &Value, keys: &Keys, foreign: bool) -> Result<String, String> {
    let signed = jwt::joined(header, claims.as_object().ok_or("the claims are no object")?);
    if header["alg"] == "none" {
        return Ok(format!("{signed}."));
    }
    let foreign = foreign.then(Keys::generate).transpose();
    let foreign = foreign.map_err(|_| "no key could be made")?;
    let signature = foreign.as_ref().unwrap_or(keys).sign(Algorithm::Es256, signed.as_bytes());
    let signature = signature.map_err(|_| "no signature could be made")?;
    Ok(format!("{signed}.{}", base64url(&signature)))
}

#[cfg(test)]
mod tests {
    use crate::client::Client;
    use crate::jwt::{self, Token};

    /// A token issued after this edit, and what the MCP server says to it.
    async fn issued(edit: &str) -> (String, u16) {
        let yaml =
            format!("- on: {{ server: authorization, path: /token, status: 200 }}\n  access-token: {edit}\n");
        let client = Client::edited(&yaml).await;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &client.pair.client_id),
            ("client_secret", &client.pair.client_secret),
        ];
        let answer = client.form(&format!("{}/token", client.pair.issuer), &form).await;
        let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
        let status = client.status_with(&token).await;
        (token, status)
    }

    fn parsed(token: &str) -> Token {
        jwt::parse(token).expect("a JWT")
    }

    #[tokio::test]
    async fn tokens_are_changed_and_signed_again() {
        let (token, status) = issued("{ claims: { set: { /sub: somebody } } }").await;
        assert_eq!((parsed(&token).claims["sub"].as_str(), status), (Some("somebody"), 200));
        let (token, status) = issued("{ claims: { remove: [/aud] } }").await;
        assert_eq!((parsed(&token).claims.contains_key("aud"), status), (false, 401));
        let (token, status) = issued("{ header: { set: { /alg: none } } }").await;
        assert_eq!((token.ends_with('.'), status), (true, 401));
        let (_, status) = issued("{ foreign-key: true }").await;
        assert_eq!(status, 401);
        let (token, status) = issued("{ opaque: abc }").await;
        assert_eq!((token.as_str(), status), ("abc", 401));
    }
}
