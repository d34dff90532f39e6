//! Allowances that are used up and come back little by little, one for each key.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::StateInformationMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed},
};

/// The time over which every allowance is counted.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// The clock of the limiters: shows the time that was handed in last, and never goes back.
#[derive(Clone, Debug, Default)]
pub(crate) struct HandedClock(Arc<AtomicU64>);

impl HandedClock {
    /// Sets it to `elapsed` since its beginning.
    pub(crate) fn advance_to(&self, elapsed: Duration) {
        self.0.fetch_max(u64::from(Nanos::from(elapsed)), Relaxed);
    }

    fn read(&self) -> Duration {
        self.now().into()
    }
}

impl Clock for HandedClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.load(Relaxed).into()
    }
}

/// One allowance.
pub(crate) struct Bucket {
    limiter: RateLimiter<NotKeyed, InMemoryState, HandedClock, StateInformationMiddleware>,
    clock: HandedClock,
    /// Until when there is nothing in it.
    empty_until: Duration,
    /// When something was taken last.
    taken_at: Duration,
    /// When it was asked for last, counted in questions.
    asked: u64,
}

impl Bucket {
    pub(crate) fn new(per_minute: NonZeroU32, clock: &HandedClock) -> Self {
        let limiter = RateLimiter::direct_with_clock(Quota::per_minute(per_minute), clock.clone());
        Self {
            limiter: limiter.with_middleware(),
            clock: clock.clone(),
            empty_until: Duration::ZERO,
            taken_at: Duration::ZERO,
            asked: 0,
        }
    }

    /// How long until something is in it; zero if there is something now. Takes nothing.
    pub(crate) fn wait(&self) -> Duration {
        self.empty_until.saturating_sub(self.clock.read())
    }

    /// Takes one; tells how many are left, or how long until there is one.
    pub(crate) fn take(&mut self) -> Result<u32, Duration> {
        let now = self.clock.now();
        let left = match self.limiter.check() {
            Ok(state) => state.remaining_burst_capacity(),
            Err(not_until) => return Err(not_until.wait_time_from(now)),
        };
        self.taken_at = now.into();
        if left == 0 {
            // A question that is refused takes nothing, and its answer says how long it lasts.
            let refused = self.limiter.check().err();
            let wait = refused.map_or(Duration::ZERO, |refused| refused.wait_time_from(now));
            self.empty_until = self.taken_at.saturating_add(wait);
        }
        Ok(left)
    }

    /// Whether all of it must be back: then a new one would be the same.
    fn is_full(&self) -> bool {
        self.clock.read().saturating_sub(self.taken_at) >= WINDOW
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").field("empty_until", &self.empty_until).finish_non_exhaustive()
    }
}

/// An allowance for each key, of a bounded number of keys.
///
/// Where there is no room, those go first that are full again. If that is not enough, those that
/// were asked for longest ago go as well, and with them what they had used: to get a fresh
/// allowance this way takes more other keys than there is room for, within a minute.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    buckets: HashMap<K, Bucket>,
    per_minute: NonZeroU32,
    most: usize,
    clock: HandedClock,
    asked: u64,
}

impl<K: Eq + Hash> Buckets<K> {
    pub(crate) fn new(per_minute: NonZeroU32, most: usize, clock: HandedClock) -> Self {
        Self { buckets: HashMap::new(), per_minute, most: most.max(1), clock, asked: 0 }
    }

    /// The allowance of `key`, if it has taken anything.
    pub(crate) fn known(&mut self, key: &K) -> Option<&Bucket> {
        self.asked += 1;
        let bucket = self.buckets.get_mut(key)?;
        bucket.asked = self.asked;
        Some(bucket)
    }

    /// The allowance of `key`.
    pub(crate) fn of(&mut self, key: K) -> &mut Bucket {
        if self.buckets.len() >= self.most && !self.buckets.contains_key(&key) {
            self.make_room();
        }
        self.asked += 1;
        let new = || Bucket::new(self.per_minute, &self.clock);
        let bucket = self.buckets.entry(key).or_insert_with(new);
        bucket.asked = self.asked;
        bucket
    }

    /// A quarter at once, so that a flood does not pay for this with each key.
    fn make_room(&mut self) {
        self.buckets.retain(|_, bucket| !bucket.is_full());
        let kept = self.most - self.most.div_ceil(4);
        let Some(surplus) = self.buckets.len().checked_sub(kept).filter(|surplus| *surplus > 0)
        else {
            return;
        };
        let mut asked: Vec<u64> = self.buckets.values().map(|bucket| bucket.asked).collect();
        let (_, last, _) = asked.select_nth_unstable(surplus - 1);
        self.buckets.retain(|_, bucket| bucket.asked > *last);
    }

    pub(crate) fn len(&self) -> usize {
        self.buckets.len()
    }
}

#[cfg(test)]
mod tests;
