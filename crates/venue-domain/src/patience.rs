//! For how long a queued command is tried while its device stays away. Pure.

use std::time::Duration;

use crate::{CommandRecord, Due, NewCommand, RoutingMethod, Timestamp};

/// The first wait between two attempts; each further one is twice as long.
pub const FIRST_RETRY_WAIT: Duration = Duration::from_secs(2);

/// No wait between two attempts is longer, whatever they are multiplied by.
pub const LONGEST_RETRY_WAIT: Duration = Duration::from_secs(60);

/// For how long somebody tries: what is told to people instead of "until it works".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How many attempts there are still.
    pub attempts: u8,
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
        let attempts = self.max_attempts.number();
        let first = due.max(now.plus(self.wait_for_device));
        let until = last_attempt(first, 0, attempts, self.routing_method());
        Patience { attempts, until: until.min(self.command.expires_at) }
    }
}

impl CommandRecord {
    /// For how long it is tried from `now` on.
    #[must_use]
    pub fn patience(&self, now: Timestamp) -> Patience {
        let max = self.max_attempts.number();
        let due = self.due_at.max(now);
        let until = last_attempt(due, self.attempts, max, self.routing_method);
        let attempts = max.saturating_sub(self.attempts);
        Patience { attempts, until: until.min(self.expires_at) }
    }
}

/// When the last of `max` attempts is made, of which `made` are over and the next is at `due`.
fn last_attempt(due: Timestamp, made: u8, max: u8, routing: RoutingMethod) -> Timestamp {
    let next = made.saturating_add(1);
    (next..max).fold(due, |at, attempt| at.plus(retry_wait(attempt, routing)))
}

/// The wait after attempt number `attempt` of a queued command, without jitter: 2 and 4 s; 4 and 8 s where a
/// direct try was made before and 2 s were waited for.
#[must_use]
pub fn retry_wait(attempt: u8, routing: RoutingMethod) -> Duration {
    let before = match routing {
        RoutingMethod::DirectFailedQueued => 1,
        RoutingMethod::DirectSuccess | RoutingMethod::DirectFailed | RoutingMethod::Queued => 0,
    };
    let doublings = u32::from(attempt.saturating_sub(1)) + before;
    FIRST_RETRY_WAIT.saturating_mul(2u32.saturating_pow(doublings)).min(LONGEST_RETRY_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(made: u8, max: u8, routing: RoutingMethod) -> i64 {
        let last = last_attempt(Timestamp::from_unix_ms(0), made, max, routing);
        last.unix_ms() / 1_000
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
}
