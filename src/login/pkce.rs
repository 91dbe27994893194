//! Proof Key for Code Exchange (RFC 7636), with S256 only, and the `state` that goes with it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Random bytes behind a verifier or a state: 43 characters, the fewest that RFC 7636 §4.1 allows a verifier to have.
const BYTES: usize = 32;

/// A code verifier. It is a secret until the code is redeemed, so that it has no `Debug`.
pub struct Verifier(String);

impl Verifier {
    /// A fresh one (RFC 7636 §4.1); none where the system has no randomness.
    pub fn random() -> Option<Self> {
        random().map(Self)
    }

    /// What the token request carries as `code_verifier`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the authorization request carries as `code_challenge` with the method S256 (RFC 7636 §4.2).
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.0.as_bytes()))
    }
}

/// A `state` that nobody can guess (RFC 6749 §10.12); none where the system has no randomness.
pub fn random_state() -> Option<String> {
    random()
}

fn random() -> Option<String> {
    let mut bytes = [0; BYTES];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_the_one_of_the_rfc() {
        let verifier = Verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        assert_eq!(verifier.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_verifier_is_long_enough_and_in_the_alphabet() {
        let verifier = Verifier::random().unwrap();
        let text = verifier.as_str();
        assert!((43..=128).contains(&text.len()), "{}", text.len());
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{text}");
    }

    #[test]
    fn none_comes_twice() {
        assert_ne!(random_state(), random_state());
        assert_ne!(
            Verifier::random().map(|verifier| verifier.challenge()),
            Verifier::random().map(|verifier| verifier.challenge())
        );
    }
}
