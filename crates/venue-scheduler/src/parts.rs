//! What a scheduler works with.

use std::{fmt, sync::Arc};

use venue_domain::{Fences, OrderClock, OutageMarker, Recorder, StoreAvailability};

/// What a scheduler is made of.
pub struct SchedulerParts<Q, T, C> {
    /// Hands out commands and takes their ends.
    pub queue: Arc<Q>,
    /// Delivers commands, and knows which device has a session.
    pub transport: T,
    /// Reads the time; its monotonic clock is that of the runtime.
    pub clock: C,
    /// The fences, shared with router and transport.
    pub fences: Arc<Fences>,
    /// The order of all commands, shared with the router.
    pub order: Arc<OrderClock>,
    /// Whether the store can be used, shared with the router. The scheduler marks it up.
    pub availability: Arc<StoreAvailability>,
    /// Publishes what has ended, each command and batch once.
    pub recorder: Arc<dyn Recorder>,
    /// Remembers outages beyond a kill, shared with the router. The scheduler clears it.
    pub marker: Arc<dyn OutageMarker>,
    /// Gives numbers from 0 to 1, by which waits are spread.
    pub jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl<Q, T, C> SchedulerParts<Q, T, C> {
    /// Random numbers, for [`SchedulerParts::jitter`].
    #[must_use]
    pub fn random() -> Arc<dyn Fn() -> f64 + Send + Sync> {
        Arc::new(fastrand::f64)
    }
}

impl<Q, T, C> fmt::Debug for SchedulerParts<Q, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchedulerParts")
            .field("availability", &self.availability)
            .finish_non_exhaustive()
    }
}
