//! How a client says who it is at the token endpoint (RFC 6749 §2.3.1, OAuth 2.1 §2.4.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded::byte_serialize;

use super::Parameters;
use crate::login::secret::Secret;

/// How a client authenticates, by the names that metadata uses (RFC 7591 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// It does not: a public client names itself in the body.
    None,
    /// `client_secret_basic`: in the Authorization header.
    Basic,
    /// `client_secret_post`: in the body.
    Post,
    /// `private_key_jwt`: with a JWT in the body.
    PrivateKeyJwt,
}

impl Method {
    /// The method for a client that was `registered` for one, or else for what the server lists in
    /// `token_endpoint_auth_methods_supported`. A server that lists nothing means Basic (RFC 8414 §2), and one that lists
    /// nothing a secret is good for has to take Basic all the same (RFC 6749 §2.3.1).
    pub fn choose(has_secret: bool, registered: Option<&str>, listed: Option<&[&str]>) -> Self {
        if !has_secret {
            return Self::None;
        }
        match registered {
            Some("none") => return Self::None,
            Some("client_secret_basic") => return Self::Basic,
            Some("client_secret_post") => return Self::Post,
            _ => {}
        }
        let lists = |method| listed.is_some_and(|listed| listed.contains(&method));
        if lists("client_secret_post") && !lists("client_secret_basic") { Self::Post } else { Self::Basic }
    }
}

/// What says that an assertion is a JWT (RFC 7523 §2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client and its way to authenticate.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// Its `client_id`.
    pub id: &'a str,
    /// Its secret, if it has one; with `private_key_jwt` the assertion (RFC 7523 §2.2).
    pub secret: Option<&'a Secret>,
    /// See [`Method::choose`].
    pub method: Method,
}

impl Client<'_> {
    /// Adds to the body what belongs there, and gives the Authorization header if there is one.
    ///
    /// For Basic, ID and secret are form-encoded before they are put together, or else a colon in an ID, as in every
    /// URL that is one, would end it.
    pub(super) fn authenticate(&self, parameters: &mut Parameters) -> Option<String> {
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        match (self.method, self.secret) {
            (Method::Basic, Some(secret)) => {
                let pair = format!("{}:{}", encoded(self.id), encoded(secret.expose()));
                Some(format!("Basic {}", STANDARD.encode(pair)))
            }
            (Method::Post, Some(secret)) => {
                parameters.push(("client_id".to_owned(), self.id.to_owned()));
                parameters.push(("client_secret".to_owned(), secret.expose().to_owned()));
                None
            }
            (Method::PrivateKeyJwt, Some(assertion)) => {
                parameters.push(("client_id".to_owned(), self.id.to_owned()));
                parameters.push(("client_assertion_type".to_owned(), ASSERTION_TYPE.to_owned()));
                parameters.push(("client_assertion".to_owned(), assertion.expose().to_owned()));
                None
            }
            _ => {
                parameters.push(("client_id".to_owned(), self.id.to_owned()));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_what_both_sides_can_do() {
        let listed = |names: &'static [&'static str]| Some(names);
        for (has_secret, registered, listed, wanted) in [
            (false, None, listed(&["client_secret_basic"]), Method::None),
            (false, Some("client_secret_post"), None, Method::None),
            (true, None, None, Method::Basic),
            (true, None, listed(&["client_secret_post", "client_secret_basic"]), Method::Basic),
            (true, None, listed(&["none", "client_secret_post"]), Method::Post),
            (true, None, listed(&["private_key_jwt"]), Method::Basic),
            (true, Some("client_secret_post"), listed(&["client_secret_basic"]), Method::Post),
            (true, Some("none"), listed(&["client_secret_basic"]), Method::None),
            (true, Some("tls_client_auth"), listed(&["client_secret_post"]), Method::Post),
        ] {
            assert_eq!(Method::choose(has_secret, registered, listed), wanted, "{registered:?} {listed:?}");
        }
    }

    #[test]
    fn basic_encodes_both_halves_first() {
        let secret = Secret::new("p:w+ %é");
        let client = Client { id: "https://c.example/x", secret: Some(&secret), method: Method::Basic };
        let mut parameters = Parameters::new();
        let header = client.authenticate(&mut parameters).unwrap();
        let pair = STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(pair, b"https%3A%2F%2Fc.example%2Fx:p%3Aw%2B+%25%C3%A9");
        assert!(parameters.is_empty());
    }

    #[test]
    fn the_others_stand_in_the_body() {
        let secret = Secret::new("s");
        for (method, count) in [(Method::Post, 2), (Method::None, 1), (Method::PrivateKeyJwt, 3)] {
            let mut parameters = Parameters::new();
            let client = Client { id: "c", secret: Some(&secret), method };
            assert_eq!(client.authenticate(&mut parameters), None);
            assert_eq!(parameters.len(), count);
        }
        // A method that wants a secret sends none that is not there.
        let mut parameters = Parameters::new();
        let client = Client { id: "c", secret: None, method: Method::Basic };
        assert_eq!(client.authenticate(&mut parameters), None);
        assert_eq!(parameters, [("client_id".to_owned(), "c".to_owned())]);
    }
}
