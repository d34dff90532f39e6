//! System tasks: what a venue does for itself.

use std::{fmt, future::Future, str::FromStr};

use crate::{
    batch::BatchCounts,
    hostname::Hostname,
    status::{UnknownName, named},
    store_error::StoreError,
    time::Timestamp,
};

/// What a venue does for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SystemTask {
    /// Asks every device that is online what it can do.
    CapabilityRefresh,
    /// Says how all devices are: from their sessions, and a sign of life.
    HealthSweep,
    /// Says which firmware runs where, and what is offered.
    FirmwareCheck,
    /// Reads a short window of each device's log, one device at a time.
    LogCollection,
    /// Forgets what is old, and adds it to the daily figures.
    Retention,
}

impl SystemTask {
    /// Every task.
    pub const ALL: [Self; 5] = [
        Self::CapabilityRefresh,
        Self::HealthSweep,
        Self::FirmwareCheck,
        Self::LogCollection,
        Self::Retention,
    ];

    /// The name in paths, configuration and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CapabilityRefresh => "capability_refresh",
            Self::HealthSweep => "health_sweep",
            Self::FirmwareCheck => "firmware_check",
            Self::LogCollection => "log_collection",
            Self::Retention => "retention",
        }
    }
}

named!(SystemTask is "system task");

/// How a system task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRun {
    /// The task.
    pub task: SystemTask,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Whether it failed.
    pub failed: bool,
    /// What it found, as JSON.
    pub result: String,
}

/// One line of a device's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it came.
    pub at: Timestamp,
    /// ESPHome's level: 1 error, 2 warning, 3 info, 4 configuration, 5 debug and more.
    pub level: u32,
    /// The line, without anything that a terminal would obey.
    pub line: String,
}

/// What ended: on one day, of one device, one action and one class, as far as they are told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DailyStats {
    /// Days since 1970-01-01, UTC; `None` for all days together, and so with the others.
    pub day: Option<i64>,
    /// The device.
    pub hostname: Option<String>,
    /// The action.
    pub command: Option<String>,
    /// The class.
    pub command_class: Option<String>,
    /// How many ended with which status.
    pub counts: BatchCounts,
    /// How many attempts there are times of, how long they took together, and the longest.
    pub execution_count: u64,
    /// In milliseconds.
    pub execution_sum_ms: u64,
    /// In milliseconds.
    pub execution_max_ms: u64,
}

/// Which figures are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatsQuery {
    /// The first day (since 1970-01-01, UTC).
    pub first: i64,
    /// The last day, included.
    pub last: i64,
    /// Of this device only.
    pub device: Option<Hostname>,
    /// What is told apart.
    pub by: StatsBy,
    /// How many at most.
    pub limit: u32,
}

/// What figures tell apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatsBy {
    /// Day, device, action and class.
    #[default]
    Everything,
    /// Days alone.
    Day,
    /// Devices alone.
    Device,
    /// Actions alone.
    Command,
    /// Classes alone.
    Class,
}

impl StatsBy {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Everything, Self::Day, Self::Device, Self::Command, Self::Class];

    /// The name in queries.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Day => "day",
            Self::Device => "device",
            Self::Command => "command",
            Self::Class => "class",
        }
    }

    /// Whether `part` is told apart.
    #[must_use]
    pub fn tells(self, part: Self) -> bool {
        self == Self::Everything || self == part
    }
}

named!(StatsBy is "group of figures");

/// So many lines of each device's log are kept.
pub const LOG_LINES_KEPT: u32 = 500;

/// What a venue remembers of itself.
pub trait SystemStore: Send + Sync {
    /// Notes how a task ended; what was noted of it before is forgotten.
    fn note_task_run(&self, run: TaskRun) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How each task ended last; those that never ran are left out.
    fn task_runs(&self) -> impl Future<Output = Result<Vec<TaskRun>, StoreError>> + Send;

    /// Adds lines of a device's log, and forgets the oldest over [`LOG_LINES_KEPT`].
    fn note_log(
        &self,
        device: Hostname,
        lines: Vec<LogLine>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The last lines of a device's log, the oldest first.
    fn log(
        &self,
        device: Hostname,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<LogLine>, StoreError>> + Send;

    /// What ended, the newest day first: what has left the history, and what is still in it.
    fn daily_stats(
        &self,
        query: StatsQuery,
    ) -> impl Future<Output = Result<Vec<DailyStats>, StoreError>> + Send;
}
