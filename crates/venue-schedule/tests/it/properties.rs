//! Forwards, backwards and in between say the same.

use proptest::{prelude::*, sample::select};
use venue_domain::Timestamp;
use venue_schedule::{Occurrence, Recurrence};

use crate::ZONES;

const PATTERNS: [&str; 10] = [
    "30 2 * * *",
    "30 2,14 * * *",
    "*/15 * * * *",
    "*/7 1-3 * * *",
    "0 0 * * SUN",
    "45 1,2,3 * * SUN#L",
    "0 3 L * *",
    "59 23 29 2 *",
    "10 2 1-7 3,4,10,11 +SUN",
    "* 2 * * *",
];

fn recurrence() -> impl Strategy<Value = Recurrence> {
    let parts = (select(PATTERNS.to_vec()), select(ZONES.to_vec()));
    parts.prop_map(|(cron, zone)| Recurrence::parse(cron, zone).unwrap())
}

/// From 2026 to 2031, to the millisecond.
fn instants() -> impl Strategy<Value = Timestamp> {
    (1_767_225_600_000..1_956_528_000_000_i64).prop_map(Timestamp::from_unix_ms)
}

proptest! {
    #[test]
    fn next_previous_and_iteration_agree(recurrence in recurrence(), start in instants()) {
        let forwards = recurrence.next_n(start, 12);
        prop_assert_eq!(forwards.len(), 12);
        for pair in forwards.windows(2) {
            prop_assert!(pair[0].local < pair[1].local && pair[0].at < pair[1].at);
            prop_assert_eq!(recurrence.previous_before(pair[1].at), Some(pair[0]));
            prop_assert_eq!(recurrence.next_after(pair[0].at), Some(pair[1]));
        }
        prop_assert_eq!(recurrence.instant_of(forwards[0].local), Some(forwards[0].at));
        let between: Vec<Occurrence> = recurrence.between(start, forwards[11].at).collect();
        prop_assert_eq!(between, forwards);
    }

    #[test]
    fn nothing_lies_between_previous_and_next(recurrence in recurrence(), now in instants()) {
        let next = recurrence.next_after(now).unwrap();
        let previous = recurrence.previous_before(next.at).unwrap();
        prop_assert!(previous.at <= now && now < next.at);
        prop_assert_eq!(recurrence.next_after(previous.at), Some(next));
    }

    #[test]
    fn the_canonical_text_is_the_same_recurrence(recurrence in recurrence()) {
        let again = Recurrence::parse(recurrence.cron(), recurrence.zone().name());
        prop_assert_eq!(again, Ok(recurrence));
    }

    #[test]
    fn no_text_makes_the_parser_panic(cron in "[-0-9*/,#LW+?A-Za-z ]{0,24}", zone in "\\PC{0,12}") {
        if let Ok(read) = Recurrence::parse(&cron, &zone) {
            prop_assert!(read.next_after(Timestamp::default()).is_some());
        }
        let _ = Recurrence::parse(&cron, "UTC").map(|read| read.describe());
    }
}
