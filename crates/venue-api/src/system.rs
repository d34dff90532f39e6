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
    /// Whether it was asked for while it ran, and runs again after that.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub waiting: bool,
    /// Whether it runs now, or its commands wait in the queue.
    pub running: bool,
    /// How often it runs by itself, in seconds; without this and `cron` only when it is asked for.
    pub every_s: Option<u64>,
    /// When it runs by itself, as a cron pattern.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub cron: Option<String>,
    /// The time zone of the pattern.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub zone: Option<String>,
    /// When it ended last.
    pub last_run: Option<UtcTime>,
    /// When it runs next.
    pub next_run: Option<UtcTime>,
    /// Whether it failed then.
    pub failed: bool,
    /// What it found.
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
    /// When that was; null if there was none.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub checked_at: Option<UtcTime>,
    /// How many devices run each version of ESPHome.
    pub versions: BTreeMap<String, u64>,
    /// The devices, by hostname.
    pub devices: Vec<DeviceFirmware>,
}

/// What one device runs.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceFirmware {
    /// The device.
    pub hostname: String,
    /// Whether it ever had a session that told what it runs; if not, nothing else is known.
    pub known: bool,
    /// The ESPHome version.
    pub esphome_version: Option<String>,
    /// The project name.
    pub project_name: Option<String>,
    /// The project version.
    pub project_version: Option<String>,
    /// When it was compiled, in the words of the device.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub compilation_time: Option<String>,
    /// The board model.
    pub model: Option<String>,
    /// What its update entity says; null if it has none or did not say.
    pub update: Option<FirmwareUpdate>,
}

/// What an update entity says.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirmwareUpdate {
    /// What runs, in the words of the update: a version of the project or of ESPHome.
    pub current: String,
    /// What could run.
    pub latest: String,
    /// Whether that is another one.
    pub available: bool,
}

/// One line of a device's log.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceLogLine {
    /// When it came.
    pub at: UtcTime,
    /// ESPHome's level: 1 error, 2 warning, 3 info, 4 configuration, 5 debug and more.
    pub level: u32,
    /// The line.
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

/// What ended: on one day, of one device, one action and one class, as far as they are told apart.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyStats {
    /// The day, UTC; null for all days together, and so with the next three.
    pub date: Option<String>,
    /// The device.
    pub hostname: Option<String>,
    /// The command.
    pub command: Option<String>,
    /// The class.
    pub command_class: Option<String>,
    /// How many were delivered.
    pub completed: u64,
    /// How many failed.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub failed: u64,
    /// How many outlived their time.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub expired: u64,
    /// How many were superseded by a newer command.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub superseded: u64,
    /// How many were cancelled.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub cancelled: u64,
    /// How many may have been sent, without evidence.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub unknown: u64,
    /// The sum of failed, expired and unknown.
    pub not_completed: u64,
    /// The sum of superseded and cancelled.
    pub replaced: u64,
    /// The mean time of the attempts, in milliseconds.
    pub avg_execution_time_ms: Option<u64>,
    /// The longest, in milliseconds.
    pub max_execution_time_ms: u64,
}

/// `GET /api/v1/statistics`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// The figures, the newest day first.
    pub items: Vec<DailyStats>,
    /// Whether there are more than were asked for: fewer days, one device or another group say them.
    pub more: bool,
}
