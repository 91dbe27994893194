//! The clients that are registered from the start.

use aws_lc_rs::error::Unspecified;

use crate::keys::random;

/// Registered for both clients; as for any native app the port is the client's to choose (OAuth 2.1 section 8.4.2).
pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1/callback";

pub(crate) struct Clients {
    /// Has a secret and may use client_credentials.
    pub(crate) confidential: Client,
    /// Has none and may not.
    pub(crate) public: Client,
}

pub(crate) struct Client {
    pub(crate) id: &'static str,
    pub(crate) secret: Option<String>,
}

impl Clients {
    pub(crate) fn new() -> Result<Self, Unspecified> {
        Ok(Self {
            confidential: Client { id: "reference-confidential", secret: Some(random()?) },
            public: Client { id: "reference-public", secret: None },
        })
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Client> {
        [&self.confidential, &self.public].into_iter().find(|client| client.id == id)
    }
}

impl Client {
    pub(crate) fn is_public(&self) -> bool {
        self.secret.is_none()
    }
}

/// Equal to the registered URI character by character, but for the port after the loopback address.
pub(crate) fn is_registered(uri: &str) -> bool {
    let (host, path) = ("http://127.0.0.1", "/callback");
    let Some(rest) = uri.strip_prefix(host) else {
        return false;
    };
    match rest.strip_prefix(':') {
        Some(rest) => rest.strip_suffix(path).is_some_and(|port| port.parse::<u16>().is_ok()),
        None => rest == path,
    }
}

#[cfg(test)]
mod tests {
    use super::{REDIRECT_URI, is_registered};

    #[test]
    fn only_the_port_is_free() {
        assert!(is_registered(REDIRECT_URI));
        assert!(is_registered("http://127.0.0.1:51234/callback"));
        for other in [
            "http://127.0.0.1/callback/x",
            "http://127.0.0.1:51234/callback?x=1",
            "http://127.0.0.1:x/callback",
            "http://localhost/callback",
            "https://127.0.0.1/callback",
            "http://127.0.0.1:1@evil.example/callback",
            "http://127.0.0.1.evil.example/callback",
        ] {
            assert!(!is_registered(other), "{other}");
        }
    }
}
