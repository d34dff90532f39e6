//! Configuration, runs and audit in the SQLite store.

use venue_domain::{
    AuditPage, AuditQuery, AuditRecord, AuditStore, Configuration, ConfigurationStore, DailyStats,
    EndedCommands, Hostname, ItemChange, LogLine, RunLog, ScheduleRun, StatsQuery, StoreError,
    Stored, SystemStore, TaskRun, Timestamp,
};

use super::SqliteStore;
use crate::{audit, configuration, system};

impl ConfigurationStore for SqliteStore {
    async fn configuration(&self) -> Result<Configuration, StoreError> {
        self.0.readers.read(configuration::read).await
    }

    async fn configure(
        &self,
        changes: Vec<ItemChange>,
        now: Timestamp,
    ) -> Result<Stored<u64>, StoreError> {
        let change =
            move |txn: &mut crate::txn::WriteTxn<'_>| configuration::change(txn, &changes, now);
        self.0.writer.change(None, change).await
    }

    async fn restore_configuration(
        &self,
        all: Configuration,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        let change =
            move |txn: &mut crate::txn::WriteTxn<'_>| configuration::restore(txn, &all, now);
        self.0.writer.change(None, change).await
    }
}

impl RunLog for SqliteStore {
    async fn note_runs(&self, runs: Vec<ScheduleRun>) -> Result<(), StoreError> {
        let change = move |txn: &mut crate::txn::WriteTxn<'_>| {
            configuration::note_runs(txn.connection, &runs)
        };
        self.0.writer.change(None, change).await
    }

    async fn runs(&self, schedule: String, limit: u32) -> Result<Vec<ScheduleRun>, StoreError> {
        let read = move |connection: &_| configuration::runs(connection, &schedule, limit);
        self.0.readers.read(read).await
    }
}

impl AuditStore for SqliteStore {
    async fn note_audit(&self, records: Vec<AuditRecord>) -> Result<(), StoreError> {
        let change =
            move |txn: &mut crate::txn::WriteTxn<'_>| audit::note(txn.connection, &records);
        self.0.writer.change_by_key(None, change).await
    }

    async fn audit(&self, query: AuditQuery) -> Result<AuditPage, StoreError> {
        self.0.readers.read(move |connection| audit::page(connection, &query)).await
    }

    async fn prune_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        let change = move |txn: &mut crate::txn::WriteTxn<'_>| audit::prune(txn.connection, before);
        self.0.writer.change(None, change).await
    }
}

impl SystemStore for SqliteStore {
    async fn note_task_run(&self, run: TaskRun) -> Result<(), StoreError> {
        let change =
            move |txn: &mut crate::txn::WriteTxn<'_>| system::note_task_run(txn.connection, &run);
        self.0.writer.change(None, change).await
    }

    async fn task_runs(&self) -> Result<Vec<TaskRun>, StoreError> {
        self.0.readers.read(system::task_runs).await
    }

    async fn note_log(&self, device: Hostname, lines: Vec<LogLine>) -> Result<(), StoreError> {
        let change = move |txn: &mut crate::txn::WriteTxn<'_>| {
            system::note_log(txn.connection, &device, &lines)
        };
        self.0.writer.change(None, change).await
    }

    async fn log(&self, device: Hostname, limit: u32) -> Result<Vec<LogLine>, StoreError> {
        self.0.readers.read(move |connection| system::log(connection, &device, limit)).await
    }

    async fn daily_stats(&self, query: StatsQuery) -> Result<Vec<DailyStats>, StoreError> {
        self.0.readers.read(move |connection| system::daily_stats(connection, &query)).await
    }
}
