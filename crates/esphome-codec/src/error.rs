//! What can go wrong in a session, one variant per cause.

use snafu::Snafu;

use crate::MacAddress;

/// Why a session ended. The rows of the reference client's error classes, and a few of our own.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum ProtocolError {
    /// The device speaks Noise (marker 01) and no key is configured.
    #[snafu(display("the device requires encryption"))]
    EncryptionRequired,
    /// A key is configured and the device speaks plaintext (marker 00). Never downgraded.
    #[snafu(display("the device does not offer encryption"))]
    EncryptionNotOffered,
    /// The connection was reset before the device said hello: a reboot, weak Wi-Fi, full slots, or
    /// a plaintext device that was sent Noise.
    #[snafu(display("the connection was reset before the device said hello"))]
    ResetBeforeHello,
    /// The connection was closed before the device said hello: typically all its slots are taken.
    #[snafu(display("the device closed the connection before it said hello"))]
    ClosedBeforeHello,
    /// The connection was reset in a session.
    #[snafu(display("the connection was reset"))]
    ResetInSession,
    /// The connection was closed in a session.
    #[snafu(display("the device closed the connection"))]
    ClosedInSession,
    /// A frame starts with neither marker.
    #[snafu(display("a frame starts with 0x{found:02x} instead of a marker"))]
    BadMarker {
        /// The byte.
        found: u8,
    },
    /// The Noise server hello is empty.
    #[snafu(display("the server hello is empty"))]
    EmptyServerHello,
    /// The Noise server hello chooses a protocol that is not known.
    #[snafu(display("the server hello chooses the unknown protocol 0x{found:02x}"))]
    UnknownNoiseProtocol {
        /// The byte.
        found: u8,
    },
    /// Another node answers at this address.
    #[snafu(display("expected the node {expected}, found {found:?}"))]
    WrongName {
        /// Who was expected.
        expected: String,
        /// Who answered, cleaned.
        found: String,
        /// The MAC address that it told.
        mac: Option<MacAddress>,
    },
    /// Another board answers at this address.
    #[snafu(display("expected the board {expected}, found {found}"))]
    WrongMac {
        /// Who was expected.
        expected: MacAddress,
        /// Who answered.
        found: MacAddress,
        /// The name that it told, cleaned.
        name: Option<String>,
    },
    /// The board tells no MAC address, or zeros: nobody could tell it from another one.
    #[snafu(display("the board tells no MAC address, which is what it is known by"))]
    NoMac,
    /// The key is wrong: the device said so, or its handshake does not verify. Name and MAC
    /// address, where told, are those expected.
    #[snafu(display("the key is wrong"))]
    WrongKey,
    /// The device rejected the handshake for another reason.
    #[snafu(display("the device rejected the handshake: {reason}"))]
    HandshakeRejected {
        /// Its words, cleaned.
        reason: String,
    },
    /// The handshake message is malformed.
    #[snafu(display("the handshake message is malformed"))]
    MalformedHandshake,
    /// A frame does not decrypt although the handshake did: the streams are out of step. Not a
    /// question of the key.
    #[snafu(display("a frame does not decrypt"))]
    Decrypt,
    /// A decrypted frame is shorter than its header.
    #[snafu(display("a decrypted frame has {size} bytes, less than its header"))]
    ShortFrame {
        /// Its size.
        size: usize,
    },
    /// A decrypted frame is shorter than the length that it states.
    #[snafu(display("a frame states {stated} bytes of payload and has {size}"))]
    InnerLength {
        /// The length stated.
        stated: usize,
        /// The bytes there are.
        size: usize,
    },
    /// A varint in a frame header is longer than any that a peer writes.
    #[snafu(display("a varint in a frame header is too long"))]
    LongVarint,
    /// A message id is above 65535.
    #[snafu(display("the message id {id} is out of range"))]
    IdOutOfRange {
        /// The id.
        id: u32,
    },
    /// A frame is larger than its receiver allows.
    #[snafu(display("a frame of {size} bytes is over the limit of {limit}"))]
    FrameTooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The payload of a known message is no protobuf.
    #[snafu(display("message {id} cannot be decoded"))]
    Undecodable {
        /// Its id.
        id: u16,
    },
    /// Handshake and hello took too long.
    #[snafu(display("the device did not say hello in time"))]
    HelloTimeout,
    /// The listing took too long.
    #[snafu(display("the device did not list its entities in time"))]
    ListingTimeout,
    /// Nothing came for too long.
    #[snafu(display("nothing came from the device for too long"))]
    PingTimeout,
    /// The device announces an API version that is not compatible.
    #[snafu(display("the device speaks API {major}.{minor}, which is not compatible"))]
    Incompatible {
        /// The major version.
        major: u32,
        /// The minor version.
        minor: u32,
    },
    /// The device wants a password; ESPHome removed them in 2026.1, and this crate has none.
    #[snafu(display("the device wants a password, which is not supported"))]
    PasswordRequired,
    /// Device role: the client has another key.
    #[snafu(display("the client's handshake does not verify"))]
    ClientKey,
    /// Device role: a message came before hello that must not.
    #[snafu(display("message {id} came before hello"))]
    BeforeHello {
        /// Its id.
        id: u16,
    },
}

/// What an error means for whoever decides about the next connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It may go away by itself: try again.
    Transient,
    /// An admin has to put the configuration right.
    Misconfigured,
    /// Another device answers at this address.
    WrongDevice,
    /// The peer broke the protocol: try again, with the usual backoff.
    Protocol,
    /// The two ends are out of step: reconnect at once.
    Desync,
    /// The peer speaks something that is not supported.
    Incompatible,
}

impl ProtocolError {
    /// What the error means for the next connection.
    #[must_use]
    pub const fn kind(&self) -> FaultKind {
        match self {
            Self::EncryptionRequired | Self::EncryptionNotOffered | Self::WrongKey => {
                FaultKind::Misconfigured
            }
            Self::WrongName { .. } | Self::WrongMac { .. } | Self::NoMac => FaultKind::WrongDevice,
            Self::ResetBeforeHello
            | Self::ClosedBeforeHello
            | Self::ResetInSession
            | Self::ClosedInSession
            | Self::HelloTimeout
            | Self::ListingTimeout
            | Self::PingTimeout => FaultKind::Transient,
            Self::Decrypt => FaultKind::Desync,
            Self::Incompatible { .. } | Self::PasswordRequired => FaultKind::Incompatible,
            Self::BadMarker { .. }
            | Self::EmptyServerHello
            | Self::UnknownNoiseProtocol { .. }
            | Self::HandshakeRejected { .. }
            | Self::MalformedHandshake
            | Self::ShortFrame { .. }
            | Self::InnerLength { .. }
            | Self::LongVarint
            | Self::IdOutOfRange { .. }
            | Self::FrameTooLarge { .. }
            | Self::Undecodable { .. }
            | Self::ClientKey
            | Self::BeforeHello { .. } => FaultKind::Protocol,
        }
    }
}

/// Why a message was not put on the wire. Nothing of it was queued.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum CallError {
    /// The session is not ready.
    #[snafu(display("the session is not ready"))]
    NotReady,
    /// Another number of arguments than the device lists: it would silently ignore the call.
    #[snafu(display("{action} takes {expected} arguments, not {given}"))]
    ArgumentCount {
        /// The action.
        action: String,
        /// How many it takes.
        expected: usize,
        /// How many were given.
        given: usize,
    },
    /// An argument of another type than the device lists: it would run with 0 or an empty text.
    #[snafu(display("the argument {argument} of {action} is {expected}"))]
    ArgumentType {
        /// The action.
        action: String,
        /// The argument.
        argument: String,
        /// Its type on the device.
        expected: &'static str,
    },
    /// The timings of an infrared frame are out of bounds.
    #[snafu(display("timing {index} is out of bounds or has the wrong sign"))]
    Timing {
        /// Which one, counted from 0.
        index: usize,
    },
    /// An infrared frame has no timings or too many.
    #[snafu(display("an infrared frame has 1 to {limit} timings, not {count}"))]
    TimingCount {
        /// How many.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// An infrared frame with its repeats is on air for too long.
    #[snafu(display("the frame is on air for {air_time_ms} ms, over the limit of {limit_ms} ms"))]
    AirTime {
        /// How long, in milliseconds.
        air_time_ms: u64,
        /// The limit, in milliseconds.
        limit_ms: u64,
    },
    /// A message that this crate does not know: it can be sent raw only, as what somebody read and means
    /// to send must not be mistaken for what somebody wrote.
    #[snafu(display("message {id} is not known here and can be sent raw only"))]
    Unknown {
        /// Its id.
        id: u16,
    },
    /// Answers to such messages are counted or matched: that of one which nobody knows of would be taken
    /// for the answer to another.
    #[snafu(display("message {id} is sent with `{with}`, as its answer is waited for"))]
    Counted {
        /// Its id.
        id: u16,
        /// The function that sends it.
        with: &'static str,
    },
    /// The message id is above those that firmware takes (14 bits); it would close the connection.
    #[snafu(display("the message id {id} is over the limit of {limit}"))]
    IdTooLarge {
        /// The id.
        id: u16,
        /// The limit.
        limit: u16,
    },
    /// The message is larger than its receiver takes: 8,172 bytes for the smallest board, 65,515 for a
    /// client through Noise.
    #[snafu(display("the message has {size} bytes, over the limit of {limit}"))]
    TooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
}
