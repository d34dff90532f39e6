//! Exponential waits between tries, with jitter that is passed in.
//!
//! [`Backoff`] doubles the wait with each failure in a row, up to a longest one; [`Jitter`] spreads it, so that
//! those who failed together do not try again together. Pure: the random number is an argument.
//!
//! ```
//! use std::time::Duration;
//! use venue_backoff::{Backoff, Jitter};
//!
//! let (first, longest) = (Duration::from_secs(1), Duration::from_secs(60));
//! let backoff = Backoff { first, longest, jitter: Jitter::FULL };
//! assert_eq!(backoff.base(3), Duration::from_secs(4));
//! assert_eq!(backoff.wait(3, 0.5), Duration::from_secs(2));
//! ```

use std::time::Duration;

/// Waits that double with each failure in a row, up to a longest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failure, before jitter.
    pub first: Duration,
    /// No wait is longer, before jitter.
    pub longest: Duration,
    /// By how much each wait is made shorter or longer.
    pub jitter: Jitter,
}

impl Backoff {
    /// The wait after so many failures in a row, before jitter. None counts as one.
    #[must_use]
    pub fn base(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1);
        self.first.saturating_mul(2_u32.saturating_pow(doublings)).min(self.longest)
    }

    /// The wait after so many failures in a row, spread by `random`, a number from 0 to 1.
    #[must_use]
    pub fn wait(&self, failures: u32, random: f64) -> Duration {
        self.jitter.spread(self.base(failures), random)
    }
}

/// The range of factors by which a wait is made shorter or longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jitter {
    /// The least factor, in percent.
    least: u32,
    /// How much more it may be, in percent.
    range: u32,
}

impl Jitter {
    /// None: each wait is as long as it says.
    pub const NONE: Self = Self { least: 100, range: 0 };

    /// From nothing to the whole wait: spreads most.
    pub const FULL: Self = Self { least: 0, range: 100 };

    /// From half of the wait to the whole: spreads, and waits all the same.
    pub const HALF: Self = Self { least: 50, range: 50 };

    /// A fifth of the wait either way: as long as it says on the average.
    pub const FIFTH: Self = Self { least: 80, range: 40 };

    /// Up to a fifth of the wait longer: for a wait that must not be shorter.
    pub const FIFTH_LONGER: Self = Self { least: 100, range: 20 };

    /// `wait`, spread by `random`, a number from 0 to 1. What is outside counts as 0 or 1, and what is no
    /// number as 0.
    #[must_use]
    pub fn spread(self, wait: Duration, random: f64) -> Duration {
        // Not a number stays so through `clamp`, and no duration can be multiplied by it.
        let random = if random.is_nan() { 0.0 } else { random.clamp(0.0, 1.0) };
        let percent = f64::from(self.range).mul_add(random, f64::from(self.least));
        Duration::try_from_secs_f64(wait.as_secs_f64() * percent / 100.0).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    const fn backoff(jitter: Jitter) -> Backoff {
        Backoff { first: SECOND, longest: Duration::from_secs(60), jitter }
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let base = |failures| backoff(Jitter::FULL).base(failures).as_secs();
        assert_eq!([0, 1, 2, 3, 6, 7, 40, u32::MAX].map(base), [1, 1, 2, 4, 32, 60, 60, 60]);
    }

    #[test]
    fn a_first_wait_above_the_longest_is_the_longest() {
        let (first, longest) = (Duration::MAX, SECOND);
        let backoff = Backoff { first, longest, jitter: Jitter::NONE };
        assert_eq!([backoff.wait(1, 0.5), backoff.wait(u32::MAX, 0.5)], [SECOND; 2]);
    }

    #[test]
    fn jitter_stays_within_its_range_for_every_number() {
        let table = [
            (Jitter::NONE, [1_000, 1_000, 1_000]),
            (Jitter::FULL, [0, 500, 1_000]),
            (Jitter::HALF, [500, 750, 1_000]),
            (Jitter::FIFTH, [800, 1_000, 1_200]),
            (Jitter::FIFTH_LONGER, [1_000, 1_100, 1_200]),
        ];
        for (jitter, [least, middle, most]) in table {
            let wait = |random| backoff(jitter).wait(1, random).as_millis();
            assert_eq!([0.0, 0.5, 1.0].map(wait), [least, middle, most], "{jitter:?}");
            let outside = [-1.0, f64::NEG_INFINITY, f64::NAN, 2.0, f64::INFINITY];
            assert_eq!(outside.map(wait), [least, least, least, most, most], "{jitter:?}");
        }
    }

    #[test]
    fn the_longest_duration_overflows_nothing() {
        assert_eq!(Jitter::FIFTH.spread(Duration::MAX, 1.0), Duration::MAX);
    }
}
