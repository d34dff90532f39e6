//! What those who show the queue ask of the store.

use venue_domain::{
    BatchId, BatchRecord, BatchSummary, CommandId, CommandRecord, CommandWithAttempts, Depth,
    HistoryPage, HistoryQuery, Hostname, PortBefore, PortStatus, QueueId, QueueMetrics, QueueView,
    StoreError, Timestamp,
};

use super::SqliteStore;
use crate::{
    batch, history,
    lookup::{self, Name},
    port_status, stats,
};

impl QueueView for SqliteStore {
    fn depth(&self) -> Depth {
        self.0.writer.shared.depth()
    }

    async fn metrics(&self, now: Timestamp) -> Result<QueueMetrics, StoreError> {
        let depth = self.depth();
        let stuck = self.0.writer.shared.in_flight_before(now.minus(stats::STUCK));
        self.0.readers.read(move |connection| stats::metrics(connection, depth, stuck, now)).await
    }

    async fn command(&self, id: CommandId) -> Result<Option<CommandWithAttempts>, StoreError> {
        self.0.readers.read(move |connection| lookup::account(connection, Name::Command(id))).await
    }

    async fn queued(&self, id: QueueId) -> Result<Option<CommandWithAttempts>, StoreError> {
        self.0.readers.read(move |connection| lookup::account(connection, Name::Queue(id))).await
    }

    async fn open_commands(
        &self,
        device: Option<Hostname>,
        after: Option<QueueId>,
        limit: u32,
    ) -> Result<Vec<CommandRecord>, StoreError> {
        let read = self.0.readers.read(move |connection| {
            history::open_commands(connection, device.as_ref(), after, limit)
        });
        read.await
    }

    async fn current_commands(&self, limit: u32) -> Result<Vec<CommandRecord>, StoreError> {
        self.0.readers.read(move |connection| history::current_commands(connection, limit)).await
    }

    async fn batch(&self, id: BatchId) -> Result<Option<BatchRecord>, StoreError> {
        self.0.readers.read(move |connection| batch::batch(connection, &id)).await
    }

    async fn batch_commands(
        &self,
        id: BatchId,
        after: Option<QueueId>,
        limit: u32,
    ) -> Result<Vec<CommandRecord>, StoreError> {
        self.0.readers.read(move |connection| batch::commands(connection, &id, after, limit)).await
    }

    async fn retryable(&self, id: BatchId) -> Result<Vec<CommandRecord>, StoreError> {
        self.0.readers.read(move |connection| batch::retryable(connection, &id)).await
    }

    async fn before_batch(&self, id: BatchId) -> Result<Vec<PortBefore>, StoreError> {
        self.0.readers.read(move |connection| batch::before(connection, &id)).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<HistoryPage, StoreError> {
        self.0.readers.read(move |connection| history::page(connection, &query)).await
    }

    async fn batches(
        &self,
        after: Option<BatchId>,
        limit: u32,
    ) -> Result<Vec<BatchSummary>, StoreError> {
        self.0.readers.read(move |connection| batch::list(connection, after.as_ref(), limit)).await
    }

    async fn port_status(&self, device: Option<Hostname>) -> Result<Vec<PortStatus>, StoreError> {
        let read =
            self.0.readers.read(move |connection| port_status::known(connection, device.as_ref()));
        read.await
    }
}
