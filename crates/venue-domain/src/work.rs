//! What comes out of the queue, how it ends, and what happens to it meanwhile.

use std::sync::Arc;

use crate::{
    attempt::Attempt,
    batch::BatchId,
    command::{Command, QueueId},
    ended::EndedCommands,
    hostname::Hostname,
    order::OrderKey,
    priority::{MaxAttempts, Priority},
    slot_fence::SupersededBy,
    status::{RoutingMethod, Status},
    time::{Timestamp, WallTime},
};

/// A queued command that was handed out to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Names this claim, so that a late result of an earlier one changes nothing.
    pub ticket: ClaimTicket,
    /// What to send.
    pub command: Arc<Command>,
    /// The batch that it belongs to.
    pub batch: Option<BatchId>,
    /// Who goes first.
    pub priority: Priority,
    /// Which attempt this is, counted from 1.
    pub attempt: u8,
    /// How often it is tried.
    pub max_attempts: MaxAttempts,
    /// Whether an earlier attempt may have reached the appliance.
    pub unknown_seen: bool,
    /// How it was routed: a fallback waits longer between its attempts.
    pub routing_method: RoutingMethod,
    /// So long as the device has no session, no attempt is made before this.
    pub waits_until: Timestamp,
}

/// Names one claim of one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimTicket {
    /// The command.
    pub queue_id: QueueId,
    /// Which claim of it; each is counted, also those that come to nothing.
    pub number: u32,
}

/// What a device has to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claimed {
    /// This, durably marked as in flight. Boxed: most devices have nothing to do.
    pub claim: Option<Box<Claim>>,
    /// If there was nothing: when there is, apart from what waits for a busy port alone; `None` if nothing else
    /// waits for the device.
    pub next_due: Option<Timestamp>,
    /// What was found to be expired or superseded instead.
    pub ended_commands: EndedCommands,
}

/// The end of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The command is finished.
    Finish {
        /// The last attempt.
        attempt: Attempt,
    },
    /// It is tried again.
    Retry {
        /// The attempt that came to nothing.
        attempt: Attempt,
        /// When it may be tried again.
        due_at: Timestamp,
    },
    /// It was not begun: it goes back as it was, and no attempt is counted.
    Release {
        /// When it may be claimed again.
        due_at: Timestamp,
    },
    /// A newer command replaced it in the lane.
    Superseded {
        /// The newer one.
        by: SupersededBy,
    },
}

/// Says what becomes of a command whose device is away, attempt by attempt; asked within a change of the
/// store, so it decides from what it is told and waits for nothing.
pub type SettlementRule = Arc<dyn Fn(&Claim) -> Settlement + Send + Sync>;

/// What came of passing over a device that is away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// Whether there is more to be passed over now.
    pub more: bool,
    /// When the first of its commands that wait for their time becomes due. Past if it is due already: then it has to
    /// be promoted first.
    pub next_due: Option<Timestamp>,
    /// What ended.
    pub ended_commands: EndedCommands,
}

/// What a settlement did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The command's status after it; `None` if the claim was no longer current and nothing was
    /// changed.
    pub status: Option<Status>,
    /// When its device next has something to do, as of this settlement; a time that is past means
    /// at once.
    pub next_due: Option<Timestamp>,
    /// What ended with it.
    pub ended_commands: EndedCommands,
}

/// An answer, and what ended durably with the same change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored<T> {
    /// The answer.
    pub answer: T,
    /// What ended.
    pub ended_commands: EndedCommands,
}

/// A scheduled command that becomes due soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledCommand {
    /// Its name in the queue.
    pub queue_id: QueueId,
    /// When it is due, as stored.
    pub due_at: Timestamp,
    /// What the wall clock is to show then, if it was wished for that.
    pub wish: Option<WallTime>,
    /// The command; its key is `(due_at, 0)` until it is promoted with a real one.
    pub command: Command,
}

/// A scheduled command that has become due, and its place in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promotion {
    /// Its name in the queue.
    pub queue_id: QueueId,
    /// Its place.
    pub key: OrderKey,
    /// When it was due, by the wall clock as it was when it became due: its life begins then.
    pub due_at: Timestamp,
}

/// What has become due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promoted {
    /// The devices that have something to do, ordered.
    pub devices: Vec<Hostname>,
    /// When the next command becomes due, scheduled ones included.
    pub next_due: Option<Timestamp>,
    /// What was superseded by what became due, or was itself too late.
    pub ended_commands: EndedCommands,
}

/// What outlived its life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// When the next command expires. It may be past: one call ends a limited number.
    pub next_expiry: Option<Timestamp>,
    /// What ended.
    pub ended_commands: EndedCommands,
}

/// What was found in flight without an owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rescued {
    /// The devices whose commands wait again, ordered.
    pub devices: Vec<Hostname>,
    /// What ended, because it must not be sent twice.
    pub ended_commands: EndedCommands,
}

/// Whether the service stopped in order while direct commands were not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreviousShutdown {
    /// Everything that was sent is in the store.
    Clean,
    /// Direct commands may have been sent that the store does not know.
    Unclean,
}

/// What a scheduler knows at its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The highest key ever stored: new keys must be above it.
    pub highest_key: OrderKey,
    /// Per device with waiting commands, when the first is due.
    pub due_times: Vec<(Hostname, Timestamp)>,
    /// When the next command becomes due that is not due yet.
    pub next_due: Option<Timestamp>,
    /// When the next command expires.
    pub next_expiry: Option<Timestamp>,
    /// What was found in flight.
    pub rescued: Rescued,
}
