//! Bearer tokens that nobody issued: made up, or the good one changed and signed in a way that no server has to accept.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::net::record::NO_TOKEN;

/// The id of our key, where somebody can read it.
pub const OUR_KEY: &str = "mcp-conform";

/// Seconds for which a made-up token claims to be valid.
const LIFETIME: u64 = 300;

/// Keys that no server has reason to trust; none where the system has no randomness.
static EC_KEY: LazyLock<Option<EcdsaKeyPair>> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok());
static RSA_KEY: LazyLock<Option<RsaKeyPair>> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).ok());

/// A JWT before it is signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The JOSE header.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl Draft {
    /// A token in the shape of RFC 9068 from `issuer` for `audience`; its `jti` tells our recorder that it is no secret.
    pub fn made_up(issuer: &str, audience: &str) -> Self {
        let now = now();
        let header = [("typ", json!("at+jwt")), ("kid", json!(NO_TOKEN))];
        let claims = [
            ("iss", json!(issuer)),
            ("aud", json!(audience)),
            ("sub", json!(NO_TOKEN)),
            ("client_id", json!(NO_TOKEN)),
            ("jti", json!(NO_TOKEN)),
            ("iat", json!(now)),
            ("exp", json!(now + LIFETIME)),
        ];
        let object = |members: &[(&str, Value)]| {
            members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        Self { header: object(&header), claims: object(&claims) }
    }

    /// An assertion by which the client `id` proves to `issuer` who it is (RFC 7523 §3), signed with `alg`.
    pub fn assertion(id: &str, issuer: &str, alg: &str) -> Self {
        let jti = crate::login::pkce::random_state().unwrap_or_default();
        let mut draft = Self::made_up(id, issuer);
        for (claim, value) in [("sub", id), ("jti", jti.as_str())] {
            draft.claims.insert(claim.to_owned(), json!(value));
        }
        draft.claims.remove("client_id");
        draft.header = Map::from_iter(
            [("typ", "JWT"), ("alg", alg), ("kid", OUR_KEY)]
                .map(|(name, value)| (name.to_owned(), json!(value))),
        );
        draft
    }

    /// With `alg: none`, however that is spelled already, and no signature.
    pub fn unsigned(mut self) -> String {
        let alg = self.header.get("alg").and_then(Value::as_str);
        if !alg.is_some_and(|alg| alg.eq_ignore_ascii_case("none")) {
            self.header.insert("alg".to_owned(), json!("none"));
        }
        format!("{}.", self.input())
    }

    /// With a signature that was made for something else.
    pub fn signed_as(self, signature: &str) -> String {
        format!("{}.{signature}", self.input())
    }

    /// With `alg: HS256` and a MAC under `secret`.
    pub fn with_mac(mut self, secret: &[u8]) -> String {
        self.header.insert("alg".to_owned(), json!("HS256"));
        let input = self.input();
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input.as_bytes());
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(mac))
    }

    /// Signed with our own key, of the kind that its `alg` asks for. `None` where no key can be made.
    pub fn signed_by_us(mut self) -> Option<String> {
        let rsa = self.wants_rsa();
        self.header.insert("alg".to_owned(), json!(if rsa { "RS256" } else { "ES256" }));
        let input = self.input();
        let random = SystemRandom::new();
        let signature = if rsa {
            let key = RSA_KEY.as_ref()?;
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut signature).ok()?;
            signature
        } else {
            EC_KEY.as_ref()?.sign(&random, input.as_bytes()).ok()?.as_ref().to_vec()
        };
        Some(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The public half of the key that [`signed_by_us`](Self::signed_by_us) takes, as a JWK (RFC 7518 §6).
    pub fn our_key(&self) -> Option<Value> {
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        if self.wants_rsa() {
            let key = RSA_KEY.as_ref()?.public_key();
            let (n, e) = (key.modulus(), key.exponent());
            return Some(json!({
                "kty": "RSA",
                "n": encoded(n.big_endian_without_leading_zero()),
                "e": encoded(e.big_endian_without_leading_zero()),
            }));
        }
        // The point without its first byte, which says that it is uncompressed.
        let point = EC_KEY.as_ref()?.public_key().as_ref();
        let (x, y) = point.get(1..)?.split_at_checked(32)?;
        Some(json!({ "kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y) }))
    }

    fn wants_rsa(&self) -> bool {
        let alg = self.header.get("alg").and_then(Value::as_str).unwrap_or_default();
        alg.starts_with("RS") || alg.starts_with("PS")
    }

    fn input(&self) -> String {
        let part =
            |members: &Map<String, Value>| URL_SAFE_NO_PAD.encode(Value::Object(members.clone()).to_string());
        format!("{}.{}", part(&self.header), part(&self.claims))
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
    };

    use super::*;

    fn read(token: &str) -> (Value, Value, Vec<u8>) {
        let parts: Vec<Vec<u8>> =
            token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("Base64")).collect();
        let json = |bytes: &[u8]| serde_json::from_slice(bytes).expect("JSON");
        (json(&parts[0]), json(&parts[1]), parts[2].clone())
    }

    fn draft() -> Draft {
        Draft::made_up("https://as", "https://h/mcp")
    }

    fn coordinate(key: &Value, name: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(key[name].as_str().expect("text")).expect("Base64")
    }

    #[test]
    fn an_unsigned_token_says_so() {
        let (header, claims, signature) = read(&draft().unsigned());
        assert_eq!((header["alg"].as_str(), signature.len()), (Some("none"), 0));
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!("https://as"), &json!("https://h/mcp")));
    }

    #[test]
    fn none_is_spelled_as_asked() {
        let mut spelled = draft();
        spelled.header.insert("alg".to_owned(), json!("nOnE"));
        assert_eq!(read(&spelled.unsigned()).0["alg"], "nOnE");
    }

    #[test]
    fn our_signature_is_one_of_our_key() {
        let key = draft().our_key().unwrap();
        let token = draft().signed_by_us().unwrap();
        let point = [vec![4], coordinate(&key, "x"), coordinate(&key, "y")].concat();
        let input = token.rsplit_once('.').expect("three parts").0;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        assert!(key.verify(input.as_bytes(), &read(&token).2).is_ok());
    }

    #[test]
    fn the_kind_of_key_follows_the_algorithm() {
        let mut draft = draft();
        draft.header.insert("alg".to_owned(), json!("PS384"));
        let key = draft.our_key().unwrap();
        let token = draft.signed_by_us().unwrap();
        let (header, _, signature) = read(&token);
        assert_eq!(header["alg"], "RS256");
        let input = token.rsplit_once('.').expect("three parts").0;
        let key = RsaPublicKeyComponents { n: coordinate(&key, "n"), e: coordinate(&key, "e") };
        assert!(key.verify(&RSA_PKCS1_2048_8192_SHA256, input.as_bytes(), &signature).is_ok());
    }

    #[test]
    fn a_mac_is_one_under_the_secret() {
        let token = draft().with_mac(b"secret");
        let (header, _, mac) = read(&token);
        let input = token.rsplit_once('.').expect("three parts").0;
        assert_eq!(header["alg"], "HS256");
        assert!(hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, b"secret"), input.as_bytes(), &mac).is_ok());
    }
}
