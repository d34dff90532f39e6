//! Sliding logs: at most so many in any minute, exactly, for each of a bounded number of keys.
//!
//! A log keeps the instant of each use of the last minute. A bucket that refills evenly would be
//! smaller, but lets nearly twice its size through in one minute.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    num::NonZeroU32,
    time::Duration,
};

/// The time over which every allowance is counted.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// How far one allowance is used. All instants are time since one common beginning and never go
/// back.
#[derive(Debug, Default)]
pub(crate) struct SlidingLog {
    /// When it was used within the last minute, the oldest first, in nanoseconds; never more than
    /// the limit.
    uses: VecDeque<u64>,
    /// The last step that was counted here, and of which selection it was.
    last_step: Option<(u64, Duration)>,
    /// When it was asked for last, counted in questions.
    asked: u64,
}

impl SlidingLog {
    /// How long until one more use is allowed; zero if it is now. Uses nothing.
    pub(crate) fn wait(&self, limit: NonZeroU32, now: Duration) -> Duration {
        // They are in order and no more than the limit: where it is full, the first has to go.
        let full = self.uses.len() >= limit.get() as usize;
        let first = self.uses.front().filter(|_| full);
        first.map_or(Duration::ZERO, |at| ends_at(*at).saturating_sub(now))
    }

    /// Uses one; tells how many are left, or how long until one more is allowed.
    pub(crate) fn take(&mut self, limit: NonZeroU32, now: Duration) -> Result<u32, Duration> {
        while self.uses.front().is_some_and(|at| ends_at(*at) <= now) {
            self.uses.pop_front();
        }
        let used = u32::try_from(self.uses.len()).unwrap_or(u32::MAX);
        if used >= limit.get() {
            return Err(self.wait(limit, now));
        }
        self.uses.push_back(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX));
        Ok(limit.get() - used - 1)
    }

    /// How long until all of it is back, if it is not used meanwhile.
    pub(crate) fn reset(&self, now: Duration) -> Duration {
        self.uses.back().map_or(Duration::ZERO, |at| ends_at(*at).saturating_sub(now))
    }

    /// Whether a step of `selection` goes on with the last one, no more than `pause` ago.
    pub(crate) fn goes_on(&self, selection: u64, pause: Duration, now: Duration) -> bool {
        self.last_step
            .is_some_and(|(last, at)| last == selection && now.saturating_sub(at) <= pause)
    }

    /// A step of `selection` was let through.
    pub(crate) const fn note_step(&mut self, selection: u64, now: Duration) {
        self.last_step = Some((selection, now));
    }

    /// Whether a new one would be the same.
    pub(crate) fn is_unused(&self, now: Duration) -> bool {
        self.reset(now).is_zero()
    }
}

fn ends_at(used_at: u64) -> Duration {
    Duration::from_nanos(used_at).saturating_add(WINDOW)
}

/// A log for each key, of a bounded number of keys.
///
/// Where there is no room, those go first that are unused. If that is not enough, those that
/// were asked for longest ago go as well, and with them what they had used: to get a fresh
/// allowance this way takes more other keys than there is room for, within a minute.
#[derive(Debug)]
pub(crate) struct SlidingLogs<K> {
    logs: HashMap<K, SlidingLog>,
    max: usize,
    asked: u64,
}

impl<K: Eq + Hash> SlidingLogs<K> {
    pub(crate) fn new(max: usize) -> Self {
        Self { logs: HashMap::new(), max: max.max(1), asked: 0 }
    }

    /// The log of `key`, if it was ever used.
    pub(crate) fn known(&mut self, key: &K) -> Option<&SlidingLog> {
        self.asked += 1;
        let log = self.logs.get_mut(key)?;
        log.asked = self.asked;
        Some(log)
    }

    /// The log of `key`.
    pub(crate) fn of(&mut self, key: K, now: Duration) -> &mut SlidingLog {
        if self.logs.len() >= self.max && !self.logs.contains_key(&key) {
            self.make_room(now);
        }
        self.asked += 1;
        let log = self.logs.entry(key).or_default();
        log.asked = self.asked;
        log
    }

    /// A quarter at once, so that a flood does not pay for this with each key.
    fn make_room(&mut self, now: Duration) {
        self.logs.retain(|_, log| !log.is_unused(now));
        let kept = self.max - self.max.div_ceil(4);
        let Some(surplus) = self.logs.len().checked_sub(kept).filter(|surplus| *surplus > 0) else {
            return;
        };
        let mut asked: Vec<u64> = self.logs.values().map(|log| log.asked).collect();
        let (_, last, _) = asked.select_nth_unstable(surplus - 1);
        self.logs.retain(|_, log| log.asked > *last);
    }

    pub(crate) fn len(&self) -> usize {
        self.logs.len()
    }
}

#[cfg(test)]
mod tests;
