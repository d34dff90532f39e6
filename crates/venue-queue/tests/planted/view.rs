//! What is shown, and what has nothing to do with the queue.

use venue_domain::{
    AuditPage, AuditQuery, AuditRecord, AuditStore, BatchId, BatchRecord, BatchSummary, CommandId,
    CommandRecord, CommandWithAttempts, Configuration, ConfigurationStore, DailyStats, Depth,
    EndedCommands, HistoryPage, HistoryQuery, Hostname, ItemChange, LogLine, PortBefore,
    PortStatus, QueueId, QueueMetrics, QueueView, RunLog, ScheduleRun, StatsQuery, StoreError,
    Stored, SystemStore, TaskRun, Timestamp,
};

use crate::{
    faults::Fault,
    store::{Planted, as_they_are},
};

impl Planted {
    fn shown(&self, account: Option<CommandWithAttempts>) -> Option<CommandWithAttempts> {
        account.filter(|account| !self.notes().pruned.contains(&account.record.id))
    }
}

impl QueueView for Planted {
    fn depth(&self) -> Depth {
        self.inner.depth()
    }

    async fn command(&self, id: CommandId) -> Result<Option<CommandWithAttempts>, StoreError> {
        Ok(self.shown(self.inner.command(id).await?))
    }

    async fn queued(&self, id: QueueId) -> Result<Option<CommandWithAttempts>, StoreError> {
        Ok(self.shown(self.inner.queued(id).await?))
    }

    async fn batches(
        &self,
        after: Option<BatchId>,
        limit: u32,
    ) -> Result<Vec<BatchSummary>, StoreError> {
        let mut batches = self.inner.batches(after, limit).await?;
        if self.has(Fault::PortCountedTwice) {
            batches.iter_mut().for_each(|one| one.ports = one.batch.counts.total());
        }
        Ok(batches)
    }

    async fn port_status(&self, device: Option<Hostname>) -> Result<Vec<PortStatus>, StoreError> {
        let known = self.inner.port_status(device.clone()).await?;
        let mut assumed = self.notes().assumed.clone();
        assumed.retain(|port, _| device.as_ref().is_none_or(|device| port.device == *device));
        for status in known {
            assumed.entry(status.port.clone()).or_insert(status);
        }
        Ok(assumed.into_values().collect())
    }

    as_they_are! {
        metrics(now: Timestamp) -> QueueMetrics;
        open_commands(device: Option<Hostname>, after: Option<QueueId>, limit: u32)
            -> Vec<CommandRecord>;
        current_commands(limit: u32) -> Vec<CommandRecord>;
        batch(id: BatchId) -> Option<BatchRecord>;
        batch_commands(id: BatchId, after: Option<QueueId>, limit: u32) -> Vec<CommandRecord>;
        retryable(id: BatchId) -> Vec<CommandRecord>;
        before_batch(id: BatchId) -> Vec<PortBefore>;
        history(query: HistoryQuery) -> HistoryPage;
    }
}

impl ConfigurationStore for Planted {
    as_they_are! {
        configuration() -> Configuration;
        configure(changes: Vec<ItemChange>, now: Timestamp) -> Stored<u64>;
        restore_configuration(all: Configuration, now: Timestamp) -> EndedCommands;
    }
}

impl RunLog for Planted {
    as_they_are! {
        note_runs(runs: Vec<ScheduleRun>) -> ();
        runs(schedule: String, limit: u32) -> Vec<ScheduleRun>;
    }
}

impl AuditStore for Planted {
    as_they_are! {
        note_audit(records: Vec<AuditRecord>) -> ();
        audit(query: AuditQuery) -> AuditPage;
        prune_audit(before: Timestamp) -> u64;
    }
}

impl SystemStore for Planted {
    as_they_are! {
        note_task_run(run: TaskRun) -> ();
        task_runs() -> Vec<TaskRun>;
        note_log(device: Hostname, lines: Vec<LogLine>) -> ();
        log(device: Hostname, limit: u32) -> Vec<LogLine>;
        daily_stats(query: StatsQuery) -> Vec<DailyStats>;
    }
}
