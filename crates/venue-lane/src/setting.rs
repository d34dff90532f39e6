//! How a lane reaches and paces its device, as it may change under it.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use venue_domain::{LaneMemory, Timestamp};

use crate::port_timings::PortTimings;

/// How a lane reaches and paces its device.
#[derive(Debug)]
pub(crate) struct Setting<W> {
    pub(crate) wire: Arc<W>,
    pub(crate) timings: PortTimings,
    /// The wire is about to be replaced.
    pub(crate) switching: bool,
    pub(crate) past: Past,
}

impl<W> Clone for Setting<W> {
    fn clone(&self) -> Self {
        let Self { wire, timings, switching, past } = self;
        let (wire, timings, past) = (Arc::clone(wire), timings.clone(), past.clone());
        Self { wire, timings, switching: *switching, past }
    }
}

/// What is known of the time before a lane.
#[derive(Clone, Debug)]
pub(crate) enum Past {
    /// Nothing was sent.
    Nothing,
    /// It is to be recalled: until then anything may have been sent just now.
    Awaited,
    /// This.
    Known(Arc<Recollection>),
}

/// What was stored of a device, and when it was read.
#[derive(Debug, Default)]
pub(crate) struct Recollection {
    pub(crate) memory: LaneMemory,
    pub(crate) read: Option<(Timestamp, Instant)>,
}

impl Recollection {
    /// The present on both clocks.
    pub(crate) fn clocks(&self, now: Instant) -> (Timestamp, Instant) {
        let (at, instant) = self.read.unwrap_or_else(|| (Timestamp::default(), now));
        let since: Duration = now.saturating_duration_since(instant);
        (at.plus(since), now)
    }
}
