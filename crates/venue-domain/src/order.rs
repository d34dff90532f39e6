//! The order in which wishes were accepted, whatever the wall clock does.

use std::sync::{Mutex, PoisonError};

use crate::Timestamp;

/// Where a command stands among all accepted ones; greater is newer.
///
/// Written once, when the command is accepted (for scheduled work when it becomes due), and never
/// touched by a retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderKey {
    /// The effective instant.
    pub instant: Timestamp,
    /// Breaks ties within one millisecond.
    pub sequence: u64,
}

/// Hands out order keys that never go back, even when the wall clock does.
#[derive(Debug)]
pub struct OrderClock {
    last: Mutex<OrderKey>,
}

impl OrderClock {
    /// A clock whose keys are all above `highest`, the highest key known from earlier runs.
    #[must_use]
    pub const fn starting_above(highest: OrderKey) -> Self {
        Self { last: Mutex::new(highest) }
    }

    /// A clock for a process that knows of no earlier command.
    #[must_use]
    pub const fn new() -> Self {
        Self::starting_above(OrderKey { instant: Timestamp::from_unix_ms(0), sequence: 0 })
    }

    /// The next key: `now`, or the last instant again if the wall clock went back.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> OrderKey {
        // A std lock: held for a few instructions, never across an await. A holder cannot panic
        // between its two writes, so a poisoned lock still guards a whole key.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.instant = last.instant.max(now);
        last.sequence += 1;
        *last
    }
}

impl Default for OrderClock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_grow_although_the_wall_clock_goes_back() {
        let clock = OrderClock::new();
        let times = [5_000, 5_000, 1_000, 5_001, 0];
        let keys = times.map(|ms| clock.next(Timestamp::from_unix_ms(ms)));
        assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
    }

    #[test]
    fn a_restart_continues_above_the_highest_stored_key() {
        let stored = OrderKey { instant: Timestamp::from_unix_ms(9_000), sequence: 41 };
        let clock = OrderClock::starting_above(stored);
        assert!(clock.next(Timestamp::from_unix_ms(10)) > stored);
    }
}
