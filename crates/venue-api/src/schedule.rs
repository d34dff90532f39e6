//! Schedules as they travel.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{RejectedTarget, UnchangedTarget, UnmatchedSelector, UtcTime};

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
    /// Whether the caller may change, skip, pause and remove the schedule.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub may_change: bool,
    /// Name of whoever made the schedule, where they had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub made_by: Option<String>,
    /// The next run; `null` if the schedule is paused or has no further run.
    pub next: Option<NextRun>,
    /// The put back of the last run, as long as it is to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub put_back: Option<PutBack>,
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
    /// Why it is to be skipped, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub skip_reason: Option<SkipReason>,
    /// When what the run changes is put back, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub put_back: Option<PutBack>,
}

/// When what a run changed is put back.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutBack {
    /// When, in UTC.
    pub at: UtcTime,
    /// The same as local date and time, in the zone of the schedule.
    pub local: String,
    /// Whether that is on the day after the run: the time of day is not later than that of the run.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub next_day: bool,
    /// Whether it is to be skipped, so that the TVs stay as they are.
    pub skipped: bool,
    /// The batch that is put back, once the run has fired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub batch_id: Option<String>,
}

/// Something of a schedule that is to come.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OccurrenceKind {
    /// A run.
    Run,
    /// What a run changed is put back.
    PutBack,
}

/// Why something of a schedule is skipped.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Somebody skipped it.
    Skipped,
    /// Its day is one of the exceptions of the schedule (`except`).
    Exception,
    /// Its day is a holiday of the venue, and the schedule skips holidays.
    Holiday,
}

/// `POST /api/v1/schedules/{id}/skip` and `/unskip`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkipBody {
    /// Date of the run such as `2026-12-25`, or its local date and time such as `2026-12-25T19:30`, in the zone of the
    /// schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub on: Option<String>,
}

/// `POST /api/v1/schedules/{id}/move`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveBody {
    /// Date of the run such as `2026-12-25`, or its local date and time such as `2026-12-25T19:30`, in the zone of the
    /// schedule.
    pub on: String,
    /// When it comes instead: a time of that day such as `20:00`, or a local date and time.
    pub to: String,
    /// Time of day at which what it changes is put back, if it is another one than that of the schedule; empty for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub put_back: Option<String>,
}

/// One run or one put back of the agenda.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaItem {
    /// Id of the schedule.
    pub schedule: String,
    /// Display name of the schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub name: Option<String>,
    /// Whether it is a run or a put back.
    pub kind: OccurrenceKind,
    /// When, in UTC.
    pub at: UtcTime,
    /// The same as local date and time, in `zone`.
    pub local: String,
    /// Time zone of `local`: that of the schedule, or `UTC` if it names none.
    pub zone: String,
    /// When what the run changes is put back, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub put_back: Option<PutBack>,
    /// The TVs.
    pub selectors: Vec<String>,
    /// The steps.
    pub steps: Vec<String>,
    /// Whether the schedule is paused: unless it is resumed before, this does not happen.
    pub paused: bool,
    /// Whether this is to be skipped.
    pub skipped: bool,
    /// Why it is to be skipped, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub skip_reason: Option<SkipReason>,
    /// Id of the schedule that runs in its place, if this run was moved to another time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub moved_to: Option<String>,
    /// Whether this is the next of its schedule, which `skip` leaves out.
    pub is_next: bool,
    /// Name of whoever made the schedule, where they had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub made_by: Option<String>,
    /// Whether the caller may run the schedule.
    pub may_run: bool,
    /// Whether the caller may change, skip, pause and remove the schedule.
    pub may_change: bool,
}

/// `GET /api/v1/agenda`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agenda {
    /// Time zone of the venue.
    pub zone: String,
    /// Up to when the agenda goes; earlier than asked for if that would be more than 500 items.
    pub until: UtcTime,
    /// What is to come, the nearest first.
    pub items: Vec<AgendaItem>,
}

/// What running a schedule now would send to one TV.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleTarget {
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// Display name of the TV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub name: Option<String>,
    /// What would be sent, in this order, such as `power_on` and `channel 501`.
    pub commands: Vec<String>,
}

/// `GET /api/v1/schedules/{id}/preview`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchedulePreview {
    /// Id of the schedule.
    pub id: String,
    /// The TVs to which something would be sent.
    pub targets: Vec<ScheduleTarget>,
    /// The TVs that would be left alone, such as locked ones, and why.
    pub rejected: Vec<RejectedTarget>,
    /// The TVs to which nothing has to be sent: they have a toggle only, and are assumed to be as the preset says.
    pub unchanged: Vec<UnchangedTarget>,
    /// Selectors that match nothing.
    pub unmatched: Vec<UnmatchedSelector>,
    /// Seconds from the first command to the last step.
    pub lasts_s: u64,
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
    /// Local date and time of the run, or of its put back.
    pub occurrence: String,
    /// Whether it was a run or a put back.
    pub kind: OccurrenceKind,
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
