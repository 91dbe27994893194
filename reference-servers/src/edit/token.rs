//! `access-token`: what the authorization server issues, with other claims.
//!
//!     access-token: { claims: { remove: [/aud] } }

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
        let signed = jwt::joined(&header, claims.as_object().ok_or("the claims are no object")?);
        if header["alg"] == "none" {
            return Ok(format!("{signed}."));
        }
        let foreign = self.foreign_key.then(Keys::generate).transpose();
        let foreign = foreign.map_err(|_| "no key could be made")?;
        let signature = foreign.as_ref().unwrap_or(keys).sign(Algorithm::Es256, signed.as_bytes());
        let signature = signature.map_err(|_| "no signature could be made")?;
        Ok(format!("{signed}.{}", base64url(&signature)))
    }
}
