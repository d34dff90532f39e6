//! The parts of the running daemon that schedules need.

use std::sync::Arc;

use tokio::sync::Notify;
use venue_http::PlanTurns;

use crate::{
    StoreHandle, VenueRouter, configuration::ConfigService, registry::LiveRegistry,
    watch::EventPublisher,
};

/// The schedules, alive. Clones share them.
#[derive(Clone)]
pub(crate) struct ScheduleService {
    pub(crate) config_service: ConfigService,
    pub(crate) registry: LiveRegistry,
    pub(crate) router: Arc<VenueRouter>,
    pub(crate) store: StoreHandle,
    pub(crate) publisher: EventPublisher,
    pub(crate) turns: PlanTurns,
    /// Somebody took back a batch: perhaps what was to be put back.
    pub(crate) undone: Arc<Notify>,
}

impl std::fmt::Debug for ScheduleService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScheduleService").finish_non_exhaustive()
    }
}
