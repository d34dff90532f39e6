//! The time of day at which runs are put back.

use std::{fmt, str::FromStr};

use jiff::civil::Time;
use snafu::{OptionExt, Snafu, ensure};

/// A time of day in the zone of its schedule, such as `22:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOfDay(pub(crate) Time);

/// Why a run cannot be put back then.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum PutBackError {
    /// No time of day.
    #[snafu(display("{text:?} is not a time of day such as 22:00"))]
    TimeOfDay {
        /// What was written.
        text: String,
    },
    /// `at` is an instant with an offset: it has no time of day.
    #[snafu(display(
        "it needs a local time: write at without an offset, such as 2027-03-28T19:30"
    ))]
    NoZone,
    /// Nothing that the steps change can be restored.
    #[snafu(display(
        "there is nothing to put back: volume steps and keys have no way back; leave it out, or add a step that sets \
         power, input, channel or mute"
    ))]
    NothingToRestore,
    /// It would be put back before its last step.
    #[snafu(display(
        "what runs at {run} would be put back at {put_back}, but its last step comes {lasts} after the first: give a later \
         time, or shorter waits"
    ))]
    BeforeLastStep {
        /// When a run begins.
        run: TimeOfDay,
        /// When it would be put back.
        put_back: TimeOfDay,
        /// From the first step to the last.
        lasts: String,
    },
    /// The next run begins before.
    #[snafu(display(
        "what runs at {run} would be put back at {put_back}, not before the next run at {next}: give an earlier time"
    ))]
    NotBeforeNext {
        /// When a run begins.
        run: TimeOfDay,
        /// When it would be put back.
        put_back: TimeOfDay,
        /// When the run after it begins.
        next: TimeOfDay,
    },
}

impl FromStr for TimeOfDay {
    type Err = PutBackError;

    fn from_str(text: &str) -> Result<Self, PutBackError> {
        let is_plain = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        let parts: Vec<&str> = text.split(':').collect();
        ensure!(
            matches!(parts.len(), 2 | 3) && parts.iter().copied().all(is_plain),
            TimeOfDaySnafu { text }
        );
        let part = |place: usize| parts.get(place).map_or(Ok(0), |part| part.parse::<i8>()).ok();
        let read = || Time::new(part(0)?, part(1)?, part(2)?, 0).ok();
        read().map(Self).context(TimeOfDaySnafu { text })
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())?;
        match self.0.second() {
            0 => Ok(()),
            second => write!(f, ":{second:02}"),
        }
    }
}
