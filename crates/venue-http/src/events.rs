//! What happens in a venue, to those who watch.
//!
//! A [`Hub`] keeps the last events in a ring and hands each to whoever is subscribed. Publishing never
//! waits: a watcher that does not keep up loses its place and is told so. A watcher that was away goes
//! on where it was, if that is still in the ring.

mod event;
mod hub;
mod port;

pub use event::{Event, EventId, EventIdError, EventKind, UnknownEvent};
pub use hub::{Hub, Subscription};
pub use port::PortUpdated;
