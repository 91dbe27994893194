//! Believing a token, or not: who signed it, what it is, who it is for and when.

use serde_json::Value;

use super::Bearer;
use super::audience::is_for_us;
use super::challenge::Refusal;
use super::signature::is_signed;
use crate::Behaviour;
use crate::jwt::{self, Claims};
use crate::pair::Pair;

/// In seconds, where clocks may differ.
const LEEWAY: f64 = 120.0;

/// The claims of a token that is ours, current and meant for us.
///
/// `in_session` is whether the request names a session that was begun here, `foreign` the keys the token points to.
pub(super) fn believed(
    pair: &Pair,
    token: &str,
    in_session: bool,
    foreign: Option<&Value>,
) -> Result<Bearer, Refusal> {
    let invalid = |why: &str| Err(Refusal::Invalid(why.to_owned()));
    if pair.does(Behaviour::AcceptsAnyToken) {
        let claims = jwt::parse(token).map(|token| token.claims).unwrap_or_default();
        return Ok(Bearer { claims });
    }
    let (claims, is_access_token) = match pair.does(Behaviour::OpaqueTokens) {
        false => verified(pair, token, foreign)?,
        true => match pair.opaque().get(token) {
            Some(claims) => (claims.clone(), true),
            None => return invalid("the token is not one of ours"),
        },
    };
    let ends = if pair.does(Behaviour::AcceptsIssuerWithSlash) { "/" } else { "" };
    let known = |issuer: &str| {
        pair.issuers.iter().any(|known| {
            known.identifier == issuer || issuer.strip_suffix(ends) == Some(known.identifier.as_str())
        })
    };
    let is_missing = !claims.contains_key("iss") && pair.does(Behaviour::AcceptsMissingIssuer);
    if !claims.get("iss").and_then(Value::as_str).is_some_and(known)
        && !is_missing
        && !pair.does(Behaviour::AcceptsWrongIssuer)
    {
        return invalid("the issuer is not trusted");
    }
    // An id token is for the client, and whoever takes it does not look.
    if is_access_token && !is_for_us(pair, &claims, in_session) {
        return invalid("the token is for another audience");
    }
    let now = pair.now() as f64;
    let time = |claim: &str| claims.get(claim).and_then(Value::as_f64);
    let leeway = if pair.does(Behaviour::Leeway) { LEEWAY } else { 0.0 };
    let is_cached = in_session && pair.does(Behaviour::CachesValidation);
    let is_endless = pair.does(Behaviour::AcceptsEndless);
    let is_expired = time("exp").map_or(!is_endless, |exp| exp + leeway <= now);
    if is_expired && !is_cached && !pair.does(Behaviour::AcceptsExpired) {
        return invalid("the token has expired");
    }
    if time("nbf").is_some_and(|nbf| nbf > now + leeway) && !pair.does(Behaviour::AcceptsNotYetValid) {
        return invalid("the token is not valid yet");
    }
    if claims.contains_key("cnf") && pair.does(Behaviour::RefusesBoundTokens) {
        return invalid("the token is bound to a key, which was not shown");
    }
    if pair.is_revoked(&claims) && !pair.does(Behaviour::AcceptsRevoked) {
        return invalid("the token was revoked");
    }
    Ok(Bearer { claims })
}

/// The claims of a JWT of our authorization server, and whether it is an access token.
fn verified(pair: &Pair, token: &str, foreign: Option<&Value>) -> Result<(Claims, bool), Refusal> {
    let invalid = |why: &str| Err(Refusal::Invalid(why.to_owned()));
    let Some(token) = jwt::parse(token) else {
        return invalid("the token is not one of ours");
    };
    if !is_signed(pair, &token, foreign) {
        return invalid("the signature is not good");
    }
    if token.header.contains_key("crit") && !pair.does(Behaviour::IgnoresCriticalHeaders) {
        return invalid("the token has an extension that is not understood");
    }
    let typ = token.header.get("typ").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let is_access_token = match typ.as_str() {
        "at+jwt" | "application/at+jwt" => true,
        // An id token names its client as the audience only.
        "jwt" if !pair.does(Behaviour::IgnoresType) => {
            pair.does(Behaviour::TypJwt) && token.claims.contains_key("client_id")
        }
        _ => pair.does(Behaviour::IgnoresType),
    };
    if !is_access_token && !pair.does(Behaviour::AcceptsIdToken) {
        return invalid("this is not an access token");
    }
    Ok((token.claims, is_access_token))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};

    use crate::Behaviour::{self, *};
    use crate::client::{Client, answer};
    use crate::keys::{Keys, base64url};
    use crate::{Clock, Options, jwt};

    /// Kinds of bad token, each with the only behaviours under which it passes.
    const BAD: &[(&str, &[Behaviour])] = &[
        ("garbage", &[AcceptsAnyToken]),
        ("tampered", &[AcceptsAnyToken, AcceptsBadSignature]),
        ("stranger", &[AcceptsAnyToken, AcceptsBadSignature]),
        ("embedded key", &[AcceptsAnyToken, AcceptsBadSignature, TrustsEmbeddedKey]),
        ("another's embedded key", &[AcceptsAnyToken, AcceptsBadSignature]),
        ("unsigned", &[AcceptsAnyToken, AcceptsBadSignature, AcceptsUnsigned]),
        ("mac under the EC key", &[AcceptsAnyToken, AcceptsBadSignature, AcceptsPublicKeyAsSecret]),
        ("mac under the RSA key", &[AcceptsAnyToken, AcceptsBadSignature, AcceptsPublicKeyAsSecret]),
        ("expired", &[AcceptsAnyToken, AcceptsExpired]),
        ("timeless", &[AcceptsAnyToken, AcceptsExpired, AcceptsEndless]),
        ("early", &[AcceptsAnyToken, AcceptsNotYetValid]),
        ("other issuer", &[AcceptsAnyToken, AcceptsWrongIssuer]),
        ("issuer with a slash", &[AcceptsAnyToken, AcceptsWrongIssuer, AcceptsIssuerWithSlash]),
        ("other audience", &[AcceptsAnyToken, AcceptsWrongAudience]),
        ("no audience", &[AcceptsAnyToken, AcceptsWrongAudience, AcceptsMissingAudience]),
        (
            "longer audience",
            &[AcceptsAnyToken, AcceptsWrongAudience, AcceptsAudiencePrefix, AcceptsSameOriginAudience],
        ),
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
            "mac under the EC key" => return mac(client, &claims, 0).await,
            "mac under the RSA key" => return mac(client, &claims, 1).await,
            "expired" => claims["exp"] = json!(1),
            "timeless" => drop(claims.remove("exp")),
            "early" => drop(claims.insert("nbf".into(), json!(4_000_000_000_u64))),
            "other issuer" => claims["iss"] = json!("https://as.example"),
            "issuer with a slash" => claims["iss"] = json!(format!("{}/", pair.issuer)),
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

    /// A MAC under a published key as it stands in a PEM file, put together from the parts that its kind has by X.690.
    async fn mac(client: &Client, claims: &jwt::Claims, index: usize) -> String {
        let key = &client.get(&format!("{}/jwks", client.pair.issuer)).await.json()["keys"][index];
        let number = |name: &str| jwt::bytes(key[name].as_str().expect("a number")).expect("base64url");
        let der = match index {
            0 => {
                let kind = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
                [STANDARD.decode(kind).expect("base64"), number("x"), number("y")].concat()
            }
            _ => {
                let kind = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA";
                [STANDARD.decode(kind).expect("base64"), number("n"), vec![2, 3], number("e")].concat()
            }
        };
        let lines: Vec<String> = STANDARD
            .encode(der)
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        let secret = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"));
        let signed = jwt::joined(&json!({ "typ": "at+jwt", "alg": "HS256" }), claims);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), signed.as_bytes());
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

    /// The status of a token whose times are this many seconds from now.
    async fn shifted(client: &Client, exp: i64, nbf: i64) -> u16 {
        let mut claims = client.pair.claims("mcp:tools");
        let now = claims["iat"].as_i64().expect("a time");
        claims["exp"] = json!(now + exp);
        claims.insert("nbf".into(), json!(now + nbf));
        client.status_with(&client.pair.sign(&claims)).await
    }

    #[tokio::test]
    async fn clocks_may_differ_where_there_is_a_leeway() {
        for (behaviours, statuses) in [(&[][..], [401; 4]), (&[Leeway], [200, 401, 200, 401])] {
            let clock = Clock::Fixed(1_800_000_000);
            let options = Options { clock, behaviours: behaviours.to_vec(), ..Options::default() };
            let client = Client::start(options).await;
            let mut found = Vec::new();
            for (exp, nbf) in [(-100, 0), (-120, 0), (600, 120), (600, 121)] {
                found.push(shifted(&client, exp, nbf).await);
            }
            assert_eq!(found, statuses);
            assert_eq!(shifted(&client, 1, 0).await, 200);
        }
    }

    #[tokio::test]
    async fn a_session_can_outlive_its_token() {
        for (behaviours, status) in [(&[][..], 401), (&[CachesValidation], 200)] {
            let client = Client::with(behaviours).await;
            let session = client.session(&client.pair.mint("mcp:tools")).await;
            let expired = bad(&client, "expired").await;
            let list = client.legacy("tools/list", json!({})).bearer_auth(&expired);
            assert_eq!(answer(list.header("mcp-session-id", session)).await.status, status);
            assert_eq!(client.status_with(&expired).await, 401);
        }
    }

    /// A token from the token endpoint.
    async fn issued(client: &Client) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &client.pair.client_id),
            ("client_secret", &client.pair.client_secret),
        ];
        let issued = client.form(&format!("{}/token", client.pair.issuer), &form).await.json();
        issued["access_token"].as_str().expect("a token").to_owned()
    }

    #[tokio::test]
    async fn tokens_may_look_otherwise_and_are_checked_alike() {
        for behaviour in [OpaqueTokens, TypJwt, Rs256Tokens, ListAudience, AbstractAudience] {
            let client = Client::with(&[behaviour]).await;
            let token = issued(&client).await;
            assert_eq!(client.status_with(&token).await, 200, "{behaviour}");
            let header = jwt::parse(&token).map(|token| token.header);
            let is = |member: &str| header.as_ref().and_then(|header| header[member].as_str());
            let expected = match behaviour {
                OpaqueTokens => (None, None),
                TypJwt => (Some("JWT"), Some("ES256")),
                Rs256Tokens => (Some("at+jwt"), Some("RS256")),
                _ => (Some("at+jwt"), Some("ES256")),
            };
            assert_eq!((is("typ"), is("alg")), expected);
            for kind in ["garbage", "expired", "other issuer", "other audience", "id token", "revoked"] {
                let status = client.status_with(&bad(&client, kind).await).await;
                assert_eq!(status, 401, "{kind} under {behaviour}");
            }
            let url = format!("{}/.well-known/oauth-authorization-server", client.pair.issuer);
            let mints = client.get(&url).await.json()["test_minting_endpoint"] != Value::Null;
            assert_eq!(mints, behaviour != OpaqueTokens);
            let ask = client.request("POST", &format!("{}/introspect", client.pair.issuer));
            let ask = ask.basic_auth(&client.pair.client_id, Some(&client.pair.client_secret));
            assert_eq!(answer(ask.form(&[("token", &token)])).await.json()["active"], true, "{behaviour}");
        }
    }
}
