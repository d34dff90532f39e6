//! From a connection at the port of HTTPS to an encrypted stream, within bounds of its own.
//!
//! Whoever connects costs nothing but a place until it has said hello, and of those places there are so
//! many: one more takes that of whoever has been shaking hands for the longest, which is nobody honest.
//! What costs the processor, the signature, is made for one at a time, so that everybody else's requests
//! have their turn between two of them.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::StatusCode;
use snafu::{ResultExt, Snafu, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    select,
    sync::{AcquireError, Semaphore},
    time::timeout,
};
use tokio_rustls::{
    LazyConfigAcceptor,
    rustls::{ServerConfig, server::Acceptor},
};
use tokio_util::sync::CancellationToken;
use venue_api::Problem;

use crate::{config::Config, listeners::Socket, stream::Stream};

/// Those who are shaking hands.
#[derive(Debug)]
pub(crate) struct Handshakes {
    limit: usize,
    deadline: Duration,
    turn: Semaphore,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    begun: BTreeMap<u64, CancellationToken>,
}

/// Why there is no stream.
#[derive(Debug, Snafu)]
enum ShakeError {
    #[snafu(display("it sent nothing, or not all, in time"))]
    Late,
    #[snafu(display("newer connections took its place"))]
    Displaced,
    #[snafu(display("it left before it said anything"))]
    Left,
    #[snafu(display("it speaks plain HTTP, and was told so"))]
    Plain,
    #[snafu(display("the connection broke"))]
    Broken { source: io::Error },
    #[snafu(display("it does not agree on TLS"))]
    Refused { source: io::Error },
    #[snafu(display("the service has ended"))]
    Ended { source: AcquireError },
}

impl Handshakes {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            limit: config.max_handshakes,
            deadline: config.handshake_timeout,
            turn: Semaphore::new(1),
            waiting: Mutex::default(),
        }
    }

    /// Shakes hands with whoever is at the other end of `stream`; `None` where nothing comes of it.
    ///
    /// # Cancel safety
    /// The connection is closed.
    pub(crate) async fn shake(&self, stream: TcpStream, tls: Arc<ServerConfig>) -> Option<Socket> {
        let (id, displaced) = self.enter();
        let shaken = select! {
            biased;
            () = displaced.cancelled() => DisplacedSnafu.fail(),
            shaken = timeout(self.deadline, self.greet(stream, tls)) => {
                shaken.unwrap_or_else(|_| LateSnafu.fail())
            }
        };
        self.lock().begun.remove(&id);
        match shaken {
            Ok(socket) => Some(socket),
            Err(error) => {
                let error = snafu::Report::from_error(error).to_string();
                tracing::debug!(error, "no TLS connection");
                None
            }
        }
    }

    async fn greet(&self, stream: TcpStream, tls: Arc<ServerConfig>) -> Result<Socket, ShakeError> {
        // Answers are small and waited for, those of a handshake too.
        stream.set_nodelay(true).context(BrokenSnafu)?;
        let mut first = [0; 1];
        let count = stream.peek(&mut first).await.context(BrokenSnafu)?;
        ensure!(count > 0, LeftSnafu);
        if first[0].is_ascii_uppercase() {
            refuse_plain(stream).await.context(BrokenSnafu)?;
            return PlainSnafu.fail();
        }
        let hello = LazyConfigAcceptor::new(Acceptor::default(), stream);
        let hello = hello.await.context(RefusedSnafu)?;
        let rest = {
            let _turn = self.turn.acquire().await.context(EndedSnafu)?;
            // Signs before it returns.
            hello.into_stream(tls)
        };
        let stream = rest.await.context(RefusedSnafu)?;
        Ok(Socket::Secure(Box::new(stream)))
    }

    /// Takes a place, perhaps that of the one who has been here for the longest.
    fn enter(&self) -> (u64, CancellationToken) {
        let mut waiting = self.lock();
        let (id, displaced) = (waiting.next, CancellationToken::new());
        waiting.next += 1;
        waiting.begun.insert(id, displaced.clone());
        if waiting.begun.len() > self.limit
            && let Some((_, oldest)) = waiting.begun.pop_first()
        {
            oldest.cancel();
        }
        (id, displaced)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // A std lock: held for a few moves, never across an await.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says in plain HTTP that this port does not speak it.
async fn refuse_plain(stream: TcpStream) -> io::Result<()> {
    let status = StatusCode::BAD_REQUEST;
    let code = "https_needed";
    let problem = Problem {
        r#type: Problem::type_of(code),
        title: "HTTPS needed".to_owned(),
        status: status.as_u16(),
        detail: "this port speaks HTTPS: ask with https:// in place of http://".to_owned(),
        instance: "/".to_owned(),
        code: code.to_owned(),
        request_id: String::new(),
        errors: Vec::new(),
        locked: None,
        command: None,
        document: None,
    };
    let body = serde_json::to_vec(&problem)?;
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = Stream::new(Socket::Network(stream), Arc::default(), PATIENCE);
    // What was not read would reset the connection, and the reset overtake the answer: the stream drains it.
    let _count = stream.read(&mut [0; 1024]).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    stream.shutdown().await
}

/// It is a few hundred bytes.
const PATIENCE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_too_many_takes_the_place_of_the_oldest() {
        let config = Config { max_handshakes: 2, ..Config::default() };
        let handshakes = Handshakes::new(&config);
        let (first, displaced) = handshakes.enter();
        let (_, second) = handshakes.enter();
        assert!(!displaced.is_cancelled());
        let (_, third) = handshakes.enter();
        assert!(displaced.is_cancelled() && !second.is_cancelled() && !third.is_cancelled());
        // Whoever was displaced leaves nothing behind, and takes no place from anybody.
        handshakes.lock().begun.remove(&first);
        assert_eq!(handshakes.lock().begun.len(), 2);
    }
}
