//! The signing keys of a pair: ES256 for access tokens, RS256 for id tokens.
//!
//! OpenID Connect discovery wants RS256 among the id token algorithms. An RSA key is slow to make, so one
//! is made per process, in the background, and only those who need it wait for it.

use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

static RSA: OnceLock<Result<RsaKeyPair, Unspecified>> = OnceLock::new();

/// The keys one issuer signs with and the MCP server trusts.
pub(crate) struct Keys {
    es256: EcdsaKeyPair,
    kid: String,
}

/// How a JWT may be signed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Es256,
    Rs256,
}

impl Algorithm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

impl Keys {
    pub(crate) fn generate() -> Result<Self, Unspecified> {
        let es256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        let kid = es256_thumbprint(&es256);
        Ok(Self { es256, kid })
    }

    pub(crate) fn kid(&self, algorithm: Algorithm) -> String {
        match algorithm {
            Algorithm::Es256 => self.kid.clone(),
            Algorithm::Rs256 => rsa().map_or_else(|_| String::new(), rsa_thumbprint),
        }
    }

    pub(crate) fn sign(&self, algorithm: Algorithm, input: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        match algorithm {
            Algorithm::Es256 => Ok(self.es256.sign(&random, input)?.as_ref().to_vec()),
            Algorithm::Rs256 => {
                let key = rsa()?;
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature)?;
                Ok(signature)
            }
        }
    }

    /// Whether a published key has this id.
    pub(crate) fn knows(&self, kid: &str) -> bool {
        [Algorithm::Es256, Algorithm::Rs256].iter().any(|known| self.kid(*known) == kid)
    }

    /// Whether the named key made this signature; a key is only ever used with its own algorithm.
    pub(crate) fn verify(&self, kid: &str, algorithm: &str, input: &[u8], signature: &[u8]) -> bool {
        if kid == self.kid && algorithm == "ES256" {
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.es256.public_key().as_ref());
            return key.verify(input, signature).is_ok();
        }
        let Some(Ok(key)) = RSA.get() else {
            return false;
        };
        kid == rsa_thumbprint(key)
            && algorithm == "RS256"
            && UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref())
                .verify(input, signature)
                .is_ok()
    }

    /// Whether the key of somebody else made this signature; of a key that came with it that proves nothing.
    pub(crate) fn verify_by(jwk: &Value, algorithm: &str, input: &[u8], signature: &[u8]) -> bool {
        let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap_or_default()).ok();
        match (algorithm, jwk["kty"].as_str()) {
            ("ES256", Some("EC")) => number("x").zip(number("y")).is_some_and(|(x, y)| {
                let point = [vec![4], x, y].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(input, signature).is_ok()
            }),
            ("RS256", Some("RSA")) => number("n").zip(number("e")).is_some_and(|(n, e)| {
                let key = RsaPublicKeyComponents { n, e };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, input, signature).is_ok()
            }),
            _ => false,
        }
    }

    /// Whether a key of this algorithm made the signature.
    pub(crate) fn verify_with_any(&self, algorithm: &str, input: &[u8], signature: &[u8]) -> bool {
        [Algorithm::Es256, Algorithm::Rs256]
            .iter()
            .any(|known| self.verify(&self.kid(*known), algorithm, input, signature))
    }

    /// Whether this is a MAC under a public key as it stands in a PEM file, the mistake of RFC 8725 section 3.1.
    pub(crate) fn verify_mac(&self, input: &[u8], tag: &[u8]) -> bool {
        let ec = self.es256.public_key().as_der().map(|der| pem(der.as_ref()));
        let rsa = rsa().and_then(|key| key.public_key().as_der()).map(|der| pem(der.as_ref()));
        [ec, rsa].iter().flatten().any(|secret| {
            let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
            hmac::verify(&secret, input, tag).is_ok()
        })
    }

    /// The key set of RFC 7517. Blocks until the RSA key is there.
    pub(crate) fn published(&self) -> Result<Value, Unspecified> {
        let point = self.es256.public_key().as_ref();
        let rsa = rsa()?;
        let (n, e) = rsa_numbers(rsa);
        Ok(json!({ "keys": [
            { "kty": "EC", "use": "sig", "alg": "ES256", "kid": self.kid, "crv": "P-256",
              "x": base64url(&point[1..33]), "y": base64url(&point[33..]) },
            { "kty": "RSA", "use": "sig", "alg": "RS256", "kid": rsa_thumbprint(rsa), "n": n, "e": e },
        ] }))
    }
}

/// Starts making the RSA key, so that it is there by the time somebody asks.
pub(crate) fn prepare() {
    if RSA.get().is_none() {
        tokio::task::spawn_blocking(rsa);
    }
}

pub(crate) fn rsa() -> Result<&'static RsaKeyPair, Unspecified> {
    let key = RSA.get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048));
    key.as_ref().map_err(|_| Unspecified)
}

/// A SubjectPublicKeyInfo in the form of RFC 7468.
fn pem(der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let lines = encoded.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
    lines.for_each(|line| pem.extend([&*line, "\n"]));
    pem + "-----END PUBLIC KEY-----\n"
}

fn rsa_numbers(key: &RsaKeyPair) -> (String, String) {
    let key = key.public_key();
    let modulus = key.modulus();
    let exponent = key.exponent();
    (
        base64url(modulus.big_endian_without_leading_zero()),
        base64url(exponent.big_endian_without_leading_zero()),
    )
}

/// The thumbprint of RFC 7638 serves as key id.
fn rsa_thumbprint(key: &RsaKeyPair) -> String {
    let (n, e) = rsa_numbers(key);
    thumbprint(&format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#))
}

fn es256_thumbprint(key: &EcdsaKeyPair) -> String {
    let point = key.public_key().as_ref();
    let (x, y) = (base64url(&point[1..33]), base64url(&point[33..]));
    thumbprint(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#))
}

fn thumbprint(canonical: &str) -> String {
    base64url(digest(&SHA256, canonical.as_bytes()).as_ref())
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// 128 bits nobody can guess, for codes, secrets and token ids.
pub(crate) fn random() -> Result<String, Unspecified> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes)?;
    Ok(base64url(&bytes))
}
