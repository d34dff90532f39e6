//! A client that writes bytes that were made before, and reads no more of an answer than it must.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};
use tokio_rustls::TlsConnector;
use venue_benches::harness::median;

struct Client<S> {
    stream: S,
    kept: Vec<u8>,
}

impl Client<TcpStream> {
    async fn connect(address: SocketAddr) -> Self {
        Self::of(connected(address).await)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    fn of(stream: S) -> Self {
        Self { stream, kept: Vec::with_capacity(4_096) }
    }

    /// Asks, and reads the whole answer, which must be 200.
    async fn ask(&mut self, request: &[u8]) {
        self.stream.write_all(request).await.unwrap();
        loop {
            assert!(self.stream.read_buf(&mut self.kept).await.unwrap() > 0, "the server is there");
            if let Some(length) = complete(&self.kept) {
                let text = || String::from_utf8_lossy(&self.kept).into_owned();
                assert!(self.kept.starts_with(b"HTTP/1.1 200"), "{}", text());
                assert_eq!(length, self.kept.len(), "{}", text());
                self.kept.clear();
                return;
            }
        }
    }
}

/// The length of the answer, once it is there.
fn complete(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?;
    let length = text.split("content-length: ").nth(1)?.split('\r').next()?;
    let whole = head + length.parse::<usize>().ok()?;
    (bytes.len() >= whole).then_some(whole)
}

async fn connected(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// The median of so many requests, one at a time, in microseconds.
pub(crate) async fn one(address: SocketAddr, request: &[u8], times: usize) -> f64 {
    asked(Client::connect(address).await, request, times).await
}

/// The same on a connection that is encrypted.
pub(crate) async fn one_secure(
    address: SocketAddr,
    tls: &TlsConnector,
    request: &[u8],
    times: usize,
) -> f64 {
    let name = venue_tls::server_name("localhost").unwrap();
    let stream = tls.connect(name, connected(address).await).await.unwrap();
    asked(Client::of(stream), request, times).await
}

/// The median of so many times connecting, asking once and closing, in microseconds; over TLS where `tls` is given.
pub(crate) async fn fresh(
    address: SocketAddr,
    tls: Option<&TlsConnector>,
    request: &[u8],
    times: usize,
) -> f64 {
    let mut figures = Vec::with_capacity(times);
    for _ in 0..times {
        let begun = Instant::now();
        match tls {
            Some(tls) => drop(one_secure(address, tls, request, 1).await),
            None => drop(one(address, request, 1).await),
        }
        figures.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    median(&figures)
}

async fn asked<S: AsyncRead + AsyncWrite + Unpin>(
    mut client: Client<S>,
    request: &[u8],
    times: usize,
) -> f64 {
    let mut figures = Vec::with_capacity(times);
    for _ in 0..times {
        let begun = Instant::now();
        client.ask(request).await;
        figures.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    median(&figures)
}

/// Requests per second, with one connection for each of `requests`.
pub(crate) async fn many(address: SocketAddr, requests: &[Vec<u8>], phase: Duration) -> f64 {
    let mut clients = JoinSet::new();
    let begun = Instant::now();
    let end = begun + phase;
    for request in requests {
        let request = request.clone();
        clients.spawn(async move {
            let (mut client, mut count) = (Client::connect(address).await, 0_u32);
            while Instant::now() < end {
                client.ask(&request).await;
                count += 1;
            }
            count
        });
    }
    let counts: u32 = clients.join_all().await.into_iter().sum();
    f64::from(counts) / begun.elapsed().as_secs_f64()
}
