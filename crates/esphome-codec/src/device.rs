//! The device's side of a session, as ESPHome's own API server behaves.
//!
//! Framing, the Noise handshake with its rejects, hello and the legacy login are done here.
//! Everything after them comes out as [`DeviceEvent::Message`]: whoever plays the device answers,
//! so that it can also misbehave.

mod handshake;

use std::{collections::VecDeque, time::Duration, time::Instant};

use bytes::Bytes;

use crate::{
    CallError, Encryption, MacAddress, Message, ProtocolError,
    error::UnknownSnafu,
    frame::{Outgoing, ReceiveBuffer},
    proto,
    sanitize::{MAX_NAME, sanitize},
    wire::Read,
};

use handshake::DeviceWire;

/// Who a device is and what it speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceConfig {
    /// The node name.
    pub name: String,
    /// The MAC address.
    pub mac: MacAddress,
    /// How frames travel.
    pub encryption: Encryption,
    /// The API version announced, major and minor.
    pub api_version: (u32, u32),
    /// The software and its version.
    pub server_info: String,
    /// Whether the legacy login is wanted.
    pub login: Login,
    /// The largest inbound frame: 8192 bytes on an ESP8266, 32768 elsewhere.
    pub inbound_limit: usize,
    /// A client that has not said hello by then is dropped: 60 s since 2026.3.
    pub hello_timeout: Duration,
}

/// Whether a device wants message 3 before it talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// Hello is enough (2025.8 and later).
    NotNeeded,
    /// Message 3, even without a password (up to 2025.7).
    Empty,
}

/// What happened in a session.
#[derive(Clone, Debug, PartialEq)]
pub enum DeviceEvent {
    /// A client said hello, and was answered.
    ClientHello {
        /// Who it is, cleaned.
        client_info: String,
        /// The API version that it announced, major and minor.
        api_version: (u32, u32),
    },
    /// A message to be answered.
    Message(Message),
}

/// The device's side of one session. See the module documentation.
#[derive(Debug)]
pub struct DeviceSession {
    config: DeviceConfig,
    wire: DeviceWire,
    phase: Phase,
    receive_buffer: ReceiveBuffer,
    out: Outgoing,
    events: VecDeque<DeviceEvent>,
    hello_deadline: Instant,
}

/// How far the client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// It has not said hello.
    Silent,
    /// It has said hello, and has yet to log in.
    Greeted,
    /// It may ask for anything.
    Open,
}

impl DeviceSession {
    /// A session that waits for a client's first bytes.
    #[must_use]
    pub fn new(config: DeviceConfig, now: Instant) -> Self {
        Self::with_ephemeral(config, now, None)
    }

    /// As [`DeviceSession::new`], with a fixed ephemeral key, for reproducible tests only.
    pub(crate) fn with_ephemeral(
        config: DeviceConfig,
        now: Instant,
        ephemeral: Option<[u8; 32]>,
    ) -> Self {
        let wire = DeviceWire::new(&config, ephemeral);
        let hello_deadline = now + config.hello_timeout;
        Self {
            config,
            wire,
            phase: Phase::Silent,
            receive_buffer: ReceiveBuffer::default(),
            out: Outgoing::default(),
            events: VecDeque::new(),
            hello_deadline,
        }
    }

    /// Takes in bytes that came from the client.
    ///
    /// # Errors
    /// [`ProtocolError`]: the session is over. What [`DeviceSession::poll_transmit`] holds is to be
    /// written before the connection is closed: it may be a reject.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<(), ProtocolError> {
        let mut buffer = std::mem::take(&mut self.receive_buffer);
        let mut scratch = Vec::new();
        let fed = buffer.feed(bytes, |input| self.read_frame(input, &mut scratch));
        self.receive_buffer = buffer;
        fed
    }

    /// Gives up on a client that has not said hello in time.
    ///
    /// # Errors
    /// [`ProtocolError::HelloTimeout`].
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), ProtocolError> {
        match self.poll_timeout() {
            Some(deadline) if deadline <= now => Err(ProtocolError::HelloTimeout),
            Some(_) | None => Ok(()),
        }
    }

    /// When [`DeviceSession::handle_timeout`] is to be called next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        (self.phase == Phase::Silent).then_some(self.hello_deadline)
    }

    /// Takes all bytes that wait to be written, as one buffer.
    pub fn poll_transmit(&mut self) -> Option<Bytes> {
        self.out.take()
    }

    /// Takes the next thing that happened.
    pub fn poll_event(&mut self) -> Option<DeviceEvent> {
        self.events.pop_front()
    }

    /// Queues a message.
    ///
    /// # Errors
    /// [`CallError::NotReady`] while the wire is not open, [`CallError::TooLarge`] for what no frame of
    /// Noise holds (the firmware drops such a state without a word), and [`CallError::Unknown`] for a
    /// [`Message::Unknown`] or a [`Message::RawState`]. Nothing is queued then.
    pub fn send(&mut self, message: &Message) -> Result<(), CallError> {
        if let Message::Unknown { id, .. } | Message::RawState { id, .. } = message {
            return UnknownSnafu { id: *id }.fail();
        }
        let (id, size) = (message.id(), message.payload_size());
        self.wire.write(id, size, |out| message.encode_payload(out), self.out.buffer())
    }

    /// Queues a message that this crate does not know: `payload` is the protobuf of message `id`, and is
    /// sent as it is.
    ///
    /// # Errors
    /// [`CallError::NotReady`] or [`CallError::TooLarge`], as [`DeviceSession::send`].
    pub fn send_raw(&mut self, id: u16, payload: &[u8]) -> Result<(), CallError> {
        let append = |out: &mut Vec<u8>| out.extend_from_slice(payload);
        self.wire.write(id, payload.len(), append, self.out.buffer())
    }

    /// Queues bytes that are in no frame: for a device that speaks garbage.
    pub fn send_unframed(&mut self, bytes: &[u8]) {
        self.out.buffer().extend_from_slice(bytes);
    }

    /// Answers a message that has come, so that the wire is open; the answer is short.
    fn answer(&mut self, message: &Message) {
        let sent = self.send(message);
        debug_assert_eq!(sent, Ok(()));
    }

    fn read_frame(&mut self, input: &[u8], scratch: &mut Vec<u8>) -> Result<usize, ProtocolError> {
        let limit = self.config.inbound_limit;
        match self.wire.read(input, limit, scratch, self.out.buffer())? {
            Read::Incomplete => Ok(0),
            Read::Progress { progress: (), size } | Read::Established { size } => Ok(size),
            Read::Message { message, size } => {
                self.handle(message)?;
                Ok(size)
            }
        }
    }

    fn handle(&mut self, message: Message) -> Result<(), ProtocolError> {
        match (self.phase, message) {
            (_, Message::HelloRequest(hello)) => self.handle_hello(&hello),
            (Phase::Greeted | Phase::Open, Message::AuthenticationRequest(_)) => {
                if self.config.login == Login::Empty {
                    self.answer(&proto::AuthenticationResponse::default().into());
                }
                self.phase = Phase::Open;
            }
            (Phase::Silent | Phase::Greeted, message) if !is_allowed(self.phase, &message) => {
                return Err(ProtocolError::BeforeHello { id: message.id() });
            }
            (Phase::Silent | Phase::Greeted | Phase::Open, message) => {
                self.events.push_back(DeviceEvent::Message(message));
            }
        }
        Ok(())
    }

    fn handle_hello(&mut self, hello: &proto::HelloRequest) {
        let (major, minor) = self.config.api_version;
        let response = proto::HelloResponse {
            api_version_major: major,
            api_version_minor: minor,
            server_info: self.config.server_info.clone(),
            name: self.config.name.clone(),
        };
        self.answer(&response.into());
        if self.phase == Phase::Silent {
            self.phase = match self.config.login {
                Login::NotNeeded => Phase::Open,
                Login::Empty => Phase::Greeted,
            };
        }
        self.events.push_back(DeviceEvent::ClientHello {
            client_info: sanitize(&hello.client_info, MAX_NAME),
            api_version: (hello.api_version_major, hello.api_version_minor),
        });
    }
}

/// Before hello only disconnect and ping; before login also device info.
const fn is_allowed(phase: Phase, message: &Message) -> bool {
    match message {
        Message::DisconnectRequest(_) | Message::PingRequest(_) => true,
        Message::DeviceInfoRequest(_) => matches!(phase, Phase::Greeted),
        _ => false,
    }
}
