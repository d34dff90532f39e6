//! Where clients come in: the network, and the unix socket of this machine.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream, UnixListener, UnixStream, unix},
};
use tokio_rustls::{rustls::ServerConfig, server::TlsStream};
use venue_auth::PeerCredentials;

use crate::{auth::Peer, stream::Peek};

/// Where clients come in: each of these is served.
#[derive(Debug, Default)]
pub struct Listeners {
    /// From the network.
    pub network: Vec<TcpListener>,
    /// From this machine.
    pub local: Vec<UnixListener>,
    /// From the network, encrypted.
    pub secure: Vec<Secure>,
}

/// A listener that speaks TLS.
#[derive(Debug)]
pub struct Secure {
    /// Where it listens.
    pub listener: TcpListener,
    /// What it shows.
    pub tls: venue_tls::Server,
}

/// A client that has come in.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// Ready to be served.
    Plain(Socket),
    /// Hands are to be shaken first.
    Secure(TcpStream, Arc<ServerConfig>),
}

impl From<TcpListener> for Listeners {
    fn from(network: TcpListener) -> Self {
        Self { network: vec![network], ..Self::default() }
    }
}

impl Listeners {
    /// Where the network listeners are.
    pub(crate) fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.network.iter().map(TcpListener::local_addr).collect()
    }

    /// Where the encrypted ones are.
    pub(crate) fn secure_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.secure.iter().map(|secure| secure.listener.local_addr()).collect()
    }

    /// The next client, of any; `turn` is where it is looked first, so that none is starved by another.
    ///
    /// # Cancel safety
    /// Safe: no client is lost.
    pub(crate) async fn accept(&self, turn: usize) -> io::Result<(Incoming, Peer)> {
        poll_fn(|cx| {
            let count = self.network.len() + self.local.len() + self.secure.len();
            for index in (0..count).map(|index| (index + turn) % count) {
                let accepted = self.poll_accept(index, cx);
                if accepted.is_ready() {
                    return accepted;
                }
            }
            Poll::Pending
        })
        .await
    }

    /// The next client of one of the listeners: first those of the network, then those of this machine, then
    /// the encrypted ones.
    fn poll_accept(
        &self,
        index: usize,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Incoming, Peer)>> {
        let after_network = index.checked_sub(self.network.len());
        let Some(index) = after_network else {
            return self.network[index].poll_accept(cx).map(network);
        };
        let Some(index) = index.checked_sub(self.local.len()) else {
            return self.local[index].poll_accept(cx).map(local);
        };
        let Secure { listener, tls } = &self.secure[index];
        let secure = |(stream, peer)| (Incoming::Secure(stream, tls.config()), Peer::Network(peer));
        listener.poll_accept(cx).map(|accepted| accepted.map(secure))
    }
}

fn network(accepted: io::Result<(TcpStream, SocketAddr)>) -> io::Result<(Incoming, Peer)> {
    accepted.map(|(stream, peer)| (Incoming::Plain(Socket::Network(stream)), Peer::Network(peer)))
}

fn local(accepted: io::Result<(UnixStream, unix::SocketAddr)>) -> io::Result<(Incoming, Peer)> {
    let (stream, _) = accepted?;
    let peer = credentials(&stream)?;
    Ok((Incoming::Plain(Socket::Local(stream)), Peer::Local(peer)))
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
    Secure(Box<TlsStream<TcpStream>>),
}

impl Socket {
    /// Answers are small and waited for.
    pub(crate) fn set_nodelay(&self) -> io::Result<()> {
        match self {
            Self::Network(stream) => stream.set_nodelay(true),
            // Before hands were shaken.
            Self::Secure(_) | Self::Local(_) => Ok(()),
        }
    }

    /// Whether it is encrypted.
    pub(crate) const fn is_encrypted(&self) -> bool {
        matches!(self, Self::Secure(_))
    }

    /// Writes what fits at once, where nothing has to be encrypted for it.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Network(stream) => stream.try_write(bytes),
            Self::Local(stream) => stream.try_write(bytes),
            Self::Secure(_) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Peek for Socket {
    fn has_ended(&self) -> bool {
        match self {
            Self::Network(stream) => stream.has_ended(),
            Self::Local(stream) => stream.has_ended(),
            Self::Secure(stream) => is_closed(stream.get_ref().0),
        }
    }
}

/// Whether the other end has closed its side, whatever is still unread: before it does, TLS says
/// goodbye, in bytes that nobody asked for.
fn is_closed(socket: &TcpStream) -> bool {
    let mut polled = [PollFd::new(socket, PollFlags::RDHUP)];
    // What cannot be asked has no end that is known.
    let asked = poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    let closed = PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR;
    asked.is_ok() && polled[0].revents().intersects(closed)
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
            Self::Secure(stream) => Pin::new(stream).poll_read(cx, buffer),
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
            Self::Secure(stream) => Pin::new(stream).poll_write(cx, bytes),
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
            Self::Secure(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Network(stream) => Pin::new(stream).poll_flush(cx),
            Self::Local(stream) => Pin::new(stream).poll_flush(cx),
            Self::Secure(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Network(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Local(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Secure(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
