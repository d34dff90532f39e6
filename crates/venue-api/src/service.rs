//! The daemon itself as it is shown.

use serde::{Deserialize, Serialize};

use crate::{Mode, OrderNote, UtcTime};

/// `GET /api/v1/status`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStatus {
    /// The daemon's version.
    pub version: String,
    /// What works at present.
    pub mode: Mode,
    /// Whether somebody has paused the queue: then commands of groups and schedules wait.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub queue_paused: bool,
    /// What a kill would leave of the order of commands, where that is not all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub order: Option<OrderNote>,
    /// When it started.
    pub started_at: UtcTime,
    /// For how many seconds it has been running.
    pub uptime_s: u64,
    /// The registered devices, by presence.
    pub devices: DeviceCounts,
}

/// How many devices there are, by presence; the others sum up to `total`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCounts {
    /// All registered ones.
    pub total: usize,
    /// With a session.
    pub online: usize,
    /// Whose first session is being opened.
    pub connecting: usize,
    /// Without one; it is tried again by itself.
    pub offline: usize,
    /// Without one, and an admin is needed.
    pub misconfigured: usize,
}

/// `GET /livez`: the process answers.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// Always `live`.
    pub status: Liveness,
}

/// The one word of [`Live`].
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Liveness {
    /// The process answers.
    Live,
}

/// `GET /readyz`: whether commands are taken; 503 while stopping.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Whether they are.
    pub status: Readiness,
    /// What works at present.
    pub mode: Mode,
    /// What a kill would leave of the order of commands, where that is not all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub order: Option<OrderNote>,
}

/// Whether the daemon takes commands.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// It does.
    Ready,
    /// It is stopping and takes no new ones.
    Stopping,
}
