//! Everything that a server has beside its router.

use std::sync::Arc;

use crate::events::Hub;
use tokio::sync::watch;
use venue_api::Alert;
use venue_routing::NoQueue;

use crate::{guard::Guard, metrics::Metrics, queue_side::QueueSide, venue::VenueSide};

/// Everything that a server has beside its router.
#[derive(Clone, Debug)]
pub struct Sides<V, K> {
    /// The queue behind the router.
    pub queue: QueueSide<V, K>,
    /// Registry and schedules.
    pub venue: VenueSide,
    /// Who may ask for what.
    pub guard: Guard,
    /// What happens, to those who watch.
    pub watch: WatchSide,
}

impl Sides<NoQueue, NoQueue> {
    /// Nothing but `guard`.
    #[must_use]
    pub fn bare(guard: Guard) -> Self {
        let (queue, venue) = (QueueSide::none(), VenueSide::none());
        Self { queue, venue, guard, watch: WatchSide::none() }
    }
}

/// What happens, to those who watch.
#[derive(Clone, Debug)]
pub struct WatchSide {
    /// The events.
    pub hub: Arc<Hub>,
    /// The figures.
    pub metrics: Arc<Metrics>,
    /// The active alerts, the gravest first.
    pub alerts: watch::Receiver<Arc<Vec<Alert>>>,
}

impl WatchSide {
    /// Where nothing is published.
    #[must_use]
    pub fn none() -> Self {
        let (_, alerts) = watch::channel(Arc::default());
        Self { hub: Arc::new(Hub::new(0, 1)), metrics: Arc::default(), alerts }
    }
}
