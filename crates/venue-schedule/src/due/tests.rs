use std::time::Duration;

use serde_json::json;
use venue_domain::Configuration;

use super::*;
use crate::{
    ScheduleEdit,
    edit::tests::{NOW, make, opening, venue},
};

/// 2027-03-02T10:00 in Sydney is 2027-03-01T23:00Z.
fn ten() -> Timestamp {
    NOW.plus(Duration::from_secs(23 * 3_600))
}

fn scheduled(more: serde_json::Value) -> Configuration {
    let mut configuration = venue();
    let mut value = opening();
    venue_registry::merge_patch(&mut value, more);
    make(&mut configuration, ScheduleEdit::Create { value }, NOW).unwrap();
    configuration
}

fn due_at(configuration: &Configuration, running: bool, now: Timestamp) -> Vec<Due> {
    Schedules::read(configuration, now).0.due(|_| running, now)
}

#[test]
fn it_fires_once_under_a_name_of_its_occurrence() {
    let mut configuration = scheduled(json!({}));
    let early = due_at(&configuration, false, ten().minus(Duration::from_millis(1)));
    assert_eq!(early, []);
    assert_eq!(Schedules::read(&configuration, NOW).0.wake(NOW), Some(ten()));
    for _ in 0..2 {
        let due = due_at(&configuration, false, ten());
        let (occurrence, batch) = due[0].fires.clone().unwrap();
        assert_eq!(batch.as_str(), "sched_opening_2027-03-02T10:00", "the same until it is stored");
        assert_eq!(occurrence.at, ten());
    }
    let due = due_at(&configuration, false, ten()).remove(0);
    configuration.apply(&[due.change(&due.entry, true)], 3);
    assert_eq!(due_at(&configuration, false, ten()), []);
    let run = due.run(due.fires.clone().unwrap().0, RunOutcome::Fired, None, ten());
    assert_eq!(run.occurrence, "2027-03-02T10:00");
    assert_eq!(run.batch_id.unwrap().as_str(), "sched_opening_2027-03-02T10:00");
}

#[test]
fn what_was_missed_is_told_once_and_the_latest_may_run_late() {
    let three_days = ten().plus(Duration::from_secs(2 * 86_400 + 300));
    let due = due_at(&scheduled(json!({})), false, three_days);
    assert_eq!(due[0].fires, None);
    assert_eq!(due[0].unfired[0].outcome, RunOutcome::Missed);
    assert_eq!(
        due[0].unfired[0].detail.as_deref(),
        Some("and 2 before it, since 2027-03-02T10:00")
    );
    let late = due_at(&scheduled(json!({"missed": "once within 10 min"})), false, three_days);
    let (occurrence, _) = late[0].fires.clone().unwrap();
    assert_eq!(occurrence.local.to_string(), "2027-03-04T10:00");
    assert_eq!(late[0].unfired[0].outcome, RunOutcome::Missed);
}

#[test]
fn a_run_that_meets_the_one_before_is_left_out_or_takes_its_place() {
    let tomorrow = ten().plus(Duration::from_secs(86_400));
    for (overlap, fires) in [("skip", false), ("supersede", true)] {
        let mut configuration = scheduled(json!({"overlap": overlap}));
        let first = due_at(&configuration, false, ten()).remove(0);
        configuration.apply(&[first.change(&first.entry, true)], 3);
        let second = due_at(&configuration, true, tomorrow).remove(0);
        assert_eq!((second.fires.is_some(), second.supersede), (fires, fires), "{overlap}");
        let before = second.run_before().unwrap();
        assert_eq!(before.as_str(), "sched_opening_2027-03-02T10:00");
        assert_eq!(second.unfired.len(), usize::from(!fires));
    }
}

#[test]
fn a_marked_occurrence_is_left_out() {
    let mut configuration = scheduled(json!({}));
    make(&mut configuration, ScheduleEdit::Skip { id: "opening".into(), on: None }, NOW).unwrap();
    let due = due_at(&configuration, false, ten()).remove(0);
    assert_eq!((due.fires.is_none(), due.unfired[0].outcome), (true, RunOutcome::Skipped));
}
