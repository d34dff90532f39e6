//! The handle of the store: opened in the background, shared by all who use it. While the store is not there, it
//! answers as one that is not open.

mod commands;
mod forwarded;

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{Notify, watch};
use venue_domain::StoreError;
use venue_queue::{Pruned, Retention, SqliteStore};
use venue_scheduler::Unrecorded;

use crate::watch::EventPublisher;

/// A store that is opened in the background, and replaced when its file is damaged. What is queued through it is
/// published once it is durable. Clones share it.
#[derive(Clone, Debug)]
pub struct StoreHandle(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: RwLock<Option<SqliteStore>>,
    /// The venue has no store, by its configuration.
    is_none: bool,
    trouble: Notify,
    /// How often it was opened.
    opened: watch::Sender<u64>,
    /// Somebody found the file damaged.
    damaged: AtomicBool,
    /// What is still on its way into it.
    unrecorded: Unrecorded,
    publisher: EventPublisher,
}

impl StoreHandle {
    /// A store that is not open yet; what is queued in it is told to `publisher`.
    pub(crate) fn new(publisher: EventPublisher) -> Self {
        Self::with(publisher, false)
    }

    /// Of a venue that has no store: it is never open.
    pub(crate) fn none(publisher: EventPublisher) -> Self {
        Self::with(publisher, true)
    }

    fn with(publisher: EventPublisher, is_none: bool) -> Self {
        Self(Arc::new(Inner {
            store: RwLock::default(),
            is_none,
            trouble: Notify::new(),
            opened: watch::Sender::default(),
            damaged: AtomicBool::new(false),
            unrecorded: Unrecorded::default(),
            publisher,
        }))
    }

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

    /// Whether the venue has no store.
    fn is_none(&self) -> bool {
        self.0.is_none
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
        self.checked(self.store()?.prune_all(retention).await)
    }

    pub(super) fn store(&self) -> Result<SqliteStore, StoreError> {
        // A std lock: held for a clone of the handle, never across an await.
        let store = self.0.store.read().unwrap_or_else(PoisonError::into_inner).clone();
        store.ok_or(StoreError::Unavailable)
    }

    /// Passes an answer of the store on; a file that is gone or damaged wakes the supervisor.
    pub(super) fn checked<T>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error @ (StoreError::Corrupt | StoreError::Deleted)) = &answer {
            if *error == StoreError::Corrupt {
                self.0.damaged.store(true, Ordering::SeqCst);
            }
            self.0.trouble.notify_one();
        }
        answer
    }
}
