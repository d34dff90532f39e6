//! What goes into the queue, and what is withdrawn from it.

use std::time::Duration;

use crate::{
    attempt::Attempt,
    batch::BatchId,
    class::Class,
    command::{Actor, Command, QueueId},
    effect::EffectGroup,
    ended::EndedCommands,
    priority::{MaxAttempts, Priority},
    record::CommandRecord,
    slot_fence::SupersededBy,
    status::{RoutingMethod, Status},
    time::{Timestamp, WallTime},
};

/// When a queued command may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// At once.
    Now,
    /// Later, in the place in the order that it already has: a retry, a warm-up, deferred work.
    At(Timestamp),
    /// For later: it gets its place in the order, and raises its fences, when it becomes due.
    Scheduled {
        /// When that is.
        at: Timestamp,
        /// What the wall clock is to show then, if somebody wished for that: who sets the clock moves
        /// it.
        wish: Option<WallTime>,
    },
}

/// A command on its way into the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommand {
    /// The command. Of a scheduled one the key does not count yet.
    pub command: Command,
    /// Who goes first.
    pub priority: Priority,
    /// How often it is tried.
    pub max_attempts: MaxAttempts,
    /// When it may be tried.
    pub due: Due,
    /// The direct try that came before, if there was one; it is not one of `max_attempts`.
    pub direct_attempt: Option<Attempt>,
    /// So long as the device has no session, for at most this long, no attempt is made.
    pub wait_for_device: Duration,
    /// What the caller wrote about it.
    pub notes: Option<String>,
}

impl NewCommand {
    /// A queued command with the defaults: three attempts, at once.
    #[must_use]
    pub const fn new(command: Command, priority: Priority, max_attempts: MaxAttempts) -> Self {
        Self {
            command,
            priority,
            max_attempts,
            due: Due::Now,
            direct_attempt: None,
            wait_for_device: Duration::ZERO,
            notes: None,
        }
    }

    /// When it was handed to the queue: at its acceptance, or when its direct try had ended.
    #[must_use]
    pub fn handed_over_at(&self) -> Timestamp {
        let tried = self.direct_attempt.as_ref();
        let tried = tried.map(|attempt| attempt.started_at.plus(attempt.took));
        tried.unwrap_or_default().max(self.command.accepted_at)
    }

    /// Whether it joins one of its kind that waits for the device already: a read of the board, which one
    /// answer serves as well as two. What reaches an appliance never does, whatever its class.
    #[must_use]
    pub const fn is_joined(&self) -> bool {
        let is_read = matches!(self.command.action.own_class(), Some(Class::System));
        is_read && !matches!(self.due, Due::Scheduled { .. })
    }

    /// How it was routed, in the words of the document.
    #[must_use]
    pub const fn routing_method(&self) -> RoutingMethod {
        match self.direct_attempt {
            Some(_) => RoutingMethod::DirectFailedQueued,
            None => RoutingMethod::Queued,
        }
    }
}

/// What became of a command that was handed to the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It waits, durably.
    Waiting {
        /// Its name in the queue.
        queue_id: QueueId,
    },
    /// A newer command of its slot had been accepted already: it is recorded as superseded.
    Superseded {
        /// Its name in the queue.
        queue_id: QueueId,
        /// The newer one.
        by: SupersededBy,
    },
    /// The same system task waits for this device already; one is enough.
    AlreadyWaiting {
        /// The name in the queue of the one that waits.
        queue_id: QueueId,
        /// That one, as it is stored.
        waiting: Box<CommandRecord>,
    },
}

impl Enqueued {
    /// The name in the queue of what waits or was recorded.
    #[must_use]
    pub const fn queue_id(&self) -> QueueId {
        match self {
            Self::Waiting { queue_id }
            | Self::Superseded { queue_id, .. }
            | Self::AlreadyWaiting { queue_id, .. } => *queue_id,
        }
    }
}

/// The commands of one bulk request. Targets are a set: each port is named once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBatch {
    /// Its name.
    pub id: BatchId,
    /// Who asked.
    pub actor: Actor,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// What was accepted.
    pub commands: Vec<NewCommand>,
    /// How many targets were rejected.
    pub rejected: u64,
    /// How many targets were named more than once.
    pub duplicates: u64,
    /// What the caller wrote about it.
    pub notes: Option<String>,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchCreated {
    /// It is stored; one answer per command, in order.
    Created(Vec<Enqueued>),
    /// There is a batch of this name; nothing was changed.
    Exists,
}

/// Why a batch is made from another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RedoKind {
    /// It tries anew what was not delivered.
    Retry,
    /// It takes back what was.
    Undo,
}

impl RedoKind {
    /// The name in the store and in notes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Undo => "undo",
        }
    }
}

/// Which batch another one is made from, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchOrigin {
    /// The earlier batch.
    pub batch: BatchId,
    /// Why.
    pub kind: RedoKind,
}

/// What became of a batch that was made from another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DerivedBatch {
    /// One answer per command, in order; `None` for one that was left out because its port has been
    /// commanded since. If all were, no batch is stored.
    Created(Vec<Option<Enqueued>>),
    /// The same is being done by this batch already; nothing was changed.
    Running(BatchId),
    /// There is a batch of this name; nothing was changed.
    Exists,
}

/// What came of cancelling one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It is cancelled.
    Cancelled(EndedCommands),
    /// It is in flight: too late.
    InFlight,
    /// It has this terminal status already.
    Finished(Status),
    /// There is no such command in the queue.
    NotFound,
}

/// What came of cancelling a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchCancelled {
    /// How many commands were in flight: too late for them.
    pub in_flight: u64,
    /// What was cancelled.
    pub ended_commands: EndedCommands,
}

/// What waits or is in flight for one port, known without asking the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortWaiting {
    /// How many commands per effect group, in the order of [`EffectGroup::ALL`].
    pub by_group: [u32; EffectGroup::ALL.len()],
    /// How many of them are keys of a sequence.
    pub sequence_keys: u32,
}

impl PortWaiting {
    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_group.iter().all(|count| *count == 0)
    }
}
