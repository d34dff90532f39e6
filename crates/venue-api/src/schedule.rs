//! Schedules as they travel.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::UtcTime;

/// One schedule with what is known of it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its id.
    pub id: String,
    /// The revision in which it was last written, as in its `ETag`.
    pub revision: u64,
    /// Whether it is paused: then nothing of it fires, and nothing is missed.
    pub paused: bool,
    /// Whether the caller may run it now.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub may_run: bool,
    /// When it fires next; nothing if it is paused or over.
    pub next: Option<NextRun>,
    /// As it is written: what can be sent back in a PUT.
    #[cfg_attr(feature = "schema", schema(schema_with = item))]
    pub item: Value,
}

/// The type is that of the schedules as they are stored, whose schema has this name.
#[cfg(feature = "schema")]
fn item() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name("ScheduleItem")
}

/// One occurrence that is to come.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextRun {
    /// When.
    pub at: UtcTime,
    /// What the clock on the wall shows then.
    pub local: String,
    /// In which zone that clock hangs: that of the schedule, or `UTC` where it names none.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub zone: String,
    /// Whether it is to be left out.
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
    /// The next occurrences, the nearest first.
    pub items: Vec<NextRun>,
}

/// What became of one occurrence.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRun {
    /// Its local date and time.
    pub occurrence: String,
    /// When it was due.
    pub due_at: UtcTime,
    /// When its fate was noted.
    pub noted_at: UtcTime,
    /// Its fate: `fired`, `missed`, `skipped`, `overlapped` or `refused`.
    pub outcome: String,
    /// The batch that it became, if it fired: what was delivered is to be seen there.
    pub batch_id: Option<String>,
    /// What else is to be said.
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
