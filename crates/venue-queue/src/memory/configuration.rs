//! Configuration, runs and audit in the store in memory.

use venue_domain::{
    AuditPage, AuditQuery, AuditRecord, AuditStore, Configuration, ConfigurationStore, ItemChange,
    RunLog, ScheduleRun, StoreError, Timestamp,
};

use super::MemoryStore;

impl ConfigurationStore for MemoryStore {
    async fn configuration(&self) -> Result<Configuration, StoreError> {
        Ok(self.lock().configuration.clone())
    }

    async fn configure(&self, changes: Vec<ItemChange>) -> Result<u64, StoreError> {
        let configuration = &mut self.lock().configuration;
        let revision = configuration.revision + 1;
        configuration.apply(&changes, revision);
        Ok(revision)
    }

    async fn restore_configuration(&self, all: Configuration) -> Result<(), StoreError> {
        self.lock().configuration = all;
        Ok(())
    }
}

impl RunLog for MemoryStore {
    async fn note_runs(&self, runs: Vec<ScheduleRun>) -> Result<(), StoreError> {
        let log = &mut self.lock().runs;
        for run in runs {
            log.entry((run.schedule.clone(), run.occurrence.clone())).or_insert(run);
        }
        Ok(())
    }

    async fn runs(&self, schedule: String, limit: u32) -> Result<Vec<ScheduleRun>, StoreError> {
        let state = self.lock();
        let own = state.runs.values().rev().filter(|run| run.schedule == schedule);
        Ok(own.take(limit as usize).cloned().collect())
    }
}

impl AuditStore for MemoryStore {
    async fn note_audit(&self, records: Vec<AuditRecord>) -> Result<(), StoreError> {
        let trail = &mut self.lock().audit;
        for record in records {
            let id = trail.last_key_value().map_or(1, |(id, _)| id + 1);
            trail.insert(id, record);
        }
        Ok(())
    }

    async fn audit(&self, query: AuditQuery) -> Result<AuditPage, StoreError> {
        let state = self.lock();
        let asked = |record: &AuditRecord| {
            query.actor.as_ref().is_none_or(|actor| record.actor.as_ref() == Some(actor))
                && query.since.is_none_or(|since| record.at >= since)
                && query.until.is_none_or(|until| record.at < until)
        };
        let before = query.cursor.unwrap_or(i64::MAX);
        let found = state.audit.range(..before).rev().filter(|(_, record)| asked(record));
        let limit = query.limit as usize;
        let found: Vec<_> = found.take(limit.saturating_add(1)).collect();
        let next = found.get(limit.wrapping_sub(1)).filter(|_| found.len() > limit);
        let next = next.map(|(id, _)| **id);
        let records = found.iter().take(limit).map(|(_, record)| (*record).clone()).collect();
        Ok(AuditPage { records, next })
    }

    async fn forget_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        let trail = &mut self.lock().audit;
        let old = trail.iter().filter(|(_, record)| record.at < before).map(|(id, _)| *id);
        let old: Vec<i64> = old.take(500).collect();
        for id in &old {
            trail.remove(id);
        }
        Ok(old.len() as u64)
    }
}
