//! What a caller is told, in words that promise nothing that is not known.

use std::{sync::Arc, time::Duration};

use venue_domain::{
    Command, Delivery, DeviceEntry, DeviceSnapshot, DirectRecord, NotSent, OrderDurability,
    Outcome, Patience, ProbeOutcome, QueueId, RoutingMethod, Status, SupersededBy, Unknown,
    WaitsFor,
};

use crate::Reach;

/// What became of an accepted command.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The command as it was accepted.
    pub command: Arc<Command>,
    /// Which port was asked, and which screens change beside it.
    pub reach: Reach,
    /// How it was handled, as far as it has come.
    pub handling: Handling,
    /// Whether the command is on disk.
    pub durable: bool,
    /// What a kill at this moment would leave of its place in the order.
    pub order: OrderDurability,
    /// When trying again may help; `None` where a repeat is not advised.
    pub retry_after: Option<Duration>,
    /// What the history is handed of it, behind the answer; `None` of what the queue has. Whoever keeps
    /// the answer keeps this in the same change ([`RequestKeys::end_request`]), so that a crash never
    /// leaves an answer that names a command which cannot be read.
    ///
    /// [`RequestKeys::end_request`]: venue_domain::RequestKeys::end_request
    pub record: Option<DirectRecord>,
}

/// How a command was handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handling {
    /// It went straight to its lane, and this is its end.
    Direct(Delivery),
    /// It went straight to its lane, and a newer command was accepted before its end was known: it may
    /// have been sent, and is not repeated.
    Overtaken {
        /// Why it is not known whether the device took it.
        unknown: Unknown,
        /// From the call to the end of its attempt.
        took: Duration,
        /// The newer one.
        by: SupersededBy,
    },
    /// It may wait in the queue: the store did not say whether it has it. Then it is sent while it lives;
    /// trying again might do it twice.
    PerhapsQueued {
        /// Why it was not delivered directly, if that was tried.
        first_try: Option<Outcome>,
    },
    /// It waits in the queue, durably.
    Queued {
        /// Its name in the queue.
        queue_id: QueueId,
        /// Why it was not delivered directly, if that was tried.
        first_try: Option<Outcome>,
        /// For how long it is tried.
        patience: Patience,
        /// What it waits for.
        waits_for: WaitsFor,
    },
}

impl Answer {
    /// The command's status.
    #[must_use]
    pub const fn status(&self) -> Status {
        match &self.handling {
            Handling::Queued { .. } => Status::Pending,
            Handling::Overtaken { .. } | Handling::PerhapsQueued { .. } => Status::Unknown,
            Handling::Direct(Delivery::Superseded { .. }) => Status::Superseded,
            Handling::Direct(Delivery::Ended { outcome, .. }) => match outcome {
                Outcome::Delivered(_) => Status::Completed,
                Outcome::Refused(_) | Outcome::NotSent(_) => Status::Failed,
                Outcome::Unknown(_) => Status::Unknown,
            },
        }
    }

    /// How the command was sent.
    #[must_use]
    pub const fn method(&self) -> Method {
        match &self.handling {
            Handling::Direct(_) | Handling::Overtaken { .. } => Method::Direct,
            Handling::Queued { .. } | Handling::PerhapsQueued { .. } => Method::Queued,
        }
    }

    /// How the command was routed, in the words of the history.
    #[must_use]
    pub const fn routing_method(&self) -> RoutingMethod {
        match &self.handling {
            Handling::Direct(Delivery::Ended { outcome: Outcome::Delivered(_), .. }) => {
                RoutingMethod::DirectSuccess
            }
            Handling::Direct(_) | Handling::Overtaken { .. } => RoutingMethod::DirectFailed,
            Handling::Queued { first_try: Some(_), .. }
            | Handling::PerhapsQueued { first_try: Some(_) } => RoutingMethod::DirectFailedQueued,
            Handling::Queued { first_try: None, .. }
            | Handling::PerhapsQueued { first_try: None } => RoutingMethod::Queued,
        }
    }
}

/// How a command was sent, in the words of the document's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Straight to the device.
    Direct,
    /// Into the queue.
    Queued,
}

impl Method {
    /// The name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Queued => "queued",
        }
    }
}

/// What works at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Direct commands and the queue.
    Normal,
    /// Direct commands only: nothing is stored durably.
    DirectOnly,
}

impl Mode {
    /// The name in answers and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::DirectOnly => "direct_only",
        }
    }
}

/// One device as it is registered and as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceStatus {
    /// What is registered.
    pub entry: Arc<DeviceEntry>,
    /// What is known of it.
    pub snapshot: DeviceSnapshot,
}

/// What a live health check found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HealthReport {
    /// The device after the check.
    pub status: DeviceStatus,
    /// What came of asking it.
    pub probe: ProbeOutcome,
    /// How long the check took.
    pub took: Duration,
}

/// When it makes sense to try a command again that provably was not sent.
pub(crate) const fn retry_after(reason: NotSent, next_try: Option<Duration>) -> Duration {
    match reason {
        NotSent::NotBefore { wait } => wait,
        NotSent::Offline => match next_try {
            Some(wait) => wait,
            None => Duration::from_secs(5),
        },
        NotSent::Misconfigured => Duration::from_secs(60),
        NotSent::Unconfirmed | NotSent::Stalled | NotSent::Stopping => Duration::from_secs(5),
        NotSent::LaneBusy | NotSent::LaneFull => Duration::from_secs(1),
    }
}

/// How a direct command ended, and the newer one that had replaced it by then.
pub(crate) struct Ending {
    pub(crate) delivery: Delivery,
    pub(crate) by: Option<SupersededBy>,
}
