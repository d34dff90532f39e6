//! The store in memory, with its calls counted, and with faults.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{Notify, watch};
use venue_domain::{
    BatchCancelled, BatchCreated, BatchId, BatchOrigin, Cancelled, ClaimTicket, Claimed, Command,
    CommandId, CommandQueue, DerivedBatch, DirectRecord, EndedCommands, Enqueued, Expired,
    FenceEntry, Hostname, NewBatch, NewCommand, PassedOver, PortId, PortSet, PortWaiting,
    PreviousShutdown, Promoted, Promotion, Rescued, ScheduledCommand, Settled, Settlement,
    SettlementRule, Start, StoreError, Stored, Timestamp, WallOffset, WorkQueue,
};
use venue_queue::MemoryStore;

/// A store that tells what the scheduler asked of it.
#[derive(Clone, Default)]
pub(crate) struct Store {
    pub(crate) memory: MemoryStore,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    calls: AtomicUsize,
    names: Mutex<Vec<&'static str>>,
    fault: Mutex<Option<StoreError>>,
    lost_claims: AtomicUsize,
    held: Mutex<Option<Arc<Notify>>>,
    held_start: Mutex<Option<Arc<Notify>>>,
    hangs: watch::Sender<bool>,
}

impl Store {
    /// How often the scheduler asked anything.
    pub(crate) fn calls(&self) -> usize {
        self.shared.calls.load(Ordering::SeqCst)
    }

    /// What it asked.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.shared.names.lock().unwrap().clone()
    }

    /// Every call fails from here on, or none.
    pub(crate) fn fail(&self, fault: Option<StoreError>) {
        *self.shared.fault.lock().unwrap() = fault;
    }

    /// The answers of so many claims are lost after the commit.
    pub(crate) fn lose_claims(&self, count: usize) {
        self.shared.lost_claims.store(count, Ordering::SeqCst);
    }

    /// The next claim is answered when it is let go, and is durable before.
    pub(crate) fn hold_next_claim(&self) -> Arc<Notify> {
        let let_go = Arc::new(Notify::new());
        *self.shared.held.lock().unwrap() = Some(Arc::clone(&let_go));
        let_go
    }

    /// The next start is answered when it is let go.
    pub(crate) fn hold_next_start(&self) -> Arc<Notify> {
        let let_go = Arc::new(Notify::new());
        *self.shared.held_start.lock().unwrap() = Some(Arc::clone(&let_go));
        let_go
    }

    /// What is asked to be stored from here on is not answered, or it is again, the old calls first.
    pub(crate) fn hang(&self, hangs: bool) {
        self.shared.hangs.send_replace(hangs);
    }

    /// Waits until it does not hang.
    async fn ready(&self) -> Result<(), StoreError> {
        let mut hangs = self.shared.hangs.subscribe();
        hangs.wait_for(|hangs| !hangs).await.unwrap();
        self.check()
    }

    fn asked(&self, name: &'static str) -> Result<(), StoreError> {
        self.shared.calls.fetch_add(1, Ordering::SeqCst);
        self.shared.names.lock().unwrap().push(name);
        self.check()
    }

    fn check(&self) -> Result<(), StoreError> {
        self.shared.fault.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

impl WorkQueue for Store {
    async fn start(
        &self,
        previous_shutdown: PreviousShutdown,
        now: Timestamp,
    ) -> Result<Start, StoreError> {
        self.asked("start")?;
        let held = self.shared.held_start.lock().unwrap().take();
        if let Some(let_go) = held {
            let_go.notified().await;
        }
        self.memory.start(previous_shutdown, now).await
    }

    async fn fences(&self) -> Result<Vec<FenceEntry>, StoreError> {
        self.asked("fences")?;
        self.memory.fences().await
    }

    async fn merge_fences(
        &self,
        fences: Vec<FenceEntry>,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        self.asked("merge_fences")?;
        self.memory.merge_fences(fences, now).await
    }

    async fn claim(
        &self,
        device: Hostname,
        busy: PortSet,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> Result<Claimed, StoreError> {
        self.asked("claim")?;
        let claimed = self.memory.claim(device, busy, lease_until, now).await;
        let held = self.shared.held.lock().unwrap().take();
        if let Some(let_go) = held {
            let_go.notified().await;
        }
        let lost = &self.shared.lost_claims;
        let left = |count: usize| count.checked_sub(1);
        if lost.try_update(Ordering::SeqCst, Ordering::SeqCst, left).is_ok() {
            return Err(StoreError::Interrupted);
        }
        claimed
    }

    async fn pass_over(
        &self,
        device: Hostname,
        rule: SettlementRule,
        now: Timestamp,
    ) -> Result<PassedOver, StoreError> {
        self.asked("pass_over")?;
        self.memory.pass_over(device, rule, now).await
    }

    async fn settle(
        &self,
        ticket: ClaimTicket,
        settlement: Settlement,
        now: Timestamp,
    ) -> Result<Settled, StoreError> {
        self.asked("settle")?;
        self.memory.settle(ticket, settlement, now).await
    }

    async fn promote(
        &self,
        scheduled: Vec<Promotion>,
        now: Timestamp,
    ) -> Result<Promoted, StoreError> {
        self.asked("promote")?;
        self.memory.promote(scheduled, now).await
    }

    async fn upcoming(
        &self,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<ScheduledCommand>, StoreError> {
        self.asked("upcoming")?;
        self.memory.upcoming(until, limit).await
    }

    async fn wake(&self, device: Hostname, now: Timestamp) -> Result<u64, StoreError> {
        self.asked("wake")?;
        self.memory.wake(device, now).await
    }

    async fn expire(&self, now: Timestamp) -> Result<Expired, StoreError> {
        self.asked("expire")?;
        self.memory.expire(now).await
    }

    async fn move_wishes(&self, offset: WallOffset) -> Result<u64, StoreError> {
        self.asked("move_wishes")?;
        self.memory.move_wishes(offset).await
    }

    async fn rescue(&self, now: Timestamp) -> Result<Rescued, StoreError> {
        self.asked("rescue")?;
        self.memory.rescue(now).await
    }
}

impl CommandQueue for Store {
    async fn enqueue(&self, command: NewCommand) -> Result<Stored<Enqueued>, StoreError> {
        self.ready().await?;
        self.memory.enqueue(command).await
    }

    async fn enqueue_all(
        &self,
        commands: Vec<NewCommand>,
    ) -> Result<Stored<Vec<Enqueued>>, StoreError> {
        self.ready().await?;
        self.memory.enqueue_all(commands).await
    }

    async fn create_batch(&self, batch: NewBatch) -> Result<Stored<BatchCreated>, StoreError> {
        self.ready().await?;
        self.memory.create_batch(batch).await
    }

    async fn redo_batch(
        &self,
        batch: NewBatch,
        origin: BatchOrigin,
    ) -> Result<Stored<DerivedBatch>, StoreError> {
        self.ready().await?;
        self.memory.redo_batch(batch, origin).await
    }

    fn waiting(&self, port: &PortId) -> PortWaiting {
        self.memory.waiting(port)
    }

    async fn supersede(
        &self,
        newer: Arc<Command>,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        self.ready().await?;
        self.memory.supersede(newer, now).await
    }

    async fn record(&self, records: Vec<DirectRecord>) -> Result<EndedCommands, StoreError> {
        self.ready().await?;
        self.memory.record(records).await
    }

    async fn cancel(&self, command: CommandId, now: Timestamp) -> Result<Cancelled, StoreError> {
        self.ready().await?;
        self.memory.cancel(command, now).await
    }

    async fn cancel_batch(
        &self,
        batch: BatchId,
        now: Timestamp,
    ) -> Result<Option<BatchCancelled>, StoreError> {
        self.ready().await?;
        self.memory.cancel_batch(batch, now).await
    }
}
