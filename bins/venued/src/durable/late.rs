//! A store that may not be there yet: until it is, it answers as one that is not open.

use std::sync::{Arc, OnceLock};

use venue_domain::{
    Aftermath, BatchCancelled, BatchCreated, BatchId, Cancelled, ClaimTicket, Claimed, Command,
    CommandId, CommandQueue, DirectRecord, Enqueued, Expired, FenceEntry, Hostname, LastStop,
    NewBatch, NewCommand, OrderKey, PortId, PortWaiting, Promoted, QueueId, Rescued, Settled,
    Settlement, Start, StoreError, Stored, Timestamp, Upcoming, WorkQueue,
};
use venue_queue::SqliteStore;

/// A store that is opened in the background. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct LateStore(Arc<OnceLock<SqliteStore>>);

impl LateStore {
    /// It is open.
    pub(super) fn set(&self, store: SqliteStore) {
        // It is opened once, by one task.
        let _first = self.0.set(store);
    }

    /// Closes it, if it was ever opened.
    pub(super) async fn close(&self) {
        if let Some(store) = self.0.get() {
            store.close().await;
        }
    }

    pub(super) fn store(&self) -> Result<&SqliteStore, StoreError> {
        self.0.get().ok_or(StoreError::Unavailable)
    }
}

impl CommandQueue for LateStore {
    async fn enqueue(&self, command: NewCommand) -> Result<Stored<Enqueued>, StoreError> {
        self.store()?.enqueue(command).await
    }

    async fn enqueue_all(
        &self,
        commands: Vec<NewCommand>,
    ) -> Result<Stored<Vec<Enqueued>>, StoreError> {
        self.store()?.enqueue_all(commands).await
    }

    async fn create_batch(&self, batch: NewBatch) -> Result<Stored<BatchCreated>, StoreError> {
        self.store()?.create_batch(batch).await
    }

    fn waiting(&self, port: &PortId) -> PortWaiting {
        self.0.get().map(|store| store.waiting(port)).unwrap_or_default()
    }

    async fn supersede(
        &self,
        newer: Arc<Command>,
        now: Timestamp,
    ) -> Result<Aftermath, StoreError> {
        self.store()?.supersede(newer, now).await
    }

    async fn record(&self, records: Vec<DirectRecord>) -> Result<Aftermath, StoreError> {
        self.store()?.record(records).await
    }

    async fn cancel(&self, command: CommandId, now: Timestamp) -> Result<Cancelled, StoreError> {
        self.store()?.cancel(command, now).await
    }

    async fn cancel_batch(
        &self,
        batch: BatchId,
        now: Timestamp,
    ) -> Result<Option<BatchCancelled>, StoreError> {
        self.store()?.cancel_batch(batch, now).await
    }
}

impl WorkQueue for LateStore {
    async fn start(&self, last_stop: LastStop, now: Timestamp) -> Result<Start, StoreError> {
        self.store()?.start(last_stop, now).await
    }

    async fn fences(&self) -> Result<Vec<FenceEntry>, StoreError> {
        self.store()?.fences().await
    }

    async fn merge_fences(
        &self,
        fences: Vec<FenceEntry>,
        now: Timestamp,
    ) -> Result<Aftermath, StoreError> {
        self.store()?.merge_fences(fences, now).await
    }

    async fn claim(
        &self,
        device: Hostname,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> Result<Claimed, StoreError> {
        self.store()?.claim(device, lease_until, now).await
    }

    async fn settle(
        &self,
        ticket: ClaimTicket,
        settlement: Settlement,
        now: Timestamp,
    ) -> Result<Settled, StoreError> {
        self.store()?.settle(ticket, settlement, now).await
    }

    async fn promote(
        &self,
        scheduled: Vec<(QueueId, OrderKey)>,
        now: Timestamp,
    ) -> Result<Promoted, StoreError> {
        self.store()?.promote(scheduled, now).await
    }

    async fn upcoming(&self, until: Timestamp, limit: u32) -> Result<Vec<Upcoming>, StoreError> {
        self.store()?.upcoming(until, limit).await
    }

    async fn wake(&self, device: Hostname, now: Timestamp) -> Result<u64, StoreError> {
        self.store()?.wake(device, now).await
    }

    async fn expire(&self, now: Timestamp) -> Result<Expired, StoreError> {
        self.store()?.expire(now).await
    }

    async fn rescue(&self, now: Timestamp) -> Result<Rescued, StoreError> {
        self.store()?.rescue(now).await
    }
}
