//! The wire to a TV that is controlled over HTTP: one connection that is kept open, one request per command.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream},
    net::TcpStream,
    sync::{Mutex, Notify, watch},
    time::{Instant, sleep, timeout_at},
};
use venue_domain::{Action, Command, Evidence, NotSent, Outcome, Refused, TimingProfile, Unknown};
use venue_lane::{Connection, SendReport, Session, StartGuard, Wire};

/// The wire to one TV.
pub(crate) struct HttpTv {
    address: SocketAddr,
    connection: watch::Sender<Connection<()>>,
    stream: Mutex<Option<BufStream<TcpStream>>>,
    lost: Notify,
}

/// A request that has not been sent.
pub(crate) struct Request {
    epoch: u64,
    path: String,
}

impl Wire for HttpTv {
    type Peer = ();
    type Prepared = Request;
    type State = Connection<()>;

    fn connection(&self) -> Connection<()> {
        self.connection.borrow().clone()
    }

    fn watch(&self) -> watch::Receiver<Connection<()>> {
        self.connection.subscribe()
    }

    fn prepare(
        &self,
        command: &Command,
        session: &Session<()>,
        _: &TimingProfile,
    ) -> Result<Request, Refused> {
        let path = match &command.action {
            Action::Channel(channel) => format!("/channel/{channel}"),
            Action::Number(digit) => format!("/key/{}", digit.value()),
            Action::Input(input) => format!("/input/{}", input.as_str()),
            action if action.is_infrared() => format!("/{}", action.name()),
            action => return Err(Refused::NotAdvertised { service: action.name().to_owned() }),
        };
        Ok(Request { epoch: session.epoch, path })
    }

    async fn send(&self, request: Request, guard: StartGuard, deadline: Instant) -> SendReport {
        let Ok(mut stream) = timeout_at(deadline, self.stream.lock()).await else {
            return Outcome::NotSent(NotSent::Stalled).into();
        };
        if stream.is_none() || self.epoch() != Some(request.epoch) {
            return Outcome::NotSent(NotSent::Offline).into();
        }
        // The last look: from here on bytes may leave.
        if !guard.begin() {
            return SendReport::Withdrawn;
        }
        let outcome = match self.exchange(&mut stream, "POST", &request.path, deadline).await {
            Ok(200) => Outcome::Delivered(Evidence::Reply),
            Ok(status) => Outcome::Refused(Refused::ByDevice { words: format!("HTTP {status}") }),
            // The TV may have taken it, and may still act on it.
            Err(_) => Outcome::Unknown(Unknown::SessionLost),
        };
        // No infrared goes on after the answer.
        SendReport::Ended { outcome, busy: Some(Duration::ZERO) }
    }

    async fn ping(&self, deadline: Instant) -> bool {
        let Ok(mut stream) = timeout_at(deadline, self.stream.lock()).await else { return false };
        self.exchange(&mut stream, "GET", "/", deadline).await.is_ok()
    }
}

impl HttpTv {
    /// The wire to the TV at this address, before its first connection.
    pub(crate) fn new(address: SocketAddr) -> Arc<Self> {
        let connection = watch::Sender::new(Connection::Connecting { since: Instant::now() });
        let (stream, lost) = (Mutex::new(None), Notify::new());
        Arc::new(Self { address, connection, stream, lost })
    }

    /// Connects, and again whenever the connection is lost. Each connection is a session of its own.
    pub(crate) async fn keep_connected(&self) {
        for epoch in 1.. {
            let since = Instant::now();
            let stream = loop {
                match TcpStream::connect(self.address).await {
                    Ok(stream) => break stream,
                    Err(error) => {
                        let (cause, next_try) = (Arc::new(error), Instant::now() + AGAIN);
                        let away = Connection::Offline { since, cause, next_try };
                        self.connection.send_replace(away);
                        sleep(AGAIN).await;
                    }
                }
            };
            *self.stream.lock().await = Some(BufStream::new(stream));
            let session = Session { epoch, since: Instant::now(), peer: () };
            self.connection.send_replace(Connection::Online(session));
            self.lost.notified().await;
        }
    }

    fn epoch(&self) -> Option<u64> {
        match &*self.connection.borrow() {
            Connection::Online(session) => Some(session.epoch),
            _ => None,
        }
    }

    /// One request and the status of its answer. Without one in time the connection is closed: its
    /// answer could be taken for that of the next request.
    async fn exchange(
        &self,
        stream: &mut Option<BufStream<TcpStream>>,
        method: &str,
        path: &str,
        deadline: Instant,
    ) -> io::Result<u16> {
        let mut taken = stream.take().ok_or(io::ErrorKind::NotConnected)?;
        let answer = timeout_at(deadline, request(&mut taken, method, path)).await;
        match answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(status) => {
                *stream = Some(taken);
                Ok(status)
            }
            Err(error) => {
                let (since, next_try) = (Instant::now(), Instant::now());
                let cause = Arc::new(io::Error::from(error.kind()));
                self.connection.send_replace(Connection::Offline { since, cause, next_try });
                self.lost.notify_one();
                Err(error)
            }
        }
    }
}

/// Writes a request, and reads the answer of a server that says how long its body is.
async fn request(stream: &mut BufStream<TcpStream>, method: &str, path: &str) -> io::Result<u16> {
    let head = format!("{method} {path} HTTP/1.1\r\nHost: tv\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.flush().await?;
    let (mut status, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        // A TV that sends a line without an end is cut off.
        let read = (&mut *stream).take(LONGEST_LINE).read_line(&mut line).await?;
        if read == 0 || !line.ends_with('\n') {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else {
            status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
            continue;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = Vec::new();
    (&mut *stream).take(LONGEST_LINE.min(length)).read_to_end(&mut body).await?;
    status.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Until a connect that failed is tried again.
const AGAIN: Duration = Duration::from_millis(100);

/// No line or body of a TV is longer.
const LONGEST_LINE: u64 = 8_192;
