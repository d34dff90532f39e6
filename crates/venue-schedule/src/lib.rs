//! Schedules: when they fire (cron or one instant, in a time zone), what was missed, which commands a run
//! consists of, and how the schedules of a venue are stored and edited.
//!
//! Everything here is a value or a rule over values: the time is an argument, zone data is compiled in.
//! A service reads [`Schedules`] from the items of its store, asks [`Schedules::due`] what to do now,
//! stores the [`ScheduleState`] that comes back **before** the run leaves, and sleeps until
//! [`Schedules::wake`]. A [`ScheduleEdit`] says which items have to change.
//!
//! Whoever stores schedules in another way uses [`Schedule::decide`] alone.
//!
//! The law of a [`Recurrence`]: an occurrence is a local date and time, and happens at the first
//! instant at which the local clock shows that time *or a later one*. So a repeated hour fires once,
//! in its first pass; a skipped time fires at the first instant after the gap, once, however many
//! times of the schedule were skipped together; and no later local time ever fires before an earlier
//! one.

mod agenda;
mod days;
mod decide;
mod definition;
mod document;
mod due;
mod duration;
mod edit;
mod edit_error;
mod exceptions;
mod fields;
mod listed;
mod local;
mod moved_id;
mod plan_state;
mod planner;
mod policy;
mod put_back;
mod recurrence;
mod references;
mod run_days;
mod spec;
mod steps;
mod stored;
mod time_of_day;
mod trigger;
mod zone;

pub use agenda::{AgendaEntry, AgendaKind};
pub use days::{Days, HolidayRule, LeftOut};
pub use decide::{Decision, Missed, Run, ScheduleState};
pub use definition::ScheduleDefinition;
pub use document::{VenueDocument, VenueDocumentError};
pub use due::{Due, UnfiredRun, schedule_of_batch};
pub use duration::DurationError;
pub use edit::ScheduleEdit;
pub use edit_error::ScheduleEditError;
pub use exceptions::{RunMove, id_of_moved};
pub use fields::FieldError;
pub use listed::listed;
pub use local::{LocalTime, LocalTimeError, Occurrence};
pub use plan_state::{PendingPutBack, PlanState};
pub use planner::{Planner, changed_groups};
pub use policy::{MissedPolicy, ON_TIME_TOLERANCE, OverlapPolicy, PolicyError};
pub use put_back::{DuePutBack, PutBackFate, of_put_back, put_back_occurrence};
pub use recurrence::{Occurrences, Recurrence, RecurrenceError};
pub use references::keep_references;
pub use spec::{Schedule, ScheduleSpec, SpecError};
pub use steps::{
    MAX_STEPS, MAX_WAIT, PlannedStep, ScheduleStep, ScheduleStepError, StepWork, Steps, StepsError,
};
pub use stored::{Schedules, StoredSchedule};
pub use time_of_day::{PutBackError, TimeOfDay};
pub use trigger::{Trigger, TriggerError};
pub use zone::{UnknownZone, Zone};
