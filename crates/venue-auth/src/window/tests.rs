use super::*;

const TEN: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn a_flood_of_keys_is_bounded_and_whoever_is_asked_for_stays() {
    let mut logs = SlidingLogs::new(100);
    while logs.of(0, at(0)).take(TEN, at(0)).is_ok() {}
    for key in 1..10_000 {
        logs.of(key, at(0)).take(TEN, at(0)).unwrap();
        assert!(logs.len() <= 100);
        assert!(!logs.known(&0).unwrap().wait(TEN, at(0)).is_zero(), "forgotten after {key} keys");
    }
}

#[test]
fn what_is_unused_again_makes_room_first() {
    let mut logs = SlidingLogs::new(4);
    for key in [1, 2, 3] {
        logs.of(key, at(0)).take(TEN, at(0)).unwrap();
    }
    logs.of(4, at(59)).take(TEN, at(59)).unwrap();
    logs.of(5, at(60)).take(TEN, at(60)).unwrap();
    assert_eq!(logs.len(), 2);
    assert_eq!(logs.of(4, at(60)).take(TEN, at(60)), Ok(8));
}

#[test]
fn where_all_are_in_use_those_asked_for_longest_ago_make_room_at_one_and_the_same_time() {
    let mut logs = SlidingLogs::new(4);
    for key in [1, 2, 3, 4, 1, 5] {
        logs.of(key, at(0)).take(TEN, at(0)).unwrap();
    }
    assert_eq!(logs.of(1, at(0)).take(TEN, at(0)), Ok(7), "asked for again, so it stays");
    assert!(logs.known(&2).is_none());
    assert!(logs.known(&3).is_some());
}

#[test]
fn room_for_a_single_key_is_enough_to_count() {
    let mut logs = SlidingLogs::new(0);
    for left in (0..10).rev() {
        assert_eq!(logs.of(1, at(0)).take(TEN, at(0)), Ok(left));
    }
    assert_eq!(logs.of(1, at(0)).take(TEN, at(0)), Err(WINDOW));
    logs.of(2, at(0)).take(TEN, at(0)).unwrap();
    assert_eq!(logs.len(), 1);
}

#[test]
fn a_log_never_holds_more_than_its_limit() {
    let mut log = SlidingLog::default();
    for second in 0..10_000 {
        let _ = log.take(TEN, at(second));
        assert!(log.uses.len() <= 10);
    }
}
