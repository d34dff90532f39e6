//! Times as the clock of the venue shows them.

use jiff::{Timestamp, ZonedDateTime, tz::TimeZone};
use venue_api::UtcTime;

/// What makes of an instant the date and the time that people of the venue read; UTC where its zone is not known.
#[derive(Clone, Debug)]
pub(crate) struct Clock(TimeZone);

impl Clock {
    /// The clock of a zone.
    pub(crate) const fn of(zone: TimeZone) -> Self {
        Self(zone)
    }

    /// A time to the second with its offset from UTC, as `--since` and `--at` take it.
    pub(crate) fn seconds(&self, at: UtcTime) -> String {
        // Beyond the calendar.
        let Ok(instant) = Timestamp::from_millisecond(at.0.unix_ms()) else {
            return at.to_string();
        };
        let format =
            if self.0 == TimeZone::UTC { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%:z" };
        ZonedDateTime::new(instant, self.0.clone()).strftime(format).to_string()
    }

    /// The same, or a mark that there is none.
    pub(crate) fn time(&self, at: Option<UtcTime>) -> String {
        at.map_or_else(|| "-".to_owned(), |at| self.seconds(at))
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

#[cfg(test)]
mod tests {
    use venue_domain::WallTime;

    use super::*;
    use crate::parse;

    fn at(ms: i64) -> UtcTime {
        UtcTime(WallTime::from_unix_ms(ms))
    }

    #[test]
    fn a_time_is_shown_as_the_clock_on_the_wall_has_it_and_reads_back() {
        let sydney = Clock::of(TimeZone::fixed(jiff::tz::offset(11)));
        let shown = sydney.seconds(at(1_796_079_600_250));
        assert_eq!(shown, "2026-12-01T10:00:00+11:00");
        assert_eq!(parse::instant(&shown).unwrap(), at(1_796_079_600_000), "as --since takes it");
        assert_eq!(sydney.time(None), "-");
    }

    #[test]
    fn without_a_zone_it_is_utc_and_says_so() {
        assert_eq!(Clock::default().seconds(at(1_790_000_000_250)), "2026-09-21T14:13:20Z");
        let sydney = Clock::of(TimeZone::fixed(jiff::tz::offset(11)));
        assert!(!sydney.seconds(at(i64::MAX)).is_empty(), "beyond the calendar");
    }
}
