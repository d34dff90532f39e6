use super::*;

fn recurrence(cron: &str, zone: &str) -> Recurrence {
    Recurrence::parse(cron, zone).unwrap()
}

fn at(text: &str) -> Timestamp {
    timestamp(text.parse().unwrap())
}

/// The next occurrences as `local = instant` in UTC.
fn next(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let found = recurrence(cron, zone).next_n(at(after), count);
    let show = |o: &Occurrence| format!("{} = {}", o.local, instant(o.at).unwrap());
    found.iter().map(show).collect()
}

#[test]
fn a_skipped_time_fires_at_the_first_instant_after_the_gap() {
    let expected = [
        "2027-03-27T02:30 = 2027-03-27T01:30:00Z",
        "2027-03-28T02:30 = 2027-03-28T01:00:00Z",
        "2027-03-29T02:30 = 2027-03-29T00:30:00Z",
    ];
    assert_eq!(next("30 2 * * *", "Europe/Berlin", "2027-03-27T00:00:00Z", 3), expected);
}

#[test]
fn a_list_of_hours_keeps_its_other_times_on_the_day_of_a_gap() {
    let expected = [
        "2027-03-28T02:30 = 2027-03-28T01:00:00Z",
        "2027-03-28T14:30 = 2027-03-28T12:30:00Z",
        "2027-03-29T02:30 = 2027-03-29T00:30:00Z",
    ];
    assert_eq!(next("30 2,14 * * *", "Europe/Berlin", "2027-03-27T20:00:00Z", 3), expected);
}

#[test]
fn a_repeated_hour_fires_once_at_its_first_pass() {
    let expected = [
        "2027-10-31T02:30 = 2027-10-31T00:30:00Z",
        "2027-10-31T14:30 = 2027-10-31T13:30:00Z",
        "2027-11-01T02:30 = 2027-11-01T01:30:00Z",
    ];
    assert_eq!(next("30 2,14 * * *", "Europe/Berlin", "2027-10-30T20:00:00Z", 3), expected);
    // Asked in the second pass, too.
    assert_eq!(next("30 2,14 * * *", "Europe/Berlin", "2027-10-31T01:10:00Z", 2), expected[1..]);
}

#[test]
fn skipped_times_that_fall_together_with_each_other_and_with_the_next_fire_once() {
    let expected = [
        "2027-03-28T01:45 = 2027-03-28T00:45:00Z",
        "2027-03-28T03:00 = 2027-03-28T01:00:00Z",
        "2027-03-28T03:15 = 2027-03-28T01:15:00Z",
    ];
    assert_eq!(next("*/15 * * * *", "Europe/Berlin", "2027-03-28T00:40:00Z", 3), expected);
    let expected = ["2027-03-28T02:45 = 2027-03-28T01:00:00Z"];
    assert_eq!(next("*/15 2 * * *", "Europe/Berlin", "2027-03-28T00:40:00Z", 1), expected);
}

#[test]
fn every_few_minutes_is_silent_while_an_hour_repeats() {
    let expected = [
        "2027-10-31T02:40 = 2027-10-31T00:40:00Z",
        "2027-10-31T03:00 = 2027-10-31T02:00:00Z",
        "2027-10-31T03:20 = 2027-10-31T02:20:00Z",
    ];
    assert_eq!(next("*/20 * * * *", "Europe/Berlin", "2027-10-31T00:30:00Z", 3), expected);
}

#[test]
fn a_gap_of_half_an_hour_and_a_day_that_never_was_are_gaps_too() {
    let expected = ["2027-10-03T02:10 = 2027-10-02T15:30:00Z"];
    assert_eq!(next("10 2 * * *", "Australia/Lord_Howe", "2027-10-02T00:00:00Z", 1), expected);
    // Samoa went over the date line: there was no 30 December 2011.
    let expected = [
        "2011-12-29T12:00 = 2011-12-29T22:00:00Z",
        "2011-12-30T12:00 = 2011-12-30T10:00:00Z",
        "2011-12-31T12:00 = 2011-12-30T22:00:00Z",
    ];
    assert_eq!(next("0 12 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", 3), expected);
}

#[test]
fn last_days_nth_weekdays_and_leap_days_are_found() {
    let days = |cron, count| {
        let found = recurrence(cron, "UTC").next_n(at("2027-01-01T00:00:00Z"), count);
        found.iter().map(|o| o.local.civil().date().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(days("0 9 L * *", 2), ["2027-01-31", "2027-02-28"]);
    assert_eq!(days("0 9 * * FRI#2", 2), ["2027-01-08", "2027-02-12"]);
    assert_eq!(days("0 9 * * FRI#L", 2), ["2027-01-29", "2027-02-26"]);
    assert_eq!(days("0 9 29 2 *", 2), ["2028-02-29", "2032-02-29"]);
    assert_eq!(days("0 9 13 * +FRI", 2), ["2027-08-13", "2028-10-13"]);
    assert_eq!(days("0 9 * * 7", 1), ["2027-01-03"]);
}

#[test]
fn a_pattern_that_never_fires_is_an_error() {
    for text in ["0 0 30 2 *", "0 0 31 4,6 *", "0 0 30,31 FEB +MON"] {
        let error = Recurrence::parse(text, "UTC").unwrap_err();
        assert_eq!(error, RecurrenceError::Never { text: text.to_owned() });
    }
}

#[test]
fn errors_say_which_field_they_are_about() {
    assert_eq!(Recurrence::parse("0 24 * * *", "UTC").unwrap_err().field(), "cron");
    let error = Recurrence::parse("0 2 * * *", "Europe/Sydney").unwrap_err();
    assert_eq!(error.field(), "zone");
}

#[test]
fn previous_is_the_other_way_round() {
    let daily = recurrence("30 2 * * *", "Europe/Berlin");
    let gap = daily.previous_before(at("2027-03-28T01:00:01Z")).unwrap();
    assert_eq!(
        (gap.local.to_string().as_str(), gap.at),
        ("2027-03-28T02:30", at("2027-03-28T01:00:00Z"))
    );
    let before = daily.previous_before(gap.at).unwrap();
    assert_eq!(before.local.to_string(), "2027-03-27T02:30");
    // In the second pass, before the local time comes again.
    let fold = daily.previous_before(at("2027-10-31T01:10:00Z")).unwrap();
    assert_eq!(fold.at, at("2027-10-31T00:30:00Z"));
}

#[test]
fn the_description_is_a_sentence_with_the_zone() {
    let text = recurrence("30 9 * * MON-FRI", "australia/sydney").describe();
    assert!(text.contains("09:30") && text.ends_with("(Australia/Sydney time)"), "{text}");
}

#[test]
fn times_beyond_the_calendar_have_no_occurrences_and_do_not_panic() {
    let daily = recurrence("30 2 * * *", "Europe/Berlin");
    for ms in [i64::MIN, i64::MAX] {
        assert_eq!(daily.next_after(Timestamp::from_unix_ms(ms)), None);
        assert_eq!(daily.previous_before(Timestamp::from_unix_ms(ms)), None);
    }
}
