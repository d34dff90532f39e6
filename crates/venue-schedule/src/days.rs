//! Days on which a schedule does not run, or on which alone it does.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};
use venue_domain::Timestamp;
use venue_registry::Day;

use crate::{LocalTime, Occurrence, Schedule, decide::ONE_MS};

/// What a schedule does on the holidays of the venue.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolidayRule {
    /// It does not run on them.
    Skip,
    /// It runs on them alone.
    Only,
}

/// The days on which a schedule is left out, or on which alone it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// Its exceptions.
    pub except: BTreeSet<Day>,
    /// What it does on holidays; `None` for the same as on other days.
    pub rule: Option<HolidayRule>,
    /// The holidays of the venue.
    pub holidays: Arc<BTreeSet<Day>>,
}

/// Why an occurrence is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// Somebody skipped it.
    Skipped,
    /// Its day is one of the schedule's exceptions.
    Exception,
    /// Its day is a holiday of the venue.
    Holiday,
}

impl Days {
    /// Why what is due at `local` is left out, as far as its day is why.
    #[must_use]
    pub fn left_out(&self, local: LocalTime) -> Option<LeftOut> {
        let day = local.day();
        if self.except.contains(&day) {
            return Some(LeftOut::Exception);
        }
        let is_off = self.rule == Some(HolidayRule::Skip) && self.holidays.contains(&day);
        is_off.then_some(LeftOut::Holiday)
    }

    /// The first day from `day` on that it may run on.
    fn first_from(&self, day: Day) -> Option<Day> {
        match self.rule {
            Some(HolidayRule::Only) => self.holidays.range(day..).next().copied(),
            Some(HolidayRule::Skip) | None => Some(day),
        }
    }

    /// The last day up to `day` that it may run on.
    fn last_until(&self, day: Day) -> Option<Day> {
        match self.rule {
            Some(HolidayRule::Only) => self.holidays.range(..=day).next_back().copied(),
            Some(HolidayRule::Skip) | None => Some(day),
        }
    }
}

impl Schedule {
    /// The first occurrence after an instant, also one that is left out. A schedule for holidays alone has none on other
    /// days.
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Occurrence> {
        let mut next = self.trigger.next_after(after)?;
        loop {
            let day = self.days.first_from(next.local.day())?;
            if day == next.local.day() {
                return Some(next);
            }
            // What comes together with the beginning of the day may be of the day before.
            let begin = self.begin_of(day)?.minus(ONE_MS).max(next.at);
            next = self.trigger.next_after(begin)?;
        }
    }

    /// The last occurrence before an instant, also one that is left out.
    #[must_use]
    pub fn previous_before(&self, before: Timestamp) -> Option<Occurrence> {
        let mut previous = self.trigger.previous_before(before)?;
        loop {
            let day = self.days.last_until(previous.local.day())?;
            if day == previous.local.day() {
                return Some(previous);
            }
            let end = self.begin_of(Day::of(day.date().tomorrow().ok()?))?.min(previous.at);
            previous = self.trigger.previous_before(end)?;
        }
    }

    /// The occurrences on a day, whether or not they are left out.
    #[must_use]
    pub fn on_day(&self, day: Day) -> Vec<Occurrence> {
        let Some(begin) = self.begin_of(day) else { return Vec::new() };
        let first = self.next_after(begin.minus(ONE_MS));
        let all = std::iter::successors(first, |last| self.next_after(last.at));
        all.skip_while(|one| one.local.day() < day)
            .take_while(|one| one.local.day() == day)
            .take(MOST_ON_A_DAY)
            .collect()
    }

    /// The first occurrence behind a day.
    pub(crate) fn next_behind(&self, day: Day) -> Option<Occurrence> {
        let following = Day::of(day.date().tomorrow().ok()?);
        self.next_after(self.begin_of(following)?.minus(ONE_MS))
    }

    fn begin_of(&self, day: Day) -> Option<Timestamp> {
        self.trigger.first_instant(LocalTime::new(day.date().at(0, 0, 0, 0)))
    }
}

/// A day has so many minutes, or an hour more.
const MOST_ON_A_DAY: usize = 25 * 60;

#[cfg(test)]
mod tests;
