//! A JWT in compact form (RFC 7519 §7.2, RFC 7515 §7.1) with its signature, read and not verified.
//!
//! `eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln` has the header `{"alg":"ES256"}` and the claims `{"iss":"x"}`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::json::Document;

/// What a JWT says.
#[derive(Debug, Clone, PartialEq)]
pub struct Jwt {
    /// The JOSE header, an object.
    pub header: Value,
    /// The claims, an object.
    pub claims: Value,
}

/// Why a text is no signed JWT in compact form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwtFlaw {
    /// There are not three parts.
    Parts(usize),
    /// The part of this name is not Base64url, or padded.
    Base64(&'static str),
    /// The part of this name is no JSON object.
    NoObject(&'static str),
    /// The signature is empty, or the header says that there is none.
    Unsigned,
}

impl fmt::Display for JwtFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parts(1) => f.write_str("it has no dots"),
            Self::Parts(count) => write!(f, "it has {count} parts between dots, not 3"),
            Self::Base64(part) => write!(f, "its {part} is not Base64url without padding"),
            Self::NoObject(part) => write!(f, "its {part} does not hold a JSON object"),
            Self::Unsigned => f.write_str("it is not signed"),
        }
    }
}

impl Jwt {
    /// Reads a whole string; what its signature is worth is not looked at.
    pub fn parse(text: &str) -> Result<Self, JwtFlaw> {
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, signature] = parts[..] else { return Err(JwtFlaw::Parts(parts.len())) };
        let header = object("header", header)?;
        let claims = object("payload", claims)?;
        let signature = decoded("signature", signature)?;
        let none = header.get("alg").and_then(Value::as_str).is_some_and(|alg| alg == "none");
        if signature.is_empty() || none {
            return Err(JwtFlaw::Unsigned);
        }
        Ok(Self { header, claims })
    }
}

fn object(name: &'static str, part: &str) -> Result<Value, JwtFlaw> {
    let bytes = decoded(name, part)?;
    let document = Document::parse(&bytes).map_err(|_| JwtFlaw::NoObject(name))?;
    match document.value() {
        object @ Value::Object(_) => Ok(object.clone()),
        _ => Err(JwtFlaw::NoObject(name)),
    }
}

fn decoded(name: &'static str, part: &str) -> Result<Vec<u8>, JwtFlaw> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtFlaw::Base64(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const HEADER: &str = "eyJhbGciOiJFUzI1NiJ9";

    #[test]
    fn reads_header_and_claims() {
        let jwt = Jwt::parse(&format!("{HEADER}.eyJpc3MiOiJ4In0.c2ln")).unwrap();
        assert_eq!((jwt.header, jwt.claims), (json!({ "alg": "ES256" }), json!({ "iss": "x" })));
    }

    #[test]
    fn says_what_is_wrong() {
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        for (text, flaw) in [
            ("x".to_owned(), JwtFlaw::Parts(1)),
            (format!("{HEADER}.e30.c2ln.c2ln.c2ln"), JwtFlaw::Parts(5)),
            (format!("{HEADER}.e30=.c2ln"), JwtFlaw::Base64("payload")),
            (format!("{HEADER}.e30.c2ln+"), JwtFlaw::Base64("signature")),
            (format!("{HEADER}.W10.c2ln"), JwtFlaw::NoObject("payload")),
            ("x.e30.c2ln".to_owned(), JwtFlaw::Base64("header")),
            (format!("{HEADER}.e30."), JwtFlaw::Unsigned),
            (format!("{none}.e30.c2ln"), JwtFlaw::Unsigned),
        ] {
            assert_eq!(Jwt::parse(&text), Err(flaw), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r"[A-Za-z0-9_.\-é]{0,60}") {
            let _ = Jwt::parse(&text);
        }
    }
}
