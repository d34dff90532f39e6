//! The occurrences of a schedule, by the days on which it may run.

use venue_domain::Timestamp;
use venue_registry::Day;

use crate::{LocalTime, Occurrence, Schedule, decide::ONE_MS};

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
