//! A public key of an authorization server as PEM: what a server takes for a shared secret that lets a token say HS256
//! where RS256 or ES256 belongs (RFC 8725 §2.1).

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// Bytes of the longest modulus that is read: 16384 bits.
const MODULUS: usize = 2048;
/// Bytes of a coordinate on P-256.
const COORDINATE: usize = 32;
/// Characters of a line of PEM (RFC 7468 §2).
const LINE: usize = 64;

/// The key with this `kid` of a JWK set (RFC 7517 §5), or else the first that signs, as PEM SPKI with a line break at
/// the end. RSA and P-256 are read.
pub fn public_key_pem(keys: &Value, kid: Option<&str>) -> Option<String> {
    let keys = keys.get("keys")?.as_array()?;
    let text = |key: &Value, name: &str| key.get(name).and_then(Value::as_str).map(str::to_owned);
    let named = keys.iter().find(|key| kid.is_some() && text(key, "kid").as_deref() == kid);
    let signs = |key: &&Value| text(key, "use").is_none_or(|purpose| purpose == "sig");
    let read = |key: &Value| match text(key, "kty")?.as_str() {
        "RSA" => rsa(key),
        "EC" => p256(key),
        _ => None,
    };
    let der = named.and_then(read).or_else(|| keys.iter().filter(signs).find_map(read))?;
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> =
        base64.as_bytes().chunks(LINE).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    Some(format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n")))
}

fn number(key: &Value, name: &str, at_most: usize) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(key.get(name)?.as_str()?.trim_end_matches('=')).ok()?;
    (bytes.len() <= at_most).then_some(bytes)
}

/// RFC 7518 §6.3.1. A zero in front is wrong there, and common.
fn rsa(key: &Value) -> Option<Vec<u8>> {
    let positive = |bytes: Vec<u8>| bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
    let (n, e) = (number(key, "n", MODULUS + 1)?, number(key, "e", COORDINATE)?);
    let der: PublicKeyX509Der<'_> = PublicKeyComponents { n: positive(n), e: positive(e) }.as_der().ok()?;
    Some(der.as_ref().to_vec())
}

/// RFC 7518 §6.2.1, as an uncompressed point.
fn p256(key: &Value) -> Option<Vec<u8>> {
    if key.get("crv")?.as_str()? != "P-256" {
        return None;
    }
    let (x, y) = (number(key, "x", COORDINATE)?, number(key, "y", COORDINATE)?);
    let point = [vec![4], x, y].concat();
    let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()?;
    let der: PublicKeyX509Der<'_> = parsed.as_der().ok()?;
    Some(der.as_ref().to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// The key of RFC 7515 appendix A.3, and OpenSSL's PEM of it.
    fn ec() -> (Value, &'static str) {
        let key = json!({
            "kty": "EC", "crv": "P-256", "kid": "e",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        });
        (key, EC_PEM)
    }

    const EC_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
         MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n\
         6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n\
         -----END PUBLIC KEY-----\n";

    /// The key of RFC 7515 appendix A.2, and OpenSSL's PEM of it.
    fn rsa() -> (Value, &'static str) {
        let key = json!({
            "kty": "RSA", "kid": "r", "e": "AQAB",
            "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR\
                  T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB\
                  dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia\
                  GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
        });
        (key, RSA_PEM)
    }

    const RSA_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
         MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj\n\
         NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz\n\
         P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo\n\
         9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB\n\
         EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX\n\
         FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\n\
         oQIDAQAB\n\
         -----END PUBLIC KEY-----\n";

    #[test]
    fn is_what_openssl_writes() {
        for (key, pem) in [ec(), rsa()] {
            assert_eq!(public_key_pem(&json!({ "keys": [key] }), None).as_deref(), Some(pem));
        }
    }

    #[test]
    fn takes_the_key_that_is_named_or_the_first_that_signs() {
        let ((ec, ec_pem), (rsa, rsa_pem)) = (ec(), rsa());
        let mut encrypts = ec.clone();
        encrypts["use"] = json!("enc");
        let keys = json!({ "keys": [{ "kty": "OKP" }, encrypts, rsa, ec] });
        assert_eq!(public_key_pem(&keys, None).as_deref(), Some(rsa_pem));
        assert_eq!(public_key_pem(&keys, Some("e")).as_deref(), Some(ec_pem));
        assert_eq!(public_key_pem(&keys, Some("unknown")).as_deref(), Some(rsa_pem));
    }

    #[test]
    fn no_key_is_made_of_what_is_none() {
        let (mut off_curve, _) = ec();
        off_curve["x"] = off_curve["y"].clone();
        for keys in [
            json!([off_curve]),
            json!([{ "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA" }]),
            json!([{ "kty": "RSA", "n": "", "e": "AQAB" }]),
            json!([{ "kty": "RSA", "n": "A".repeat(100_000), "e": "AQAB" }]),
            json!([{ "kty": "RSA", "n": 5, "e": "AQAB" }]),
            json!([[], "x", null]),
            json!({}),
        ] {
            assert_eq!(public_key_pem(&json!({ "keys": keys }), Some("e")), None, "{keys}");
        }
        assert_eq!(public_key_pem(&json!(null), None), None);
    }

    proptest! {
        #[test]
        fn no_number_makes_it_panic(n in "[A-Za-z0-9_-]{0,400}", e in "[A-Za-z0-9_-]{0,8}") {
            let keys = json!({ "keys": [
                { "kty": "RSA", "n": n, "e": e },
                { "kty": "EC", "crv": "P-256", "x": n, "y": e },
            ] });
            let _ = public_key_pem(&keys, None);
        }
    }
}
