//! What the store tells about commands, batches and itself.

use std::time::Duration;

use crate::{
    action::Action,
    attempt::{Attempt, DirectRecord},
    batch::{BatchCounts, BatchId},
    class::Class,
    command::{Actor, CommandId, QueueId},
    hostname::Hostname,
    order::OrderKey,
    outcome::Evidence,
    port::PortId,
    port_status::PortStatus,
    priority::{MaxAttempts, Priority},
    status::{Reason, RoutingMethod, Status},
    time::{Timestamp, WallTime},
};

/// Everything about one command, waiting or finished, queued or direct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRecord {
    /// Its name.
    pub id: CommandId,
    /// Its name in the queue, if it was ever there.
    pub queue_id: Option<QueueId>,
    /// Where.
    pub target: PortId,
    /// What.
    pub action: Action,
    /// How it was routed by class.
    pub class: Class,
    /// The batch that it belongs to.
    pub batch: Option<BatchId>,
    /// Where it stands.
    pub status: Status,
    /// Why it ended so; of an open one, why its last attempt came to nothing.
    pub reason: Option<Reason>,
    /// More, for people.
    pub detail: Option<String>,
    /// What shows that it was delivered.
    pub evidence: Option<Evidence>,
    /// The newer command, if it was superseded.
    pub superseded_by: Option<CommandId>,
    /// Who goes first.
    pub priority: Priority,
    /// What the wall clock was to show, if it was wished for an instant.
    pub scheduled_at: Option<WallTime>,
    /// When it may be tried (next).
    pub due_at: Timestamp,
    /// How many attempts were made from the queue.
    pub attempts: u8,
    /// How many are made at most.
    pub max_attempts: MaxAttempts,
    /// When the last attempt began.
    pub last_attempt_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// How long its last attempt took.
    pub execution_time: Option<Duration>,
    /// From due to its first attempt.
    pub queue_wait: Option<Duration>,
    /// How it was routed.
    pub routing_method: RoutingMethod,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// Who sent it.
    pub actor: Actor,
    /// What the caller wrote about it.
    pub notes: Option<String>,
    /// Its place in the order; `None` while it is scheduled.
    pub key: Option<OrderKey>,
    /// After this it is never sent.
    pub expires_at: Timestamp,
    /// Whether an attempt may have reached the appliance without evidence.
    pub unknown_seen: bool,
    /// Before this no attempt is made while its device has no session; of an open one that is to wait for
    /// its device.
    pub waits_until: Option<Timestamp>,
}

impl CommandRecord {
    /// What it ended of, though it may have acted: the status that its reason alone would have given.
    #[must_use]
    pub fn fate(&self) -> Status {
        match (self.status, self.reason) {
            (Status::Unknown, Some(reason)) => reason.status(),
            (status, _) => status,
        }
    }

    /// The document's `success`: `None` while it is open.
    #[must_use]
    pub fn success(&self) -> Option<bool> {
        self.status.is_terminal().then_some(self.status == Status::Completed)
    }

    /// Its place in the order; of a scheduled one that never got it, the first of its due time.
    #[must_use]
    pub fn place(&self) -> OrderKey {
        self.key.unwrap_or_else(|| OrderKey::at(self.due_at, 0))
    }
}

/// A command with all its attempts: the answer to "why is it in this state".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandWithAttempts {
    /// The command.
    pub record: CommandRecord,
    /// Its attempts, direct one first.
    pub attempts: Vec<Attempt>,
}

/// A direct command as it is shown before the store has it: what the store will say of it.
impl From<&DirectRecord> for CommandWithAttempts {
    fn from(direct: &DirectRecord) -> Self {
        let DirectRecord { command, attempt, superseded_by } = direct;
        let status = attempt.reason.status();
        let record = CommandRecord {
            id: command.id,
            queue_id: None,
            target: command.target.clone(),
            action: command.action.clone(),
            class: command.class,
            batch: None,
            status,
            reason: Some(attempt.reason),
            detail: attempt.detail.clone(),
            evidence: attempt.evidence,
            superseded_by: *superseded_by,
            priority: Priority::SCHEDULED,
            scheduled_at: None,
            due_at: command.accepted_at,
            attempts: 1,
            max_attempts: MaxAttempts::ONCE,
            last_attempt_at: Some(attempt.started_at),
            completed_at: Some(attempt.started_at.plus(attempt.took)),
            execution_time: Some(attempt.took),
            queue_wait: None,
            routing_method: direct.routing_method(),
            created_at: command.accepted_at,
            actor: command.actor.clone(),
            notes: None,
            key: Some(command.key),
            expires_at: command.expires_at,
            unknown_seen: status == Status::Unknown,
            waits_until: None,
        };
        Self { record, attempts: vec![attempt.clone()] }
    }
}

/// Everything about one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRecord {
    /// Its name.
    pub id: BatchId,
    /// Who asked.
    pub actor: Actor,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When the last command became terminal.
    pub finished_at: Option<Timestamp>,
    /// How many commands have which status.
    pub counts: BatchCounts,
    /// How many targets were rejected.
    pub rejected: u64,
    /// How many targets were named more than once.
    pub duplicates: u64,
    /// What the caller wrote about it.
    pub notes: Option<String>,
    /// The latest batch that tries it anew.
    pub retried_by: Option<BatchId>,
    /// The latest batch that takes it back.
    pub undone_by: Option<BatchId>,
}

/// A batch in a list: what it is about is what its first command is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchSummary {
    /// The batch.
    pub batch: BatchRecord,
    /// The action of its first command; `None` where retention has taken its commands.
    pub action: Option<Action>,
    /// How many ports it is for.
    pub ports: u64,
}

/// The assumed state of a port of a batch when the batch was accepted, for undo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortBefore {
    /// The port.
    pub port: PortId,
    /// What was assumed; `None` if nothing was known.
    pub status: Option<PortStatus>,
    /// Whether somebody else has commanded the port since.
    pub commanded_since: bool,
    /// Up to this key it had been commanded by then; `None` where that was not kept.
    pub above: Option<OrderKey>,
}

/// Which finished commands are asked for; the newest come first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Of this device only.
    pub device: Option<Hostname>,
    /// Only what was recorded before this; the cursor of the page before.
    pub before: Option<HistoryCursor>,
    /// How many at most.
    pub limit: u32,
}

/// A place in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HistoryCursor(pub i64);

/// A page of finished commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// The commands, newest first.
    pub items: Vec<CommandRecord>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<HistoryCursor>,
}

/// How much the queue holds, known without asking the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Commands that are due and wait for their turn.
    pub due: u64,
    /// Commands that wait for a later time: no load.
    pub later: u64,
    /// Commands in flight.
    pub processing: u64,
}

/// The figures of the document's `/queue/metrics` and `/queue/health` that the store knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueMetrics {
    /// How much the queue holds.
    pub depth: Depth,
    /// Since when the oldest due command waits.
    pub oldest_due: Option<Timestamp>,
    /// Commands in flight whose last attempt began more than five minutes ago.
    pub stuck: u64,
    /// How commands ended within the last hour.
    pub last_hour: BatchCounts,
    /// Mean duration of the last attempts within the last hour.
    pub average_execution: Option<Duration>,
    /// Mean time from due to first attempt within the last hour.
    pub average_wait: Option<Duration>,
}

impl QueueMetrics {
    /// Commands delivered within the last hour.
    #[must_use]
    pub const fn completed_last_hour(&self) -> u64 {
        self.last_hour.of(Status::Completed)
    }

    /// Commands that failed, expired or ended unknown within the last hour.
    #[must_use]
    pub const fn failed_last_hour(&self) -> u64 {
        let ended = &self.last_hour;
        ended.of(Status::Failed) + ended.of(Status::Expired) + ended.of(Status::Unknown)
    }
}

/// A repeated request that must not be carried out twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedRequest {
    /// Who asks; keys of different callers never meet.
    pub actor: String,
    /// The key that the caller chose.
    pub key: String,
    /// A digest of what is asked for.
    pub fingerprint: String,
    /// When it came.
    pub at: Timestamp,
    /// Until when the answer is kept.
    pub expires_at: Timestamp,
}

/// What is known of a keyed request when it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdempotencyState {
    /// It is new, and durably noted: carry it out, then store its answer.
    New,
    /// It is being carried out.
    Running,
    /// It was carried out: this was the answer.
    Answered(StoredAnswer),
    /// The service ended while it was carried out: nobody knows how far it came.
    Interrupted,
    /// The key was used for something else.
    OtherRequest,
}

/// A keyed request that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedRequest {
    /// Who asked.
    pub actor: String,
    /// The key that the caller chose.
    pub key: String,
    /// What it was answered.
    pub answer: StoredAnswer,
    /// The direct commands that the answer names: whoever reads it later can ask about them.
    pub records: Vec<DirectRecord>,
}

/// An answer to be given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The status code.
    pub code: u16,
    /// What its head said that is not the same of all answers: a line `name: value` each.
    pub head: String,
    /// The body.
    pub body: String,
}
