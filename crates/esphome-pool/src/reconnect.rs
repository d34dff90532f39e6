//! When to try again: pure, randomness passed in.

use std::time::Duration;

use venue_backoff::{Backoff, Jitter};

/// The usual waits between tries: with full jitter, so that a venue whose power returns does not connect in
/// step.
pub(crate) const RECONNECT: Backoff = Backoff {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(60),
    jitter: Jitter::FULL,
};

/// How the last try ended, as far as the next one is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It never got ready; the count of such tries in a row, from 1.
    Failed { attempt: u32 },
    /// A working session was lost.
    Dropped,
    /// The device said that it would go, and is rebooting.
    Announced { pause: Duration },
    /// An admin is needed.
    Misconfigured,
}

/// How the tries in a row have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FailureCounter {
    /// Tries that did not become a session.
    pub(crate) in_a_row: u32,
    /// Sessions that were lost soon after they had become ready.
    short: u32,
}

impl FailureCounter {
    /// Counts one try; `ready_for` is how long its session was ready, if it ever was.
    pub(crate) fn note(&mut self, ready_for: Option<Duration>, stable_after: Duration) {
        match ready_for {
            None => self.in_a_row = self.in_a_row.saturating_add(1),
            Some(time) if time >= stable_after => *self = Self::default(),
            Some(_) => *self = Self { in_a_row: 0, short: self.short.saturating_add(1) },
        }
    }

    /// How the last try ended, unless something more is known of it.
    pub(crate) const fn ended(&self) -> Ended {
        match (self.in_a_row, self.short) {
            (0, 0 | 1) => Ended::Dropped,
            // Lost again at once: as little use as no session.
            (0, short) => Ended::Failed { attempt: short - 1 },
            (attempt, _) => Ended::Failed { attempt },
        }
    }
}

/// How long to wait after a try that ended so, given `random` in 0..1.
pub(crate) fn wait(backoff: &Backoff, ended: Ended, random: f64) -> Duration {
    let spread = Jitter::FULL.spread(SPREAD, random);
    match ended {
        Ended::Failed { attempt } => backoff.wait(attempt, random).max(SHORTEST),
        // At once, but a whole venue that lost its access point does not storm it.
        Ended::Dropped => spread,
        Ended::Announced { pause } => pause.saturating_add(spread),
        Ended::Misconfigured => backoff.longest,
    }
}

/// Between two failures there is always a breath.
const SHORTEST: Duration = Duration::from_millis(100);

/// Over which simultaneous losses are spread.
const SPREAD: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;

    fn longest(ended: Ended) -> u128 {
        wait(&RECONNECT, ended, 1.0).as_millis()
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits = [1, 2, 3, 6, 7, 40, u32::MAX].map(|attempt| longest(Ended::Failed { attempt }));
        assert_eq!(waits, [1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000]);
    }

    #[test]
    fn jitter_is_full_but_never_nothing() {
        let wait = |random| wait(&RECONNECT, Ended::Failed { attempt: 4 }, random);
        assert_eq!(wait(0.0), SHORTEST);
        assert_eq!(wait(0.5), Duration::from_secs(4));
        assert_eq!(wait(f64::NAN), SHORTEST);
    }

    #[test]
    fn a_device_that_drops_each_session_at_once_is_asked_more_and_more_slowly() {
        let stable_after = Duration::from_secs(10);
        let mut failures = FailureCounter::default();
        let mut lose = |seconds: Option<u64>| {
            failures.note(seconds.map(Duration::from_secs), stable_after);
            failures.ended()
        };
        assert_eq!(lose(Some(1)), Ended::Dropped, "once is an accident");
        assert_eq!(lose(Some(1)), Ended::Failed { attempt: 1 });
        assert_eq!(lose(Some(9)), Ended::Failed { attempt: 2 });
        assert_eq!(lose(None), Ended::Failed { attempt: 1 });
        assert_eq!(lose(Some(0)), Ended::Failed { attempt: 3 });
        assert_eq!(lose(Some(10)), Ended::Dropped, "a session that held makes good for all");
        assert_eq!(lose(None), Ended::Failed { attempt: 1 });
    }

    #[test]
    fn what_happened_decides() {
        assert_eq!(longest(Ended::Dropped), 250);
        let pause = Duration::from_secs(5);
        assert_eq!(longest(Ended::Announced { pause }), 5_250);
        assert_eq!(wait(&RECONNECT, Ended::Misconfigured, 0.0).as_secs(), 60);
    }
}
