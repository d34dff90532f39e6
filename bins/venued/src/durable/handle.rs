//! A store that may not be there: while it is not, it answers as one that is not open.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{Notify, watch};
use venue_domain::{
    BatchCancelled, BatchCreated, BatchId, BatchOrigin, BatchRedone, Cancelled, ClaimTicket,
    Claimed, Command, CommandId, CommandQueue, DirectRecord, EndedCommands, Enqueued, Expired,
    FenceEntry, Hostname, NewBatch, NewCommand, PassedOver, PortId, PortWaiting, PreviousShutdown,
    Promoted, Promotion, Rescued, ScheduledCommand, Settled, Settlement, Start, StoreError, Stored,
    Timestamp, Verdict, WallOffset, WorkQueue,
};
use venue_queue::{Pruned, Retention, SqliteStore};
use venue_scheduler::Unrecorded;

/// A store that is opened in the background, and replaced when its file is damaged. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct StoreHandle(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    store: RwLock<Option<SqliteStore>>,
    trouble: Notify,
    /// How often it was opened.
    opened: watch::Sender<u64>,
    /// Somebody found the file damaged.
    damaged: AtomicBool,
    /// What is still on its way into it.
    unrecorded: Unrecorded,
}

impl StoreHandle {
    /// It is open.
    pub(crate) fn set(&self, store: SqliteStore) {
        self.0.damaged.store(false, Ordering::SeqCst);
        *self.0.store.write().unwrap_or_else(PoisonError::into_inner) = Some(store);
        self.0.opened.send_modify(|times| *times += 1);
    }

    /// The direct commands that it does not have yet.
    pub(super) fn unrecorded(&self) -> &Unrecorded {
        &self.0.unrecorded
    }

    /// Changes whenever it is opened; marked as changed if it was before.
    pub(crate) fn opened(&self) -> watch::Receiver<u64> {
        let mut opened = self.0.opened.subscribe();
        if *opened.borrow() > 0 {
            opened.mark_changed();
        }
        opened
    }

    /// From now on it is not open.
    pub(super) fn take(&self) -> Option<SqliteStore> {
        self.0.store.write().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Closes it, if it is open.
    pub(crate) async fn close(&self) {
        if let Some(store) = self.take() {
            store.close().await;
        }
    }

    /// How many SQL statements have run since it was opened.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.store().map_or(0, |store| store.statements())
    }

    /// Waits until somebody found the file gone or damaged. Safe to drop.
    pub(super) async fn trouble(&self) {
        self.0.trouble.notified().await;
    }

    /// Whether somebody found the file damaged.
    pub(super) fn is_damaged(&self) -> bool {
        self.0.damaged.load(Ordering::SeqCst)
    }

    /// Forgets what is old.
    pub(crate) async fn prune_all(&self, retention: Retention) -> Result<Pruned, StoreError> {
        self.heard(self.store()?.prune_all(retention).await)
    }

    pub(super) fn store(&self) -> Result<SqliteStore, StoreError> {
        // A std lock: held for a clone of the handle, never across an await.
        let store = self.0.store.read().unwrap_or_else(PoisonError::into_inner).clone();
        store.ok_or(StoreError::Unavailable)
    }

    /// Passes an answer on, and tells the store supervisor what it has to know of it.
    pub(super) fn heard<T>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error @ (StoreError::Corrupt | StoreError::Deleted)) = &answer {
            if *error == StoreError::Corrupt {
                self.0.damaged.store(true, Ordering::SeqCst);
            }
            self.0.trouble.notify_one();
        }
        answer
    }
}

impl CommandQueue for StoreHandle {
    async fn enqueue(&self, command: NewCommand) -> Result<Stored<Enqueued>, StoreError> {
        self.heard(self.store()?.enqueue(command).await)
    }

    async fn enqueue_all(
        &self,
        commands: Vec<NewCommand>,
    ) -> Result<Stored<Vec<Enqueued>>, StoreError> {
        self.heard(self.store()?.enqueue_all(commands).await)
    }

    async fn create_batch(&self, batch: NewBatch) -> Result<Stored<BatchCreated>, StoreError> {
        self.heard(self.store()?.create_batch(batch).await)
    }

    async fn redo_batch(
        &self,
        batch: NewBatch,
        origin: BatchOrigin,
    ) -> Result<Stored<BatchRedone>, StoreError> {
        self.heard(self.store()?.redo_batch(batch, origin).await)
    }

    fn waiting(&self, port: &PortId) -> PortWaiting {
        self.store().map(|store| store.waiting(port)).unwrap_or_default()
    }

    async fn supersede(
        &self,
        newer: Arc<Command>,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        self.heard(self.store()?.supersede(newer, now).await)
    }

    async fn record(&self, records: Vec<DirectRecord>) -> Result<EndedCommands, StoreError> {
        self.heard(self.store()?.record(records).await)
    }

    async fn cancel(&self, command: CommandId, now: Timestamp) -> Result<Cancelled, StoreError> {
        self.heard(self.store()?.cancel(command, now).await)
    }

    async fn cancel_batch(
        &self,
        batch: BatchId,
        now: Timestamp,
    ) -> Result<Option<BatchCancelled>, StoreError> {
        self.heard(self.store()?.cancel_batch(batch, now).await)
    }
}

impl WorkQueue for StoreHandle {
    async fn start(
        &self,
        previous_shutdown: PreviousShutdown,
        now: Timestamp,
    ) -> Result<Start, StoreError> {
        self.heard(self.store()?.start(previous_shutdown, now).await)
    }

    async fn fences(&self) -> Result<Vec<FenceEntry>, StoreError> {
        self.heard(self.store()?.fences().await)
    }

    async fn merge_fences(
        &self,
        fences: Vec<FenceEntry>,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        self.heard(self.store()?.merge_fences(fences, now).await)
    }

    async fn claim(
        &self,
        device: Hostname,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> Result<Claimed, StoreError> {
        self.heard(self.store()?.claim(device, lease_until, now).await)
    }

    async fn pass_over(
        &self,
        device: Hostname,
        verdict: Verdict,
        now: Timestamp,
    ) -> Result<PassedOver, StoreError> {
        self.heard(self.store()?.pass_over(device, verdict, now).await)
    }

    async fn settle(
        &self,
        ticket: ClaimTicket,
        settlement: Settlement,
        now: Timestamp,
    ) -> Result<Settled, StoreError> {
        self.heard(self.store()?.settle(ticket, settlement, now).await)
    }

    async fn promote(
        &self,
        scheduled: Vec<Promotion>,
        now: Timestamp,
    ) -> Result<Promoted, StoreError> {
        self.heard(self.store()?.promote(scheduled, now).await)
    }

    async fn upcoming(
        &self,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<ScheduledCommand>, StoreError> {
        self.heard(self.store()?.upcoming(until, limit).await)
    }

    async fn wake(&self, device: Hostname, now: Timestamp) -> Result<u64, StoreError> {
        self.heard(self.store()?.wake(device, now).await)
    }

    async fn expire(&self, now: Timestamp) -> Result<Expired, StoreError> {
        self.heard(self.store()?.expire(now).await)
    }

    async fn move_wishes(&self, offset: WallOffset) -> Result<u64, StoreError> {
        self.heard(self.store()?.move_wishes(offset).await)
    }

    async fn rescue(&self, now: Timestamp) -> Result<Rescued, StoreError> {
        self.heard(self.store()?.rescue(now).await)
    }
}
