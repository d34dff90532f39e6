//! The suite over the store in SQLite.

use std::path::PathBuf;

use tempfile::TempDir;
use venue_conformance::Factory;
use venue_queue::{SqliteStore, StoreConfig};

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

venue_conformance::conformance_tests!(Sqlite::new());
