//! What HTTP is shown of the queue, and what it may ask of it.

use std::sync::Arc;

use venue_domain::{
    AssumedStateChange, AssumedStateStore, AuditPage, AuditQuery, AuditRecord, AuditStore,
    BackupControl, BackupEntry, BatchId, BatchRecord, BatchSummary, Clock, CommandId,
    CommandRecord, CommandWithAttempts, Configuration, ConfigurationStore, DailyStats, Depth,
    EndedCommands, EndedRequest, HistoryPage, HistoryQuery, Hostname, IdempotencyState, ItemChange,
    KeyedRequest, LaneMemory, LaneNote, LaneStore, LogLine, PortBefore, PortId, PortStatus,
    QueueControl, QueueId, QueueMetrics, QueueView, RequestKeys, RunLog, ScheduleRun, StatsQuery,
    StoreError, Stored, SystemStore, TaskRun, Timestamp,
};
use venue_scheduler::Scheduler;

use crate::clock::SystemClock;

use super::{StoreHandle, backups::Backups};

impl QueueView for StoreHandle {
    fn depth(&self) -> Depth {
        self.store().map(|store| store.depth()).unwrap_or_default()
    }

    async fn metrics(&self, now: Timestamp) -> Result<QueueMetrics, StoreError> {
        self.heard(self.store()?.metrics(now).await)
    }

    /// What was answered is known from then on, whether the store has it yet or not.
    async fn command(&self, id: CommandId) -> Result<Option<CommandWithAttempts>, StoreError> {
        // Asked first: what leaves it meanwhile is in the store by then.
        let unrecorded = self.unrecorded().find(id);
        let stored = match self.store() {
            Ok(store) => self.heard(store.command(id).await),
            Err(error) => Err(error),
        };
        match stored {
            Ok(Some(found)) => Ok(Some(found)),
            Ok(None) => Ok(unrecorded),
            Err(error) => unrecorded.map(Some).ok_or(error),
        }
    }

    async fn queued(&self, id: QueueId) -> Result<Option<CommandWithAttempts>, StoreError> {
        self.heard(self.store()?.queued(id).await)
    }

    async fn open_commands(
        &self,
        device: Option<Hostname>,
        after: Option<QueueId>,
        limit: u32,
    ) -> Result<Vec<CommandRecord>, StoreError> {
        self.heard(self.store()?.open_commands(device, after, limit).await)
    }

    async fn current_commands(&self, limit: u32) -> Result<Vec<CommandRecord>, StoreError> {
        self.heard(self.store()?.current_commands(limit).await)
    }

    async fn batch(&self, id: BatchId) -> Result<Option<BatchRecord>, StoreError> {
        self.heard(self.store()?.batch(id).await)
    }

    async fn batch_commands(
        &self,
        id: BatchId,
        after: Option<QueueId>,
        limit: u32,
    ) -> Result<Vec<CommandRecord>, StoreError> {
        self.heard(self.store()?.batch_commands(id, after, limit).await)
    }

    async fn retryable(&self, id: BatchId) -> Result<Vec<CommandRecord>, StoreError> {
        self.heard(self.store()?.retryable(id).await)
    }

    async fn before_batch(&self, id: BatchId) -> Result<Vec<PortBefore>, StoreError> {
        self.heard(self.store()?.before_batch(id).await)
    }

    async fn history(&self, query: HistoryQuery) -> Result<HistoryPage, StoreError> {
        self.heard(self.store()?.history(query).await)
    }

    async fn batches(
        &self,
        after: Option<BatchId>,
        limit: u32,
    ) -> Result<Vec<BatchSummary>, StoreError> {
        self.heard(self.store()?.batches(after, limit).await)
    }

    async fn port_status(&self, device: Option<Hostname>) -> Result<Vec<PortStatus>, StoreError> {
        self.heard(self.store()?.port_status(device).await)
    }
}

impl LaneStore for StoreHandle {
    async fn lane_memory(&self, now: Timestamp) -> Result<Vec<(Hostname, LaneMemory)>, StoreError> {
        self.heard(self.store()?.lane_memory(now).await)
    }

    async fn note_lanes(&self, notes: Vec<LaneNote>) -> Result<(), StoreError> {
        self.heard(self.store()?.note_lanes(notes).await)
    }
}

impl AssumedStateStore for StoreHandle {
    async fn correct(
        &self,
        port: PortId,
        change: AssumedStateChange,
        by: Option<String>,
        at: Timestamp,
    ) -> Result<PortStatus, StoreError> {
        self.heard(self.store()?.correct(port, change, by, at).await)
    }
}

impl RequestKeys for StoreHandle {
    async fn begin_request(&self, request: KeyedRequest) -> Result<IdempotencyState, StoreError> {
        self.heard(self.store()?.begin_request(request).await)
    }

    async fn find_request(
        &self,
        request: KeyedRequest,
    ) -> Result<Option<IdempotencyState>, StoreError> {
        self.heard(self.store()?.find_request(request).await)
    }

    async fn end_request(&self, ended: EndedRequest) -> Result<EndedCommands, StoreError> {
        self.heard(self.store()?.end_request(ended).await)
    }

    async fn forget_request(&self, actor: String, key: String) -> Result<(), StoreError> {
        self.heard(self.store()?.forget_request(actor, key).await)
    }
}

impl ConfigurationStore for StoreHandle {
    async fn configuration(&self) -> Result<Configuration, StoreError> {
        self.heard(self.store()?.configuration().await)
    }

    async fn configure(
        &self,
        changes: Vec<ItemChange>,
        now: Timestamp,
    ) -> Result<Stored<u64>, StoreError> {
        self.heard(self.store()?.configure(changes, now).await)
    }

    async fn restore_configuration(
        &self,
        all: Configuration,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        self.heard(self.store()?.restore_configuration(all, now).await)
    }
}

impl AuditStore for StoreHandle {
    async fn note_audit(&self, records: Vec<AuditRecord>) -> Result<(), StoreError> {
        self.heard(self.store()?.note_audit(records).await)
    }

    async fn audit(&self, query: AuditQuery) -> Result<AuditPage, StoreError> {
        self.heard(self.store()?.audit(query).await)
    }

    async fn prune_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.heard(self.store()?.prune_audit(before).await)
    }
}

impl SystemStore for StoreHandle {
    async fn note_task_run(&self, run: TaskRun) -> Result<(), StoreError> {
        self.heard(self.store()?.note_task_run(run).await)
    }

    async fn task_runs(&self) -> Result<Vec<TaskRun>, StoreError> {
        self.heard(self.store()?.task_runs().await)
    }

    async fn note_log(&self, device: Hostname, lines: Vec<LogLine>) -> Result<(), StoreError> {
        self.heard(self.store()?.note_log(device, lines).await)
    }

    async fn log(&self, device: Hostname, limit: u32) -> Result<Vec<LogLine>, StoreError> {
        self.heard(self.store()?.log(device, limit).await)
    }

    async fn daily_stats(&self, query: StatsQuery) -> Result<Vec<DailyStats>, StoreError> {
        self.heard(self.store()?.daily_stats(query).await)
    }
}

impl RunLog for StoreHandle {
    async fn note_runs(&self, runs: Vec<ScheduleRun>) -> Result<(), StoreError> {
        self.heard(self.store()?.note_runs(runs).await)
    }

    async fn runs(&self, schedule: String, limit: u32) -> Result<Vec<ScheduleRun>, StoreError> {
        self.heard(self.store()?.runs(schedule, limit).await)
    }
}

/// Pauses and resumes the scheduler, and copies the store. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    scheduler: Arc<Scheduler>,
    store: StoreHandle,
    backups: Arc<Backups>,
}

impl Control {
    pub(super) const fn new(
        scheduler: Arc<Scheduler>,
        store: StoreHandle,
        backups: Arc<Backups>,
    ) -> Self {
        Self { scheduler, store, backups }
    }
}

impl QueueControl for Control {
    fn pause(&self) {
        self.scheduler.pause();
    }

    fn resume(&self) {
        self.scheduler.resume();
    }

    fn is_paused(&self) -> bool {
        self.scheduler.is_paused()
    }

    fn store_failed(&self) {
        self.scheduler.waker().store_failed();
    }

    fn utilisation(&self) -> f64 {
        self.scheduler.stats().utilisation
    }
}

impl BackupControl for Control {
    async fn backups(&self) -> Result<Vec<BackupEntry>, StoreError> {
        let all = self.backups.newest_first().await;
        Ok(all.into_iter().map(|(_, entry)| entry).collect())
    }

    async fn back_up(&self) -> Result<BackupEntry, StoreError> {
        // On a task of its own: it is ended whoever hangs up.
        let (store, backups) = (self.store.clone(), Arc::clone(&self.backups));
        let made = tokio::spawn(async move {
            let open = store.store()?;
            store.heard(backups.make(&open, SystemClock.now()).await)
        });
        made.await.unwrap_or(Err(StoreError::Interrupted))
    }
}
