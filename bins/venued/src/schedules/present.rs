//! What time it is for schedules.

use std::time::Duration;

use venue_domain::{Clock, Timestamp, WallOffset, WallTime};
use venue_routing::Rejection;

use crate::clock::SystemClock;

/// The present on both clocks, read once. A schedule goes by the calendar, its commands live in venue time:
/// what is due by the one is due by the other, although the wall clock may be set while it is being fired.
#[derive(Clone, Copy, Debug)]
pub(super) struct Present {
    pub(super) venue: Timestamp,
    offset: WallOffset,
}

impl Present {
    pub(super) fn read() -> Self {
        Self { venue: SystemClock.now(), offset: SystemClock.offset() }
    }

    /// What the wall clock shows.
    pub(super) fn shown(self) -> Timestamp {
        self.offset.shown(self.venue).for_calendar()
    }

    /// Where an instant of the calendar lies in venue time.
    pub(super) fn in_venue_time(self, at: Timestamp) -> Timestamp {
        self.offset.wished(WallTime::of_calendar(at))
    }
}

/// What the wall clock shows now.
pub(super) fn shown() -> Timestamp {
    Present::read().shown()
}

pub(super) fn until(at: Timestamp) -> Duration {
    let ms = at.unix_ms().saturating_sub(shown().unix_ms());
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

pub(super) fn not_now(error: &Rejection) -> NotNow {
    tracing::warn!(%error, "a schedule is due and cannot be stored: it is tried again");
    NotNow
}

/// What waits is stored again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotNow;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_by_the_wall_clock_is_due_in_venue_time_whatever_the_clock_is_set_to_meanwhile() {
        let venue = Timestamp::from_unix_ms(1_790_000_000_000);
        for ahead_ms in [-153_627, 0, 101_428] {
            let present = Present { venue, offset: WallOffset::from_ms(ahead_ms) };
            let due = present.shown();
            assert_eq!(due.unix_ms(), venue.unix_ms() + ahead_ms);
            assert_eq!(present.in_venue_time(due), venue, "{ahead_ms}");
        }
    }
}
