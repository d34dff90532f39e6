//! The queue as it is shown.

use serde::{Deserialize, Serialize};

use crate::{CommandRecord, UtcTime};

/// `GET /queue/health`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueHealth {
    /// Whether no command is stuck, and not more than 1000 commands have been due for a minute.
    pub healthy: bool,
    /// Number of commands that have been in flight for more than five minutes.
    pub stuck_commands: u64,
    /// Number of waiting commands that are due.
    pub pending_count: u64,
    /// `Queue depth high` if more than 500 commands are due.
    pub warning: Option<String>,
}

/// `GET /queue/metrics`: the figures of the design document, and those that its later clients read.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueMetrics {
    /// Number of waiting commands that are due, without those scheduled for later.
    pub pending_count: u64,
    /// Number of commands in flight.
    pub processing_count: u64,
    /// Number of commands delivered within the last hour.
    pub completed_last_hour: u64,
    /// Number of commands that failed, expired or ended unknown within the last hour.
    pub failed_last_hour: u64,
    /// Mean duration of an attempt within the last hour; `null` if there was none.
    pub avg_execution_time_ms: Option<u64>,
    /// Mean time from due to first attempt within the last hour; `null` if there was none.
    pub avg_queue_wait_time_ms: Option<u64>,
    /// Share of the permits in use, 0 to 1, averaged over the last minute.
    pub worker_utilization: f64,
    /// How long the oldest due command has been waiting; 0 if none waits.
    pub oldest_pending_age_seconds: u64,
    /// Number of commands that have been in flight for more than five minutes.
    pub stuck_commands: u64,
    /// As in `/queue/health`.
    pub healthy: bool,
    /// `pending_count` again.
    pub pending: u64,
    /// `processing_count` again.
    pub processing: u64,
    /// `failed_last_hour` again.
    pub failed: u64,
}

/// `GET /api/v1/queue`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueStats {
    /// Whether the queue is paused: no command of it is sent.
    pub paused: bool,
    /// As in `/queue/health`.
    pub healthy: bool,
    /// Number of waiting commands that are due.
    pub due: u64,
    /// Number of commands scheduled for later.
    pub later: u64,
    /// Number of commands in flight.
    pub processing: u64,
    /// Number of commands that have been in flight for more than five minutes.
    pub stuck: u64,
    /// When the oldest due command became due.
    pub oldest_due_at: Option<UtcTime>,
    /// Number of commands delivered within the last hour.
    pub completed_last_hour: u64,
    /// Number of commands that failed, expired or ended unknown within the last hour.
    pub failed_last_hour: u64,
    /// All commands of the queue that ended within the last hour, by status.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub ended_last_hour: EndedCounts,
    /// Mean duration of an attempt within the last hour.
    pub avg_execution_time_ms: Option<u64>,
    /// Mean time from due to first attempt within the last hour.
    pub avg_queue_wait_time_ms: Option<u64>,
    /// Share of the permits in use, 0 to 1, averaged over the last minute.
    pub worker_utilization: f64,
}

/// How many commands ended, by status.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedCounts {
    /// Delivered.
    pub completed: u64,
    /// Failed.
    pub failed: u64,
    /// Expired before they were sent.
    pub expired: u64,
    /// Superseded by a newer command.
    pub superseded: u64,
    /// Cancelled.
    pub cancelled: u64,
    /// May have been sent, without evidence.
    pub unknown: u64,
}

/// A page of commands: `GET /api/v1/queue/commands` and `GET /api/v1/history`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandPage {
    /// The commands.
    pub items: Vec<CommandRecord>,
    /// What to give as `cursor` for the next page; `null` at the end.
    pub next_cursor: Option<String>,
}

/// `GET /{hostname}/port-status`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortStatuses {
    /// The device.
    pub hostname: String,
    /// The assumed state of the ports, from delivered commands; a TV cannot be asked.
    pub port_statuses: Vec<PortStatus>,
}

/// The assumed state of one port.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortStatus {
    /// Number of the port.
    pub port: u8,
    /// The channel; `null` if unknown.
    pub last_channel: Option<String>,
    /// The last delivered command.
    pub last_command: String,
    /// When it was delivered.
    pub last_command_at: UtcTime,
    /// `on`, `off`, or `null` if unknown.
    pub last_power_state: Option<String>,
    /// Whether the TV is muted; `null` if unknown.
    pub muted: Option<bool>,
    /// The input that was selected last.
    pub last_input: Option<String>,
    /// When the state last changed, by a delivered command.
    pub updated_at: UtcTime,
    /// Who corrected the state, if the last change was a correction; `null` otherwise.
    pub corrected_by: Option<String>,
}
