//! Stored commands and batches as they are shown.

use serde::{Deserialize, Serialize};

use crate::{BatchAccepted, CommandStatus, Evidence, RoutingMethod, UtcTime};

/// One command, waiting or finished, queued or direct.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRecord {
    /// Its name.
    pub command_id: String,
    /// Number of the command in the queue, if it was ever queued.
    pub queue_id: Option<i64>,
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// The name of the action.
    pub command: String,
    /// The channel, for `channel`.
    pub channel: Option<String>,
    /// The digit, for `number` and `diagnostic_signal`.
    pub digit: Option<i64>,
    /// The input, for `input`.
    pub input: Option<String>,
    /// How many presses, if there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub steps: Option<i64>,
    /// The class of the command.
    pub class: String,
    /// The batch of the command.
    pub batch_id: Option<String>,
    /// Status of the command.
    pub status: CommandStatus,
    /// Why it ended with this status, as a code; while it is open, why the last attempt failed.
    pub reason: Option<String>,
    /// Details, as text.
    pub detail: Option<String>,
    /// Whether the device took the command.
    pub delivered: bool,
    /// The evidence of the delivery.
    pub evidence: Option<Evidence>,
    /// The newer command, if it was superseded.
    pub superseded_by: Option<String>,
    /// Priority from -10 to 10; higher is sooner.
    pub priority: i8,
    /// When the command was scheduled for, if it was.
    pub scheduled_at: Option<UtcTime>,
    /// When the next attempt is due.
    pub due_at: UtcTime,
    /// When the command expires; it is never sent later.
    pub expires_at: UtcTime,
    /// How many attempts were made from the queue, of at most `max_attempts`; of a direct command 1. The direct
    /// attempt before a command was queued is not counted; it is the first of the `attempt_log`.
    pub attempts: u8,
    /// Maximum number of attempts.
    pub max_attempts: u8,
    /// When the last attempt started.
    pub last_attempt_at: Option<UtcTime>,
    /// When it ended.
    pub completed_at: Option<UtcTime>,
    /// Duration of the last attempt, in milliseconds.
    pub execution_time_ms: Option<u64>,
    /// Time from due to the first attempt, in milliseconds.
    pub queue_wait_ms: Option<u64>,
    /// How the command was routed.
    pub routing_method: RoutingMethod,
    /// When it was accepted.
    pub created_at: UtcTime,
    /// Who sent the command.
    pub created_by: Option<String>,
    /// IP address of the sender.
    pub user_ip: Option<String>,
    /// The note that the caller gave.
    pub notes: Option<String>,
    /// Time part of the order key, which decides first; `null` while the command is scheduled for later.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub order_instant: Option<UtcTime>,
    /// Sequence part of the order key, among commands of the same time.
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
    /// Duration of the attempt, in milliseconds.
    pub took_ms: u64,
    /// The outcome, as a code.
    pub reason: String,
    /// The outcome, in one sentence.
    pub meaning: String,
    /// Whether it may have reached the TV without evidence.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub may_have_acted: bool,
    /// The evidence of the delivery.
    pub evidence: Option<Evidence>,
    /// Details, such as the text of a refusal.
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
    /// Number of the command in the queue.
    pub queue_id: Option<i64>,
    /// One sentence that explains the status.
    pub why: String,
    /// Status of the command.
    pub status: CommandStatus,
    /// The reason, as a code.
    pub reason: Option<String>,
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// The name of the action.
    pub command: String,
    /// The newer command, if it was superseded.
    pub superseded_by: Option<String>,
    /// When the next attempt is due; `null` once the command has ended.
    pub due_at: Option<UtcTime>,
    /// When the command expires; it is never sent later.
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
    /// Maximum number of attempts.
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

/// Number of commands of a batch, by status.
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
    /// Who made the request.
    pub created_by: Option<String>,
    /// IP address of the sender.
    pub user_ip: Option<String>,
    /// The note that the caller gave.
    pub notes: Option<String>,
    /// When its last command ended.
    pub finished_at: Option<UtcTime>,
    /// Whether all its commands have ended.
    pub finished: bool,
    /// Number of commands of the batch.
    pub total: u64,
    /// Number of commands by status; they add up to `total`.
    pub statuses: StatusCounts,
    /// Number of rejected targets.
    pub rejected: u64,
    /// Number of targets that were named more than once, or whose source received the same for another target.
    pub duplicates: u64,
    /// The latest batch that retries this one, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub retried_by: Option<String>,
    /// The latest batch that undoes this one, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub undone_by: Option<String>,
    /// Which of `cancel`, `retry` and `undo` the caller may use, and would have an effect.
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
    /// Number of commands of the batch; 0 if there is no such batch.
    pub total: u64,
    /// Number of delivered commands.
    pub completed: u64,
    /// Number of commands that ended otherwise.
    pub failed: u64,
    /// Number of commands that wait or are in flight.
    pub pending: u64,
    /// Number of commands by their exact status.
    pub statuses: StatusCounts,
    /// All commands, in the order of the queue.
    pub commands: Vec<BulkCommand>,
}

/// One command of a [`BulkStatus`].
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkCommand {
    /// Number of the command in the queue.
    pub id: Option<i64>,
    /// Its name.
    pub command_id: String,
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// The name of the action.
    pub command: String,
    /// The channel, for `channel`.
    pub channel: Option<String>,
    /// Status of the command.
    pub status: CommandStatus,
    /// Whether the command was delivered; `null` until it has ended.
    pub success: Option<bool>,
    /// Number of attempts.
    pub attempts: u8,
    /// Why the command was not delivered, as text.
    pub error_message: Option<String>,
}

/// `POST /api/v1/batches/{id}/cancel`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchCancelled {
    /// The batch.
    pub batch_id: String,
    /// Number of cancelled commands.
    pub cancelled: u64,
    /// Number of commands that were in flight, and could not be cancelled.
    pub in_flight: u64,
}

/// The body of `POST /api/v1/batches/{id}/undo`; it may be left out.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BatchUndoBody {
    /// Only for these TVs of the batch, and the boxes that they show: selectors such as `zone=bar` or `ir-dc4516/2`. All
    /// of it unless given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub selectors: Vec<String>,
}

/// `POST /api/v1/batches/{id}/retry` and `.../undo`: what became of each port.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRetried {
    /// The batch that was retried or undone.
    pub of_batch: String,
    /// The new batch; `null` if there was nothing to do.
    pub batch: Option<BatchAccepted>,
    /// The ports that were skipped.
    pub skipped: Vec<SkippedPort>,
    /// Number of waiting commands of the old batch that were cancelled (undo only).
    pub withdrawn: u64,
}

/// A port that was skipped.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedPort {
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// The reason, as a code.
    pub code: String,
    /// The reason, as text.
    pub detail: String,
}
