//! The suite over the store in SQLite.

use tempfile::TempDir;
use venue_queue::{SqliteStore, StoreConfig, conformance::Factory};

/// A folder for one test.
pub(crate) struct Sqlite(TempDir);

impl Sqlite {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.0.path().join("queue.db"), StoreConfig::default()).unwrap()
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

venue_queue::conformance_tests!(Sqlite::new());
