//! A listener that hands out connections whose handshake is over.

use std::net::SocketAddr;

use axum::serve::Listener;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A fatal `protocol_version` alert (RFC 8446 §6), in a record of TLS 1.0: how a server that knows nothing newer
/// answers.
const PROTOCOL_VERSION: [u8; 7] = [21, 3, 1, 0, 2, 2, 70];

pub(crate) struct TlsListener {
    listener: TcpListener,
    /// None where no version of today is spoken.
    acceptor: Option<TlsAcceptor>,
    /// One that a client drags out must not keep the others waiting.
    handshakes: JoinSet<Option<(TlsStream<TcpStream>, SocketAddr)>>,
}

impl TlsListener {
    pub(crate) fn new(listener: TcpListener, acceptor: Option<TlsAcceptor>) -> Self {
        Self { listener, acceptor, handshakes: JoinSet::new() }
    }

    fn connected(&mut self, stream: TcpStream, address: SocketAddr) {
        let acceptor = self.acceptor.clone();
        self.handshakes.spawn(async move {
            drop(stream.set_nodelay(true));
            match acceptor {
                Some(acceptor) => acceptor.accept(stream).await.ok().map(|stream| (stream, address)),
                None => {
                    refuse(stream).await;
                    None
                }
            }
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            tokio::select! {
                (stream, address) = Listener::accept(&mut self.listener) => self.connected(stream, address),
                Some(over) = self.handshakes.join_next() => {
                    // A handshake that failed must not stop the wait for the others.
                    if let Ok(Some(accepted)) = over {
                        return accepted;
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

async fn refuse(mut stream: TcpStream) {
    let mut hello = [0; 4096];
    if matches!(stream.read(&mut hello).await, Ok(1..)) && stream.write_all(&PROTOCOL_VERSION).await.is_ok() {
        // To close with something unread would reset the connection, and the alert might be lost.
        drop(stream.shutdown().await);
        while matches!(stream.read(&mut hello).await, Ok(1..)) {}
    }
}
