//! What the stream of events says: the data of each kind of event, as JSON.
//!
//! `GET /api/v1/events` and webhooks carry these. [`Events`] names the type of each kind.

use serde::{Deserialize, Serialize};

use crate::{
    Alert, CommandStatus, EventMode, EventPresence, LearnSession, Lock, Maintenance,
    OccurrenceKind, RoutingMethod, StatusCounts, UtcTime,
};

/// `command.updated`: a command waits, or has ended.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandEvent {
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// The name of the action.
    pub command: String,
    /// The channel, for `channel`.
    pub channel: Option<String>,
    /// Its name.
    pub command_id: String,
    /// Status of the command.
    pub status: CommandStatus,
    /// Why it ended with this status, as a code.
    pub reason: Option<String>,
    /// How the command was routed, once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub routing_method: Option<RoutingMethod>,
    /// Duration of the last attempt, in milliseconds.
    pub execution_time_ms: Option<u64>,
    /// Number of the command in the queue, if it was queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub queue_id: Option<i64>,
    /// The batch of the command.
    pub batch_id: Option<String>,
    /// When the command is scheduled for.
    pub scheduled_at: Option<UtcTime>,
    /// For a waiting command: until about when it is tried if its device stays offline.
    pub tried_until: Option<UtcTime>,
}

/// `batch.created`: a batch was accepted.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchCreatedEvent {
    /// The batch.
    pub batch_id: String,
    /// Who made the request.
    pub created_by: Option<String>,
    /// The note that the caller gave.
    pub notes: Option<String>,
    /// Number of commands of the batch.
    pub total: u64,
    /// All commands of the batch.
    pub commands: Vec<CommandEvent>,
}

/// `batch.progress`: the progress of a batch.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchProgressEvent {
    /// The batch.
    pub batch_id: String,
    /// Number of commands of the batch.
    pub total: u64,
    /// Whether all commands have ended.
    pub finished: bool,
    /// Number of commands by status; they add up to `total`.
    pub statuses: StatusCounts,
}

/// `port.updated`: the assumed state of a port changed. An absent field did not change; `null` means that the value
/// is no longer known.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortEvent {
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// The delivered command, or `correction`; absent if a command with unknown outcome made the state unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub last_command: Option<String>,
    /// `on` or `off`.
    pub last_power_state: Option<String>,
    /// Whether the TV is muted.
    pub muted: Option<bool>,
    /// The input that was selected last.
    pub last_input: Option<String>,
    /// The channel.
    pub last_channel: Option<String>,
}

/// `device.state`: the state of a device changed.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceEvent {
    /// The device.
    pub hostname: String,
    /// Whether it has a session.
    pub presence: EventPresence,
    /// Why there is no session; for `misconfigured` a code such as `wrong_key`.
    pub cause: Option<String>,
}

/// `queue.health`: the mode of the service changed.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueEvent {
    /// The current mode.
    pub mode: EventMode,
    /// The mode, in one sentence.
    pub detail: String,
}

/// `schedule.fired`: an occurrence of a schedule was handled.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleEvent {
    /// The schedule.
    pub schedule: String,
    /// The local date and time of the occurrence, or of its put back.
    pub occurrence: String,
    /// Whether it was a run or a put back.
    pub kind: OccurrenceKind,
    /// The result: `fired`, `missed`, `skipped`, `overlapped` or `refused`.
    pub outcome: String,
    /// The batch of the run, if it fired.
    pub batch_id: Option<String>,
    /// Details, as text.
    pub detail: Option<String>,
}

/// `config.changed`: the configuration changed.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigEvent {
    /// The revision of the whole configuration.
    pub revision: u64,
}

/// `clock.jumped`: the wall clock was set.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockEvent {
    /// By how many milliseconds the clock was set; negative if it was set back.
    pub jump_ms: i64,
}

/// `reset`: events were lost. Read the whole state again.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetEvent {}

/// The data of every kind of event, under the name of the kind. No answer contains it: it documents which data
/// belongs to which event.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each type says which event it is the data of")]
pub struct Events {
    #[serde(rename = "command.updated")]
    pub command_updated: CommandEvent,
    #[serde(rename = "batch.created")]
    pub batch_created: BatchCreatedEvent,
    #[serde(rename = "batch.progress")]
    pub batch_progress: BatchProgressEvent,
    #[serde(rename = "port.updated")]
    pub port_updated: PortEvent,
    #[serde(rename = "device.state")]
    pub device_state: DeviceEvent,
    #[serde(rename = "queue.health")]
    pub queue_health: QueueEvent,
    #[serde(rename = "schedule.fired")]
    pub schedule_fired: ScheduleEvent,
    #[serde(rename = "config.changed")]
    pub config_changed: ConfigEvent,
    #[serde(rename = "lock.ended")]
    pub lock_ended: Lock,
    #[serde(rename = "maintenance.ended")]
    pub maintenance_ended: Maintenance,
    #[serde(rename = "clock.jumped")]
    pub clock_jumped: ClockEvent,
    #[serde(rename = "infrared.learning")]
    pub infrared_learning: LearnSession,
    #[serde(rename = "alert.raised")]
    pub alert_raised: Alert,
    #[serde(rename = "alert.updated")]
    pub alert_updated: Alert,
    #[serde(rename = "alert.cleared")]
    pub alert_cleared: Alert,
    #[serde(rename = "reset")]
    pub reset: ResetEvent,
}
