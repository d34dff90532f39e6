//! How a lane reaches and paces its device, as it may change under it.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use venue_domain::{LaneMemory, Timestamp};

use crate::lanes::PortTimings;

/// How a lane reaches and paces its device.
#[derive(Debug)]
pub(crate) struct Setting<L> {
    pub(crate) link: Arc<L>,
    pub(crate) timings: PortTimings,
    /// The link is about to be replaced.
    pub(crate) switching: bool,
    pub(crate) past: Past,
}

impl<L> Clone for Setting<L> {
    fn clone(&self) -> Self {
        let Self { link, timings, switching, past } = self;
        let (link, timings, past) = (Arc::clone(link), timings.clone(), past.clone());
        Self { link, timings, switching: *switching, past }
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
