//! A challenge folded over two lines (RFC 9112 section 5.2), which hyper rightly cannot send.
//!
//! A mark goes into the header value while it still is one, and becomes a line break on its way to the socket. Both have
//! the same length, so nobody has to know where a response begins or how much of it is left.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::{HeaderMap, HeaderValue, header};
use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Tabs may stand in a header, and neither our headers nor our JSON have any.
const MARK: &[u8] = b"\t\t\t";
const FOLD: &[u8] = b"\r\n ";

/// Marks each challenge after its first parameter, or after its scheme if there is only one.
pub(crate) fn mark(headers: &mut HeaderMap) {
    let challenges = headers.get_all(header::WWW_AUTHENTICATE).iter();
    let marked: Vec<HeaderValue> =
        challenges.map(|challenge| marked(challenge).unwrap_or_else(|| challenge.clone())).collect();
    headers.remove(header::WWW_AUTHENTICATE);
    for challenge in marked {
        headers.append(header::WWW_AUTHENTICATE, challenge);
    }
}

fn marked(challenge: &HeaderValue) -> Option<HeaderValue> {
    let text = challenge.to_str().ok()?;
    let space = text.find(", ").map(|comma| comma + 1).or_else(|| text.find(' '))?;
    let (before, after) = (&text.as_bytes()[..space], &text.as_bytes()[space + 1..]);
    HeaderValue::from_bytes(&[before, MARK, after].concat()).ok()
}

/// A listener whose connections turn marks into folds.
pub(crate) struct Folding(pub(crate) TcpListener);

impl Listener for Folding {
    type Io = Folded;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small answers must not wait for acknowledgements.
        drop(stream.set_nodelay(true));
        (Folded(stream), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

pub(crate) struct Folded(TcpStream);

impl AsyncWrite for Folded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, &folded(bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl AsyncRead for Folded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

fn folded(bytes: &[u8]) -> Vec<u8> {
    let mut folded = bytes.to_vec();
    let mut at = 0;
    while let Some(found) = folded[at..].windows(MARK.len()).position(|window| window == MARK) {
        folded[at + found..][..FOLD.len()].copy_from_slice(FOLD);
        at += found + FOLD.len();
    }
    folded
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use crate::Behaviour::FoldsChallenges;
    use crate::client::Client;
    use crate::{Behaviour, Options, Profile};

    /// What comes back over one connection for two requests without a token.
    async fn raw(profile: Profile, behaviours: &[Behaviour]) -> String {
        let client =
            Client::start(Options { profile, behaviours: behaviours.to_vec(), ..Options::default() }).await;
        let host = client.pair.origin.trim_start_matches("http://").to_owned();
        let read = tokio::task::spawn_blocking(move || {
            let request = |last: &str| format!("GET /mcp HTTP/1.1\r\nhost: {host}\r\n{last}\r\n");
            let mut stream = TcpStream::connect(&host).expect("a connection");
            stream.write_all(request("").as_bytes()).expect("a request");
            stream.write_all(request("connection: close\r\n").as_bytes()).expect("another");
            let mut text = String::new();
            stream.read_to_string(&mut text).expect("two answers");
            text
        });
        read.await.expect("an answer")
    }

    #[tokio::test]
    async fn a_challenge_goes_on_in_the_next_line() {
        let newest = Profile::default();
        let plain = raw(newest, &[]).await;
        assert_eq!(plain.matches("oauth-protected-resource/mcp\", scope=\"mcp:tools\"\r\n").count(), 2);
        let folded = raw(newest, &[FoldsChallenges]).await;
        assert_eq!(folded.matches("oauth-protected-resource/mcp\",\r\n scope=\"mcp:tools\"\r\n").count(), 2);
        let folded = raw(Profile::V2025_03_26, &[FoldsChallenges]).await;
        assert_eq!(folded.matches("Bearer\r\n realm=\"mcp\"\r\n").count(), 2);
    }
}
