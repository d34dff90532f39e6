//! The queue as it is shown.

use serde::{Deserialize, Serialize};

use crate::{CommandRecord, UtcTime};

/// `GET /queue/health`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueHealth {
    /// Nothing is stuck, and there have not been more than 1000 due commands for a minute.
    pub healthy: bool,
    /// Commands in flight for more than five minutes.
    pub stuck_commands: u64,
    /// Commands that are due and wait.
    pub pending_count: u64,
    /// `Queue depth high` above 500.
    pub warning: Option<String>,
}

/// `GET /queue/metrics`: the document's figures, and those that its later clients read.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueMetrics {
    /// Commands that are due and wait; what is due later is no load.
    pub pending_count: u64,
    /// Commands in flight.
    pub processing_count: u64,
    /// Commands delivered within the last hour.
    pub completed_last_hour: u64,
    /// Commands that failed, expired or ended unknown within the last hour.
    pub failed_last_hour: u64,
    /// Mean duration of an attempt within the last hour; `null` if there was none.
    pub avg_execution_time_ms: Option<u64>,
    /// Mean time from due to first attempt within the last hour; `null` if there was none.
    pub avg_queue_wait_time_ms: Option<u64>,
    /// The mean of the last minute of the places in use, 0 to 1.
    pub worker_utilization: f64,
    /// For how long the oldest due command has been waiting; 0 if none is.
    pub oldest_pending_age_seconds: u64,
    /// Commands in flight for more than five minutes.
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
    /// Whether no further command of the queue is begun.
    pub paused: bool,
    /// As in `/queue/health`.
    pub healthy: bool,
    /// Commands that are due and wait.
    pub due: u64,
    /// Commands that wait for a later time.
    pub later: u64,
    /// Commands in flight.
    pub processing: u64,
    /// Commands in flight for more than five minutes.
    pub stuck: u64,
    /// Since when the oldest due command has been waiting.
    pub oldest_due_at: Option<UtcTime>,
    /// Commands delivered within the last hour.
    pub completed_last_hour: u64,
    /// Commands that failed, expired or ended unknown within the last hour.
    pub failed_last_hour: u64,
    /// All commands of the queue that ended within the last hour, by status.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub ended_last_hour: EndedCounts,
    /// Mean duration of an attempt within the last hour.
    pub avg_execution_time_ms: Option<u64>,
    /// Mean time from due to first attempt within the last hour.
    pub avg_queue_wait_time_ms: Option<u64>,
    /// The mean of the last minute of the places in use, 0 to 1.
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
    /// Outlived their time.
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
    /// The assumed state of its ports, as delivered commands left them; nobody asked the TVs.
    pub port_statuses: Vec<PortStatus>,
}

/// The assumed state of one port.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortStatus {
    /// Which one.
    pub port: u8,
    /// The channel; `null` where it is not known.
    pub last_channel: Option<String>,
    /// The last delivered command.
    pub last_command: String,
    /// When it was delivered.
    pub last_command_at: UtcTime,
    /// `on`, `off`, or `null` where it is not known.
    pub last_power_state: Option<String>,
    /// Whether it is muted; `null` where it is not known.
    pub muted: Option<bool>,
    /// The input that was selected last.
    pub last_input: Option<String>,
    /// When this was last changed: with the last delivered command.
    pub updated_at: UtcTime,
    /// Who said so, where a person corrected it last; `null` otherwise.
    pub corrected_by: Option<String>,
}
