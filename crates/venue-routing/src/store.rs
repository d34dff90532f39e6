//! The durable side of a router, and the lack of one.

use std::sync::Arc;

use venue_domain::{
    BatchCancelled, BatchCreated, BatchId, BatchOrigin, Cancelled, Command, CommandId,
    CommandQueue, DerivedBatch, DirectRecord, EndedCommands, Enqueued, NewBatch, NewCommand,
    NoMarker, OutageMarker, PortId, PortWaiting, Recorder, StoreAvailability, StoreError, Stored,
    Timestamp,
};

/// What a router needs to store commands.
#[derive(Clone)]
pub struct StoreHandles<Q> {
    /// Takes commands.
    pub queue: Q,
    /// Whether it can be used at present. The router marks it down when it finds it so; whoever
    /// recovers the store marks it up.
    pub availability: Arc<StoreAvailability>,
    /// Takes the direct commands for the history.
    pub recorder: Arc<dyn Recorder>,
    /// Remembers beyond a kill that direct commands were sent while the store was down.
    pub marker: Arc<dyn OutageMarker>,
}

impl StoreHandles<NoQueue> {
    /// No store at all: the router stays in direct-only mode, and there is no history.
    #[must_use]
    pub fn none() -> Self {
        let availability = Arc::new(StoreAvailability::down());
        Self {
            queue: NoQueue,
            availability,
            recorder: Arc::new(NoQueue),
            marker: Arc::new(NoMarker),
        }
    }
}

impl<Q> std::fmt::Debug for StoreHandles<Q> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreHandles")
            .field("availability", &self.availability)
            .finish_non_exhaustive()
    }
}

/// The queue of a service that has none: it is never available.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoQueue;

impl Recorder for NoQueue {
    fn record(&self, _record: DirectRecord) {}

    fn ended(&self, _ended_commands: EndedCommands) {}
}

impl CommandQueue for NoQueue {
    async fn enqueue(&self, _command: NewCommand) -> Result<Stored<Enqueued>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn enqueue_all(
        &self,
        _commands: Vec<NewCommand>,
    ) -> Result<Stored<Vec<Enqueued>>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn create_batch(&self, _batch: NewBatch) -> Result<Stored<BatchCreated>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn redo_batch(
        &self,
        _batch: NewBatch,
        _origin: BatchOrigin,
    ) -> Result<Stored<DerivedBatch>, StoreError> {
        Err(StoreError::Unavailable)
    }

    fn waiting(&self, _port: &PortId) -> PortWaiting {
        PortWaiting::default()
    }

    async fn supersede(&self, _: Arc<Command>, _: Timestamp) -> Result<EndedCommands, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn record(&self, _records: Vec<DirectRecord>) -> Result<EndedCommands, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn cancel(&self, _: CommandId, _: Timestamp) -> Result<Cancelled, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn cancel_batch(
        &self,
        _batch: BatchId,
        _now: Timestamp,
    ) -> Result<Option<BatchCancelled>, StoreError> {
        Err(StoreError::Unavailable)
    }
}
