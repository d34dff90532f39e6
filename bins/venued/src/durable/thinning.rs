//! Which backups stay: the newest few, and beyond them one of each day, week and month of the venue.

use std::collections::BTreeSet;

use jiff::{Timestamp, tz::TimeZone};
use venue_domain::WallTime;

/// Of how many days, weeks and months the newest backup is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Of so many days that have one.
    pub days: usize,
    /// Of so many weeks, which begin on a Monday.
    pub weeks: usize,
    /// Of so many months.
    pub months: usize,
}

impl Keep {
    /// Of none: the newest few are all there is.
    pub(super) const NONE: Self = Self { days: 0, weeks: 0, months: 0 };
}

impl Default for Keep {
    fn default() -> Self {
        Self { days: 7, weeks: 4, months: 12 }
    }
}

/// Which of the backups made at these times, the newest first, are kept: the `newest`, of which there is at least one,
/// and those that [`Keep`] says.
///
/// What counts are the days, weeks and months that have a backup, and not how long ago they are: a pause without backups
/// costs none of those from before it.
pub(super) fn kept(
    newest_first: &[WallTime],
    newest: usize,
    keep: Keep,
    zone: &TimeZone,
) -> Vec<bool> {
    let (mut days, mut weeks, mut months) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let one = |(place, at): (usize, &WallTime)| {
        // A time that no calendar has is nothing to decide by.
        let Ok(at) = Timestamp::from_millisecond(at.unix_ms()) else { return true };
        let day = zone.to_datetime(at).date();
        let week = day.iso_week_date();
        let of_day = days.len() < keep.days && days.insert(day);
        let of_week = weeks.len() < keep.weeks && weeks.insert((week.year(), week.week()));
        let of_month = months.len() < keep.months && months.insert((day.year(), day.month()));
        place < newest.max(1) || of_day || of_week || of_month
    };
    newest_first.iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What it shows; how many of the newest and of what else are kept; the times of all, and of those that stay.
    type Row<'a> = (&'a str, usize, Keep, &'a [&'a str], &'a [&'a str]);

    fn wall(text: &str) -> WallTime {
        WallTime::from_unix_ms(text.parse::<Timestamp>().unwrap().as_millisecond())
    }

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    /// Those of `times`, the newest first, that are kept.
    fn left<'a>(times: &[&'a str], newest: usize, keep: Keep, zone: &TimeZone) -> Vec<&'a str> {
        let walls: Vec<WallTime> = times.iter().map(|text| wall(text)).collect();
        let kept = kept(&walls, newest, keep, zone);
        times.iter().zip(kept).filter_map(|(time, kept)| kept.then_some(*time)).collect()
    }

    #[test]
    fn of_days_weeks_and_months_the_newest_is_kept() {
        let days = |days| Keep { days, ..Keep::NONE };
        let weeks = |weeks| Keep { weeks, ..Keep::NONE };
        let months = |months| Keep { months, ..Keep::NONE };
        // A Monday in Berlin begins on Sunday at 23:00 UTC, in winter.
        let table: [Row<'_>; 10] = [
            ("there is none", 4, days(7), &[], &[]),
            (
                "the newest stays whatever is said",
                0,
                Keep::NONE,
                &["2026-11-30T12:00:00Z", "2026-11-29T12:00:00Z"],
                &["2026-11-30T12:00:00Z"],
            ),
            (
                "the newest few",
                2,
                Keep::NONE,
                &["2026-11-30T12:00:00Z", "2026-11-30T06:00:00Z", "2026-11-30T00:00:00Z"],
                &["2026-11-30T12:00:00Z", "2026-11-30T06:00:00Z"],
            ),
            (
                "one of each day",
                1,
                days(2),
                &[
                    "2026-11-30T12:00:00Z",
                    "2026-11-30T06:00:00Z",
                    "2026-11-29T18:00:00Z",
                    "2026-11-28T18:00:00Z",
                ],
                &["2026-11-30T12:00:00Z", "2026-11-29T18:00:00Z"],
            ),
            (
                "a day begins at midnight of the venue",
                1,
                days(2),
                &["2026-11-30T12:00:00Z", "2026-11-29T23:30:00Z", "2026-11-29T22:30:00Z"],
                &["2026-11-30T12:00:00Z", "2026-11-29T22:30:00Z"],
            ),
            (
                "a week begins on Monday, and may have two years",
                1,
                weeks(2),
                &[
                    "2027-01-03T12:00:00Z",
                    "2026-12-28T12:00:00Z",
                    "2026-12-27T12:00:00Z",
                    "2026-12-20T12:00:00Z",
                ],
                &["2027-01-03T12:00:00Z", "2026-12-27T12:00:00Z"],
            ),
            (
                "months of different years are different",
                1,
                months(3),
                &[
                    "2026-12-01T12:00:00Z",
                    "2026-11-30T12:00:00Z",
                    "2026-11-01T12:00:00Z",
                    "2025-12-31T12:00:00Z",
                ],
                &["2026-12-01T12:00:00Z", "2026-11-30T12:00:00Z", "2025-12-31T12:00:00Z"],
            ),
            (
                "a pause costs nothing",
                1,
                days(3),
                &["2026-11-30T12:00:00Z", "2025-03-02T12:00:00Z", "2025-03-01T12:00:00Z"],
                &["2026-11-30T12:00:00Z", "2025-03-02T12:00:00Z", "2025-03-01T12:00:00Z"],
            ),
            (
                "the hour that comes twice is of one day",
                1,
                days(1),
                &["2026-10-25T01:30:00Z", "2026-10-25T00:30:00Z"],
                &["2026-10-25T01:30:00Z"],
            ),
            (
                "what one rule lets go another keeps",
                1,
                Keep { days: 1, weeks: 1, months: 2 },
                &["2026-11-30T12:00:00Z", "2026-11-29T12:00:00Z", "2026-10-31T12:00:00Z"],
                &["2026-11-30T12:00:00Z", "2026-10-31T12:00:00Z"],
            ),
        ];
        for (what, newest, keep, times, expected) in table {
            assert_eq!(left(times, newest, keep, &berlin()), expected, "{what}");
        }
    }

    #[test]
    fn a_year_of_four_a_day_leaves_a_few_whenever_it_is_thinned() {
        let keep = Keep { days: 7, weeks: 4, months: 12 };
        let (mut all, mut now) = (Vec::new(), wall("2026-01-01T00:00:00Z").unix_ms());
        for _ in 0..365 * 4 {
            now += 6 * 60 * 60 * 1_000;
            all.insert(0, WallTime::from_unix_ms(now));
            let mut stays = kept(&all, 4, keep, &berlin()).into_iter();
            all.retain(|_| stays.next().unwrap());
            assert!(all.len() <= 4 + 7 + 4 + 12, "{}", all.len());
        }
        let months: BTreeSet<i8> = all
            .iter()
            .map(|at| {
                berlin().to_datetime(Timestamp::from_millisecond(at.unix_ms()).unwrap()).month()
            })
            .collect();
        assert_eq!(months.len(), 12, "the last of each month has stayed: {all:?}");
    }
}
