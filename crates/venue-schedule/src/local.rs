//! Local dates and times: the keys of occurrences.

use std::{fmt, str::FromStr};

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use snafu::Snafu;
use venue_domain::Timestamp;
use venue_registry::Day;

/// A date and time as the clock on the wall shows it, in no zone: `2027-03-28T02:30`.
///
/// With the schedule it is the key of an occurrence. Text keeps it readable in a row, and sorts as
/// the times do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalTime(DateTime);

/// A text that is no local date and time.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("{text:?} is not a local date and time such as 2027-03-28T02:30"))]
pub struct LocalTimeError {
    text: String,
}

impl LocalTime {
    pub(crate) const fn new(time: DateTime) -> Self {
        Self(time)
    }

    /// Its day.
    #[must_use]
    pub fn day(self) -> Day {
        Day::of(self.0.date())
    }

    /// The value for calendar arithmetic.
    #[must_use]
    pub const fn civil(self) -> DateTime {
        self.0
    }
}

impl FromStr for LocalTime {
    type Err = LocalTimeError;

    fn from_str(text: &str) -> Result<Self, LocalTimeError> {
        // An offset or a zone would be ignored by the calendar: whoever gives one means an instant.
        let has_time = text.contains(['T', 't', ' ']);
        let has_zone = text.contains(['Z', 'z', '+', '[']) || text.matches('-').count() != 2;
        match text.parse() {
            Ok(time) if has_time && !has_zone => Ok(Self(time)),
            Ok(_) | Err(_) => LocalTimeSnafu { text }.fail(),
        }
    }
}

impl TryFrom<String> for LocalTime {
    type Error = LocalTimeError;

    fn try_from(text: String) -> Result<Self, LocalTimeError> {
        text.parse()
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> Self {
        time.to_string()
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.0.date(), self.0.time());
        write!(f, "{date}T{:02}:{:02}", time.hour(), time.minute())?;
        if time.second() == 0 && time.subsec_nanosecond() == 0 {
            return Ok(());
        }
        write!(f, ":{:02}", time.second())?;
        match time.subsec_nanosecond() {
            0 => Ok(()),
            nanoseconds => write!(f, ".{nanoseconds:09}"),
        }
    }
}

/// One time at which a schedule is to fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Occurrence {
    /// The local date and time: unique within its schedule. Where several skipped times fall
    /// together, the last of them.
    pub local: LocalTime,
    /// When that is.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_time_is_read_back_from_its_text() {
        for text in ["2027-03-28T02:30", "2027-03-28T02:30:15", "2027-03-28T02:30:15.250000000"] {
            assert_eq!(text.parse::<LocalTime>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_names_an_instant_or_a_day_is_no_local_time() {
        let texts =
            ["2027-03-28", "2027-03-28T02:30Z", "2027-03-28T02:30+11:00", "2027-03-28T02-05"];
        for text in texts.into_iter().chain(["", "02:30", "2027-02-30T02:30"]) {
            assert!(text.parse::<LocalTime>().is_err(), "{text}");
        }
    }
}
