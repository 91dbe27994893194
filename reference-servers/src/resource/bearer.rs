//! Reading a bearer token from the Authorization header, and believing it or not.

use axum::http::{HeaderMap, header};
use serde_json::Value;

use super::challenge::Refusal;
use crate::Behaviour;
use crate::jwt::{self, Claims, Token};
use crate::pair::Pair;

/// The token of a request that got through; its claims are empty where nobody looked.
#[derive(Clone, Default)]
pub(crate) struct Bearer {
    pub(crate) claims: Claims,
}

impl Bearer {
    pub(crate) fn text(&self, claim: &str) -> &str {
        self.claims.get(claim).and_then(Value::as_str).unwrap_or_default()
    }
}

/// The token as it was sent; the header is the only place for it (OAuth 2.1 section 5.1).
pub(super) fn sent(pair: &Pair, headers: &HeaderMap, query: &str) -> Result<String, Refusal> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let Some(line) = lines.next() else {
        let in_query = || form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "access_token");
        return match in_query() {
            Some((_, token)) if pair.does(Behaviour::AcceptsTokenInQuery) => Ok(token.into_owned()),
            _ => Err(Refusal::Missing),
        };
    };
    if lines.next().is_some() {
        return Err(Refusal::Malformed("there are two Authorization headers"));
    }
    let line = line.to_str().map_err(|_| Refusal::Malformed("the Authorization header is not ASCII"))?;
    let (scheme, token) = line.split_once(' ').unwrap_or((line, ""));
    let is_bearer = scheme == "Bearer"
        || scheme.eq_ignore_ascii_case("bearer") && !pair.does(Behaviour::RefusesLowerCaseScheme);
    let token = token.trim();
    match (is_bearer, token.is_empty()) {
        (true, false) => Ok(token.to_owned()),
        (true, true) => Err(Refusal::Malformed("the Authorization header holds no token")),
        (false, _) => Err(Refusal::Missing),
    }
}

/// The claims of a token that is ours, current and meant for us.
pub(super) fn believed(pair: &Pair, token: &str) -> Result<Bearer, Refusal> {
    let invalid = |why: &str| Err(Refusal::Invalid(why.to_owned()));
    if pair.does(Behaviour::AcceptsAnyToken) {
        let claims = jwt::parse(token).map(|token| token.claims).unwrap_or_default();
        return Ok(Bearer { claims });
    }
    let Some(token) = jwt::parse(token) else {
        return invalid("the token is not one of ours");
    };
    if !is_signed(pair, &token) {
        return invalid("the signature is not good");
    }
    if token.header.contains_key("crit") {
        return invalid("the token has an extension that is not understood");
    }
    let claims = &token.claims;
    let typ = token.header.get("typ").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let is_access_token = matches!(typ.as_str(), "at+jwt" | "application/at+jwt");
    if !is_access_token && !pair.does(Behaviour::AcceptsIdToken) {
        return invalid("this is not an access token");
    }
    let known = |issuer: &str| pair.issuers.iter().any(|known| known.identifier == issuer);
    if !claims.get("iss").and_then(Value::as_str).is_some_and(known)
        && !pair.does(Behaviour::AcceptsWrongIssuer)
    {
        return invalid("the issuer is not trusted");
    }
    if !is_for_us(pair, claims, is_access_token) {
        return invalid("the token is for another audience");
    }
    let now = pair.now() as f64;
    let time = |claim: &str| claims.get(claim).and_then(Value::as_f64);
    if time("exp").is_none_or(|exp| exp <= now) && !pair.does(Behaviour::AcceptsExpired) {
        return invalid("the token has expired");
    }
    if time("nbf").is_some_and(|nbf| nbf > now) && !pair.does(Behaviour::AcceptsNotYetValid) {
        return invalid("the token is not valid yet");
    }
    let id = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
    if pair.revoked().contains(id) && !pair.does(Behaviour::AcceptsRevoked) {
        return invalid("the token was revoked");
    }
    Ok(Bearer { claims: token.claims })
}

fn is_signed(pair: &Pair, token: &Token) -> bool {
    let text = |member: &str| token.header.get(member).and_then(Value::as_str).unwrap_or_default();
    let (alg, input) = (text("alg"), token.signed.as_bytes());
    pair.does(Behaviour::AcceptsBadSignature)
        || alg.eq_ignore_ascii_case("none") && pair.does(Behaviour::AcceptsUnsigned)
        || alg == "HS256"
            && pair.does(Behaviour::AcceptsPublicKeyAsSecret)
            && pair.keys.verify_mac(input, &token.signature)
        || pair.keys.verify(text("kid"), alg, input, &token.signature)
}

/// The endpoint and the origin are both names of this server; each has its metadata document.
fn is_for_us(pair: &Pair, claims: &Claims, is_access_token: bool) -> bool {
    let ours = |audience: &Value| {
        audience.as_str().is_some_and(|audience| {
            audience == pair.server
                || audience == pair.origin
                || audience.starts_with(&pair.server) && pair.does(Behaviour::AcceptsAudiencePrefix)
        })
    };
    let named = match claims.get("aud") {
        Some(Value::Array(several)) => several.iter().any(ours),
        Some(one) => ours(one),
        None => false,
    };
    // An id token is for the client, and whoever takes it does not look.
    named || !is_access_token || pair.does(Behaviour::AcceptsWrongAudience)
}
