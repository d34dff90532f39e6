//! A folder on the disk, and stores in it.

use std::path::PathBuf;

use rusqlite::Connection;
use tempfile::TempDir;
use venue_queue::{SqliteStore, StoreConfig};

/// A folder for one store; it goes with it.
pub(crate) struct Place(TempDir);

impl Place {
    /// Beside what was built, because a folder for temporary files may be in memory.
    pub(crate) fn new() -> Self {
        let folder = env!("CARGO_TARGET_TMPDIR");
        std::fs::create_dir_all(folder).unwrap();
        Self(tempfile::tempdir_in(folder).unwrap())
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.file("queue.db"), StoreConfig::default()).unwrap()
    }

    /// A second connection to the file of a store that is closed: the same schema, the same care.
    pub(crate) fn connect(&self) -> Connection {
        let connection = Connection::open(self.file("queue.db")).unwrap();
        connection.execute_batch("PRAGMA synchronous = FULL").unwrap();
        connection
    }

    /// Makes the file of a store and runs `sql` over it with `rows`, in one transaction that is
    /// not waited for.
    pub(crate) async fn fill(&self, sql: &str, rows: u32) {
        self.open().close().await;
        let connection = self.connect();
        connection
            .execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; BEGIN")
            .unwrap();
        for statement in sql.split(';').filter(|statement| !statement.trim().is_empty()) {
            connection.execute(statement, [rows]).unwrap();
        }
        connection.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    }
}
