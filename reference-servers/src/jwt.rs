//! Compact JWS (RFC 7515), just enough to sign a token and to take one apart.
//!
//! No library: the clock is ours to set, and the tests want tokens no library would make.

use aws_lc_rs::error::Unspecified;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::keys::{Algorithm, Keys, base64url};

/// The claims of a token.
pub(crate) type Claims = Map<String, Value>;

/// A token taken apart and not yet believed.
pub(crate) struct Token {
    pub(crate) header: Claims,
    pub(crate) claims: Claims,
    pub(crate) signed: String,
    pub(crate) signature: Vec<u8>,
}

/// `typ` is `at+jwt` for an access token (RFC 9068) and `JWT` for an id token.
pub(crate) fn sign(
    keys: &Keys,
    algorithm: Algorithm,
    typ: &str,
    claims: &Claims,
) -> Result<String, Unspecified> {
    let header = json!({ "typ": typ, "alg": algorithm.name(), "kid": keys.kid(algorithm) });
    let signed = joined(&header, claims);
    let signature = keys.sign(algorithm, signed.as_bytes())?;
    Ok(format!("{signed}.{}", base64url(&signature)))
}

/// The part of a token that is signed.
pub(crate) fn joined(header: &Value, claims: &Claims) -> String {
    let claims = Value::Object(claims.clone());
    format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()))
}

pub(crate) fn parse(token: &str) -> Option<Token> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    Some(Token {
        header: object(header)?,
        claims: object(claims)?,
        signed: signed.to_owned(),
        signature: bytes(signature)?,
    })
}

fn object(part: &str) -> Option<Claims> {
    serde_json::from_slice(&bytes(part)?).ok()
}

pub(crate) fn bytes(base64url: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(base64url).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Claims, parse, sign};
    use crate::keys::{Algorithm, Keys};

    #[test]
    fn what_was_signed_verifies_and_nothing_else() {
        let keys = Keys::generate().expect("a key");
        let claims: Claims = serde_json::from_value(json!({ "sub": "somebody" })).expect("an object");
        for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
            let token = sign(&keys, algorithm, "JWT", &claims).expect("a signature");
            let token = parse(&token).expect("three parts");
            let kid = keys.kid(algorithm);
            let verify =
                |kid: &str, alg: &str, input: &str| keys.verify(kid, alg, input.as_bytes(), &token.signature);
            assert!(verify(&kid, algorithm.name(), &token.signed));
            assert!(!verify(&kid, algorithm.name(), &format!("{}x", token.signed)));
            assert!(!verify(&kid, "HS256", &token.signed));
            assert!(!verify("other", algorithm.name(), &token.signed));
            assert_eq!(token.claims, claims);
        }
        assert!(parse("garbage").is_none());
    }
}
