//! The meaning of schedules: when they fire, what was missed, and which commands a firing is.
//!
//! Everything here is a value or a rule over values: the time comes in as an argument, zone data is
//! compiled in, and nothing is stored. A service keeps one [`Standing`] per schedule, asks
//! [`Schedule::decide`] what to do now, stores the standing that comes back **before** the firing
//! leaves, and sleeps until [`Decision::wake`].
//!
//! The law of a [`Recurrence`]: an occurrence is a local date and time, and happens at the first
//! instant at which the local clock shows that time *or a later one*. So a repeated hour fires once,
//! in its first pass; a skipped time fires at the first instant after the gap, once, however many
//! times of the schedule were skipped together; and no later local time ever fires before an earlier
//! one.

mod decide;
mod fields;
mod form;
mod local;
mod policy;
mod recurrence;
mod span;
mod steps;
mod trigger;
mod zone;

pub use decide::{Decision, Missed, Run, Standing};
pub use fields::FieldError;
pub use form::{FormError, Schedule, ScheduleForm};
pub use local::{LocalTime, LocalTimeError, Occurrence};
pub use policy::{MissedPolicy, OverlapPolicy, PUNCTUAL, PolicyError};
pub use recurrence::{Occurrences, Recurrence, RecurrenceError};
pub use span::SpanError;
pub use steps::{MOST_STEPS, MOST_WAIT, Planned, Step, StepError, Steps, StepsError};
pub use trigger::{Trigger, TriggerError};
pub use zone::{UnknownZone, Zone};
