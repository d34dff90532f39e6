//! A day of the calendar, as people write it: `2026-12-25`.

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use snafu::Snafu;

/// A day of the calendar, in no zone: `2026-12-25`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(Date);

/// A text that is no day.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("{text:?} is not a date such as 2026-12-25"))]
pub struct DayError {
    /// What was given.
    pub text: String,
}

impl Day {
    /// The day of the calendar.
    #[must_use]
    pub const fn of(date: Date) -> Self {
        Self(date)
    }

    /// It, for calendar arithmetic.
    #[must_use]
    pub const fn date(self) -> Date {
        self.0
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        // The calendar also reads other forms, and drops a time that stands behind the date.
        let is_plain = text.len() == "2026-12-25".len();
        match text.parse() {
            Ok(date) if is_plain => Ok(Self(date)),
            Ok(_) | Err(_) => DaySnafu { text }.fail(),
        }
    }
}

impl TryFrom<String> for Day {
    type Error = DayError;

    fn try_from(text: String) -> Result<Self, DayError> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_back_from_its_text_and_nothing_else_is_a_day() {
        assert_eq!("2026-12-25".parse::<Day>().unwrap().to_string(), "2026-12-25");
        for text in ["", "2026-12-25T10:00", "2026-02-30", "25.12.2026", "2026-360", "20261225"] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }
}
