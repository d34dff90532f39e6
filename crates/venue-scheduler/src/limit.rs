//! How many attempts may be in flight: fewer while many of them end unknown (congestion).
//!
//! When more than a fifth of the attempts that ended within ten seconds ended unknown, the limit
//! halves; it recovers by a tenth of the workers a second. An attempt that began before the last
//! cut tells nothing about what the cut has achieved, so it does not count. Pure; time passed in.

use std::{
    collections::VecDeque,
    num::NonZeroU32,
    time::{Duration, Instant},
};

/// The limit on attempts in flight.
#[derive(Clone, Debug)]
pub(crate) struct ConcurrencyLimit {
    limit: Limit,
    last_cut: Option<Instant>,
    ended: VecDeque<(Instant, AttemptEnd)>,
    unknown: usize,
}

/// The limit as it is, and as it grows while nothing happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    workers: f64,
    /// At `at`; it has grown since.
    value: f64,
    at: Instant,
}

/// What an ended attempt says about congestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptEnd {
    /// It is known how it ended.
    Known,
    /// Bytes left, and no evidence came.
    Unknown,
}

impl Limit {
    /// How many attempts may be in flight; at least one.
    pub(crate) fn now(&self, now: Instant) -> usize {
        // Between 1 and the workers, which are a u32.
        self.grown(now).max(1.0) as usize
    }

    /// When one more may be in flight; `None` if nothing is missing.
    pub(crate) fn grows_at(&self, now: Instant) -> Option<Instant> {
        let value = self.grown(now);
        if value >= self.workers {
            return None;
        }
        let missing = (value.floor() + 1.0).min(self.workers) - value;
        let wait = Duration::from_secs_f64(missing / (self.workers * RECOVERY_PER_SECOND));
        // Rounded up, so that it has grown by then.
        Some(now + wait + Duration::from_millis(1))
    }

    fn grown(&self, now: Instant) -> f64 {
        let seconds = now.saturating_duration_since(self.at).as_secs_f64();
        (self.value + self.workers * RECOVERY_PER_SECOND * seconds).min(self.workers)
    }
}

impl ConcurrencyLimit {
    pub(crate) fn new(workers: NonZeroU32, now: Instant) -> Self {
        let workers = f64::from(workers.get());
        let limit = Limit { workers, value: workers, at: now };
        Self { limit, last_cut: None, ended: VecDeque::new(), unknown: 0 }
    }

    /// The limit as it is now and will be.
    pub(crate) const fn limit(&self) -> Limit {
        self.limit
    }

    /// Takes note of an attempt that began at `began` and ended now; returns the limit if it was cut.
    pub(crate) fn note(
        &mut self,
        began: Instant,
        ending: AttemptEnd,
        now: Instant,
    ) -> Option<usize> {
        if self.last_cut.is_some_and(|cut| began < cut) {
            return None;
        }
        self.ended.push_back((now, ending));
        self.unknown += usize::from(ending == AttemptEnd::Unknown);
        self.drop_old(now);
        let many = self.ended.len() >= MIN_ENDED || self.ended.len() >= self.limit.workers as usize;
        let congested = self.unknown as f64 > self.ended.len() as f64 * MAX_UNKNOWN_SHARE;
        if many && congested {
            self.limit.value = (self.limit.grown(now) / 2.0).max(1.0);
            self.limit.at = now;
            self.last_cut = Some(now);
            self.ended.clear();
            self.unknown = 0;
            return Some(self.limit.now(now));
        }
        None
    }

    fn drop_old(&mut self, now: Instant) {
        while let Some((at, ending)) = self.ended.front() {
            if now.saturating_duration_since(*at) <= WINDOW && self.ended.len() <= MAX_ENDED {
                break;
            }
            self.unknown -= usize::from(*ending == AttemptEnd::Unknown);
            self.ended.pop_front();
        }
    }
}

const WINDOW: Duration = Duration::from_secs(10);
const MAX_UNKNOWN_SHARE: f64 = 0.2;
const RECOVERY_PER_SECOND: f64 = 0.1;
/// One lost reply out of two is no congestion.
const MIN_ENDED: usize = 10;
/// The window holds no more, however fast attempts end.
const MAX_ENDED: usize = 8_192;

#[cfg(test)]
mod tests {
    use super::*;

    const fn workers(number: u32) -> NonZeroU32 {
        NonZeroU32::new(number).unwrap()
    }

    fn end(
        limiter: &mut ConcurrencyLimit,
        known: usize,
        unknown: usize,
        began: Instant,
        now: Instant,
    ) {
        let endings = [(known, AttemptEnd::Known), (unknown, AttemptEnd::Unknown)];
        for (count, ending) in endings {
            for _ in 0..count {
                limiter.note(began, ending, now);
            }
        }
    }

    #[test]
    fn it_halves_when_more_than_a_fifth_ends_unknown_and_not_before() {
        let start = Instant::now();
        let mut limiter = ConcurrencyLimit::new(workers(1_024), start);
        end(&mut limiter, 80, 20, start, start);
        assert_eq!(limiter.limit.now(start), 1_024, "a fifth is not more than a fifth");
        assert_eq!(limiter.note(start, AttemptEnd::Unknown, start), Some(512), "it is returned");
        assert_eq!(limiter.limit.now(start), 512);
    }

    #[test]
    fn attempts_that_began_before_the_cut_do_not_cut_again() {
        let start = Instant::now();
        let mut limiter = ConcurrencyLimit::new(workers(1_000), start);
        let cut = start + Duration::from_secs(5);
        end(&mut limiter, 0, 900, start, cut);
        assert_eq!(limiter.limit.now(cut), 500);
        let later = cut + Duration::from_secs(1);
        end(&mut limiter, 0, 10, cut, later);
        assert_eq!(limiter.limit.now(later), 300, "500 and a tenth of 1000, halved");
    }

    #[test]
    fn it_recovers_by_a_tenth_of_the_workers_a_second() {
        let start = Instant::now();
        let mut limiter = ConcurrencyLimit::new(workers(100), start);
        end(&mut limiter, 0, 10, start, start);
        assert_eq!(limiter.limit.now(start), 50);
        assert_eq!(limiter.limit.now(start + Duration::from_secs(2)), 70);
        assert_eq!(limiter.limit.now(start + Duration::from_secs(60)), 100);
        let grows = limiter.limit.grows_at(start).unwrap();
        assert_eq!(limiter.limit.now(grows), 51);
        assert_eq!(limiter.limit.grows_at(start + Duration::from_secs(60)), None);
    }

    #[test]
    fn what_ended_more_than_ten_seconds_ago_is_forgotten() {
        let start = Instant::now();
        let mut limiter = ConcurrencyLimit::new(workers(100), start);
        end(&mut limiter, 0, 9, start, start);
        let later = start + Duration::from_secs(11);
        end(&mut limiter, 9, 1, later, later);
        assert_eq!(limiter.limit.now(later), 100);
    }

    #[test]
    fn it_never_falls_below_one() {
        let start = Instant::now();
        let mut limiter = ConcurrencyLimit::new(workers(1), start);
        end(&mut limiter, 0, 50, start, start);
        assert_eq!(limiter.limit.now(start), 1);
    }
}
