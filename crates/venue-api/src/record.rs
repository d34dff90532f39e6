//! Stored commands and batches as they are shown.

use serde::{Deserialize, Serialize};

use crate::{BatchAccepted, CommandStatus, Evidence, RoutingMethod, UtcTime};

/// Everything about one command, waiting or finished, queued or direct.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRecord {
    /// Its name.
    pub command_id: String,
    /// Its name in the queue, if it was ever there.
    pub queue_id: Option<i64>,
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// The name of the action.
    pub command: String,
    /// Of `channel`.
    pub channel: Option<String>,
    /// Of `number` and `diagnostic_signal`.
    pub digit: Option<i64>,
    /// Of `input`.
    pub input: Option<String>,
    /// The class that it was routed by.
    pub class: String,
    /// The batch that it belongs to.
    pub batch_id: Option<String>,
    /// Where it stands.
    pub status: CommandStatus,
    /// Why it ended so; of an open one, why its last attempt came to nothing.
    pub reason: Option<String>,
    /// More, for people.
    pub detail: Option<String>,
    /// Whether the device took it.
    pub delivered: bool,
    /// What shows that it did.
    pub evidence: Option<Evidence>,
    /// The newer command, if it was superseded.
    pub superseded_by: Option<String>,
    /// Who goes first.
    pub priority: i8,
    /// The instant that it was wished for, if it was scheduled.
    pub scheduled_at: Option<UtcTime>,
    /// When it may be tried (next).
    pub due_at: UtcTime,
    /// After this it is never sent.
    pub expires_at: UtcTime,
    /// How many attempts were made from the queue, of at most `max_attempts`; of a direct command 1. The direct
    /// attempt before a command was queued is not counted; it is the first of the `attempt_log`.
    pub attempts: u8,
    /// How many are made at most.
    pub max_attempts: u8,
    /// When the last attempt began.
    pub last_attempt_at: Option<UtcTime>,
    /// When it ended.
    pub completed_at: Option<UtcTime>,
    /// How long its last attempt took.
    pub execution_time_ms: Option<u64>,
    /// From due to its first attempt.
    pub queue_wait_ms: Option<u64>,
    /// How it was routed.
    pub routing_method: RoutingMethod,
    /// When it was accepted.
    pub created_at: UtcTime,
    /// Who sent it.
    pub created_by: Option<String>,
    /// From where.
    pub user_ip: Option<String>,
    /// What the caller wrote about it.
    pub notes: Option<String>,
    /// Its place in the order, of which the instant comes first; null while it is scheduled for later.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub order_instant: Option<UtcTime>,
    /// Its place among those of the same instant.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub order_sequence: Option<u64>,
    /// Whether an attempt may have reached the TV without evidence.
    pub unknown_seen: bool,
}

/// One attempt at a command.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it began.
    pub started_at: UtcTime,
    /// How long it took.
    pub took_ms: u64,
    /// How it ended.
    pub reason: String,
    /// What that means, for people.
    pub meaning: String,
    /// Whether it may have reached the TV without evidence.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub may_have_acted: bool,
    /// What shows that it was delivered.
    pub evidence: Option<Evidence>,
    /// More, for people: the words of a refusal.
    pub detail: Option<String>,
}

/// `GET /api/v1/commands/{id}`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandWithAttempts {
    /// The command.
    #[serde(flatten)]
    pub record: CommandRecord,
    /// Its attempts, the direct one first.
    pub attempt_log: Vec<Attempt>,
}

/// `GET /api/v1/commands/{id}/why`: one sentence, and the facts that it rests on.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The command.
    pub command_id: String,
    /// Its name in the queue.
    pub queue_id: Option<i64>,
    /// Why it is where it is, in one sentence.
    pub why: String,
    /// Where it stands.
    pub status: CommandStatus,
    /// The reason as a word.
    pub reason: Option<String>,
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// The name of the action.
    pub command: String,
    /// The newer command, if it was superseded.
    pub superseded_by: Option<String>,
    /// When it may be tried (next); `null` once it has ended.
    pub due_at: Option<UtcTime>,
    /// After this it is never sent.
    pub expires_at: UtcTime,
    /// When it ended.
    pub completed_at: Option<UtcTime>,
    /// Whether an attempt may have reached the TV without evidence.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub unknown_seen: bool,
    /// How many attempts were made from the queue, of at most `max_attempts`. The direct attempt before a
    /// command was queued is not counted; it is the first of the `attempt_log`.
    pub attempts: u8,
    /// How many are made at most.
    pub max_attempts: u8,
    /// Its attempts, the direct one first.
    pub attempt_log: Vec<Attempt>,
}

/// `POST /api/v1/commands/{id}/cancel`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandCancelled {
    /// The command.
    pub command_id: String,
    /// Always `cancelled`.
    pub status: CommandStatus,
}

/// How many commands of a batch have which status.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the statuses")]
pub struct StatusCounts {
    pub pending: u64,
    pub processing: u64,
    pub completed: u64,
    pub failed: u64,
    pub expired: u64,
    pub superseded: u64,
    pub cancelled: u64,
    pub unknown: u64,
}

/// `GET /api/v1/batches/{id}`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchStatus {
    /// The batch.
    pub batch_id: String,
    /// When it was accepted.
    pub created_at: UtcTime,
    /// Who asked.
    pub created_by: Option<String>,
    /// From where.
    pub user_ip: Option<String>,
    /// What the caller wrote about it.
    pub notes: Option<String>,
    /// When its last command ended.
    pub finished_at: Option<UtcTime>,
    /// Whether all its commands have ended.
    pub finished: bool,
    /// How many commands it has.
    pub total: u64,
    /// How many have which status; they add up to `total`.
    pub statuses: StatusCounts,
    /// How many targets were rejected.
    pub rejected: u64,
    /// How many targets were named more than once.
    pub duplicates: u64,
    /// The latest batch that tries it anew, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub retried_by: Option<String>,
    /// The latest batch that takes it back, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub undone_by: Option<String>,
    /// What the caller may do about it and what would do something: of `cancel`, `retry` and `undo`.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub allowed: Vec<String>,
    /// A page of its commands, in the order of the queue.
    pub commands: Vec<CommandRecord>,
    /// What to give as `cursor` for the next page; `null` at the end.
    pub next_cursor: Option<String>,
}

/// `GET /bulk/{batch_id}/status`; completed, failed and pending add up to the total.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkStatus {
    /// The batch.
    pub batch_id: String,
    /// How many commands it has; 0 if there is no such batch.
    pub total: u64,
    /// How many were delivered.
    pub completed: u64,
    /// How many ended otherwise.
    pub failed: u64,
    /// How many wait or are in flight.
    pub pending: u64,
    /// How many have which true status.
    pub statuses: StatusCounts,
    /// All commands, in the order of the queue.
    pub commands: Vec<BulkCommand>,
}

/// One command of a [`BulkStatus`].
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkCommand {
    /// Its name in the queue.
    pub id: Option<i64>,
    /// Its name.
    pub command_id: String,
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// The name of the action.
    pub command: String,
    /// Of `channel`.
    pub channel: Option<String>,
    /// Where it stands.
    pub status: CommandStatus,
    /// Whether it was delivered; `null` while it is open.
    pub success: Option<bool>,
    /// How many attempts were made.
    pub attempts: u8,
    /// Why it was not delivered, for people.
    pub error_message: Option<String>,
}

/// `POST /api/v1/batches/{id}/cancel`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchCancelled {
    /// The batch.
    pub batch_id: String,
    /// How many commands were withdrawn.
    pub cancelled: u64,
    /// How many were in flight: too late for them.
    pub in_flight: u64,
}

/// `POST /api/v1/batches/{id}/retry` and `.../undo`: every port is answered for.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRedone {
    /// The batch that was tried anew or taken back.
    pub of_batch: String,
    /// The new batch; `null` where nothing was to be done.
    pub batch: Option<BatchAccepted>,
    /// The ports that were left alone.
    pub skipped: Vec<SkippedPort>,
    /// How many commands of the old batch still waited and were withdrawn (undo only).
    pub withdrawn: u64,
}

/// A port that was left alone.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedPort {
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// Why, as a word.
    pub code: String,
    /// Why, for people.
    pub detail: String,
}
