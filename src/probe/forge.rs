//! Bearer tokens that we make up: JWTs with the right claims that the authorization server never issued.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::model::probe::Signed;
use crate::net::record::NO_TOKEN;

/// Seconds for which a made-up token claims to be valid.
const LIFETIME: u64 = 300;

/// A key that no server has reason to trust; none where the system has no randomness.
static OWN_KEY: LazyLock<Option<EcdsaKeyPair>> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok());

/// A token in the shape of RFC 9068 from `issuer` for `audience`; its `jti` tells our recorder that it is no secret.
/// `None` where no key can be made.
pub fn token(signed: Signed, issuer: &str, audience: &str) -> Option<String> {
    let header = match signed {
        Signed::Not => json!({ "alg": "none", "typ": "at+jwt" }),
        Signed::ByOwnKey => json!({ "alg": "ES256", "typ": "at+jwt", "kid": NO_TOKEN }),
        Signed::ByEmbeddedKey => json!({ "alg": "ES256", "typ": "at+jwt", "jwk": own_jwk()? }),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let claims = json!({
        "iss": issuer,
        "aud": audience,
        "sub": NO_TOKEN,
        "client_id": NO_TOKEN,
        "jti": NO_TOKEN,
        "iat": now,
        "exp": now + LIFETIME,
    });
    let input = format!("{}.{}", part(&header), part(&claims));
    let signature = match signed {
        Signed::Not => String::new(),
        Signed::ByOwnKey | Signed::ByEmbeddedKey => {
            let signature = OWN_KEY.as_ref()?.sign(&SystemRandom::new(), input.as_bytes()).ok()?;
            URL_SAFE_NO_PAD.encode(signature)
        }
    };
    Some(format!("{input}.{signature}"))
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The public half as a JWK (RFC 7518 §6.2.1): the point without its first byte, which says that it is uncompressed.
fn own_jwk() -> Option<Value> {
    let point = OWN_KEY.as_ref()?.public_key().as_ref();
    let (x, y) = point.get(1..)?.split_at_checked(32)?;
    let encoded = |coordinate| URL_SAFE_NO_PAD.encode::<&[u8]>(coordinate);
    Some(json!({ "kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y) }))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    fn read(token: &str) -> (Value, Value, Vec<u8>) {
        let parts: Vec<Vec<u8>> =
            token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("Base64")).collect();
        let json = |bytes: &[u8]| serde_json::from_slice(bytes).expect("JSON");
        (json(&parts[0]), json(&parts[1]), parts[2].clone())
    }

    #[test]
    fn an_unsigned_token_says_so() {
        let (header, claims, signature) = read(&token(Signed::Not, "https://as", "https://h/mcp").unwrap());
        assert_eq!((header["alg"].as_str(), signature.len()), (Some("none"), 0));
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!("https://as"), &json!("https://h/mcp")));
    }

    #[test]
    fn a_token_with_its_own_key_verifies_against_that_key() {
        let token = token(Signed::ByEmbeddedKey, "https://as", "https://h/mcp").unwrap();
        let (header, _, signature) = read(&token);
        let coordinate =
            |name: &str| URL_SAFE_NO_PAD.decode(header["jwk"][name].as_str().expect("text")).expect("Base64");
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        let input = token.rsplit_once('.').expect("three parts").0;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        assert!(key.verify(input.as_bytes(), &signature).is_ok());
    }
}
