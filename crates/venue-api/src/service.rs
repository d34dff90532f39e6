//! The daemon itself as it is shown.

use serde::{Deserialize, Serialize};

use crate::{Mode, OrderNote, UtcTime};

/// `GET /api/v1/status`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStatus {
    /// The daemon's version.
    pub version: String,
    /// The current mode.
    pub mode: Mode,
    /// Whether the queue is paused: batches and schedules then wait.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub queue_paused: bool,
    /// Present if a crash could lose the order of commands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub order: Option<OrderNote>,
    /// When the daemon was started.
    pub started_at: UtcTime,
    /// How long the daemon has been running, in seconds.
    pub uptime_s: u64,
    /// Number of registered devices, by presence.
    pub devices: DeviceCounts,
}

/// Number of devices by presence; the others add up to `total`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCounts {
    /// All registered devices.
    pub total: usize,
    /// Devices with a session.
    pub online: usize,
    /// Devices whose first session is being opened.
    pub connecting: usize,
    /// Devices without a session; connecting is retried automatically.
    pub offline: usize,
    /// Devices without a session that need an admin.
    pub misconfigured: usize,
}

/// `GET /livez`: the process answers.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// Always `live`.
    pub status: Liveness,
}

/// The status of [`Live`].
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Liveness {
    /// The process answers.
    Live,
}

/// `GET /readyz`: whether commands are accepted; 503 while the daemon is stopping.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Whether commands are accepted.
    pub status: Readiness,
    /// The current mode.
    pub mode: Mode,
    /// Present if a crash could lose the order of commands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub order: Option<OrderNote>,
}

/// Whether the daemon accepts commands.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// It accepts commands.
    Ready,
    /// It is stopping, and accepts no new commands.
    Stopping,
}
