//! The three times that have a date: venue time, which is stored and compared, wall time, which is shown, and
//! the instants of the order of commands.
//!
//! Wall clocks are set: forward, back, by years. What lives, waits, is ordered or pruned is therefore
//! counted on a line of its own, **venue time** ([`Timestamp`]): it goes on with elapsed time, over
//! suspends and restarts too, and never back. What people read and wish for is **wall time**
//! ([`WallTime`]). Between the two lies one number at each moment ([`WallOffset`]), and setting the wall
//! clock changes that number alone. The instant of an order key ([`OrderInstant`](crate::order::OrderInstant)) is
//! venue time that may run ahead: the order clock never goes back, whatever a restart found.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// A point in venue time, in milliseconds. It began as milliseconds since the Unix epoch, UTC, and is
/// that still where nobody has set the wall clock since.
///
/// # The three times
///
/// | type | from | compares with | way to the others |
/// |---|---|---|---|
/// | [`Timestamp`] | `Clock::now` | [`Timestamp`] | [`WallOffset::shown`], [`OrderKey::at`](crate::order::OrderKey::at) |
/// | [`WallTime`] | what the clock shows, a calendar | [`WallTime`] | [`WallOffset::wished`] |
/// | [`OrderInstant`](crate::order::OrderInstant) | [`OrderClock::next`](crate::order::OrderClock::next) | itself | [`OrderInstant::venue_time`](crate::order::OrderInstant::venue_time) |
///
/// Deadlines within one run are none of these: they are instants of the monotonic clock
/// (`std::time::Instant`).
///
/// None of the three compares with another one:
///
/// ```
/// use venue_domain::{OrderKey, Timestamp, WallOffset, WallTime};
/// let (venue, wall) = (Timestamp::from_unix_ms(5), WallTime::from_unix_ms(5));
/// let instant = OrderKey::at(venue, 1).instant;
/// assert_eq!(instant.venue_time(), venue);
/// assert_eq!(WallOffset::between(venue, wall).shown(venue), wall);
/// ```
/// ```compile_fail,E0308
/// # use venue_domain::{Timestamp, WallTime};
/// # let (venue, wall) = (Timestamp::from_unix_ms(5), WallTime::from_unix_ms(5));
/// assert!(venue <= wall);
/// ```
/// ```compile_fail,E0308
/// # use venue_domain::{OrderKey, Timestamp};
/// # let venue = Timestamp::from_unix_ms(5);
/// assert!(OrderKey::at(venue, 1).instant <= venue);
/// ```
/// ```compile_fail,E0308
/// # use venue_domain::{OrderKey, Timestamp, WallTime};
/// # let (venue, wall) = (Timestamp::from_unix_ms(5), WallTime::from_unix_ms(5));
/// assert!(wall <= OrderKey::at(venue, 1).instant);
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds of venue time.
    #[must_use]
    pub const fn from_unix_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds of venue time.
    #[must_use]
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// This time and `later`, saturating.
    #[must_use]
    pub fn plus(self, later: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(later.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This time less `age`, saturating.
    #[must_use]
    pub fn minus(self, age: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// A point in time as calendars and wall clocks have it: milliseconds since the Unix epoch, UTC.
///
/// It is compared with wall time only: with what a person wished for, or with what the clock shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(i64);

impl WallTime {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_unix_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// Reads a point in time that is wall time already, whatever its type says: an instant out of a
    /// calendar, a schedule, or the configuration.
    #[must_use]
    pub const fn of_calendar(at: Timestamp) -> Self {
        Self(at.unix_ms())
    }

    /// The same for those who compute with a calendar.
    #[must_use]
    pub const fn for_calendar(self) -> Timestamp {
        Timestamp::from_unix_ms(self.0)
    }
}

/// RFC 3339 in UTC, to the second: `2026-11-30T23:00:00Z`.
impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(1_000);
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// Year, month and day of the Gregorian calendar, so many `days` after 1970-01-01.
///
/// Counted from 0000-03-01 in eras of 400 years, so that the leap day is the last of its year
/// (Howard Hinnant, "chrono-compatible low-level date algorithms").
const fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

/// So much more than venue time the wall clock shows, in milliseconds. The only way from one to the
/// other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallOffset(i64);

impl WallOffset {
    /// From milliseconds.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// What lies between `venue` and the `wall` clock at the same moment.
    #[must_use]
    pub const fn between(venue: Timestamp, wall: WallTime) -> Self {
        Self(wall.unix_ms().saturating_sub(venue.unix_ms()))
    }

    /// In milliseconds.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// What is shown of a point in venue time.
    #[must_use]
    pub const fn shown(self, at: Timestamp) -> WallTime {
        WallTime(at.unix_ms().saturating_add(self.0))
    }

    /// Where a wished wall time lies in venue time, if nobody sets the clock until then.
    #[must_use]
    pub const fn wished(self, at: WallTime) -> Timestamp {
        Timestamp::from_unix_ms(at.unix_ms().saturating_sub(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn venue_time_and_wall_time_meet_in_the_offset_alone() {
        let venue = Timestamp::from_unix_ms(1_000);
        let offset = WallOffset::between(venue, WallTime::from_unix_ms(61_000));
        assert_eq!(offset.ms(), 60_000);
        assert_eq!(offset.shown(venue).unix_ms(), 61_000);
        assert_eq!(offset.wished(WallTime::from_unix_ms(61_000)), venue);
        let back = WallOffset::from_ms(-5);
        assert_eq!(back.wished(back.shown(venue)), venue);
        assert_eq!(offset.shown(Timestamp::from_unix_ms(i64::MAX)).unix_ms(), i64::MAX);
    }

    #[test]
    fn wall_time_is_told_as_rfc_3339_in_utc() {
        let told = |ms| WallTime::from_unix_ms(ms).to_string();
        assert_eq!(told(0), "1970-01-01T00:00:00Z");
        assert_eq!(told(-1), "1969-12-31T23:59:59Z");
        assert_eq!(told(951_827_696_789), "2000-02-29T12:34:56Z");
        assert_eq!(told(4_107_542_399_000), "2100-02-28T23:59:59Z");
        assert_eq!(told(4_107_542_400_000), "2100-03-01T00:00:00Z");
        assert!(told(i64::MIN).starts_with('-') && told(i64::MAX).ends_with('Z'));
    }

    #[test]
    fn sums_and_differences_saturate() {
        let time = Timestamp::from_unix_ms(1_000);
        assert_eq!(time.plus(Duration::from_millis(5)).unix_ms(), 1_005);
        assert_eq!(time.minus(Duration::from_secs(2)).unix_ms(), -1_000);
        assert_eq!(time.plus(Duration::MAX).unix_ms(), i64::MAX);
    }
}
