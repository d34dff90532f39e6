//! The store in SQLite: changes go to the writer's thread, questions to the readers.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
};

use rusqlite::config::DbConfig;
use snafu::ResultExt;
use venue_domain::StoreError;

use crate::{
    backup,
    error::{DatabaseSnafu, OpenError, cause},
    open,
    reader::Readers,
    retention::{self, Forgotten, Retention},
    stats,
    writer::{self, Desk, Place, Shared, Writer},
};

mod configuration;
mod queue;
mod view;
mod work;

/// The sizes of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreConfig {
    /// How many changes may wait for the writer; more are refused as overload.
    pub mailbox: usize,
    /// How many questions are answered at the same time.
    pub readers: u32,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { mailbox: 8192, readers: 4 }
    }
}

/// The durable queue in one SQLite file. Clones share it.
#[derive(Clone)]
pub struct SqliteStore(Arc<Inner>);

struct Inner {
    path: PathBuf,
    writer: Writer,
    readers: Arc<Readers>,
}

impl SqliteStore {
    /// Opens the database at `path`, makes it if there is none, and brings its schema up to date.
    ///
    /// Blocks; an older schema is copied beside the file first.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong with the file; it is left as it is.
    pub fn open(path: &Path, config: StoreConfig) -> Result<Self, OpenError> {
        let connection = open::open(path)?;
        let shared = Arc::new(Shared::default());
        let depth = stats::count(&connection, &shared.waiting).context(DatabaseSnafu { path })?;
        *shared.depth.lock().unwrap_or_else(PoisonError::into_inner) = depth;
        let writer = Writer::start(connection, path, config.mailbox, Arc::clone(&shared))?;
        let readers = Arc::new(Readers::new(path, config.readers, shared));
        Ok(Self(Arc::new(Inner { path: path.to_owned(), writer, readers })))
    }

    /// Where the database is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// How many statements have run: none while nothing is asked.
    #[must_use]
    pub fn statements(&self) -> u64 {
        writer::statements(&self.0.writer.shared)
    }

    /// Checks that the store can be written: the file is still there and the writer gets its lock.
    ///
    /// # Errors
    /// Why it cannot.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.0.writer.change(None, |_| Ok(())).await
    }

    /// What is in the place of the database's file. Asks the folder, not the database; it may block.
    #[must_use]
    pub fn place(&self) -> Place {
        self.0.writer.place()
    }

    /// Makes a new file of what a deleted one held, through the connection that is still open.
    ///
    /// # Errors
    /// [`StoreError::Deleted`] if another file is in its place; otherwise why the copy failed.
    pub async fn recover_deleted(&self) -> Result<(), StoreError> {
        let readers = Arc::clone(&self.0.readers);
        self.0.writer.maintain(move |desk| backup::recover_deleted(desk, &readers)).await
    }

    /// Writes a verified copy of the database to `to`, while it is in use.
    ///
    /// # Errors
    /// Why the copy failed; there is none then.
    pub async fn backup(&self, to: PathBuf) -> Result<(), StoreError> {
        self.0.readers.connected(move |connection| backup::backup(connection, &to)).await
    }

    /// Forgets one slice of what is old: it stays in the daily aggregates, by the same transaction.
    /// To be called again until it is nothing.
    ///
    /// # Errors
    /// Why nothing was forgotten.
    pub async fn forget(&self, retention: Retention) -> Result<Forgotten, StoreError> {
        self.0.writer.change(None, move |step| retention::forget(step, retention)).await
    }

    /// Forgets all that is old, slice by slice, and makes way for whoever uses the store meanwhile.
    ///
    /// # Errors
    /// Why it went no further; the slices before it are forgotten.
    ///
    /// # Cancel safety
    /// Safe: what is left is forgotten the next time.
    pub async fn forget_all(&self, retention: Retention) -> Result<Forgotten, StoreError> {
        retention::forget_all(self, retention).await
    }

    /// Closes the database as it is, without folding the log into the file: it is damaged, and
    /// what is still there of it must stay. Every clone is closed with it.
    ///
    /// # Cancel safety
    /// Safe: the store goes on closing by itself.
    pub async fn abandon(&self) {
        let keep = |desk: &mut Desk| {
            let config = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
            desk.connection.set_db_config(config, true).map_err(cause).map(drop)
        };
        // Without its thread the database is closed already.
        drop(self.0.writer.maintain(keep).await);
        self.close().await;
    }

    /// Ends what was handed over and closes the database; every clone is closed with it.
    ///
    /// # Cancel safety
    /// Safe: the store goes on closing by itself.
    pub async fn close(&self) {
        // The writer goes last: it folds the log into the file.
        self.0.readers.close(&self.0.path);
        self.0.writer.close().await;
    }
}

#[cfg(test)]
impl SqliteStore {
    /// Folds the log into the file.
    pub(crate) async fn checkpoint(&self) {
        let fold = |desk: &mut Desk| {
            let fold = desk.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()));
            fold.map_err(cause)
        };
        self.0.writer.maintain(fold).await.unwrap();
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.0.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use venue_domain::{CommandQueue, Fences, KeyedRequest, RequestKeys, Timestamp, WorkQueue};

    use super::*;

    fn open() -> (tempfile::TempDir, SqliteStore) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let store = SqliteStore::open(&path, StoreConfig::default()).unwrap();
        (folder, store)
    }

    async fn pragma(store: &SqliteStore, sql: &'static str) {
        let done =
            store.0.writer.maintain(move |desk| desk.connection.execute_batch(sql).map_err(cause));
        done.await.unwrap();
    }

    fn request(key: &str, body: usize) -> KeyedRequest {
        KeyedRequest {
            actor: "ann".to_owned(),
            key: key.to_owned(),
            fingerprint: "f".repeat(body),
            at: Timestamp::from_unix_ms(1),
            expires_at: Timestamp::from_unix_ms(9),
        }
    }

    #[tokio::test]
    async fn a_full_disk_is_told_changes_nothing_and_passes() {
        let (_folder, store) = open();
        pragma(&store, "PRAGMA max_page_count = 1").await;
        let full = store.begin_request(request("big", 100_000)).await;
        assert_eq!(full, Err(StoreError::Full));
        pragma(&store, "PRAGMA max_page_count = 1000000").await;
        let fits = store.begin_request(request("big", 100_000)).await;
        assert_eq!(fits, Ok(venue_domain::Begun::New));
    }

    #[tokio::test]
    async fn a_database_that_cannot_be_written_is_told_and_passes() {
        let (_folder, store) = open();
        pragma(&store, "PRAGMA query_only = ON").await;
        assert_eq!(store.begin_request(request("k", 1)).await, Err(StoreError::ReadOnly));
        assert_eq!(store.fences().await, Ok(Vec::new()), "reading goes on");
        pragma(&store, "PRAGMA query_only = OFF").await;
        let merged = store.merge_fences(Fences::new().entries(), Timestamp::from_unix_ms(1)).await;
        assert!(merged.is_ok());
        assert!(store.record(Vec::new()).await.is_ok());
    }
}
