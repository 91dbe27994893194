//! TLS of a pair: which server speaks it, and what is wrong with that.
//!
//! ```yaml
//! tls: { mcp: sound, authorization: expired }
//! ```

mod authority;
mod listener;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use authority::Authority;
pub(crate) use listener::TlsListener;

/// Which servers speak TLS; the others speak plain HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The MCP server.
    #[serde(default)]
    pub mcp: Option<Channel>,
    /// The authorization server, where it is one of its own.
    #[serde(default)]
    pub authorization: Option<Channel>,
}

impl Tls {
    /// Both servers, with nothing wrong.
    pub const SOUND: Self = Self { mcp: Some(Channel::Sound), authorization: Some(Channel::Sound) };

    /// Whether neither server speaks it.
    pub fn is_off(self) -> bool {
        self == Self::default()
    }
}

/// What a server presents to those who connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// TLS 1.2 and 1.3, and a certificate for its address from the authority of this process.
    Sound,
    /// A certificate that ran out in 2021.
    Expired,
    /// A certificate that begins in 2100.
    NotYetValid,
    /// A certificate for another host.
    OtherName,
    /// A certificate that nobody but itself has signed.
    SelfSigned,
    /// A certificate that has signed itself and is marked as an authority's, as `openssl req -x509` makes them.
    SelfSignedAuthority,
    /// Nothing newer than TLS 1.0.
    OldVersion,
    /// No TLS, although the URLs are https.
    Plain,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::crypto::aws_lc_rs;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
    use tokio_rustls::rustls::{ClientConfig, RootCertStore};

    use super::{Channel, Tls};
    use crate::{Options, Running, start};

    /// What a client that trusts the authority is answered by the MCP server, or why it does not get that far.
    async fn answer(channel: Channel) -> String {
        let tls = Tls { mcp: Some(channel), authorization: None };
        let pair = start(Options { tls, ..Options::default() }).await.expect("a pair");
        assert!(pair.issuer.starts_with("http://"));
        get(&pair).await
    }

    async fn get(pair: &Running) -> String {
        let address = pair.origin.strip_prefix("https://").expect("https");
        let mut roots = RootCertStore::empty();
        let authority = pair.certificate_authority.as_deref().expect("an authority");
        let authority = CertificateDer::from_pem_slice(authority.as_bytes()).expect("PEM");
        roots.add(authority).expect("a root");
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("versions");
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from("127.0.0.1").expect("a name");
        let stream = TcpStream::connect(address).await.expect("a connection");
        match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
            Ok(mut stream) => {
                let request =
                    format!("GET /nowhere HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
                stream.write_all(request.as_bytes()).await.expect("a request");
                let mut text = Vec::new();
                stream.read_to_end(&mut text).await.expect("an answer");
                String::from_utf8_lossy(&text).lines().next().unwrap_or_default().to_owned()
            }
            Err(error) => format!("{error:?}"),
        }
    }

    #[tokio::test]
    async fn each_channel_is_what_it_says() {
        for (channel, says) in [
            (Channel::Sound, "HTTP/1.1 404"),
            (Channel::Expired, "Expired"),
            (Channel::NotYetValid, "NotValidYet"),
            (Channel::OtherName, "NotValidForName"),
            (Channel::SelfSigned, "UnknownIssuer"),
            (Channel::SelfSignedAuthority, "CaUsedAsEndEntity"),
            (Channel::OldVersion, "ProtocolVersion"),
            (Channel::Plain, "InvalidMessage"),
        ] {
            let answer = answer(channel).await;
            assert!(answer.contains(says), "{channel:?}: {answer}");
        }
    }

    #[tokio::test]
    async fn a_handshake_that_fails_does_not_hold_up_the_next() {
        let pair = start(Options { tls: Tls::SOUND, ..Options::default() }).await.expect("a pair");
        let address = pair.origin.strip_prefix("https://").expect("https");
        for _ in 0..20 {
            let mut broken = TcpStream::connect(address).await.expect("a connection");
            let answered = get(&pair);
            broken.write_all(b"GET / HTTP/1.1\r\n\r\n").await.expect("what is no handshake");
            let answered = tokio::time::timeout(Duration::from_secs(60), answered).await;
            assert_eq!(answered.as_deref(), Ok("HTTP/1.1 404 Not Found"));
        }
    }

    #[tokio::test]
    async fn without_tls_there_is_no_authority() {
        let pair = start(Options::default()).await.expect("a pair");
        assert_eq!(pair.certificate_authority, None);
    }
}
