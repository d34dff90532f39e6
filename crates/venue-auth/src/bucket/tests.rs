use super::*;

fn ten_a_minute(most: usize) -> (HandedClock, Buckets<usize>) {
    let clock = HandedClock::default();
    (clock.clone(), Buckets::new(NonZeroU32::MIN.saturating_add(9), most, clock))
}

#[test]
fn a_flood_of_keys_is_bounded_and_whoever_is_asked_for_stays() {
    let (_clock, mut buckets) = ten_a_minute(100);
    while buckets.of(0).take().is_ok() {}
    for key in 1..10_000 {
        buckets.of(key).take().unwrap();
        assert!(buckets.len() <= 100);
        assert!(!buckets.known(&0).unwrap().wait().is_zero(), "forgotten after {key} keys");
    }
}

#[test]
fn what_is_full_again_makes_room_first() {
    let (clock, mut buckets) = ten_a_minute(4);
    for key in [1, 2, 3] {
        buckets.of(key).take().unwrap();
    }
    clock.advance_to(Duration::from_secs(59));
    buckets.of(4).take().unwrap();
    clock.advance_to(Duration::from_secs(60));
    buckets.of(5).take().unwrap();
    assert_eq!(buckets.len(), 2);
    assert_eq!(buckets.of(4).take(), Ok(8));
}

#[test]
fn where_all_are_in_use_those_asked_for_longest_ago_make_room_at_one_and_the_same_time() {
    let (_clock, mut buckets) = ten_a_minute(4);
    for key in [1, 2, 3, 4, 1, 5] {
        buckets.of(key).take().unwrap();
    }
    assert_eq!(buckets.of(1).take(), Ok(7), "asked for again, so it stays");
    assert!(buckets.known(&2).is_none());
    assert!(buckets.known(&3).is_some());
}

#[test]
fn room_for_a_single_key_is_enough_to_count() {
    let (_clock, mut buckets) = ten_a_minute(0);
    for left in (0..10).rev() {
        assert_eq!(buckets.of(1).take(), Ok(left));
    }
    assert_eq!(buckets.of(1).take(), Err(Duration::from_secs(6)));
    buckets.of(2).take().unwrap();
    assert_eq!(buckets.len(), 1);
}

#[test]
fn the_clock_never_goes_back() {
    let (clock, mut buckets) = ten_a_minute(4);
    clock.advance_to(Duration::from_secs(10));
    while buckets.of(1).take().is_ok() {}
    clock.advance_to(Duration::from_secs(2));
    assert_eq!(buckets.of(1).wait(), Duration::from_secs(6));
}
