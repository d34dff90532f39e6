//! The router with the parts that a daemon has: lanes of ESPHome boards, the live registry, the system's clock.

use std::sync::Arc;

use venue_lane::{Lanes, esphome::Esphome};
use venue_routing::Router;

use crate::{clock::SystemClock, durable::Queue, registry::LiveRegistry};

/// The lanes of the venue.
pub(crate) type VenueLanes = Arc<Lanes<Esphome>>;

/// The router of a daemon with a store.
pub type DurableRouter = Router<VenueLanes, LiveRegistry, SystemClock, Queue>;

/// The router of a daemon without a store.
pub(crate) type DirectRouter = Router<VenueLanes, LiveRegistry, SystemClock>;
