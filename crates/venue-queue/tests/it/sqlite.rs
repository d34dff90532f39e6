//! The suite over the store in SQLite.

use std::path::PathBuf;

use tempfile::TempDir;
use venue_conformance::{Factory, Pruning};
use venue_domain::Timestamp;
use venue_queue::{Retention, SqliteStore, StoreConfig};

/// A folder for one test.
pub(crate) struct Sqlite(TempDir);

impl Sqlite {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder in memory where there is one: for stories that end with the process anyway.
    pub(crate) fn fast() -> Self {
        tempfile::tempdir_in("/dev/shm").map_or_else(|_| Self::new(), Self)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("queue.db")
    }

    pub(crate) fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.path(), StoreConfig::default()).unwrap()
    }
}

impl Factory for Sqlite {
    type Store = SqliteStore;

    async fn fresh(&self) -> SqliteStore {
        self.open()
    }

    async fn reopen(&self, store: SqliteStore) -> SqliteStore {
        store.close().await;
        self.open()
    }
}

impl Pruning for Sqlite {
    async fn prune(&self, store: &SqliteStore, before: Timestamp, now: Timestamp) {
        let retention = Retention { history_before: before, aggregates_before: before, now };
        store.prune_all(retention).await.unwrap();
    }
}

venue_conformance::conformance_tests!(Sqlite::new());
venue_conformance::conformance_tests!(Sqlite::new(); retention);
