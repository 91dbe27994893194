//! An access token that comes back: whether it is one of ours, and whether it is still good.

use serde_json::Value;

use super::At;
use crate::Behaviour;
use crate::jwt::{self, Claims};

/// The claims of an access token of this issuer, expired or not.
pub(super) fn ours(at: &At, token: &str) -> Option<Claims> {
    let claims = match at.pair.does(Behaviour::OpaqueTokens) {
        true => at.pair.opaque().get(token).cloned()?,
        false => signed(at, token)?,
    };
    (claims.get("iss")? == at.issuer.identifier.as_str()).then_some(claims)
}

fn signed(at: &At, token: &str) -> Option<Claims> {
    let token = jwt::parse(token)?;
    let text = |name: &str| token.header.get(name).and_then(Value::as_str);
    let is_signed =
        at.pair.keys.verify(text("kid")?, text("alg")?, token.signed.as_bytes(), &token.signature);
    // An id token names its client as the audience only.
    let is_access_token = text("typ") == Some(at.pair.typ()) && token.claims.contains_key("client_id");
    // Nothing that must be understood is (RFC 7515 section 4.1.11).
    let is_understood = !token.header.contains_key("crit");
    (is_signed && is_access_token && is_understood).then_some(token.claims)
}

/// Whether the token of these claims can be used now.
pub(super) fn is_active(at: &At, claims: &Claims) -> bool {
    let now = at.pair.now();
    let time = |name: &str| claims.get(name).and_then(Value::as_u64);
    let is_current = time("exp").is_some_and(|exp| exp > now);
    let has_begun = time("nbf").is_none_or(|nbf| nbf <= now);
    is_current && has_begun && !at.pair.is_revoked(claims)
}
