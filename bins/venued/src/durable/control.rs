//! What HTTP may ask of the scheduler and of the backups.

use std::sync::Arc;

use venue_domain::{BackupControl, BackupEntry, Clock, QueueControl, StoreError};
use venue_scheduler::Scheduler;

use crate::clock::SystemClock;

use super::{backup_files::all_uploaded, backup_folder, backups::Backups, handle::StoreHandle};

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
        let mut all: Vec<BackupEntry> = all.into_iter().map(|(_, entry)| entry).collect();
        all.extend(all_uploaded(&self.backups).await);
        all.extend(backup_folder::seen_now(&self.backups).await);
        all.sort_by_key(|entry| std::cmp::Reverse(entry.made_at));
        Ok(all)
    }

    async fn back_up(&self) -> Result<BackupEntry, StoreError> {
        // On a task of its own: it is ended whoever hangs up.
        let (store, backups) = (self.store.clone(), Arc::clone(&self.backups));
        let made = tokio::spawn(async move {
            let open = store.store()?;
            store.checked(backups.make(&open, SystemClock.now()).await)
        });
        made.await.unwrap_or(Err(StoreError::Interrupted))
    }
}
