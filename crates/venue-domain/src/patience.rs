//! For how long a queued command is tried while its device stays away. Pure.

use std::{ops::RangeInclusive, time::Duration};

use venue_backoff::{Backoff, Jitter};

use crate::{
    queue::{Due, NewCommand},
    record::CommandRecord,
    status::RoutingMethod,
    time::Timestamp,
};

/// The first wait between two attempts; each further one is twice as long.
pub const FIRST_RETRY_WAIT: Duration = Duration::from_secs(2);

/// No wait between two attempts is longer, whatever they are multiplied by.
pub const LONGEST_RETRY_WAIT: Duration = Duration::from_secs(60);

/// The waits between two attempts.
pub const RETRY_BACKOFF: Backoff =
    Backoff { first: FIRST_RETRY_WAIT, longest: LONGEST_RETRY_WAIT, jitter: Jitter::FIFTH };

/// For how long somebody tries: what is told to people instead of "until it works".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How many attempts there are still, within its life.
    pub attempts: u8,
    /// Before this no attempt is made while the device has no session: its `wait_for_device`.
    pub waits_until: Option<Timestamp>,
    /// When about the last of them is made, if the device stays away; it is given up then. Waits are a fifth
    /// shorter or longer, and an attempt at a device that is there and does not answer takes its own time.
    pub until: Timestamp,
}

impl NewCommand {
    /// For how long it is tried, if it is handed over `now`.
    #[must_use]
    pub fn patience(&self, now: Timestamp) -> Patience {
        let due = match self.due {
            Due::Now => now,
            Due::At(at) | Due::Scheduled { at, .. } => at,
        };
        let max = self.max_attempts.number();
        let next = Next { due, waits_until: self.waits_until() };
        next.patience(1..=max, self.routing_method(), self.command.expires_at)
    }

    /// Until when its device is waited for, where it is.
    #[must_use]
    pub fn waits_until(&self) -> Option<Timestamp> {
        let from = match self.due {
            Due::Now | Due::At(_) => self.command.accepted_at,
            Due::Scheduled { at, .. } => at,
        };
        (!self.wait_for_device.is_zero()).then(|| from.plus(self.wait_for_device))
    }
}

impl CommandRecord {
    /// For how long it is tried from `now` on.
    #[must_use]
    pub fn patience(&self, now: Timestamp) -> Patience {
        let max = self.max_attempts.number();
        let due = self.due_at.max(now);
        let waits_until = self.waits_until.filter(|at| *at > now);
        let attempts = self.attempts.saturating_add(1)..=max;
        Next { due, waits_until }.patience(attempts, self.routing_method, self.expires_at)
    }
}

/// When the next attempt is made.
struct Next {
    due: Timestamp,
    waits_until: Option<Timestamp>,
}

impl Next {
    /// For how long `attempts` of something are made that lives until `expires_at`.
    fn patience(
        self,
        attempts: RangeInclusive<u8>,
        routing: RoutingMethod,
        expires_at: Timestamp,
    ) -> Patience {
        let mut next = self.waits_until.map_or(self.due, |at| at.max(self.due));
        let mut patience = Patience { attempts: 0, waits_until: self.waits_until, until: next };
        for attempt in attempts {
            patience.until = next;
            if next >= expires_at {
                break;
            }
            patience.attempts += 1;
            next = next.plus(retry_wait(attempt, routing));
        }
        Patience { until: patience.until.min(expires_at), ..patience }
    }
}

/// The wait after attempt number `attempt` of a queued command, without jitter: 2 and 4 s; 4 and 8 s where a
/// direct try was made before and 2 s were waited for.
#[must_use]
pub fn retry_wait(attempt: u8, routing: RoutingMethod) -> Duration {
    RETRY_BACKOFF.base(failed_tries(attempt, routing))
}

/// How many tries have failed with attempt number `attempt` of a queued command: with a direct try before, one more,
/// of which the router's wait was the first.
#[must_use]
pub fn failed_tries(attempt: u8, routing: RoutingMethod) -> u32 {
    let direct = match routing {
        RoutingMethod::DirectFailedQueued => 1,
        RoutingMethod::DirectSuccess | RoutingMethod::DirectFailed | RoutingMethod::Queued => 0,
    };
    u32::from(attempt.max(1)) + direct
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience(made: u8, max: u8, routing: RoutingMethod, waits_until: Option<i64>) -> Patience {
        let at = Timestamp::from_unix_ms;
        let next = Next { due: at(0), waits_until: waits_until.map(at) };
        next.patience(made + 1..=max, routing, at(900_000))
    }

    fn seconds(made: u8, max: u8, routing: RoutingMethod) -> i64 {
        patience(made, max, routing, None).until.unix_ms() / 1_000
    }

    #[test]
    fn a_batch_is_tried_for_six_seconds_and_a_key_for_twelve_behind_its_first_wait() {
        use RoutingMethod::{DirectFailedQueued, Queued};
        assert_eq!(seconds(0, 3, Queued), 6);
        assert_eq!(seconds(0, 3, DirectFailedQueued), 12);
        assert_eq!(seconds(1, 3, Queued), 4);
        assert_eq!(seconds(2, 3, Queued), 0);
        assert_eq!(seconds(3, 3, Queued), 0);
        assert_eq!(seconds(0, 1, DirectFailedQueued), 0);
        assert_eq!(seconds(0, 10, Queued), 2 + 4 + 8 + 16 + 32 + 60 * 4);
    }

    #[test]
    fn no_attempt_is_told_before_the_device_was_waited_for_nor_after_its_life() {
        let routing = RoutingMethod::DirectFailedQueued;
        let waits = patience(0, 3, routing, Some(20_000));
        assert_eq!((waits.attempts, waits.until.unix_ms()), (3, 32_000));
        let life = |ms| {
            let (at, made) = (Timestamp::from_unix_ms, 1..=3);
            Next { due: at(0), waits_until: Some(at(8_000)) }.patience(made, routing, at(ms))
        };
        // At 8, 12 and 20 s.
        for (ms, attempts, until) in [(10_000, 1, 10_000), (15_000, 2, 15_000), (30_000, 3, 20_000)]
        {
            let told = life(ms);
            assert_eq!((told.attempts, told.until.unix_ms()), (attempts, until), "{ms} ms");
        }
    }
}
