//! A store that implements one trait runs the cases of that one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use venue_conformance::Factory;
use venue_domain::{RunLog, ScheduleRun, StoreError};

/// What became of schedules, by schedule and occurrence, and nothing else.
#[derive(Clone, Default)]
struct Runs(Arc<Mutex<BTreeMap<(String, String), ScheduleRun>>>);

impl RunLog for Runs {
    async fn note_runs(&self, runs: Vec<ScheduleRun>) -> Result<(), StoreError> {
        let mut known = self.0.lock().unwrap();
        for run in runs {
            known.entry((run.schedule.clone(), run.occurrence.clone())).or_insert(run);
        }
        Ok(())
    }

    async fn runs(&self, schedule: String, limit: u32) -> Result<Vec<ScheduleRun>, StoreError> {
        let known = self.0.lock().unwrap();
        let own = known.values().rev().filter(|run| run.schedule == schedule);
        Ok(own.take(limit as usize).cloned().collect())
    }
}

struct InMemory;

impl Factory for InMemory {
    type Store = Runs;

    async fn fresh(&self) -> Runs {
        Runs::default()
    }

    async fn reopen(&self, store: Runs) -> Runs {
        store
    }
}

venue_conformance::conformance_tests!(InMemory; runs);
