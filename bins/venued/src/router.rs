//! The router with the parts that a daemon has: lanes of ESPHome boards, the live registry, the system's clock.

use std::sync::Arc;

use venue_domain::{NoMarker, StoreAvailability};
use venue_lane::{Lanes, esphome::Esphome};
use venue_routing::{NoQueue, Router, StoreHandles};
use venue_scheduler::{NotifyingQueue, Waker};

use crate::{
    clock::SystemClock,
    durable::{Queue, StoreHandle},
    registry::LiveRegistry,
};

/// The lanes of the venue.
pub(crate) type VenueLanes = Arc<Lanes<Esphome>>;

/// The router of a daemon. One type with a store and without one: each more is a second copy of all that
/// handles requests.
pub type VenueRouter = Router<VenueLanes, LiveRegistry, SystemClock, Queue>;

/// What a router without a store stores through: it stays in direct-only mode, and there is no history.
pub(crate) fn without_store(store: StoreHandle) -> StoreHandles<Queue> {
    StoreHandles {
        queue: NotifyingQueue::new(store, Waker::unheard()),
        availability: Arc::new(StoreAvailability::down()),
        recorder: Arc::new(NoQueue),
        marker: Arc::new(NoMarker),
    }
}
