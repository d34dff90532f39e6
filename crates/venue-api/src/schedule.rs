//! Schedules as they travel.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::UtcTime;

/// One schedule, with its state.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its id.
    pub id: String,
    /// The revision in which it was last written, as in its `ETag`.
    pub revision: u64,
    /// Whether the schedule is paused: it does not fire, and its runs do not count as missed.
    pub paused: bool,
    /// Whether the caller may run the schedule.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub may_run: bool,
    /// The next run; `null` if the schedule is paused or has no further run.
    pub next: Option<NextRun>,
    /// The schedule, in the form that a PUT takes.
    #[cfg_attr(feature = "schema", schema(schema_with = item))]
    pub item: Value,
}

/// The type is that of the schedules as they are stored, whose schema has this name.
#[cfg(feature = "schema")]
fn item() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name("ScheduleItem")
}

/// One future run of a schedule.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextRun {
    /// When the schedule fires, in UTC.
    pub at: UtcTime,
    /// Local date and time of the run.
    pub local: String,
    /// Time zone of `local`: that of the schedule, or `UTC` if it names none.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub zone: String,
    /// Whether the run is to be skipped.
    pub skipped: bool,
}

/// `GET /api/v1/schedules`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScheduleList {
    /// The schedules, ordered by id.
    pub items: Vec<Schedule>,
}

/// `GET /api/v1/schedules/{id}/next`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextRuns {
    /// The next runs, the nearest first.
    pub items: Vec<NextRun>,
}

/// How one run of a schedule ended.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRun {
    /// Local date and time of the run.
    pub occurrence: String,
    /// When the run was due.
    pub due_at: UtcTime,
    /// When the result was recorded.
    pub noted_at: UtcTime,
    /// The result: `fired`, `missed`, `skipped`, `overlapped` or `refused`.
    pub outcome: String,
    /// The batch of the run, if it fired; it shows what was delivered.
    pub batch_id: Option<String>,
    /// Details, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub detail: Option<String>,
}

/// `GET /api/v1/schedules/{id}/runs`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRuns {
    /// The runs, the newest first.
    pub items: Vec<ScheduleRun>,
}

/// `DELETE /api/v1/schedules/{id}`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRemoved {
    /// Its id.
    pub id: String,
}
