use std::{collections::BTreeSet, sync::Arc};

use super::*;
use crate::{Days, HolidayRule, LeftOut, Missed, Run, ScheduleState, Steps, Trigger};

fn at(text: &str) -> Timestamp {
    crate::zone::timestamp(text.parse().unwrap())
}

fn days(all: &[&str]) -> BTreeSet<Day> {
    all.iter().map(|day| day.parse().unwrap()).collect()
}

fn schedule(cron: &str, zone: &str, days: Days) -> Schedule {
    Schedule {
        trigger: Trigger::parse(None, Some(cron), Some(zone)).unwrap(),
        put_back: None,
        days,
        steps: Steps::parse(&["on"]).unwrap(),
        missed: crate::MissedPolicy::Skip,
        overlap: crate::OverlapPolicy::Skip,
    }
}

fn next(schedule: &Schedule, after: &str, count: usize) -> Vec<String> {
    let all =
        std::iter::successors(schedule.next_after(at(after)), |last| schedule.next_after(last.at));
    all.take(count).map(|one| one.local.to_string()).collect()
}

/// For holidays alone.
fn only(cron: &str, zone: &str, holidays: &[&str]) -> Schedule {
    let rule = Some(HolidayRule::Only);
    schedule(cron, zone, Days { rule, holidays: Arc::new(days(holidays)), ..Days::default() })
}

#[test]
fn a_schedule_for_holidays_alone_runs_on_them_in_the_order_of_time_and_never_again() {
    let schedule = only("0 10,20 * * *", "Europe/Berlin", &["2026-12-25", "2027-03-28"]);
    let all = ["2026-12-25T10:00", "2026-12-25T20:00", "2027-03-28T10:00", "2027-03-28T20:00"];
    assert_eq!(next(&schedule, "2026-01-01T00:00:00Z", 9), all);
    assert_eq!(next(&schedule, "2026-12-25T09:00:00Z", 1), [all[1]], "after itself the next");
    let before = |instant| schedule.previous_before(at(instant)).map(|one| one.local.to_string());
    assert_eq!(before("2028-01-01T00:00:00Z").as_deref(), Some(all[3]));
    assert_eq!(before("2027-03-28T08:00:00Z").as_deref(), Some(all[1]));
    assert_eq!(before("2026-12-25T09:00:00Z"), None);
}

#[test]
fn a_day_begins_with_its_first_midnight_or_behind_a_midnight_that_the_clock_skips() {
    // In Havana the clock skips the first hour of 8 March 2026 and repeats that of 1 November.
    for (day, last) in [("2026-03-08", "2026-03-08T00:30"), ("2026-11-01", "2026-11-01T00:30")] {
        let schedule = only("30 0 * * *", "America/Havana", &[day]);
        assert_eq!(next(&schedule, "2026-01-01T00:00:00Z", 5), [last], "once");
        let day = day.parse().unwrap();
        let on: Vec<String> =
            schedule.on_day(day).iter().map(|one| one.local.to_string()).collect();
        assert_eq!(on, [last]);
    }
    let half_hours = schedule("*/30 * * * *", "Europe/Berlin", Days::default());
    let count = |day: &str| half_hours.on_day(day.parse().unwrap()).len();
    // The skipped ones fall together with the first behind them; a repeated hour fires once.
    assert_eq!((count("2026-12-24"), count("2026-03-29"), count("2026-10-25")), (48, 46, 48));
}

#[test]
fn an_exception_and_a_holiday_are_left_out_with_why_and_are_not_missed() {
    let rule = Some(HolidayRule::Skip);
    let holidays = Arc::new(days(&["2026-12-25"]));
    let daily =
        schedule("0 10 * * *", "UTC", Days { except: days(&["2026-12-27"]), rule, holidays });
    let state = ScheduleState::new(at("2026-12-24T12:00:00Z"));
    let decide = |now: &str| daily.decide(state.clone(), false, at(now));
    let why = |now: &str| match decide(now).run {
        Run::LeftOut { why, .. } => Some(why),
        Run::Nothing | Run::Fire { .. } | Run::Overlapped(_) => None,
    };
    assert_eq!(why("2026-12-25T10:00:00Z"), Some(LeftOut::Holiday));
    assert_eq!(why("2026-12-26T10:00:00Z"), None);
    assert_eq!(why("2026-12-27T10:00:00Z"), Some(LeftOut::Exception));
    let missed = decide("2026-12-27T18:00:00Z").missed;
    let count = missed.map(|Missed { count, last, .. }| (count, last.local.to_string()));
    assert_eq!(count, Some((1, "2026-12-26T10:00".to_owned())));
}
