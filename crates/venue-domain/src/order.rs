//! The order in which wishes were accepted, whatever the wall clock does.
//!
//! Order keys are compared with order keys only; whoever wants the venue time of one says so
//! ([`OrderInstant::venue_time`]).

use std::{
    fmt,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use crate::time::Timestamp;

/// The instant of an [`OrderKey`], in milliseconds: venue time, but for when the order clock had to stay at an
/// earlier key's instant. It is therefore ordered with other order instants only
/// ([the three times](Timestamp#the-three-times)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderInstant(Timestamp);

impl OrderInstant {
    /// The same instant as venue time: for what is stored, shown, or compared with the time of day.
    #[must_use]
    pub const fn venue_time(self) -> Timestamp {
        self.0
    }
}

/// Where a command stands among all accepted ones; greater is newer.
///
/// Written once, when the command is accepted (for scheduled work when it becomes due), and never
/// touched by a retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderKey {
    /// The effective instant.
    pub instant: OrderInstant,
    /// Breaks ties within one millisecond.
    pub sequence: u64,
}

impl OrderKey {
    /// Before every key that is handed out: of a venue in which nothing was accepted yet.
    pub const ORIGIN: Self = Self::at(Timestamp::from_unix_ms(0), 0);

    /// The key of `instant` in venue time, and of `sequence` within its millisecond.
    #[must_use]
    pub const fn at(instant: Timestamp, sequence: u64) -> Self {
        Self { instant: OrderInstant(instant), sequence }
    }
}

/// What begins later than this behind its time keeps its due time as its place in the order, and so
/// replaces nothing that was wished since; what begins sooner takes the place of the moment.
pub const LATE_AFTER: Duration = Duration::from_secs(1);

/// Hands out order keys that never go back, even when the clock does.
pub struct OrderClock {
    last: Mutex<OrderKey>,
    /// Keys below this instant are promised to be known after a reboot.
    promised: AtomicI64,
    beyond: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl fmt::Debug for OrderClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrderClock").field("last", &self.highest()).finish_non_exhaustive()
    }
}

impl OrderClock {
    /// A clock whose keys are all above `highest`, the highest key known from earlier runs.
    #[must_use]
    pub const fn starting_above(highest: OrderKey) -> Self {
        Self {
            last: Mutex::new(highest),
            promised: AtomicI64::new(i64::MAX),
            beyond: OnceLock::new(),
        }
    }

    /// A clock for a process that knows of no earlier command.
    #[must_use]
    pub const fn new() -> Self {
        Self::starting_above(OrderKey::ORIGIN)
    }

    /// The next key: `now`, or the last instant again if the clock went back.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> OrderKey {
        // A std lock: held for a few instructions, never across an await. A holder cannot panic
        // between its two writes, so a poisoned lock still guards a whole key.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.instant = last.instant.max(OrderInstant(now));
        last.sequence += 1;
        let next = *last;
        drop(last);
        if next.instant.venue_time().unix_ms() >= self.promised.load(Ordering::Relaxed)
            && let Some(beyond) = self.beyond.get()
        {
            beyond();
        }
        next
    }

    /// The highest key handed out so far, or known from earlier runs.
    #[must_use]
    pub fn highest(&self) -> OrderKey {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets every further key be above `known`.
    pub fn raise(&self, known: OrderKey) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = (*last).max(known);
    }

    /// Calls `beyond` with every key whose instant is at or past what was promised; it must not block.
    /// The first call counts.
    pub fn tell_beyond(&self, beyond: impl Fn() + Send + Sync + 'static) {
        let _set_before = self.beyond.set(Box::new(beyond));
    }

    /// From now on, keys from `instant` on are told of ([`OrderClock::tell_beyond`]).
    pub fn promise(&self, instant: Timestamp) {
        self.promised.store(instant.unix_ms(), Ordering::Relaxed);
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
    fn keys_beyond_what_was_promised_are_told_of() {
        use std::sync::{Arc, atomic::AtomicUsize};
        let (clock, told) = (OrderClock::new(), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&told);
        clock.tell_beyond(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let at = Timestamp::from_unix_ms;
        let _nothing_promised_yet = clock.next(at(5));
        clock.promise(at(10));
        let _below = clock.next(at(9));
        assert_eq!(told.load(Ordering::Relaxed), 0);
        assert_eq!(clock.next(at(10)), clock.highest());
        assert_eq!(told.load(Ordering::Relaxed), 1);
        clock.raise(OrderKey::at(at(50), 1));
        clock.raise(OrderKey::at(at(20), 900));
        assert_eq!(clock.next(at(11)), OrderKey::at(at(50), 2));
    }

    #[test]
    fn a_restart_continues_above_the_highest_stored_key() {
        let stored = OrderKey::at(Timestamp::from_unix_ms(9_000), 41);
        let clock = OrderClock::starting_above(stored);
        assert!(clock.next(Timestamp::from_unix_ms(10)) > stored);
    }
}
