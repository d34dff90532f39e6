//! Everything that a server has beside its router.

use std::sync::Arc;

use crate::events::Hub;
use tokio::sync::watch;
use venue_api::Alert;
use venue_routing::NoQueue;

use crate::{auth::Auth, metrics::Metrics, queue_service::QueueService, venue::VenueServices};

/// Everything that a server has beside its router.
#[derive(Clone, Debug)]
pub struct Services<V, K> {
    /// The queue behind the router.
    pub queue: QueueService<V, K>,
    /// Registry and schedules.
    pub venue: VenueServices,
    /// Who may ask for what.
    pub auth: Auth,
    /// What happens, to those who watch.
    pub watch: Telemetry,
}

impl Services<NoQueue, NoQueue> {
    /// Nothing but `auth`.
    #[must_use]
    pub fn bare(auth: Auth) -> Self {
        let (queue, venue) = (QueueService::none(), VenueServices::none());
        Self { queue, venue, auth, watch: Telemetry::none() }
    }
}

/// What happens, to those who watch.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// The events.
    pub hub: Arc<Hub>,
    /// The figures.
    pub metrics: Arc<Metrics>,
    /// The active alerts, the gravest first.
    pub alerts: watch::Receiver<Arc<Vec<Alert>>>,
}

impl Telemetry {
    /// Where nothing is published.
    #[must_use]
    pub fn none() -> Self {
        let (_, alerts) = watch::channel(Arc::default());
        Self { hub: Arc::new(Hub::new(0, 1)), metrics: Arc::default(), alerts }
    }
}
