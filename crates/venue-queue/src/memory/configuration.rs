//! The configuration in the store in memory.

use venue_domain::{
    Configuration, ConfigurationStore, ItemChange, RunLog, ScheduleRun, StoreError,
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
