//! What the stream of events says: the data of each kind of event, as JSON.
//!
//! `GET /api/v1/events` and webhooks carry these. [`Events`] names the type of each kind.

use serde::{Deserialize, Serialize};

use crate::{
    Alert, CommandStatus, EventMode, EventPresence, LearnSession, RoutingMethod, StatusCounts,
    UtcTime,
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
    /// Of `channel`.
    pub channel: Option<String>,
    /// Its name.
    pub command_id: String,
    /// Where it stands.
    pub status: CommandStatus,
    /// Why it ended so, as a word.
    pub reason: Option<String>,
    /// How it was routed, once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub routing_method: Option<RoutingMethod>,
    /// How long its last attempt took.
    pub execution_time_ms: Option<u64>,
    /// Its name in the queue, if it was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub queue_id: Option<i64>,
    /// The batch that it belongs to.
    pub batch_id: Option<String>,
    /// The instant that it is scheduled for.
    pub scheduled_at: Option<UtcTime>,
    /// Of what waits: until about when it is tried, if its device stays away.
    pub tried_until: Option<UtcTime>,
}

/// `batch.created`: a batch was accepted.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchCreatedEvent {
    /// The batch.
    pub batch_id: String,
    /// Who asked.
    pub created_by: Option<String>,
    /// What the caller wrote about it.
    pub notes: Option<String>,
    /// How many commands it has.
    pub total: u64,
    /// All of them.
    pub commands: Vec<CommandEvent>,
}

/// `batch.progress`: how far a batch is.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchProgressEvent {
    /// The batch.
    pub batch_id: String,
    /// How many commands it has.
    pub total: u64,
    /// Whether all of them have ended.
    pub finished: bool,
    /// How many have which status; they add up to `total`.
    pub statuses: StatusCounts,
}

/// `port.updated`: what is assumed of a port changed. A field that is absent is as it was; `null` is not
/// known any more.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortEvent {
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// The delivered command, or `correction`; absent where a command of unknown outcome made it unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub last_command: Option<String>,
    /// `on` or `off`.
    pub last_power_state: Option<String>,
    /// Whether it is muted.
    pub muted: Option<bool>,
    /// The input that was selected last.
    pub last_input: Option<String>,
    /// The channel.
    pub last_channel: Option<String>,
}

/// `device.state`: a device came or went.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceEvent {
    /// The device.
    pub hostname: String,
    /// Whether it has a session.
    pub presence: EventPresence,
    /// Why it has none; for `misconfigured` a word such as `wrong_key`.
    pub cause: Option<String>,
}

/// `queue.health`: what works changed.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueEvent {
    /// What works now.
    pub mode: EventMode,
    /// The same for people.
    pub detail: String,
}

/// `schedule.fired`: an occurrence of a schedule was handled.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleEvent {
    /// The schedule.
    pub schedule: String,
    /// The local date and time of the occurrence.
    pub occurrence: String,
    /// What became of it: `fired`, `missed`, `skipped`, `overlapped` or `refused`.
    pub outcome: String,
    /// The batch that it became, if it fired.
    pub batch_id: Option<String>,
    /// More, for people.
    pub detail: Option<String>,
}

/// `config.changed`: what the venue is made of changed.
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
    /// By how many milliseconds; negative if it was set back.
    pub jump_ms: i64,
}

/// `reset`: events are missing. Read everything again.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetEvent {}

/// The data of every kind of event, under the name of the kind. It never travels as a whole: it is there so
/// that the description of the API says which data belongs to which event.
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
    #[serde(rename = "clock.jumped")]
    pub clock_jumped: ClockEvent,
    #[serde(rename = "infrared.learning")]
    pub infrared_learning: LearnSession,
    #[serde(rename = "alert.raised")]
    pub alert_raised: Alert,
    #[serde(rename = "alert.cleared")]
    pub alert_cleared: Alert,
    #[serde(rename = "reset")]
    pub reset: ResetEvent,
}
