//! What comes out of a session.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;

use crate::{EntityId, MacAddress, Message, PeerDescription};

/// What happened in a session.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientEvent {
    /// Noise: the device told who it is, before any key was checked. It is who was expected.
    PeerIdentified {
        /// The node name, if it told one.
        name: Option<String>,
        /// The MAC address, if it told one.
        mac: Option<MacAddress>,
    },
    /// The device is known and listed: requests may be made.
    Ready(Arc<PeerDescription>),
    /// A ping was answered: everything written before it has been consumed.
    Pong {
        /// Which one.
        id: PingId,
        /// How long it took.
        round_trip: Duration,
    },
    /// A call was replied to (`ExecuteServiceResponse`, id 131).
    ActionReply {
        /// The call.
        call_id: u32,
        /// Whether the action succeeded.
        success: bool,
        /// Why not, cleaned.
        error_message: String,
        /// Data, JSON.
        data: Bytes,
    },
    /// Infrared left the transmitter, or could not (`InfraredRFTransmitCompleteResponse`, id 153).
    InfraredComplete {
        /// The transmitter.
        entity: EntityId,
        /// Whether it did.
        success: bool,
    },
    /// The device asks for the time: [`crate::ClientSession::answer_time`].
    TimeRequested,
    /// The device is about to close; it has been answered.
    DisconnectRequested {
        /// 0 none, 1 provisioning window closed.
        reason: u32,
    },
    /// Our own disconnect request was answered: the connection may be closed.
    Disconnected,
    /// Anything else that the device sends: states, log lines, received infrared.
    Message(Box<Message>),
}

/// Names one ping of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PingId(pub(super) u64);

/// How a connection ended, as the socket tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEnd {
    /// The peer closed it in order.
    Eof,
    /// It was reset, or timed out.
    Reset,
}
