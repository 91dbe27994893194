//! Reading a bearer token from the Authorization header, and believing it or not.

use axum::http::{HeaderMap, header};
use serde_json::Value;

use super::challenge::Refusal;
use crate::Behaviour;
use crate::jwt::{self, Claims, Token};
use crate::keys::Keys;
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
        || pair.does(Behaviour::TrustsEmbeddedKey)
            && token.header.get("jwk").is_some_and(|jwk| Keys::verify_embedded(jwk, input, &token.signature))
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

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac;
    use serde_json::json;

    use crate::Behaviour::{self, *};
    use crate::client::{Client, answer};
    use crate::jwt;
    use crate::keys::{Keys, base64url};

    /// Kinds of bad token, each with the only behaviours under which it passes.
    const BAD: &[(&str, &[Behaviour])] = &[
        ("garbage", &[AcceptsAnyToken]),
        ("tampered", &[AcceptsAnyToken, AcceptsBadSignature]),
        ("stranger", &[AcceptsAnyToken, AcceptsBadSignature]),
        ("embedded key", &[AcceptsAnyToken, AcceptsBadSignature, TrustsEmbeddedKey]),
        ("another's embedded key", &[AcceptsAnyToken, AcceptsBadSignature]),
        ("unsigned", &[AcceptsAnyToken, AcceptsBadSignature, AcceptsUnsigned]),
        ("mac", &[AcceptsAnyToken, AcceptsBadSignature, AcceptsPublicKeyAsSecret]),
        ("expired", &[AcceptsAnyToken, AcceptsExpired]),
        ("timeless", &[AcceptsAnyToken, AcceptsExpired]),
        ("early", &[AcceptsAnyToken, AcceptsNotYetValid]),
        ("other issuer", &[AcceptsAnyToken, AcceptsWrongIssuer]),
        ("other audience", &[AcceptsAnyToken, AcceptsWrongAudience]),
        ("no audience", &[AcceptsAnyToken, AcceptsWrongAudience]),
        ("longer audience", &[AcceptsAnyToken, AcceptsWrongAudience, AcceptsAudiencePrefix]),
        ("id token", &[AcceptsAnyToken, AcceptsIdToken]),
        ("revoked", &[AcceptsAnyToken, AcceptsRevoked]),
    ];

    async fn bad(client: &Client, kind: &str) -> String {
        let pair = &client.pair;
        let mut claims = pair.claims("mcp:tools");
        match kind {
            "garbage" => return "garbage".to_owned(),
            "tampered" => {
                let forger = Keys::generate().expect("a key");
                return jwt::sign(&forger, crate::keys::Algorithm::Es256, "at+jwt", &claims)
                    .expect("a token");
            }
            "stranger" | "embedded key" | "another's embedded key" => return stranger(claims, kind),
            "unsigned" => {
                drop(claims.remove("jti"));
                return format!("{}.", jwt::joined(&json!({ "typ": "at+jwt", "alg": "none" }), &claims));
            }
            "mac" => return mac(client, &claims).await,
            "expired" => claims["exp"] = json!(1),
            "timeless" => drop(claims.remove("exp")),
            "early" => drop(claims.insert("nbf".into(), json!(4_000_000_000_u64))),
            "other issuer" => claims["iss"] = json!("https://as.example"),
            "other audience" => claims["aud"] = json!([pair.other_resource]),
            "no audience" => drop(claims.remove("aud")),
            "longer audience" => claims["aud"] = json!(format!("{}/more", pair.server_url)),
            "id token" => {
                claims["aud"] = json!(pair.public_client_id);
                return pair.sign_as("JWT", &claims);
            }
            "revoked" => {
                let token = pair.sign(&claims);
                pair.revoke(&token);
                return token;
            }
            _ => {}
        }
        pair.sign(&claims)
    }

    /// A token of somebody who knows no more than what the metadata says.
    fn stranger(mut claims: jwt::Claims, kind: &str) -> String {
        claims.remove("jti");
        let (own, another) = (Keys::generate().expect("a key"), Keys::generate().expect("a key"));
        let mut header = json!({ "typ": "at+jwt", "alg": "ES256", "kid": "unknown" });
        let published = |keys: &Keys| keys.published().expect("a key set")["keys"][0].clone();
        match kind {
            "embedded key" => header["jwk"] = published(&own),
            "another's embedded key" => header["jwk"] = published(&another),
            _ => {}
        }
        let signed = jwt::joined(&header, &claims);
        let signature = own.sign(crate::keys::Algorithm::Es256, signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", base64url(&signature))
    }

    async fn mac(client: &Client, claims: &jwt::Claims) -> String {
        let key = &client.get(&format!("{}/jwks", client.pair.issuer)).await.json()["keys"][0];
        let number = |name: &str| jwt::bytes(key[name].as_str().expect("a number")).expect("base64url");
        let secret = [vec![4], number("x"), number("y")].concat();
        let signed = jwt::joined(&json!({ "typ": "at+jwt", "alg": "HS256" }), claims);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
        format!("{signed}.{}", base64url(tag.as_ref()))
    }

    #[tokio::test]
    async fn each_bad_token_is_refused_but_for_its_behaviours() {
        let behaviours: Vec<Option<Behaviour>> =
            BAD.iter().flat_map(|(_, behaviours)| *behaviours).map(|behaviour| Some(*behaviour)).collect();
        for behaviour in [vec![None], behaviours].concat() {
            let client = Client::with(behaviour.as_slice()).await;
            assert_eq!(client.status_with(&client.pair.mint("mcp:tools")).await, 200);
            for (kind, accepted_by) in BAD {
                let passes = behaviour.is_some_and(|behaviour| accepted_by.contains(&behaviour));
                let status = client.status_with(&bad(&client, kind).await).await;
                assert_eq!(status, if passes { 200 } else { 401 }, "{kind} under {behaviour:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_refused_token_is_told_why() {
        let client = Client::with(&[]).await;
        let refused = answer(client.call("echo").bearer_auth(bad(&client, "expired").await)).await;
        let url = format!("{}/.well-known/oauth-protected-resource/mcp", client.pair.origin);
        assert_eq!(
            refused.challenge(),
            format!(
                r#"Bearer error="invalid_token", error_description="the token has expired", resource_metadata="{url}", scope="mcp:tools""#
            )
        );
    }

    #[tokio::test]
    async fn audiences_may_be_several_or_the_origin() {
        let client = Client::with(&[]).await;
        for audience in [json!(["https://a.example", client.pair.server_url]), json!(client.pair.origin)] {
            let mut claims = client.pair.claims("mcp:tools");
            claims["aud"] = audience;
            assert_eq!(client.status_with(&client.pair.sign(&claims)).await, 200);
        }
    }

    #[tokio::test]
    async fn the_header_is_read_as_rfc_9110_says() {
        let client = Client::with(&[]).await;
        let token = client.pair.mint("mcp:tools");
        let status = async |value: String| answer(client.call("echo").header("authorization", value)).await;
        assert_eq!(status(format!("bearer  {token}")).await.status, 200);
        assert_eq!(status("Bearer".to_owned()).await.status, 400);
        let basic = status("Basic eDp5".to_owned()).await;
        assert_eq!((basic.status, basic.challenge().contains("error=")), (401, false));
        let two = client.call("echo").bearer_auth(&token).header("authorization", "Bearer x");
        let two = answer(two).await;
        assert_eq!(two.status, 400);
        assert!(two.challenge().starts_with(r#"Bearer error="invalid_request""#));
        assert_eq!(status("Bearer a b".to_owned()).await.status, 401);
    }

    #[tokio::test]
    async fn schemes_and_queries_have_their_behaviours() {
        let client = Client::with(&[RefusesLowerCaseScheme]).await;
        let lower = format!("bearer {}", client.pair.mint("mcp:tools"));
        assert_eq!(answer(client.call("echo").header("authorization", lower)).await.status, 401);
        for (behaviours, status) in [(&[][..], 401), (&[AcceptsTokenInQuery], 200)] {
            let client = Client::with(behaviours).await;
            let token = client.pair.mint("mcp:tools");
            assert_eq!(answer(client.call("echo").query(&[("access_token", &token)])).await.status, status);
        }
    }

    #[tokio::test]
    async fn scopes_are_needed_unless_ignored() {
        for (behaviours, tools, admin) in
            [(&[][..], 403, 200), (&[IgnoresScope], 200, 200), (&[IgnoresScopeHierarchy], 403, 403)]
        {
            let client = Client::with(behaviours).await;
            assert_eq!(client.status_with(&client.pair.mint("other")).await, tools);
            assert_eq!(client.status_with(&client.pair.mint("mcp:admin")).await, admin);
        }
    }
}
