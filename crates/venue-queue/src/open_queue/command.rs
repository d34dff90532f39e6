//! What a store has to know of a command to decide about it: numbers alone, none of its text.

use std::cmp::Reverse;

use venue_domain::{EffectGroup, OrderKey, PortIndex, Priority, QueueId, Timestamp};

/// Where an open command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It waits, and may be handed out.
    Ready,
    /// It waits for its time.
    Later,
    /// It is handed out.
    InFlight,
}

/// The number of a device within one [`OpenQueue`](super::OpenQueue).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DeviceNumber(pub(super) u32);

/// The facts of one open command by which is decided what becomes of it. There may be a million of them: 64 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OpenCommand {
    pub(crate) id: QueueId,
    /// Its place in the order, if it [is placed](Self::placed).
    pub(crate) order: OrderKey,
    /// Its fair turn among those of its priority.
    pub(crate) turn: i64,
    /// When it is due; of what is in flight, when its lease ends.
    pub(crate) at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) device: DeviceNumber,
    /// How often it was handed out: the number of its current claim while it is in flight.
    pub(crate) claims: u32,
    pub(crate) port: PortIndex,
    pub(crate) priority: Priority,
    pub(crate) group: Option<EffectGroup>,
    pub(crate) standing: Standing,
    /// What is scheduled for later has no place in the order yet.
    pub(crate) placed: bool,
    pub(crate) sets_state: bool,
    /// A later key must not overtake it.
    pub(crate) is_sequence_key: bool,
    /// A new session of its device ends its wait.
    pub(crate) waits_for_session: bool,
}

impl OpenCommand {
    /// Its place in the order.
    pub(crate) fn key(&self) -> Option<OrderKey> {
        self.placed.then_some(self.order)
    }

    /// Whether it waits, be it for its turn or for its time.
    pub(crate) fn is_waiting(&self) -> bool {
        self.standing != Standing::InFlight
    }

    /// What is handed out first has the least of these.
    pub(super) fn by_turn(&self) -> (Reverse<Priority>, i64, QueueId) {
        (Reverse(self.priority), self.turn, self.id)
    }

    pub(super) fn by_time(&self) -> (Timestamp, QueueId) {
        (self.at, self.id)
    }

    pub(super) fn by_expiry(&self) -> (Timestamp, QueueId) {
        (self.expires_at, self.id)
    }

    pub(super) fn by_order(&self) -> (OrderKey, QueueId) {
        (self.order, self.id)
    }
}
