//! From an address to a connected stream.

use std::{future::Future, io, net::SocketAddr, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use snafu::{ResultExt, ensure};
use tokio::{
    net::TcpStream,
    sync::SemaphorePermit,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    ConnectError, PoolConfig,
    common::Common,
    error::{ConnectSnafu, ConnectTimeoutSnafu, NoAddressSnafu},
    resolve,
};

/// A stream on which a session can be opened, and the permit that its handshake holds.
pub(crate) struct Connected<'a> {
    pub(crate) stream: TcpStream,
    pub(crate) address: SocketAddr,
    pub(crate) permit: Option<SemaphorePermit<'a>>,
}

/// Connects to `address` (`host:port`).
///
/// A permit among the parallel connects is held while the connect makes progress. One that nobody
/// answers gives its permit back after a second: an unanswered SYN costs nobody anything, and
/// powered-off devices must not keep others waiting.
pub(crate) async fn connect<'a>(
    address: &str,
    common: &'a Common,
) -> Result<Connected<'a>, ConnectError> {
    let (config, permits) = (&common.config, &common.permits);
    let mut permit = permits.acquire().await.ok();
    let deadline = Instant::now() + config.connect_timeout;
    let mut connecting = Box::pin(open(address, common));
    let opened = match timeout(PLACE_TIME.min(config.connect_timeout), &mut connecting).await {
        Ok(opened) => opened,
        Err(_) => {
            permit = None;
            in_time(deadline, connecting, address).await
        }
    };
    let (stream, peer) = opened?;
    if permit.is_none() {
        permit = permits.acquire().await.ok();
    }
    configure(&stream, config).context(ConnectSnafu { address: peer })?;
    Ok(Connected { stream, address: peer, permit })
}

/// How long a connect holds its permit.
const PLACE_TIME: Duration = Duration::from_secs(1);

async fn in_time<T>(
    deadline: Instant,
    connecting: impl Future<Output = Result<T, ConnectError>>,
    address: &str,
) -> Result<T, ConnectError> {
    let timed_out = || ConnectTimeoutSnafu { address }.fail();
    timeout_at(deadline, connecting).await.unwrap_or_else(|_| timed_out())
}

async fn open(address: &str, common: &Common) -> Result<(TcpStream, SocketAddr), ConnectError> {
    let found = resolve::resolve(address, &common.local_names).await?;
    ensure!(!found.is_empty(), NoAddressSnafu { address });
    race(found, TcpStream::connect).await
}

/// Connects to one of `addresses`, the first that answers (RFC 8305, happy eyeballs): each has a head
/// start of 250 ms before the next, and one that fails lets the next begin at once. So an address that
/// swallows what is sent to it costs a quarter of a second and not the whole of the time.
async fn race<T, F: Future<Output = io::Result<T>>>(
    addresses: Vec<SocketAddr>,
    connect: impl Fn(SocketAddr) -> F,
) -> Result<(T, SocketAddr), ConnectError> {
    let mut rest = addresses.into_iter();
    let mut tries = FuturesUnordered::new();
    let mut last = None;
    loop {
        let begun = rest.next().map(|peer| {
            let connecting = connect(peer);
            tries.push(async move { (peer, connecting.await) });
        });
        if begun.is_none() && tries.is_empty() {
            // There was at least one, and all have failed.
            return Err(last.unwrap_or(ConnectError::Closed));
        }
        // Without another one to begin nothing is left but to wait for those that are under way.
        let stagger = if begun.is_some() && rest.len() > 0 { STAGGER } else { FOR_GOOD };
        match timeout(stagger, tries.next()).await {
            Ok(Some((peer, Ok(stream)))) => return Ok((stream, peer)),
            Ok(Some((address, Err(source)))) => {
                last = Some(ConnectError::Connect { address, source });
            }
            Ok(None) | Err(_) => {}
        }
    }
}

/// The "Connection Attempt Delay" of RFC 8305, as recommended there.
const STAGGER: Duration = Duration::from_millis(250);

/// Beyond any connect timeout.
const FOR_GOOD: Duration = Duration::from_secs(86_400);

fn configure(stream: &TcpStream, config: &PoolConfig) -> io::Result<()> {
    // A call and the ping behind it are small writes: Nagle would hold them back.
    stream.set_nodelay(true)?;
    // A peer that vanished is noticed by the kernel even while nothing is read.
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(config.tcp_user_timeout))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// Connects as the last group of the address says: ::1 swallows, ::2 refuses, others answer after
    /// so many milliseconds.
    async fn network(peer: SocketAddr) -> io::Result<SocketAddr> {
        let SocketAddr::V6(v6) = peer else { panic!("{peer}") };
        match v6.ip().segments()[7] {
            1 => std::future::pending().await,
            2 => Err(io::ErrorKind::ConnectionRefused.into()),
            ms => {
                tokio::time::sleep(Duration::from_millis(ms.into())).await;
                Ok(peer)
            }
        }
    }

    async fn raced(texts: &[&str]) -> (Result<String, ConnectError>, Duration) {
        let start = Instant::now();
        let raced = race(addresses(texts), network).await;
        (raced.map(|(_, peer)| peer.to_string()), start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_swallows_costs_a_quarter_of_a_second() {
        let (won, took) = raced(&["[::1]:1", "[::10]:1"]).await;
        assert_eq!(won.unwrap(), "[::10]:1");
        assert_eq!(took, Duration::from_millis(250 + 16));
        let (won, took) = raced(&["[::1]:1", "[::1]:2", "[::1]:3", "[::10]:1"]).await;
        assert_eq!(won.unwrap(), "[::10]:1");
        assert_eq!(took, Duration::from_millis(3 * 250 + 16));
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_refuses_costs_nothing_and_the_first_keeps_its_head_start() {
        let (won, took) = raced(&["[::2]:1", "[::10]:1"]).await;
        assert_eq!((won.unwrap().as_str(), took), ("[::10]:1", Duration::from_millis(16)));
        // 0x64 is 100 ms: within the head start nobody else is asked.
        let (won, took) = raced(&["[::64]:1", "[::10]:1"]).await;
        assert_eq!((won.unwrap().as_str(), took), ("[::64]:1", Duration::from_millis(100)));
        // 0x190 is 400 ms: by then the second has answered.
        let (won, took) = raced(&["[::190]:1", "[::10]:1"]).await;
        assert_eq!((won.unwrap().as_str(), took), ("[::10]:1", Duration::from_millis(266)));
    }

    #[tokio::test(start_paused = true)]
    async fn all_that_refuse_are_told_of_by_the_last() {
        let (lost, took) = raced(&["[::2]:1", "[::2]:2"]).await;
        let ConnectError::Connect { address, .. } = lost.unwrap_err() else { panic!("refused") };
        assert_eq!((address.port(), took), (2, Duration::ZERO));
    }
}
