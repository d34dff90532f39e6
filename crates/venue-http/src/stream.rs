//! A client's stream as hyper sees it: with a patience for writes, and a close that lets the
//! last answer arrive.

use std::{
    future::Future,
    io,
    os::fd::AsFd,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use rustix::{
    io::Errno,
    net::{RecvFlags, recv},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
    time::{Sleep, sleep},
};

/// What has come through a stream, shared by its connection and its requests.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    touched: AtomicBool,
    unread: AtomicBool,
    ended: AtomicBool,
}

impl Traffic {
    /// Whether the client has ever sent a byte.
    pub(crate) fn is_touched(&self) -> bool {
        self.touched.load(Ordering::Relaxed)
    }

    /// To be called when a request has been read to its end.
    pub(crate) fn request_was_read(&self) {
        self.unread.store(false, Ordering::Relaxed);
    }

    /// Whether the client had closed its side when the last of its bytes were read: it waits for
    /// nothing any more, and may have left long ago if this process was suspended.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    fn bytes_came(&self) {
        self.touched.store(true, Ordering::Relaxed);
        self.unread.store(true, Ordering::Relaxed);
    }

    fn is_unread(&self) -> bool {
        self.unread.load(Ordering::Relaxed)
    }
}

/// A client's stream.
///
/// * A client that takes no byte for `write_timeout` is an error.
/// * Shutting down after a request that was not read to its end (431, 413, 400) drains what the
///   client still sends, for a moment: closing a socket with unread bytes resets it, and the reset
///   would overtake the answer.
#[derive(Debug)]
pub(crate) struct Stream<S> {
    inner: S,
    traffic: Arc<Traffic>,
    write_timeout: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    closing: Closing,
}

#[derive(Debug)]
enum Closing {
    No,
    Draining { left: usize, until: Pin<Box<Sleep>> },
    Done,
}

/// What is drained at most.
const DRAIN_BYTES: usize = 256 * 1024;
const DRAIN_TIME: Duration = Duration::from_millis(500);

/// A stream that can be asked for its end.
pub(crate) trait Peek {
    /// Whether there is nothing left to be read, and never will be. Takes no byte.
    fn has_ended(&self) -> bool;
}

impl Peek for TcpStream {
    fn has_ended(&self) -> bool {
        has_ended(self)
    }
}

impl Peek for UnixStream {
    fn has_ended(&self) -> bool {
        has_ended(self)
    }
}

fn has_ended(socket: &impl AsFd) -> bool {
    // Asked of the kernel: the runtime knows only what it was told before.
    let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
    match recv(socket, &mut [0; 1], flags) {
        Ok((_, count)) => count == 0,
        // A reset is an end as well.
        Err(error) => error != Errno::WOULDBLOCK && error != Errno::INTR,
    }
}

impl<S> Stream<S> {
    pub(crate) fn new(inner: S, traffic: Arc<Traffic>, write_timeout: Duration) -> Self {
        Self { inner, traffic, write_timeout, stalled: None, closing: Closing::No }
    }

    /// A write that is ready passes; one that is not has so much patience.
    fn patient<R>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let timeout = self.write_timeout;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(timeout)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Peek + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.traffic.bytes_came();
            // Asked here, before hyper hands on what came: it would ask itself, but only behind that.
            if self.inner.has_ended() {
                self.traffic.ended.store(true, Ordering::Relaxed);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.patient(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, slices);
        self.patient(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        self.patient(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if matches!(self.closing, Closing::No) {
            ready!(Pin::new(&mut self.inner).poll_shutdown(cx))?;
            self.closing = if self.traffic.is_unread() {
                Closing::Draining { left: DRAIN_BYTES, until: Box::pin(sleep(DRAIN_TIME)) }
            } else {
                Closing::Done
            };
        }
        let Self { inner, closing, .. } = &mut *self;
        let Closing::Draining { left, until } = closing else { return Poll::Ready(Ok(())) };
        let mut scratch = [0; 4096];
        while *left > 0 && until.as_mut().poll(cx).is_pending() {
            let mut buffer = ReadBuf::new(&mut scratch);
            match ready!(Pin::new(&mut *inner).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {
                    *left = left.saturating_sub(buffer.filled().len());
                }
                // The end, or a client that is gone: nothing left to be kind to.
                Ok(()) | Err(_) => break,
            }
        }
        *closing = Closing::Done;
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
        time::Instant,
    };

    use super::*;

    impl Peek for DuplexStream {
        fn has_ended(&self) -> bool {
            false
        }
    }

    const PATIENCE: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_given_up_after_the_write_timeout() {
        let (mut client, server) = duplex(16);
        let mut stream = Stream::new(server, Arc::default(), PATIENCE);
        let started = Instant::now();
        let error = stream.write_all(&[7; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(started.elapsed(), PATIENCE);
        client.read_exact(&mut [0; 16]).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_close_after_an_unread_request_drains_it_for_a_moment() {
        let (mut client, server) = duplex(1024);
        let mut stream = Stream::new(server, Arc::default(), PATIENCE);
        client.write_all(b"0123456789").await.unwrap();
        stream.read_exact(&mut [0; 4]).await.unwrap();
        let started = Instant::now();
        stream.shutdown().await.unwrap();
        assert_eq!(started.elapsed(), DRAIN_TIME, "the client never closes");
        assert_eq!(client.read(&mut [0; 1]).await.unwrap(), 0, "and sees the end at once");
    }

    #[tokio::test(start_paused = true)]
    async fn a_close_after_a_request_that_was_read_waits_for_nothing() {
        let (mut client, server) = duplex(1024);
        let traffic = Arc::<Traffic>::default();
        let mut stream = Stream::new(server, Arc::clone(&traffic), PATIENCE);
        assert!(!traffic.is_touched());
        client.write_all(b"0123").await.unwrap();
        stream.read_exact(&mut [0; 4]).await.unwrap();
        assert!(traffic.is_touched());
        traffic.request_was_read();
        let started = Instant::now();
        stream.shutdown().await.unwrap();
        assert_eq!(started.elapsed(), Duration::ZERO);
    }
}
