//! What HTTP may ask of the scheduler and of the backups.

use std::sync::Arc;

use venue_domain::{BackupControl, BackupEntry, Clock, QueueControl, StoreError};
use venue_http::QueueService;
use venue_scheduler::Scheduler;

use crate::clock::SystemClock;

use super::{backup_files::all_uploaded, backup_folder, backups::Backups, handle::StoreHandle};

/// Pauses and resumes the scheduler, and copies the store. Does nothing where there is none. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Control(Option<Controlled>);

#[derive(Clone, Debug)]
struct Controlled {
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
        Self(Some(Controlled { scheduler, store, backups }))
    }

    /// Of a venue without a store.
    pub(crate) fn none(store: StoreHandle) -> QueueService<StoreHandle, Self> {
        QueueService { view: store, control: Self(None) }
    }

    fn scheduler(&self) -> Option<&Scheduler> {
        self.0.as_ref().map(|controlled| controlled.scheduler.as_ref())
    }

    fn controlled(&self) -> Result<&Controlled, StoreError> {
        self.0.as_ref().ok_or(StoreError::Unavailable)
    }
}

impl QueueControl for Control {
    fn pause(&self) {
        if let Some(scheduler) = self.scheduler() {
            scheduler.pause();
        }
    }

    fn resume(&self) {
        if let Some(scheduler) = self.scheduler() {
            scheduler.resume();
        }
    }

    fn is_paused(&self) -> bool {
        self.scheduler().is_some_and(Scheduler::is_paused)
    }

    fn store_failed(&self) {
        if let Some(scheduler) = self.scheduler() {
            scheduler.waker().store_failed();
        }
    }

    fn utilisation(&self) -> f64 {
        self.scheduler().map_or(0.0, |scheduler| scheduler.stats().utilisation)
    }
}

impl BackupControl for Control {
    async fn backups(&self) -> Result<Vec<BackupEntry>, StoreError> {
        let backups = &self.controlled()?.backups;
        let all = backups.newest_first().await;
        let mut all: Vec<BackupEntry> = all.into_iter().map(|(_, entry)| entry).collect();
        all.extend(all_uploaded(backups).await);
        all.extend(backup_folder::seen_now(backups).await);
        all.sort_by_key(|entry| std::cmp::Reverse(entry.made_at));
        Ok(all)
    }

    async fn back_up(&self) -> Result<BackupEntry, StoreError> {
        // On a task of its own: it is ended whoever hangs up.
        let Controlled { store, backups, .. } = self.controlled()?.clone();
        let made = tokio::spawn(async move {
            let open = store.store()?;
            store.checked(backups.make(&open, SystemClock.now()).await)
        });
        made.await.unwrap_or(Err(StoreError::Interrupted))
    }
}
