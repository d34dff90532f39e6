//! From an address to a connected stream.

use std::{future::Future, io, net::SocketAddr, time::Duration};

use snafu::{IntoError, OptionExt, ResultExt};
use tokio::{
    net::{TcpStream, lookup_host},
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout, timeout_at},
};

use crate::{
    ConnectError, PoolConfig,
    error::{ConnectSnafu, ConnectTimeoutSnafu, NoAddressSnafu, ResolveSnafu},
};

/// A stream on which a session can be opened, and the place that its handshake holds.
pub(crate) struct Connected<'a> {
    pub(crate) stream: TcpStream,
    pub(crate) address: SocketAddr,
    pub(crate) place: Option<SemaphorePermit<'a>>,
}

/// Connects to `address` (`host:port`).
///
/// A place among the parallel connects is held while the connect makes progress. One that nobody
/// answers gives its place back after a second: an unanswered SYN costs nobody anything, and
/// powered-off devices must not keep others waiting.
pub(crate) async fn connect<'a>(
    address: &str,
    config: &PoolConfig,
    places: &'a Semaphore,
) -> Result<Connected<'a>, ConnectError> {
    let mut place = places.acquire().await.ok();
    let deadline = Instant::now() + config.connect_timeout;
    let mut connecting = Box::pin(open(address));
    let opened = match timeout(PLACE_TIME.min(config.connect_timeout), &mut connecting).await {
        Ok(opened) => opened,
        Err(_) => {
            place = None;
            in_time(deadline, connecting, address).await
        }
    };
    let (stream, peer) = opened?;
    if place.is_none() {
        place = places.acquire().await.ok();
    }
    configure(&stream, config).context(ConnectSnafu { address: peer })?;
    Ok(Connected { stream, address: peer, place })
}

/// How long a connect holds its place.
const PLACE_TIME: Duration = Duration::from_secs(1);

async fn in_time<T>(
    deadline: Instant,
    connecting: impl Future<Output = Result<T, ConnectError>>,
    address: &str,
) -> Result<T, ConnectError> {
    let timed_out = || ConnectTimeoutSnafu { address }.fail();
    timeout_at(deadline, connecting).await.unwrap_or_else(|_| timed_out())
}

/// Tries the addresses of the host one after the other.
async fn open(address: &str) -> Result<(TcpStream, SocketAddr), ConnectError> {
    let mut last = None;
    for peer in resolve(address).await? {
        match TcpStream::connect(peer).await {
            Ok(stream) => return Ok((stream, peer)),
            Err(error) => last = Some(ConnectSnafu { address: peer }.into_error(error)),
        }
    }
    Err(last.context(NoAddressSnafu { address })?)
}

async fn resolve(address: &str) -> Result<Vec<SocketAddr>, ConnectError> {
    // Literals need no resolver, which would take a thread.
    if let Ok(literal) = address.parse() {
        return Ok(vec![literal]);
    }
    let found = lookup_host(address).await.context(ResolveSnafu { address })?;
    Ok(found.collect())
}

fn configure(stream: &TcpStream, config: &PoolConfig) -> io::Result<()> {
    // A call and the ping behind it are small writes: Nagle would hold them back.
    stream.set_nodelay(true)?;
    // A peer that vanished is noticed by the kernel even while nothing is read.
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(config.tcp_user_timeout))
}
