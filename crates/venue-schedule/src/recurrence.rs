//! A cron pattern in a zone, and the walk over its occurrences.

use croner::{Cron, Weekday};
use jiff::{
    Span, Timestamp as Instant,
    civil::{Date, DateTime},
};
use snafu::{ResultExt, Snafu, ensure};
use venue_domain::Timestamp;

use crate::{
    FieldError, LocalTime, Occurrence, UnknownZone, Zone, fields,
    zone::{instant, timestamp},
};

/// After 400 years the calendar repeats, weekdays included.
const CALENDAR_CYCLE_YEARS: i16 = 400;

/// When something recurs: a cron pattern of five fields, in local time of a zone.
///
/// A day has to match the day of the month or the day of the week if both are given, as POSIX has it;
/// with `+` before the day of the week, both. A day such as `*/2` beside a day of the week is refused:
/// some programs want both to match there, others one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    /// Boxed: a third of a kilobyte of bit sets, and a trigger may be a single instant.
    cron: Box<Cron>,
    zone: Zone,
    /// Minutes of the day, in order.
    times: Vec<u16>,
}

/// Why a pattern and a zone are no recurrence.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum RecurrenceError {
    /// The pattern can not be read.
    #[snafu(display("the cron pattern {text:?} is wrong"))]
    Pattern {
        /// What was written.
        text: String,
        /// The field, and what would be right.
        source: FieldError,
    },
    /// The pattern names days that no year has.
    #[snafu(display("the cron pattern {text:?} never fires: no year has such a day"))]
    Never {
        /// What was written.
        text: String,
    },
    /// The zone is not known.
    #[snafu(transparent)]
    Zone {
        /// The name that was given.
        source: UnknownZone,
    },
}

impl RecurrenceError {
    /// The field of a configuration or request that the error is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Pattern { .. } | Self::Never { .. } => "cron",
            Self::Zone { .. } => "zone",
        }
    }
}

impl Recurrence {
    /// Reads a pattern for a zone.
    ///
    /// # Errors
    /// [`RecurrenceError`] names the field and what would be right; a pattern that never fires, such
    /// as one for the 30th of February, is an error too.
    pub fn parse(cron: &str, zone: &str) -> Result<Self, RecurrenceError> {
        let text = cron;
        let cron = fields::parse(text).context(PatternSnafu { text })?;
        let zone = Zone::named(zone)?;
        let (hours, minutes) = (cron.pattern.hours.values(), cron.pattern.minutes.values());
        let times =
            hours.iter().flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute));
        let recurrence = Self { times: times.collect(), cron: Box::new(cron), zone };
        ensure!(recurrence.ever_fires(), NeverSnafu { text });
        Ok(recurrence)
    }

    /// The pattern in its canonical form: one space between fields, numbers for names.
    #[must_use]
    pub fn cron(&self) -> &str {
        self.cron.as_str()
    }

    /// The zone.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// What the pattern says, in plain English.
    #[must_use]
    pub fn describe(&self) -> String {
        let text = self.cron.describe();
        format!("{} ({} time)", text.trim_end_matches('.'), self.zone)
    }

    /// The first occurrence after an instant; `None` only at the end of the calendar.
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Occurrence> {
        let after = instant(after)?;
        // What the clock has shown already was due already.
        let mut local = self.match_from(next_minute(self.zone.latest_shown(after))?)?;
        let mut at = self.zone.first_instant(local)?;
        while at <= after {
            local = self.match_from(next_minute(local)?)?;
            at = self.zone.first_instant(local)?;
        }
        Some(occurrence(self.last_of_gap(local, at), at))
    }

    /// The last occurrence before an instant.
    #[must_use]
    pub fn previous_before(&self, before: Timestamp) -> Option<Occurrence> {
        let before = instant(before)?;
        let mut local = self.match_until(self.zone.latest_shown(before))?;
        let mut at = self.zone.first_instant(local)?;
        while at >= before {
            local = self.match_until(local.checked_sub(Span::new().minutes(1)).ok()?)?;
            at = self.zone.first_instant(local)?;
        }
        Some(occurrence(local, at))
    }

    /// The occurrences after `after` and up to `until`, in order.
    #[must_use]
    pub const fn between(&self, after: Timestamp, until: Timestamp) -> Occurrences<'_> {
        Occurrences { recurrence: self, after, until }
    }

    /// The next `count` occurrences after an instant.
    #[must_use]
    pub fn next_n(&self, after: Timestamp, count: usize) -> Vec<Occurrence> {
        self.between(after, Timestamp::from_unix_ms(i64::MAX)).take(count).collect()
    }

    /// When the clock first shows a local time or a later one, whether or not the pattern matches it.
    #[must_use]
    pub fn instant_of(&self, local: LocalTime) -> Option<Timestamp> {
        self.zone.first_instant(local.civil()).map(timestamp)
    }

    /// Where `local` is skipped, the last time of the pattern that falls together with it.
    fn last_of_gap(&self, mut local: DateTime, at: Instant) -> DateTime {
        while self.zone.skips(local) {
            let Some(next) = next_minute(local).and_then(|next| self.match_from(next)) else {
                break;
            };
            if self.zone.first_instant(next) != Some(at) {
                break;
            }
            local = next;
        }
        local
    }

    /// The first local time at or after `from` that the pattern matches.
    fn match_from(&self, from: DateTime) -> Option<DateTime> {
        let earliest = minute_of_day(from) + u16::from(has_seconds(from));
        let rest = self.times.get(self.times.partition_point(|time| *time < earliest)..)?;
        if let (Some(time), true) = (rest.first(), self.matches_day(from.date())) {
            return at_minute(from.date(), *time);
        }
        let mut date = from.date();
        loop {
            date = if self.matches_month(date) {
                date.tomorrow().ok()?
            } else {
                date.last_of_month().tomorrow().ok()?
            };
            if self.matches_day(date) {
                return at_minute(date, *self.times.first()?);
            }
        }
    }

    /// The last local time at or before `until` that the pattern matches.
    fn match_until(&self, until: DateTime) -> Option<DateTime> {
        let latest = minute_of_day(until);
        let earlier = self.times.get(..self.times.partition_point(|time| *time <= latest))?;
        if let (Some(time), true) = (earlier.last(), self.matches_day(until.date())) {
            return at_minute(until.date(), *time);
        }
        let mut date = until.date();
        loop {
            date = if self.matches_month(date) {
                date.yesterday().ok()?
            } else {
                date.first_of_month().yesterday().ok()?
            };
            if self.matches_day(date) {
                return at_minute(date, *self.times.last()?);
            }
        }
    }

    fn matches_month(&self, date: Date) -> bool {
        self.cron.pattern.month_match(date.month().unsigned_abs().into()).unwrap_or(false)
    }

    fn matches_day(&self, date: Date) -> bool {
        let (year, month) = (date.year().into(), date.month().unsigned_abs().into());
        let day = date.day().unsigned_abs().into();
        let weekday = weekday(date);
        self.matches_month(date)
            && self.cron.pattern.day_match(year, month, day, weekday).unwrap_or(false)
    }

    fn ever_fires(&self) -> bool {
        let start = DateTime::constant(2000, 1, 1, 0, 0, 0, 0);
        let mut date = start.date();
        while date.year() < start.year() + CALENDAR_CYCLE_YEARS {
            if self.matches_day(date) {
                return !self.times.is_empty();
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        false
    }
}

/// The occurrences of a recurrence between two instants; see [`Recurrence::between`].
#[derive(Clone, Debug)]
pub struct Occurrences<'a> {
    recurrence: &'a Recurrence,
    after: Timestamp,
    until: Timestamp,
}

impl Iterator for Occurrences<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        let next = self.recurrence.next_after(self.after)?;
        if next.at > self.until {
            return None;
        }
        self.after = next.at;
        Some(next)
    }
}

fn weekday(date: Date) -> Weekday {
    match date.weekday() {
        jiff::civil::Weekday::Sunday => Weekday::Sunday,
        jiff::civil::Weekday::Monday => Weekday::Monday,
        jiff::civil::Weekday::Tuesday => Weekday::Tuesday,
        jiff::civil::Weekday::Wednesday => Weekday::Wednesday,
        jiff::civil::Weekday::Thursday => Weekday::Thursday,
        jiff::civil::Weekday::Friday => Weekday::Friday,
        jiff::civil::Weekday::Saturday => Weekday::Saturday,
    }
}

fn occurrence(local: DateTime, at: Instant) -> Occurrence {
    Occurrence { local: LocalTime::new(local), at: timestamp(at) }
}

fn minute_of_day(time: DateTime) -> u16 {
    u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs())
}

fn has_seconds(time: DateTime) -> bool {
    time.second() != 0 || time.subsec_nanosecond() != 0
}

/// The first whole minute that is later.
fn next_minute(time: DateTime) -> Option<DateTime> {
    at_minute(time.date(), minute_of_day(time))?.checked_add(Span::new().minutes(1)).ok()
}

fn at_minute(date: Date, minute: u16) -> Option<DateTime> {
    date.at(0, 0, 0, 0).checked_add(Span::new().minutes(i64::from(minute))).ok()
}

#[cfg(test)]
mod tests;
