//! What the venue does for itself, as it travels.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::UtcTime;

/// One system task.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SystemTaskStatus {
    /// Its name, such as `health_sweep`.
    pub task: String,
    /// Whether a further run was requested and starts after the current one.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub waiting: bool,
    /// Whether the task is running, or its commands wait in the queue.
    pub running: bool,
    /// Interval between runs, in seconds; without this and `cron` the task runs only on request.
    pub every_s: Option<u64>,
    /// When the task runs, as a cron pattern.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub cron: Option<String>,
    /// The time zone of the pattern.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub zone: Option<String>,
    /// When the last run ended.
    pub last_run: Option<UtcTime>,
    /// When the next run is due.
    pub next_run: Option<UtcTime>,
    /// Whether the last run failed.
    pub failed: bool,
    /// The result of the last run.
    pub result: Value,
}

/// `GET /api/v1/system/tasks`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SystemTaskList {
    /// The tasks.
    pub items: Vec<SystemTaskStatus>,
}

/// `GET /api/v1/firmware`: what the last firmware check found.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirmwareInventory {
    /// When the check ended; `null` if there was none.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub checked_at: Option<UtcTime>,
    /// Number of devices for each version of ESPHome.
    pub versions: BTreeMap<String, u64>,
    /// The devices, by hostname.
    pub devices: Vec<DeviceFirmware>,
}

/// The firmware of one device.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceFirmware {
    /// The device.
    pub hostname: String,
    /// Whether the device ever had a session that reported its firmware; if not, nothing else is known.
    pub known: bool,
    /// The ESPHome version.
    pub esphome_version: Option<String>,
    /// The project name.
    pub project_name: Option<String>,
    /// The project version.
    pub project_version: Option<String>,
    /// Compilation time, as the device reports it.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub compilation_time: Option<String>,
    /// The board model.
    pub model: Option<String>,
    /// State of the device's update entity; `null` if it has none or has not reported.
    pub update: Option<FirmwareUpdate>,
}

/// State of an update entity.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirmwareUpdate {
    /// Installed version, as the update entity reports it: of the project or of ESPHome.
    pub current: String,
    /// Available version.
    pub latest: String,
    /// Whether the available version differs from the installed one.
    pub available: bool,
}

/// One line of a device's log.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceLogLine {
    /// When the line was received.
    pub at: UtcTime,
    /// ESPHome's level: 1 error, 2 warning, 3 info, 4 configuration, 5 debug and more.
    pub level: u32,
    /// Text of the line.
    pub line: String,
}

/// `GET /api/v1/devices/{hostname}/log`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceLog {
    /// The device.
    pub hostname: String,
    /// The last lines that were collected, the oldest first.
    pub lines: Vec<DeviceLogLine>,
}

/// Number of ended commands of one day, device, action and class; summed over those that are not grouped by.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyStats {
    /// The day in UTC; `null` for the sum over all days. The next three fields are `null` in the same way.
    pub date: Option<String>,
    /// The device.
    pub hostname: Option<String>,
    /// The command.
    pub command: Option<String>,
    /// The class.
    pub command_class: Option<String>,
    /// Number of delivered commands.
    pub completed: u64,
    /// Number of failed commands.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub failed: u64,
    /// Number of expired commands.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub expired: u64,
    /// Number of commands superseded by a newer one.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub superseded: u64,
    /// Number of cancelled commands.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub cancelled: u64,
    /// Number of commands that may have been sent, without evidence.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub unknown: u64,
    /// The sum of failed, expired and unknown.
    pub not_completed: u64,
    /// The sum of superseded and cancelled.
    pub replaced: u64,
    /// Mean duration of the attempts, in milliseconds.
    pub avg_execution_time_ms: Option<u64>,
    /// Longest duration of an attempt, in milliseconds.
    pub max_execution_time_ms: u64,
}

/// `GET /api/v1/statistics`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// The figures, the newest day first.
    pub items: Vec<DailyStats>,
    /// Whether the list was cut off; ask for fewer days, one device or another group.
    pub more: bool,
}
