//! Where clients come in: the network, and the unix socket of this machine.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
};
use venue_auth::PeerCredentials;

use crate::{auth::Peer, stream::Peek};

/// Where clients come in: each of these is served.
#[derive(Debug, Default)]
pub struct Listeners {
    /// From the network.
    pub network: Vec<TcpListener>,
    /// From this machine.
    pub local: Vec<UnixListener>,
}

impl From<TcpListener> for Listeners {
    fn from(network: TcpListener) -> Self {
        Self { network: vec![network], local: Vec::new() }
    }
}

impl Listeners {
    /// Where the network listeners are.
    pub(crate) fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.network.iter().map(TcpListener::local_addr).collect()
    }

    /// The next client, of any; `turn` is where it is looked first, so that none is starved by another.
    ///
    /// # Cancel safety
    /// Safe: no client is lost.
    pub(crate) async fn accept(&self, turn: usize) -> io::Result<(Socket, Peer)> {
        poll_fn(|cx| {
            let count = self.network.len() + self.local.len();
            for index in (0..count).map(|index| (index + turn) % count) {
                let accepted = match index.checked_sub(self.network.len()) {
                    None => self.network[index].poll_accept(cx).map(network),
                    Some(index) => self.local[index].poll_accept(cx).map(|accepted| {
                        let (stream, _) = accepted?;
                        let peer = credentials(&stream)?;
                        Ok((Socket::Local(stream), Peer::Local(peer)))
                    }),
                };
                if accepted.is_ready() {
                    return accepted;
                }
            }
            Poll::Pending
        })
        .await
    }
}

fn network(accepted: io::Result<(TcpStream, SocketAddr)>) -> io::Result<(Socket, Peer)> {
    accepted.map(|(stream, peer)| (Socket::Network(stream), Peer::Network(peer)))
}

/// Who is at the other end, as the kernel says it (`SO_PEERCRED`): user and primary group at the time
/// of its connect. Other groups are looked up by whoever needs them.
fn credentials(stream: &UnixStream) -> io::Result<PeerCredentials> {
    let peer = stream.peer_cred()?;
    Ok(PeerCredentials { uid: peer.uid(), gid: peer.gid(), groups: Vec::new() })
}

/// A client's stream, of either kind.
#[derive(Debug)]
pub(crate) enum Socket {
    Network(TcpStream),
    Local(UnixStream),
}

impl Socket {
    /// Answers are small and waited for.
    pub(crate) fn set_nodelay(&self) -> io::Result<()> {
        match self {
            Self::Network(stream) => stream.set_nodelay(true),
            Self::Local(_) => Ok(()),
        }
    }

    /// Writes what fits at once.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Network(stream) => stream.try_write(bytes),
            Self::Local(stream) => stream.try_write(bytes),
        }
    }
}

impl Peek for Socket {
    fn has_ended(&self) -> bool {
        match self {
            Self::Network(stream) => stream.has_ended(),
            Self::Local(stream) => stream.has_ended(),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Network(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Local(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Network(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Local(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Network(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Local(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Network(stream) => Pin::new(stream).poll_flush(cx),
            Self::Local(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Network(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Local(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
