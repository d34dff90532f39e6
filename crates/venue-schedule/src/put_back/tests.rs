use std::time::Duration;

use serde_json::{Value, json};
use venue_domain::{Configuration, RunOutcome};

use super::*;
use crate::{
    ScheduleEdit, ScheduleEditError,
    edit::tests::{NOW, make, opening, venue},
};

/// Football on the first evening of March, Sydney time: 19:30 there is 08:30Z.
fn football() -> Value {
    json!({"id": "football", "selectors": ["zone=bar"], "at": "2027-03-01T19:30", "zone": "Australia/Sydney",
        "put_back": "22:00", "steps": ["channel 501"], "missed": "once within 30 min"})
}

fn hours(count: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(count * 1_800))
}

/// 19:30 and 22:00 of that evening.
fn begin() -> Timestamp {
    hours(17)
}

fn end() -> Timestamp {
    hours(22)
}

fn planned(value: Value) -> Configuration {
    let mut configuration = venue();
    make(&mut configuration, ScheduleEdit::Create { value }, NOW).unwrap();
    configuration
}

/// As it is once its run at 19:30 has fired.
fn fired(value: Value) -> Configuration {
    let mut configuration = planned(value);
    let due = Schedules::read(&configuration, NOW).0.due(|_| false, begin());
    assert!(due[0].fires.is_some());
    let change = due[0].change(&due[0].entry, true);
    configuration.apply(&[change], 9);
    configuration
}

fn read(configuration: &Configuration) -> Schedules {
    Schedules::read(configuration, NOW).0
}

fn pending(configuration: &Configuration) -> Option<String> {
    let put_back = read(configuration).get("football")?.plan.put_back.clone()?;
    Some(put_back.due.local.to_string())
}

fn patch(configuration: &mut Configuration, patch: Value, now: Timestamp) -> Result<(), String> {
    let expected = venue_registry::Expected::Any;
    let edit = ScheduleEdit::Patch { id: "football".to_owned(), patch, expected };
    make(configuration, edit, now).map_err(|error| error.to_string())
}

#[test]
fn a_run_is_put_back_once_at_its_time_of_day_also_behind_midnight() {
    let mut configuration = planned(football());
    assert_eq!(read(&configuration).wake(NOW), Some(begin()));
    assert_eq!(read(&configuration).put_backs_due(end()), [], "nothing has run");
    configuration = fired(football());
    assert_eq!(read(&configuration).wake(begin()), Some(end()));
    assert_eq!(read(&configuration).put_backs_due(end().minus(Duration::from_millis(1))), []);
    let due = read(&configuration).put_backs_due(end());
    assert_eq!(due[0].fate, PutBackFate::Done);
    assert_eq!(due[0].pending.batch.as_str(), "sched_football_2027-03-01T19:30");
    let change = due[0].entry.with_put_back(None);
    configuration.apply(&[change], 10);
    assert_eq!(
        (read(&configuration).put_backs_due(end()), read(&configuration).wake(end())),
        (vec![], None)
    );
    let mut late = football();
    late["put_back"] = json!("00:30");
    assert_eq!(pending(&fired(late)).as_deref(), Some("2027-03-02T00:30"));
}

#[test]
fn a_run_that_sent_nothing_and_one_that_did_not_fire_leave_nothing_to_put_back() {
    let mut configuration = planned(football());
    let due = read(&configuration).due(|_| false, begin());
    configuration.apply(&[due[0].change(&due[0].entry, false)], 9);
    assert_eq!(pending(&configuration), None);
    let mut configuration = planned(football());
    let missed = read(&configuration).due(|_| false, end());
    assert_eq!(missed[0].unfired[0].outcome, RunOutcome::Missed);
    configuration.apply(&[missed[0].change(&missed[0].entry, true)], 9);
    assert_eq!(pending(&configuration), None);
}

#[test]
fn a_put_back_that_nobody_could_do_is_late_or_missed_as_the_schedule_says() {
    let configuration = fired(football());
    let fate = |minutes: u64| {
        let now = end().plus(Duration::from_secs(minutes * 60));
        read(&configuration).put_backs_due(now)[0].fate
    };
    assert_eq!(
        (fate(0), fate(30), fate(31)),
        (PutBackFate::Done, PutBackFate::Done, PutBackFate::Missed)
    );
}

#[test]
fn what_comes_next_is_left_out_the_run_or_its_put_back() {
    let skip = || ScheduleEdit::Skip { id: "football".to_owned(), on: None };
    let mut configuration = planned(football());
    make(&mut configuration, skip(), NOW).unwrap();
    assert!(read(&configuration).get("football").unwrap().state.skips.len() == 1);
    let mut configuration = fired(football());
    for _ in 0..2 {
        make(&mut configuration, skip(), begin()).unwrap();
        assert_eq!(read(&configuration).put_backs_due(end())[0].fate, PutBackFate::Skipped);
    }
}

#[test]
fn a_put_back_is_moved_and_taken_away_while_its_run_is_on() {
    let mut configuration = fired(football());
    patch(&mut configuration, json!({"put_back": "22:30"}), begin()).unwrap();
    assert_eq!(pending(&configuration).as_deref(), Some("2027-03-01T22:30"));
    patch(&mut configuration, json!({"steps": ["channel 502"]}), begin()).unwrap();
    assert_eq!(pending(&configuration).as_deref(), Some("2027-03-01T22:30"));
    let refused = patch(&mut configuration, json!({"put_back": "20:00"}), hours(20)).unwrap_err();
    assert!(refused.starts_with("put_back: 2027-03-01T20:00 is past"), "{refused}");
    patch(&mut configuration, json!({"put_back": null}), begin()).unwrap();
    assert_eq!(pending(&configuration), None);
}

#[test]
fn a_pause_holds_a_put_back_and_what_was_due_meanwhile_is_not_done() {
    let mut configuration = fired(football());
    make(&mut configuration, ScheduleEdit::Pause { id: "football".to_owned() }, begin()).unwrap();
    // At its time it is noted that nothing is done.
    assert_eq!(read(&configuration).wake(begin()), Some(end()));
    assert_eq!(read(&configuration).put_backs_due(end())[0].fate, PutBackFate::Paused);
    let mut early = configuration.clone();
    make(&mut early, ScheduleEdit::Resume { id: "football".to_owned() }, begin()).unwrap();
    assert_eq!(pending(&early).as_deref(), Some("2027-03-01T22:00"));
    make(&mut configuration, ScheduleEdit::Resume { id: "football".to_owned() }, end()).unwrap();
    assert_eq!(read(&configuration).put_backs_due(end())[0].fate, PutBackFate::Skipped);
}

#[test]
fn what_could_not_be_put_back_is_refused_with_why() {
    let with = |more: Value| {
        let mut value = opening();
        venue_registry::merge_patch(&mut value, more);
        let error: ScheduleEditError =
            make(&mut venue(), ScheduleEdit::Create { value }, NOW).unwrap_err();
        (error.field().map(str::to_owned), error.to_string())
    };
    for (more, said) in [
        (json!({"put_back": "22"}), "22:00"),
        (json!({"put_back": "24:00"}), "22:00"),
        (json!({"put_back": "+9:30"}), "22:00"),
        (json!({"put_back": "11:00", "steps": ["volume +3", "menu"]}), "nothing to put back"),
        (
            json!({"put_back": "10:00"}),
            "at 10:00 would be put back at 10:00, not before the next run at 10:00",
        ),
        (
            json!({"put_back": "22:00", "cron": "0 12,21 * * *"}),
            "put back at 22:00, not before the next run at 21:00",
        ),
        (
            json!({"put_back": "10:10", "steps": ["on", "wait 10 min", "channel 501"]}),
            "put back at 10:10, but its last step comes 10 min after the first",
        ),
        (
            json!({"put_back": "22:00", "cron": null, "at": "2028-01-01T21:45", "steps": ["on", "wait 1 h", "off"]}),
            "but its last step comes 1 h after",
        ),
        (
            json!({"put_back": "22:00", "cron": null, "zone": null, "at": "2028-01-01T00:00Z"}),
            "without an offset",
        ),
    ] {
        let (field, detail) = with(more.clone());
        assert_eq!(field.as_deref(), Some("put_back"), "{more}: {detail}");
        assert!(detail.contains(said), "{more}: {detail}");
    }
}

#[test]
fn a_time_of_day_is_read_back_from_its_text() {
    for text in ["00:00", "22:00", "23:59:07"] {
        assert_eq!(text.parse::<TimeOfDay>().unwrap().to_string(), text);
    }
    for text in ["", "22", "2:00", "22:60", "22:00:60", "22:00:00:00", "22:00Z"] {
        assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
    }
}

#[test]
fn a_put_back_has_a_name_of_its_own_among_the_runs() {
    let name = put_back_occurrence("2027-03-01T22:00".parse().unwrap());
    assert_eq!(of_put_back(&name), Some("2027-03-01T22:00"));
    assert_eq!(of_put_back("2027-03-01T22:00"), None);
}
