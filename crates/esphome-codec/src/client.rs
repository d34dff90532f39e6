//! The client's side of a session: a state machine without socket and clock.
//!
//! Bytes that came go into [`ClientSession::receive`], bytes to be written come out of
//! [`ClientSession::poll_transmit`], what happened comes out of [`ClientSession::poll_event`], and
//! time is an argument. The session greets the device, checks who it is, asks for its listing,
//! keeps the connection alive and answers what must be answered.

mod config;
mod event;
mod greeting;
mod handshake;
mod keepalive;

use std::{collections::VecDeque, sync::Arc, time::Instant};

use bytes::Bytes;
use snafu::ensure;

use crate::{
    ActionCall, CallError, CallId, EntityCommand, EntityId, InfraredTransmit, Message,
    PeerDescription, ProtocolError,
    call::ReplyWanted,
    error::{CountedSnafu, IdTooLargeSnafu, NotReadySnafu, TooLargeSnafu, UnknownSnafu},
    frame::{Outgoing, ReceiveBuffer},
    proto,
    sanitize::{MAX_TEXT, sanitize},
    wire::{Read, Wire},
};

pub use config::{API_VERSION, ClientConfig};
pub use event::{ClientEvent, PingId, StreamEnd};
use greeting::PartialPeer;
use handshake::{ClientHandshake, ClientWire};
pub use keepalive::Keepalive;
use keepalive::Liveness;

/// The client's side of one session. See the module documentation.
#[derive(Debug)]
pub struct ClientSession {
    config: Arc<ClientConfig>,
    wire: ClientWire,
    phase: Phase,
    receive_buffer: ReceiveBuffer,
    out: Outgoing,
    events: VecDeque<ClientEvent>,
    liveness: Liveness,
    pings: VecDeque<(Option<PingId>, Instant)>,
    next_ping: u64,
}

/// How far the session is.
#[derive(Debug)]
enum Phase {
    /// Handshake and hello.
    Hello { deadline: Instant },
    /// Device info and listing.
    Listing { deadline: Instant, partial: Box<PartialPeer> },
    /// Requests may be made.
    Ready(Arc<PeerDescription>),
}

impl ClientSession {
    /// A session whose first bytes wait to be written.
    #[must_use]
    pub fn new(config: Arc<ClientConfig>, now: Instant) -> Self {
        Self::with_ephemeral(config, now, None)
    }

    /// As [`ClientSession::new`], with a fixed ephemeral key, for reproducible tests only.
    fn with_ephemeral(
        config: Arc<ClientConfig>,
        now: Instant,
        ephemeral: Option<&[u8; 32]>,
    ) -> Self {
        let mut out = Outgoing::default();
        let wire = ClientWire::open(&config.encryption, ephemeral, out.buffer());
        let deadline = now + config.hello_timeout;
        let mut session = Self {
            liveness: Liveness::new(config.keepalive, now),
            config,
            wire,
            phase: Phase::Hello { deadline },
            receive_buffer: ReceiveBuffer::default(),
            out,
            events: VecDeque::new(),
            pings: VecDeque::new(),
            next_ping: 0,
        };
        if session.wire.is_open() {
            session.greet();
        }
        session
    }

    /// Takes in bytes that came from the device.
    ///
    /// # Errors
    /// [`ProtocolError`]: the session is over. What [`ClientSession::poll_transmit`] still holds
    /// need not be written.
    pub fn receive(&mut self, bytes: &[u8], now: Instant) -> Result<(), ProtocolError> {
        self.liveness.heard(now);
        let mut buffer = std::mem::take(&mut self.receive_buffer);
        let mut scratch = Vec::new();
        let fed = buffer.feed(bytes, |input| self.read_frame(input, &mut scratch, now));
        self.receive_buffer = buffer;
        fed
    }

    /// Takes in the end of the connection, and says what it means in this phase.
    #[must_use]
    pub const fn receive_end(&self, end: StreamEnd) -> ProtocolError {
        let before_hello = match &self.wire {
            Wire::Handshake(ClientHandshake::ServerHello(_)) => true,
            Wire::Handshake(ClientHandshake::Handshake(_)) | Wire::Noise(_) => false,
            Wire::Plain => matches!(self.phase, Phase::Hello { .. }),
        };
        match (before_hello, end) {
            (true, StreamEnd::Eof) => ProtocolError::ClosedBeforeHello,
            (true, StreamEnd::Reset) => ProtocolError::ResetBeforeHello,
            (false, StreamEnd::Eof) => ProtocolError::ClosedInSession,
            (false, StreamEnd::Reset) => ProtocolError::ResetInSession,
        }
    }

    /// Does what is due at `now`: asks for a sign of life, or gives up.
    ///
    /// # Errors
    /// [`ProtocolError::HelloTimeout`], [`ProtocolError::ListingTimeout`] or
    /// [`ProtocolError::PingTimeout`].
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), ProtocolError> {
        match &self.phase {
            Phase::Hello { deadline } if *deadline <= now => Err(ProtocolError::HelloTimeout),
            Phase::Listing { deadline, .. } if *deadline <= now => {
                Err(ProtocolError::ListingTimeout)
            }
            Phase::Hello { .. } | Phase::Listing { .. } => Ok(()),
            Phase::Ready(_) if self.liveness.is_over(now) => Err(ProtocolError::PingTimeout),
            Phase::Ready(_) => {
                if self.liveness.wants_ping(now) {
                    self.send_ping(None, now);
                }
                Ok(())
            }
        }
    }

    /// When [`ClientSession::handle_timeout`] is to be called next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Hello { deadline } | Phase::Listing { deadline, .. } => Some(*deadline),
            Phase::Ready(_) => Some(self.liveness.next()),
        }
    }

    /// Takes all bytes that wait to be written, as one buffer for one write.
    pub fn poll_transmit(&mut self) -> Option<Bytes> {
        self.out.take()
    }

    /// Takes the next thing that happened.
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        let event = self.events.pop_front();
        if self.events.is_empty() && self.events.capacity() > KEPT_EVENTS {
            // A listing or a burst of states has passed: an idle session keeps no room for it.
            self.events = VecDeque::new();
        }
        event
    }

    /// How many bytes were ever queued for writing. Compared with what was written, it tells
    /// whether the first byte of a request has left.
    #[must_use]
    pub const fn queued_total(&self) -> u64 {
        self.out.total()
    }

    /// Whether requests may be made.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        matches!(self.phase, Phase::Ready(_))
    }

    /// The device, once the session is ready.
    #[must_use]
    pub const fn peer(&self) -> Option<&Arc<PeerDescription>> {
        match &self.phase {
            Phase::Ready(peer) => Some(peer),
            Phase::Hello { .. } | Phase::Listing { .. } => None,
        }
    }

    /// Queues a call of an action (`ExecuteServiceRequest`, id 42).
    ///
    /// # Errors
    /// [`CallError::NotReady`] or [`CallError::TooLarge`]; nothing is queued then.
    pub fn call(&mut self, call: &ActionCall) -> Result<CallId, CallError> {
        self.ensure_ready()?;
        let call_id = self.config.call_ids.next();
        let size = call.payload_size(call_id);
        ensure!(size <= MAX_REQUEST, TooLargeSnafu { size, limit: MAX_REQUEST });
        self.wire.write(42, size, |out| call.encode_payload(call_id, out), self.out.buffer())?;
        Ok(CallId((call.reply != ReplyWanted::No).then_some(call_id)))
    }

    /// Queues raw infrared (`InfraredRFTransmitRawTimingsRequest`, id 136).
    ///
    /// # Errors
    /// As [`ClientSession::call`].
    pub fn transmit_infrared(&mut self, request: &InfraredTransmit) -> Result<(), CallError> {
        self.send(&request.request().clone().into())
    }

    /// Queues a command to an entity (`ButtonCommandRequest`, id 62, or `SwitchCommandRequest`, id 33).
    ///
    /// # Errors
    /// As [`ClientSession::call`].
    pub fn command_entity(&mut self, command: &EntityCommand) -> Result<(), CallError> {
        self.send(&command.message())
    }

    /// Queues a ping; its answer shows that everything queued before has been consumed.
    ///
    /// # Errors
    /// [`CallError::NotReady`].
    pub fn ping(&mut self, now: Instant) -> Result<PingId, CallError> {
        self.ensure_ready()?;
        self.next_ping += 1;
        let id = PingId(self.next_ping);
        self.send_ping(Some(id), now);
        Ok(id)
    }

    /// Queues any other message of a client.
    ///
    /// # Errors
    /// As [`ClientSession::call`]; [`CallError::Unknown`] for a [`Message::Unknown`] or a
    /// [`Message::RawState`], and [`CallError::Counted`] for a ping.
    pub fn send(&mut self, message: &Message) -> Result<(), CallError> {
        if let Message::Unknown { id, .. } | Message::RawState { id, .. } = message {
            return UnknownSnafu { id: *id }.fail();
        }
        self.ensure_ready()?;
        Self::check_raw(message.id(), message.payload_size())?;
        self.put(message)
    }

    /// Queues a message that this crate does not know: `payload` is the protobuf of message `id`, and is
    /// sent as it is.
    ///
    /// # Errors
    /// As [`ClientSession::call`]; [`CallError::IdTooLarge`] for an id above 16,383, and
    /// [`CallError::Counted`] for a ping.
    pub fn send_raw(&mut self, id: u16, payload: &[u8]) -> Result<(), CallError> {
        self.ensure_ready()?;
        Self::check_raw(id, payload.len())?;
        let append = |out: &mut Vec<u8>| out.extend_from_slice(payload);
        self.wire.write(id, payload.len(), append, self.out.buffer())
    }

    /// Answers [`ClientEvent::TimeRequested`] with seconds since the Unix epoch.
    pub fn answer_time(&mut self, epoch_seconds: u32) {
        self.write(&proto::GetTimeResponse { epoch_seconds }.into());
    }

    /// Queues a request to disconnect (id 5), if the wire is open.
    pub fn disconnect(&mut self) {
        self.write(&proto::DisconnectRequest::default().into());
    }

    /// Whether [`ClientSession::send_raw`] takes a payload of `size` bytes as message `id`, once a session
    /// is ready.
    ///
    /// # Errors
    /// [`CallError::IdTooLarge`], [`CallError::Counted`] or [`CallError::TooLarge`].
    pub fn check_raw(id: u16, size: usize) -> Result<(), CallError> {
        ensure!(id <= MAX_ID, IdTooLargeSnafu { id, limit: MAX_ID });
        ensure!(id != PING, CountedSnafu { id, with: "ping" });
        ensure!(size <= MAX_REQUEST, TooLargeSnafu { size, limit: MAX_REQUEST });
        Ok(())
    }

    fn ensure_ready(&self) -> Result<(), CallError> {
        ensure!(self.is_ready(), NotReadySnafu);
        Ok(())
    }

    /// Queues a short message of the session itself; nothing while the wire is not open.
    fn write(&mut self, message: &Message) {
        let put = self.put(message);
        debug_assert!(put.is_ok() || !self.wire.is_open(), "{put:?}");
    }

    fn put(&mut self, message: &Message) -> Result<(), CallError> {
        let (id, size) = (message.id(), message.payload_size());
        self.wire.write(id, size, |out| message.encode_payload(out), self.out.buffer())
    }

    fn send_ping(&mut self, id: Option<PingId>, now: Instant) {
        self.liveness.pinged(now);
        self.pings.push_back((id, now));
        self.write(&proto::PingRequest {}.into());
    }

    /// Reads one frame; returns how many bytes it took, 0 while it is incomplete.
    fn read_frame(
        &mut self,
        input: &[u8],
        scratch: &mut Vec<u8>,
        now: Instant,
    ) -> Result<usize, ProtocolError> {
        match self.wire.read(input, MAX_INBOUND, scratch, self.out.buffer())? {
            Read::Incomplete => Ok(0),
            Read::Progress { progress: hello, size } => {
                self.identify(hello)?;
                Ok(size)
            }
            Read::Established { size } => {
                self.greet();
                Ok(size)
            }
            Read::Message { message, size } => {
                self.handle(message, now)?;
                Ok(size)
            }
        }
    }

    fn handle(&mut self, message: Message, now: Instant) -> Result<(), ProtocolError> {
        match message {
            Message::HelloResponse(hello) => self.handle_hello(hello, now)?,
            Message::AuthenticationResponse(answer) => {
                if answer.invalid_password {
                    return Err(ProtocolError::PasswordRequired);
                }
            }
            Message::PingRequest(_) => self.write(&proto::PingResponse {}.into()),
            Message::PingResponse(_) => self.handle_pong(now),
            Message::DisconnectRequest(request) => {
                self.write(&proto::DisconnectResponse {}.into());
                let reason = request.reason;
                self.events.push_back(ClientEvent::DisconnectRequested { reason });
            }
            Message::DisconnectResponse(_) => self.events.push_back(ClientEvent::Disconnected),
            Message::GetTimeRequest(_) => self.events.push_back(ClientEvent::TimeRequested),
            Message::ExecuteServiceResponse(reply) => {
                self.events.push_back(ClientEvent::ActionReply {
                    call_id: reply.call_id,
                    success: reply.success,
                    error_message: sanitize(&reply.error_message, MAX_TEXT),
                    data: reply.response_data.into(),
                });
            }
            Message::InfraredTransmitComplete(done) => {
                let entity = EntityId { device_id: done.device_id, key: done.key };
                let success = done.success;
                self.events.push_back(ClientEvent::InfraredComplete { entity, success });
            }
            other => self.handle_listing(other)?,
        }
        Ok(())
    }

    fn handle_pong(&mut self, now: Instant) {
        // Answers come in the order of the pings, ours and those of the keepalive alike.
        if let Some((Some(id), at)) = self.pings.pop_front() {
            let round_trip = now.saturating_duration_since(at);
            self.events.push_back(ClientEvent::Pong { id, round_trip });
        }
        if self.pings.is_empty() {
            self.pings = VecDeque::new();
        }
    }
}

/// Room for events that an idle session may keep.
const KEPT_EVENTS: usize = 8;

/// The payload that the smallest board takes through Noise: 8192 less header and tag.
const MAX_REQUEST: usize = 8_172;

/// The largest payload that a client takes (reference client).
const MAX_INBOUND: usize = 65_535;

/// The highest message id that firmware reads: a varint of two bytes.
const MAX_ID: u16 = 16_383;

/// The id of `PingRequest`.
const PING: u16 = 7;

#[cfg(test)]
mod listing_tests;
#[cfg(test)]
mod raw_tests;
#[cfg(test)]
mod tests;
