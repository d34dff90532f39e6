use super::*;
use crate::{Days, Recurrence, Steps};

/// Daily at 02:30 in Berlin.
fn daily(missed: &str, overlap: &str) -> Schedule {
    Schedule {
        trigger: Trigger::Cron(Recurrence::parse("30 2 * * *", "Europe/Berlin").unwrap()),
        put_back: None,
        days: Days::default(),
        steps: Steps::parse(&["on"]).unwrap(),
        missed: missed.parse().unwrap(),
        overlap: overlap.parse().unwrap(),
    }
}

fn at(text: &str) -> Timestamp {
    crate::zone::timestamp(text.parse().unwrap())
}

fn local(text: &str) -> LocalTime {
    text.parse().unwrap()
}

fn state() -> ScheduleState {
    ScheduleState::new(at("2027-01-01T12:00:00Z"))
}

/// Which day fires.
fn fired(decision: &Decision) -> Option<String> {
    if let Run::Fire { occurrence, .. } = decision.run {
        Some(occurrence.local.to_string())
    } else {
        None
    }
}

#[test]
fn what_is_due_fires_once_and_the_next_wake_is_the_next_occurrence() {
    let schedule = daily("skip", "skip");
    let due = at("2027-01-02T01:30:00Z");
    let before = schedule.decide(state(), false, at("2027-01-02T01:29:59.999Z"));
    assert_eq!((before.run, before.missed, before.wake), (Run::Nothing, None, Some(due)));
    let decision = schedule.decide(state(), false, due);
    assert_eq!(fired(&decision), Some("2027-01-02T02:30".to_owned()));
    assert_eq!((decision.missed, decision.wake), (None, Some(at("2027-01-03T01:30:00Z"))));
    let again = schedule.decide(decision.state.clone(), false, due.plus(Duration::from_secs(5)));
    assert_eq!((again.run, again.missed, again.wake), (Run::Nothing, None, decision.wake));
}

#[test]
fn after_downtime_none_or_the_latest_runs_and_all_others_are_reported() {
    // Policy, minutes after the run of 5 January, whether it fires, how many are missed.
    let table = [
        ("skip", 0, true, 3),
        ("skip", 1, false, 4),
        ("skip", 300, false, 4),
        ("once within 10 min", 0, true, 3),
        ("once within 10 min", 10, true, 3),
        ("once within 10 min", 11, false, 4),
        ("once within 0 s", 0, true, 3),
    ];
    for (policy, minutes, fires, count) in table {
        let now = at("2027-01-05T01:30:00Z").plus(Duration::from_secs(minutes * 60));
        let decision = daily(policy, "skip").decide(state(), false, now);
        let expected = fires.then(|| "2027-01-05T02:30".to_owned());
        assert_eq!(fired(&decision), expected, "{policy}, {minutes}");
        let missed = decision.missed.unwrap();
        assert_eq!(missed.count, count, "{policy}, {minutes}");
        assert_eq!(missed.first.local, local("2027-01-02T02:30"));
        assert_eq!(missed.last.local, local(&format!("2027-01-0{}T02:30", 1 + count)));
        assert_eq!(decision.state.handled, Some(local("2027-01-05T02:30")));
        let again = daily(policy, "skip").decide(decision.state.clone(), false, now);
        assert_eq!((again.run, again.missed), (Run::Nothing, None));
    }
}

#[test]
fn a_clock_that_jumps_back_fires_nothing_twice_and_sleeps_past_what_was_handled() {
    let schedule = daily("once within 2 h", "skip");
    let handled = schedule.decide(state(), false, at("2027-10-31T00:30:00Z")).state;
    for now in ["2027-10-31T00:29:00Z", "2027-10-31T01:30:00Z", "2027-10-30T00:30:00Z"] {
        let decision = schedule.decide(handled.clone(), false, at(now));
        assert_eq!((decision.run, decision.missed), (Run::Nothing, None), "{now}");
        assert_eq!(decision.wake, Some(at("2027-11-01T01:30:00Z")), "{now}");
    }
    let ahead = |now| handled.ahead_of(&schedule.trigger, at(now)).as_secs();
    assert_eq!((ahead("2027-10-31T00:29:00Z"), ahead("2027-10-31T00:31:00Z")), (60, 0));
}

#[test]
fn the_mark_leaves_out_one_run_and_is_then_spent() {
    let schedule = daily("once within 10 min", "skip");
    let now = at("2027-01-01T13:00:00Z");
    let next = state().next(&schedule, now).unwrap();
    let marked = state().skip(next.local);
    assert_eq!(marked.skips, BTreeSet::from([local("2027-01-02T02:30")]));
    let decision = schedule.decide(marked.clone(), false, at("2027-01-02T01:30:00Z"));
    assert!(matches!(decision.run, Run::LeftOut { why: LeftOut::Skipped, .. }), "{decision:?}");
    assert_eq!((decision.missed, decision.state.skips.len()), (None, 0));
    let next = schedule.decide(decision.state.clone(), false, at("2027-01-03T01:30:00Z"));
    assert!(fired(&next).is_some());
    // Slept through: the one that was to be left out is not missed.
    let late = schedule.decide(marked, false, at("2027-01-04T01:30:00Z"));
    assert_eq!(fired(&late), Some("2027-01-04T02:30".to_owned()));
    assert_eq!(late.missed.map(|missed| missed.count), Some(1));
    assert!(late.state.skips.is_empty());
}

#[test]
fn a_pause_neither_fires_nor_misses() {
    let schedule = daily("once within 10 min", "skip");
    let paused = state().pause();
    let decision = schedule.decide(paused.clone(), false, at("2027-01-05T01:30:00Z"));
    let nothing = Decision { run: Run::Nothing, missed: None, state: paused.clone(), wake: None };
    assert_eq!(decision, nothing);
    let resumed = paused.resume(at("2027-01-05T01:31:00Z"));
    let decision = schedule.decide(resumed, false, at("2027-01-05T01:31:00Z"));
    assert_eq!((decision.run, decision.missed), (Run::Nothing, None));
    assert_eq!(decision.wake, Some(at("2027-01-06T01:30:00Z")));
    // To resume what is not paused hides nothing that was missed.
    assert_eq!(state().resume(at("2027-01-05T00:00:00Z")), state());
}

#[test]
fn a_run_that_meets_the_one_before_is_left_out_or_supersedes_it() {
    let due = at("2027-01-02T01:30:00Z");
    let left_out = daily("skip", "skip").decide(state(), true, due);
    assert!(matches!(left_out.run, Run::Overlapped(_)), "{left_out:?}");
    assert_eq!(left_out.state.handled, Some(local("2027-01-02T02:30")));
    for running in [true, false] {
        let decision = daily("skip", "supersede").decide(state(), running, due);
        let Run::Fire { supersede, .. } = decision.run else { panic!("{decision:?}") };
        assert_eq!(supersede, running);
    }
}

#[test]
fn a_single_run_fires_once_and_then_waits_for_nothing() {
    let due = at("2027-01-02T01:30:00.250Z");
    let schedule =
        Schedule { trigger: Trigger::Once { at: due, zone: None }, ..daily("skip", "skip") };
    assert_eq!(schedule.decide(state(), false, at("2027-01-02T01:30:00Z")).wake, Some(due));
    let decision = schedule.decide(state(), false, due);
    assert!(fired(&decision).is_some());
    assert_eq!(decision.wake, None);
    assert_eq!(schedule.decide(decision.state, false, due).run, Run::Nothing);
    let missed = schedule.decide(state(), false, due.plus(Duration::from_secs(60)));
    assert_eq!((missed.run, missed.missed.map(|m| m.count)), (Run::Nothing, Some(1)));
}

#[test]
fn a_year_of_missed_minutes_is_counted_up_to_the_cap() {
    let every_minute = Recurrence::parse("* * * * *", "Europe/Berlin").unwrap();
    let schedule = Schedule { trigger: Trigger::Cron(every_minute), ..daily("skip", "skip") };
    let decision = schedule.decide(state(), false, at("2028-01-01T12:00:00Z"));
    let missed = decision.missed.unwrap();
    assert_eq!(missed.count, Missed::MAX_COUNTED);
    assert_eq!(missed.first.local, local("2027-01-01T13:01"));
    assert_eq!(missed.last.local, local("2028-01-01T12:59"));
}

#[test]
fn a_standing_is_stored_as_readable_text() {
    let handled = Some(local("2027-01-02T02:30"));
    let state = ScheduleState { handled, ..ScheduleState::new(Timestamp::from_unix_ms(5)) };
    let text = serde_json::to_string(&state).unwrap();
    assert_eq!(
        text,
        r#"{"since":5,"handled":"2027-01-02T02:30","paused":false,"skips":[],"moved":{}}"#
    );
    let moved = state.clone().move_to(local("2027-01-03T02:30"), "opening-0103".to_owned());
    for state in [state.clone(), moved] {
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<ScheduleState>(&text).unwrap(), state, "{text}");
    }
    // As it was stored when one run only could be left out.
    let before =
        r#"{"since":5,"handled":"2027-01-02T02:30","paused":false,"skip":"2027-01-03T02:30"}"#;
    let marked = state.skip(local("2027-01-03T02:30"));
    assert_eq!(serde_json::from_str::<ScheduleState>(before).unwrap(), marked);
}
