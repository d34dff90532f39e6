//! When something ends, as people type it: in two hours, at eleven in the evening, or an instant with its offset.

use std::time::Duration;

use jiff::{Timestamp, ToSpan, civil, tz::TimeZone};
use snafu::{OptionExt, Snafu};
use venue_api::UtcTime;
use venue_domain::WallTime;

use crate::parse;

/// An end, before it is known what the clock shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// So long from now.
    In(Duration),
    /// When the clock on the wall shows this next.
    Clock(civil::Time),
    /// At this date and time of the venue.
    Here(civil::DateTime),
    /// At this instant.
    At(UtcTime),
}

/// A text that is no end.
#[derive(Debug, Snafu)]
#[snafu(display(
    "give a time such as 23:00 or 2026-12-31T02:00 (by the clock of the venue), a duration such as 2h or 90m, or a \
     time with its offset from UTC, such as 2026-12-31T02:00:00+01:00"
))]
pub(crate) struct UntilError;

/// Reads an end.
pub(crate) fn until(text: &str) -> Result<Until, UntilError> {
    if let Some(hours) = text.strip_suffix('h').and_then(|hours| hours.parse::<u64>().ok()) {
        let is_told = (1..=MOST_HOURS).contains(&hours);
        return is_told.then(|| Until::In(HOUR * hours as u32)).context(UntilSnafu);
    }
    if let Some(minutes) = text.strip_suffix('m').and_then(|minutes| minutes.parse::<u64>().ok()) {
        let is_told = (1..=MOST_HOURS * 60).contains(&minutes);
        return is_told.then(|| Until::In(MINUTE * minutes as u32)).context(UntilSnafu);
    }
    if let Ok(at) = parse::instant(text) {
        return Ok(Until::At(at));
    }
    // A date alone would be read as its midnight, which is hardly what is meant.
    if text.contains('T') {
        return text.parse().map(Until::Here).map_err(|_| UntilError);
    }
    let clock = civil::Time::strptime("%H:%M", text).ok();
    clock.map(Until::Clock).context(UntilSnafu)
}

impl Until {
    /// The instant, if it is `now` in `zone`; `None` beyond the calendar.
    pub(crate) fn instant(&self, now: Timestamp, zone: &TimeZone) -> Option<UtcTime> {
        let instant = match self {
            Self::At(at) => return Some(*at),
            Self::In(duration) => now.checked_add(*duration).ok()?,
            Self::Here(at) => zone.to_timestamp(*at).ok()?,
            Self::Clock(time) => {
                let today = zone.to_datetime(now).date();
                let next = zone.to_timestamp(today.to_datetime(*time)).ok()?;
                if next > now {
                    next
                } else {
                    let tomorrow = today.checked_add(1.day()).ok()?;
                    zone.to_timestamp(tomorrow.to_datetime(*time)).ok()?
                }
            }
        };
        Some(UtcTime(WallTime::from_unix_ms(instant.as_millisecond())))
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// More than a month is said as a date.
const MOST_HOURS: u64 = 24 * 31;

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str) -> String {
        let now: Timestamp = "2026-11-30T21:30:00Z".parse().unwrap();
        let berlin = TimeZone::fixed(jiff::tz::offset(1));
        until(text).unwrap().instant(now, &berlin).unwrap().to_string()
    }

    #[test]
    fn an_end_is_read_as_people_say_it() {
        let table = [
            ("2h", "2026-11-30T23:30:00Z"),
            ("90m", "2026-11-30T23:00:00Z"),
            ("23:00", "2026-11-30T22:00:00Z"),
            ("22:30", "2026-12-01T21:30:00Z"),
            ("02:00", "2026-12-01T01:00:00Z"),
            ("2026-12-31T02:00", "2026-12-31T01:00:00Z"),
            ("2026-12-31T02:00:00Z", "2026-12-31T02:00:00Z"),
        ];
        for (text, expected) in table {
            assert_eq!(ends(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_end_is_told_what_would_be() {
        for text in ["", "tomorrow", "0h", "1000h", "25:00", "2026-12-31", "-2h", "2s"] {
            let error = until(text).unwrap_err().to_string();
            assert!(error.contains("23:00") && error.contains("2h"), "{text}: {error}");
        }
    }
}
