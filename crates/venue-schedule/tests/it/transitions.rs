//! Every change of the clocks from 2026 to 2031, met by every quarter of an hour of the day.

use jiff::{Span, Timestamp as Instant, civil::DateTime, tz::TimeZone};
use venue_schedule::{Occurrence, Recurrence};

use crate::{ZONES, instant, ms, rules};

const FROM: &str = "2026-01-01T00:00:00Z";
const UNTIL: &str = "2032-01-01T00:00:00Z";

/// The look at the clock begins so many minutes before, to see the first pass of two hours repeated.
const LOOK_AHEAD: i64 = 150;

/// Further away than this the clock is only a clock.
const NEAR_MS: i64 = 6 * 3_600_000;

/// The instants at which the clocks of a zone are set.
fn changes(rules: &TimeZone) -> Vec<Instant> {
    let (from, until): (Instant, Instant) = (FROM.parse().unwrap(), UNTIL.parse().unwrap());
    let all = rules.following(from).map(|change| change.timestamp());
    all.take_while(|change| *change < until).collect()
}

fn minutes(minutes: i64) -> Span {
    Span::new().minutes(minutes)
}

/// What a person sees who looks at the clock each minute: when it first shows `local` or more.
fn first_seen(rules: &TimeZone, from: Instant, local: DateTime) -> Instant {
    let mut at = from;
    assert!(rules.to_datetime(at) < local, "the look begins too late");
    while rules.to_datetime(at) < local {
        at += minutes(1);
    }
    at
}

fn daily(zone: &str, hour: u32, minute: u32) -> Recurrence {
    Recurrence::parse(&format!("{minute} {hour} * * *"), zone).unwrap()
}

/// Exactly one for each day, in order, at the time of day that was asked for.
fn assert_one_for_each_day(found: &[Occurrence], hour: u32, minute: u32, context: &str) {
    for occurrence in found {
        let local = occurrence.local.civil();
        let shown =
            (u32::from(local.hour().unsigned_abs()), u32::from(local.minute().unsigned_abs()));
        assert_eq!(shown, (hour, minute), "{context}");
    }
    for pair in found.windows(2) {
        let (first, second) = (pair[0].local.civil(), pair[1].local.civil());
        assert_eq!(first.date().tomorrow().unwrap(), second.date(), "{context}");
        assert!(pair[0].at < pair[1].at, "{context}");
    }
}

#[test]
fn each_quarter_of_an_hour_fires_once_a_day_over_every_change_when_the_clock_first_shows_it() {
    let mut met = 0;
    for zone in ZONES {
        let rules = rules(zone);
        for change in changes(&rules) {
            met += 1;
            let (start, end) = (change - minutes(2 * 1440), change + minutes(2 * 1440));
            for quarter in 0..96 {
                let (hour, minute) = (quarter / 4, quarter % 4 * 15);
                let context = format!("{zone}, {change}, {hour:02}:{minute:02}");
                let found: Vec<_> = daily(zone, hour, minute).between(ms(start), ms(end)).collect();
                assert!((3..=5).contains(&found.len()), "{context}: {found:?}");
                assert_one_for_each_day(&found, hour, minute, &context);
                let near =
                    |o: &&Occurrence| (o.at.unix_ms() - ms(change).unix_ms()).abs() < NEAR_MS;
                for occurrence in found.iter().filter(near) {
                    let from = instant(occurrence.at) - minutes(LOOK_AHEAD);
                    let seen = first_seen(&rules, from, occurrence.local.civil());
                    assert_eq!(instant(occurrence.at), seen, "{context}");
                }
            }
        }
    }
    // Ten zones change twice a year; a table that has lost its changes would prove nothing.
    assert!(met >= 120, "only {met} changes");
}

#[test]
fn six_years_have_as_many_runs_as_days() {
    let days = 6 * 365 + 1;
    for zone in ZONES {
        let rules = rules(zone);
        let midnight =
            |year| rules.to_timestamp(DateTime::constant(year, 1, 1, 0, 0, 0, 0)).unwrap();
        // A millisecond earlier: `between` leaves out its beginning, and midnight belongs to the day.
        let edge = |year| ms(midnight(year) - Span::new().milliseconds(1));
        for (hour, minute) in [(0, 0), (1, 45), (2, 30), (3, 15)] {
            let found: Vec<_> = daily(zone, hour, minute).between(edge(2026), edge(2032)).collect();
            let context = format!("{zone}, {hour:02}:{minute:02}");
            assert_eq!(found.len(), days, "{context}");
            assert_one_for_each_day(&found, hour, minute, &context);
        }
    }
}

#[test]
fn every_few_minutes_never_goes_back_in_local_time_and_never_fires_twice_at_once() {
    for zone in ZONES {
        let rules = rules(zone);
        let recurrence = Recurrence::parse("*/10 * * * *", zone).unwrap();
        for change in changes(&rules) {
            let (start, end) = (change - minutes(300), change + minutes(300));
            let found: Vec<_> = recurrence.between(ms(start), ms(end)).collect();
            for pair in found.windows(2) {
                assert!(
                    pair[0].local < pair[1].local && pair[0].at < pair[1].at,
                    "{zone} {change}"
                );
            }
            for occurrence in &found {
                let seen = first_seen(
                    &rules,
                    instant(occurrence.at) - minutes(LOOK_AHEAD),
                    occurrence.local.civil(),
                );
                assert_eq!(instant(occurrence.at), seen, "{zone} {change}");
            }
        }
    }
}
