//! What became of the occurrences of schedules.

use std::{fmt, future::Future, str::FromStr};

use crate::{
    batch::BatchId,
    status::{UnknownName, named},
    store_error::StoreError,
    time::Timestamp,
};

/// What became of an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunOutcome {
    /// It fired: its batch was accepted.
    Fired,
    /// Nobody could fire it in time.
    Missed,
    /// It was left out on request.
    Skipped,
    /// It was left out because the run before was not finished.
    Overlapped,
    /// Its batch was refused; the detail says why.
    Refused,
}

impl RunOutcome {
    /// Every outcome.
    pub const ALL: [Self; 5] =
        [Self::Fired, Self::Missed, Self::Skipped, Self::Overlapped, Self::Refused];

    /// The name that is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::Missed => "missed",
            Self::Skipped => "skipped",
            Self::Overlapped => "overlapped",
            Self::Refused => "refused",
        }
    }
}

named!(RunOutcome is "outcome of a run");

/// What became of one occurrence of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleRun {
    /// The schedule.
    pub schedule: String,
    /// The occurrence: its local date and time, unique within the schedule.
    pub occurrence: String,
    /// When it was due.
    pub due_at: Timestamp,
    /// When its fate was noted.
    pub noted_at: Timestamp,
    /// Its fate.
    pub outcome: RunOutcome,
    /// The batch that it became, if it fired.
    pub batch_id: Option<BatchId>,
    /// What else is to be said.
    pub detail: Option<String>,
}

/// Remembers what became of the occurrences of schedules.
pub trait RunLog: Send + Sync {
    /// Notes `runs`; what is noted of an occurrence already stays as it is.
    fn note_runs(
        &self,
        runs: Vec<ScheduleRun>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The last runs of `schedule`, the newest occurrence first.
    fn runs(
        &self,
        schedule: String,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<ScheduleRun>, StoreError>> + Send;
}
