//! The only read and write loop: carries bytes between a stream and a session, and requests to
//! their end.

mod active;

use std::{
    mem::MaybeUninit,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use bytes::{Buf, Bytes};
use esphome_codec::{ClientEvent, ClientSession, ProtocolError, StreamEnd};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{SemaphorePermit, mpsc},
    time::{Instant, sleep_until},
};

use crate::{
    ConnectError, DeviceState, SessionInfo, call::Request, common::Common, device::Shared,
    inbound::Inbound, stats::count,
};

use active::Active;

/// What is known of a session that is being opened.
pub(crate) struct Opening<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) started: Instant,
    pub(crate) connected: Instant,
    pub(crate) permit: Option<SemaphorePermit<'a>>,
    /// 0 until it is ready.
    pub(crate) epoch: u64,
}

/// One session on one stream.
pub(crate) struct SessionDriver<'a, S> {
    stream: S,
    session: ClientSession,
    common: &'a Common,
    shared: &'a Arc<Shared>,
    opening: Opening<'a>,
    /// Bytes that are being written; requests wait until they have left.
    pending: Bytes,
    /// How many bytes have left so far.
    written: u64,
    /// Whether the stream took nothing when it was last offered something.
    blocked: bool,
    /// Requests that wait for the bytes before them to leave.
    backlog: Vec<Request>,
    active: Active,
    ready_since: Option<Instant>,
    announced: bool,
    inbound: Inbound,
    closing: Option<Instant>,
    /// The version of the subscriptions that the device was asked for.
    subscribed: u64,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> SessionDriver<'a, S> {
    pub(crate) fn new(
        stream: S,
        session: ClientSession,
        common: &'a Common,
        shared: &'a Arc<Shared>,
        opening: Opening<'a>,
    ) -> Self {
        let inbound = Inbound::new(common.config.inbound, opening.connected);
        Self {
            stream,
            session,
            common,
            shared,
            opening,
            pending: Bytes::new(),
            written: 0,
            blocked: false,
            backlog: Vec::new(),
            active: Active::default(),
            ready_since: None,
            announced: false,
            inbound,
            closing: None,
            subscribed: 0,
        }
    }

    /// Drives the session until it is over; returns why. [`SessionDriver::end`] is to follow.
    ///
    /// It borrows, because a future that takes a value holds room for it twice.
    pub(crate) async fn run(&mut self, requests: &mut mpsc::Receiver<Request>) -> ConnectError {
        let mut stopped = pin!(self.shared.stop.cancelled());
        let mut timer = pin!(sleep_until(self.wake_at()));
        let mut moves: u32 = 0;
        loop {
            let now = Instant::now();
            if let Err(cause) = self.handle_time(now) {
                return cause;
            }
            // Asked in each turn, as reading comes first below: a device that always has something to
            // say must keep neither requests nor the stop waiting.
            if self.closing.is_none() {
                self.fill_backlog(requests);
                if self.shared.stop.is_cancelled() {
                    self.close();
                }
            }
            self.accept();
            self.transmit();
            // Kept over the turns: to put a timer off is cheap, to make one anew is not.
            let wake = self.wake_at();
            if wake != timer.deadline() {
                timer.as_mut().reset(wake);
            }
            let room = self.backlog.len() < BATCH && self.closing.is_none();
            tokio::select! {
                biased;
                moved = std::future::poll_fn(|cx| self.poll_io(cx)) => {
                    // What came before the end of the session is evidence all the same.
                    if let Err(cause) = self.handle_events().and(moved) {
                        return cause;
                    }
                    moves = moves.wrapping_add(1);
                    if moves.is_multiple_of(MOVES) {
                        // Other sessions are served by the same thread.
                        tokio::task::yield_now().await;
                    }
                }
                request = requests.recv(), if room => match request {
                    Some(request) => self.enqueue(request),
                    None => return ConnectError::Closed,
                },
                () = &mut stopped, if self.closing.is_none() => self.close(),
                () = &mut timer => {}
            }
        }
    }

    /// Closes the stream and ends what waits, once [`SessionDriver::run`] has told why.
    pub(crate) fn end(self, cause: ConnectError) -> TryEnd {
        let cause = if self.announced { ConnectError::Announced } else { cause };
        let ready_for = self.ready_since.map(|since| since.elapsed());
        if ready_for.is_some() {
            self.common.counters.sessions_open.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
        }
        // The socket is closed before anybody hears of it, and before the next connect.
        let Self { stream, active, backlog, written, opening, common, .. } = self;
        drop(stream);
        for request in backlog {
            request.refuse(&DeviceState::Offline {
                since: Instant::now(),
                attempt: 0,
                cause: Arc::new(ConnectError::Closed),
                next_try: Instant::now(),
            });
        }
        if !active.is_empty() {
            let unknown = active.lose(written, opening.epoch, &cause);
            common.counters.calls_unknown.fetch_add(unknown, std::sync::atomic::Ordering::Relaxed);
        }
        TryEnd { ready_for, cause }
    }

    /// Moves what the session has to write to where it is written from.
    fn transmit(&mut self) {
        if self.pending.is_empty()
            && let Some(bytes) = self.session.poll_transmit()
        {
            self.pending = bytes;
        }
    }

    /// Writes what waits, then reads what came; ready when either has moved.
    fn poll_io(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        if !self.pending.is_empty()
            && let wrote @ Poll::Ready(_) = self.poll_write(cx)
        {
            return wrote;
        }
        self.poll_read(cx)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        // On the stack of one poll, so that an idle session holds no buffer.
        let mut room = [MaybeUninit::uninit(); READ];
        let mut buffer = ReadBuf::uninit(&mut room);
        let end = match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => StreamEnd::Eof,
            Poll::Ready(Ok(())) => {
                let now = Instant::now();
                self.shared.note_contact(now);
                if !self.inbound.note_read(buffer.filled().len() as u64, now) {
                    return Poll::Ready(Err(ConnectError::Flooded));
                }
                let received = self.session.receive(buffer.filled(), now.into_std());
                return Poll::Ready(received.map_err(protocol));
            }
            Poll::Ready(Err(_)) => StreamEnd::Reset,
        };
        Poll::Ready(Err(protocol(self.session.receive_end(end))))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        if self.blocked && self.active.is_abandoned(self.written) {
            // It has passed its guard, but its bytes are still here.
            return Poll::Ready(Err(ConnectError::Stalled));
        }
        while !self.pending.is_empty() {
            match Pin::new(&mut self.stream).poll_write(cx, &self.pending) {
                Poll::Pending => {
                    self.blocked = true;
                    return Poll::Pending;
                }
                Poll::Ready(Ok(count)) if count > 0 => {
                    self.pending.advance(count);
                    self.written += count as u64;
                    self.inbound.note_written(count as u64);
                }
                Poll::Ready(Ok(_)) | Poll::Ready(Err(_)) => {
                    let end = self.session.receive_end(StreamEnd::Reset);
                    return Poll::Ready(Err(protocol(end)));
                }
            }
        }
        self.blocked = false;
        // An empty buffer still holds the memory of what was in it.
        self.pending = Bytes::new();
        Poll::Ready(Ok(()))
    }

    /// Takes over what waits in the mailbox, so that several requests go out in one write.
    fn fill_backlog(&mut self, requests: &mut mpsc::Receiver<Request>) {
        while self.backlog.len() < BATCH
            && let Ok(request) = requests.try_recv()
        {
            self.enqueue(request);
        }
    }

    fn enqueue(&mut self, request: Request) {
        // Whoever wakes the session has been served by that.
        if !matches!(request, Request::Wake) {
            self.backlog.push(request);
        }
    }

    /// Puts requests on the wire, once all bytes before them have left: what is put there can
    /// leave at once, so the guard of a call is asked just before its first byte.
    fn accept(&mut self) {
        if !self.pending.is_empty() || self.closing.is_some() {
            return;
        }
        if self.ready_since.is_some() {
            let subscriptions = &self.shared.subscriptions;
            self.subscribed = subscriptions.update(&mut self.session, self.subscribed);
        }
        for request in std::mem::take(&mut self.backlog) {
            if self.ready_since.is_some() {
                self.active.accept(request, &mut self.session, self.opening.epoch, self.common);
            } else {
                request.refuse(&self.shared.state.borrow());
            }
        }
    }

    fn handle_events(&mut self) -> Result<(), ConnectError> {
        let now = Instant::now();
        while let Some(event) = self.session.poll_event() {
            match event {
                ClientEvent::PeerIdentified { .. } => {}
                ClientEvent::Ready(peer) => self.become_ready(&peer, now),
                ClientEvent::Pong { id, round_trip } => {
                    self.active.pong(id, round_trip, self.opening.epoch);
                }
                ClientEvent::ActionReply { call_id, success, error_message, data } => {
                    let reply = crate::CallEnd::Replied { success, error_message, data };
                    self.active.replied(call_id, reply, self.opening.epoch);
                }
                ClientEvent::InfraredComplete { entity, success } => {
                    self.active.infrared_done(entity, success, self.opening.epoch);
                }
                ClientEvent::TimeRequested => self.session.answer_time(epoch_seconds()),
                ClientEvent::DisconnectRequested { .. } => {
                    self.announced = true;
                    // The device closes on its next pass; should it not, the session does.
                    self.closing.get_or_insert(now + CLOSING);
                }
                ClientEvent::Disconnected => return Err(ConnectError::Closed),
                ClientEvent::Message(message) => self.shared.messages.publish(*message),
            }
        }
        Ok(())
    }

    fn become_ready(&mut self, peer: &Arc<esphome_codec::PeerDescription>, now: Instant) {
        self.ready_since = Some(now);
        self.opening.permit = None;
        self.opening.epoch = self.common.next_epoch();
        count(&self.common.counters.sessions);
        count(&self.common.counters.sessions_open);
        let connect_took = now.saturating_duration_since(self.opening.started);
        let (epoch, address) = (self.opening.epoch, self.opening.address);
        let session =
            SessionInfo { epoch, peer: Arc::clone(peer), since: now, address, connect_took };
        // Before anybody can make a call: what a call brings about is told as well.
        self.subscribed = self.shared.subscriptions.renew(&mut self.session);
        // Noted before it is logged: who reads the line finds a session that can be used.
        self.shared.note_session(Arc::new(session));
        let device = self.shared.config.pool_name();
        tracing::info!(
            device,
            %address,
            epoch,
            esphome = peer.device_info.esphome_version,
            took_ms = connect_took.as_millis(),
            "session with device"
        );
        let omitted = peer.listing.omitted;
        if omitted > 0 {
            tracing::warn!(device, omitted, "the device lists more than is kept of a listing");
        }
    }

    /// Asks the device to close, and gives it a moment.
    fn close(&mut self) {
        self.session.disconnect();
        self.closing = Some(Instant::now() + CLOSING);
        if self.ready_since.is_none() {
            // There is nothing to say goodbye to.
            self.closing = Some(Instant::now());
        }
    }

    fn handle_time(&mut self, now: Instant) -> Result<(), ConnectError> {
        if self.closing.is_some_and(|at| at <= now) {
            return Err(ConnectError::Closed);
        }
        if self.place_until().is_some_and(|at| at <= now) {
            self.opening.permit = None;
        }
        let expired = self.active.expire(now, self.written, self.opening.epoch);
        let unknown = &self.common.counters.calls_unknown;
        unknown.fetch_add(expired.unknown, std::sync::atomic::Ordering::Relaxed);
        if expired.stuck {
            // Their bytes are still here. Closing makes sure that they never arrive.
            return Err(ConnectError::Stalled);
        }
        for request in self.backlog.extract_if(.., |request| request.is_over(now)) {
            request.time_out();
        }
        self.session.handle_timeout(now.into_std()).map_err(protocol)
    }

    /// When the handshake gives its permit to another one, if it still has one.
    fn place_until(&self) -> Option<Instant> {
        let permit_time = self.common.config.handshake_permit;
        self.opening.permit.as_ref().map(|_| self.opening.connected + permit_time)
    }

    fn wake_at(&self) -> Instant {
        let session = self.session.poll_timeout().map(Instant::from_std);
        let far = Instant::now() + Duration::from_secs(3600);
        let backlog = self.backlog.iter().filter_map(Request::deadline).min();
        let active = self.active.next_deadline();
        let times = [session, active, backlog, self.closing, self.place_until()];
        times.into_iter().flatten().min().unwrap_or(far)
    }
}

fn protocol(source: ProtocolError) -> ConnectError {
    ConnectError::Protocol { source }
}

/// A board asks for the wall clock; that is no decision of ours.
fn epoch_seconds() -> u32 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

/// Read at most this much at once.
const READ: usize = 4_096;

/// After so many reads and writes without a pause others get their turn: 64 KiB.
const MOVES: u32 = 16;

/// How many requests go out in one write.
const BATCH: usize = 32;

/// How long a device has to answer our disconnect, or to close after its own.
const CLOSING: Duration = Duration::from_secs(1);

/// How one try ended.
pub(crate) struct TryEnd {
    /// How long there was a session, if one had become ready.
    pub(crate) ready_for: Option<Duration>,
    /// Why it ended.
    pub(crate) cause: ConnectError,
}
