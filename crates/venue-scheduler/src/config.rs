//! The bounds and times of a scheduler.

use std::{num::NonZeroU32, time::Duration};

use venue_domain::{FIRST_RETRY_WAIT, LATE_AFTER, LONGEST_RETRY_WAIT, TimingProfile};

/// The bounds and times of a scheduler; the defaults are those of the specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchedulerConfig {
    /// How many attempts are in flight at most.
    pub workers: NonZeroU32,
    /// How long one attempt may take, waiting in the lane included.
    pub attempt_timeout: Duration,
    /// How much longer than an attempt a claim lasts.
    pub lease_margin: Duration,
    /// The first wait between two attempts; each further one is twice as long.
    pub first_wait: Duration,
    /// No wait between two attempts is longer.
    pub longest_wait: Duration,
    /// How long a stop waits for what is in flight.
    pub grace: Duration,
    /// How often a store that is down is tried.
    pub store_retry: Duration,
    /// How far ahead scheduled commands are known in memory.
    pub horizon: Duration,
    /// How many scheduled commands are known in memory at most.
    pub schedule_limit: NonZeroU32,
    /// A scheduled command that is promoted later than this was missed: its due time is its order
    /// key.
    pub late_after: Duration,
    /// How long a device's transmitter is busy with an action. The lanes know it exactly; here it
    /// only keeps what would wait there from holding a permit.
    pub air_time: TimingProfile,
}

impl SchedulerConfig {
    /// How long before the end of what is known in memory more of it is read.
    pub(crate) fn lead(&self) -> Duration {
        self.horizon / 60
    }

    /// How long a claim lasts.
    pub(crate) fn lease(&self) -> Duration {
        self.attempt_timeout + self.lease_margin
    }
}

impl Default for SchedulerConfig {
    fn default() -> Self {
        Self {
            workers: NonZeroU32::MIN.saturating_add(1023),
            attempt_timeout: Duration::from_secs(5),
            lease_margin: Duration::from_secs(10),
            first_wait: FIRST_RETRY_WAIT,
            longest_wait: LONGEST_RETRY_WAIT,
            grace: Duration::from_secs(5),
            store_retry: Duration::from_secs(1),
            horizon: Duration::from_secs(60 * 60),
            schedule_limit: NonZeroU32::MIN.saturating_add(4_095),
            late_after: LATE_AFTER,
            air_time: TimingProfile::default(),
        }
    }
}
