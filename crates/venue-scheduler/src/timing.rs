//! How long to wait between two attempts. Pure; the randomness is passed in.

use std::{collections::VecDeque, time::Duration};

use venue_backoff::{Backoff, Jitter};
use venue_domain::{Claim, RETRY_BACKOFF, failed_tries};

use crate::config::SchedulerConfig;

/// How long a device took for its latest deliveries.
#[derive(Clone, Debug, Default)]
pub(crate) struct LatencyWindow(VecDeque<Duration>);

impl LatencyWindow {
    /// Takes note of a delivery.
    pub(crate) fn note(&mut self, took: Duration) {
        if self.0.len() == MAX_REPLIES {
            self.0.pop_front();
        }
        self.0.push_back(took);
    }

    /// How long it takes at most, 19 times out of 20; `None` if it has delivered nothing.
    pub(crate) fn p95(&self) -> Option<Duration> {
        let mut sorted: Vec<Duration> = self.0.iter().copied().collect();
        sorted.sort_unstable();
        let rank = (sorted.len() * 95).div_ceil(100);
        sorted.get(rank.checked_sub(1)?).copied()
    }
}

/// The wait after an attempt of `claim` that came to nothing.
///
/// After a real direct try the router's wait was the first of them (2, 4 and 8 s); otherwise the
/// first attempt was made at once (2 and 4 s). `jitter` is between 0 and 1.
pub(crate) fn backoff(
    claim: &Claim,
    p95: Option<Duration>,
    jitter: f64,
    config: &SchedulerConfig,
) -> Duration {
    let SchedulerConfig { first_wait: first, longest_wait: longest, .. } = *config;
    let backoff = Backoff { first, longest, ..RETRY_BACKOFF };
    let wait = backoff.wait(failed_tries(claim.attempt, claim.routing_method), jitter);
    let least = p95.unwrap_or_default().saturating_mul(MIN_REPLIES_PER_WAIT);
    wait.max(no_sooner(least.min(longest), jitter))
}

/// A wait that must not be shorter than `least`, and not the same for all who wait.
pub(crate) fn no_sooner(least: Duration, jitter: f64) -> Duration {
    Jitter::FIFTH_LONGER.spread(least, jitter)
}

/// How many replies of a device are remembered.
const MAX_REPLIES: usize = 32;
/// A wait is never shorter than so many replies of the device.
const MIN_REPLIES_PER_WAIT: u32 = 4;

#[cfg(test)]
mod tests {
    use venue_domain::{RoutingMethod, retry_wait};

    use super::*;
    use crate::retry::tests::claim;

    fn wait(method: RoutingMethod, attempt: u8, jitter: f64, p95: Option<u64>) -> Duration {
        let claim = Claim { attempt, routing_method: method, ..claim("power_on") };
        backoff(&claim, p95.map(Duration::from_millis), jitter, &SchedulerConfig::default())
    }

    #[test]
    fn what_people_are_told_is_what_is_waited_for() {
        for routing_method in [RoutingMethod::Queued, RoutingMethod::DirectFailedQueued] {
            for attempt in 1..=9 {
                let shown = retry_wait(attempt, routing_method);
                assert_eq!(wait(routing_method, attempt, 0.5, None), shown, "{attempt}");
            }
        }
    }

    #[test]
    fn bulk_waits_2_and_4_seconds_and_a_fallback_4_and_8_after_the_2_of_the_router() {
        let waits = |method| [1, 2].map(|attempt| wait(method, attempt, 0.5, None).as_secs());
        assert_eq!(waits(RoutingMethod::Queued), [2, 4]);
        assert_eq!(waits(RoutingMethod::DirectFailedQueued), [4, 8]);
    }

    #[test]
    fn jitter_is_a_fifth_either_way() {
        let queued = |jitter| wait(RoutingMethod::Queued, 1, jitter, None);
        assert_eq!(queued(0.0), Duration::from_millis(1_600));
        assert_eq!(queued(1.0), Duration::from_millis(2_400));
    }

    #[test]
    fn no_wait_is_shorter_than_four_replies_or_longer_than_a_minute() {
        let slow = |p95| wait(RoutingMethod::Queued, 1, 0.0, Some(p95));
        assert_eq!(slow(100), Duration::from_millis(1_600));
        assert_eq!(slow(1_500), Duration::from_secs(6));
        let late = wait(RoutingMethod::Queued, 1, 1.0, Some(1_500));
        assert_eq!(late, Duration::from_millis(7_200), "not all at the same time");
        assert_eq!(wait(RoutingMethod::Queued, 10, 0.5, None), Duration::from_secs(60));
    }

    #[test]
    fn the_p95_is_of_the_latest_replies() {
        let mut replies = LatencyWindow::default();
        assert_eq!(replies.p95(), None);
        replies.note(Duration::from_millis(7));
        assert_eq!(replies.p95(), Some(Duration::from_millis(7)));
        for ms in 0..100 {
            replies.note(Duration::from_millis(ms));
        }
        assert_eq!(replies.p95(), Some(Duration::from_millis(98)));
    }
}
