//! What a server shows of the queue, and what it may ask of it.

use venue_routing::NoQueue;

/// What a server shows of the queue, and what it may ask of it.
#[derive(Clone, Debug)]
pub struct QueueService<V, K> {
    /// Tells about commands, batches and figures, and remembers keyed requests.
    pub view: V,
    /// Pauses and resumes, and copies the store.
    pub control: K,
}

impl QueueService<NoQueue, NoQueue> {
    /// Of a service without a store: everything about the queue is answered 503.
    #[must_use]
    pub const fn none() -> Self {
        Self { view: NoQueue, control: NoQueue }
    }
}
