//! What a caller is told, in words that promise nothing that is not known.

use std::{sync::Arc, time::Duration};

use venue_domain::{
    Command, Delivery, DeviceEntry, DeviceSnapshot, NotSent, Outcome, ProbeOutcome, RoutingMethod,
    Status,
};

/// What became of an accepted command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The command as it was accepted.
    pub command: Arc<Command>,
    /// What its lane reported.
    pub delivery: Delivery,
    /// How it was sent.
    pub method: Method,
    /// Whether the command is on disk. Never in direct-only mode.
    pub durable: bool,
    /// When trying again may help; `None` where a repeat is not advised.
    pub retry_after: Option<Duration>,
}

impl Answer {
    /// The command's status; without a queue it is terminal.
    #[must_use]
    pub const fn status(&self) -> Status {
        match &self.delivery {
            Delivery::Ended { outcome, .. } => match outcome {
                Outcome::Delivered(_) => Status::Completed,
                Outcome::Refused(_) | Outcome::NotSent(_) => Status::Failed,
                Outcome::Unknown(_) => Status::Unknown,
            },
            Delivery::Superseded { .. } => Status::Superseded,
        }
    }

    /// How the command was routed, in the words of the history.
    #[must_use]
    pub const fn routing_method(&self) -> RoutingMethod {
        match &self.delivery {
            Delivery::Ended { outcome: Outcome::Delivered(_), .. } => RoutingMethod::DirectSuccess,
            Delivery::Ended { .. } | Delivery::Superseded { .. } => RoutingMethod::DirectFailed,
        }
    }
}

/// How a command was sent, in the words of the document's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Straight to the device.
    Direct,
}

impl Method {
    /// The name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
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
pub struct DeviceStatus {
    /// What is registered.
    pub entry: Arc<DeviceEntry>,
    /// What is known of it.
    pub snapshot: DeviceSnapshot,
}

/// What a live health check found.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        NotSent::InDoubt | NotSent::Stalled | NotSent::Stopping => Duration::from_secs(5),
        NotSent::LaneBusy | NotSent::LaneFull => Duration::from_secs(1),
    }
}
