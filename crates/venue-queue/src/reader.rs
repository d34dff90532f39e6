//! Read-only connections: a small pool, used only where blocking is allowed.

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use r2d2::Pool;
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags};
use tokio::{sync::Semaphore, task, time::timeout};
use venue_domain::StoreError;

use crate::{
    error::{IntoStoreError, panicked},
    shared::Shared,
    trace,
    writer::ensure_runtime,
};

/// How long a reader waits for a connection, and a connection for a lock.
const TIMEOUT: Duration = Duration::from_millis(250);

/// How long an answer is waited for, a free connection included.
const PATIENCE: Duration = Duration::from_secs(5);

/// The readers of one database.
pub(crate) struct Readers {
    /// Replaced as a whole when the file is.
    pool: RwLock<Pool<SqliteConnectionManager>>,
    /// As many permits as connections, so that waiting never holds a blocking thread.
    permits: Arc<Semaphore>,
    size: u32,
    shared: Arc<Shared>,
}

impl Readers {
    /// Readers of the file at `path`; opens nothing yet.
    pub(crate) fn new(path: &Path, size: u32, shared: Arc<Shared>) -> Self {
        let permits = Arc::new(Semaphore::new(size as usize));
        Self { pool: RwLock::new(pool(path, size)), permits, size, shared }
    }

    /// The file at `path` is another one: the connections to the old one are dropped.
    pub(crate) fn renew(&self, path: &Path) {
        *self.pool.write().unwrap_or_else(PoisonError::into_inner) = pool(path, self.size);
    }

    /// No more questions; the idle connections are closed.
    pub(crate) fn close(&self, path: &Path) {
        self.permits.close();
        self.renew(path);
    }

    /// Runs `work` on the database as it is at one moment: a command that moves from the queue to
    /// the history meanwhile is neither missed nor met twice.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        ensure_runtime()?;
        let at_one_moment = |connection: &Connection| {
            // Ends when it is dropped; there is nothing to commit.
            let _moment = connection.unchecked_transaction().store_err()?;
            work(connection)
        };
        // Whoever reads is told after a while: a disk that does not answer holds the connections.
        let read = timeout(PATIENCE, self.connected(at_one_moment)).await;
        read.unwrap_or(Err(StoreError::Interrupted))
    }

    /// Runs `work` with a connection.
    pub(crate) async fn connected<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        ensure_runtime()?;
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| StoreError::Unavailable)?;
        // A std lock: held for a clone of the handle, never across an await.
        let pool = self.pool.read().unwrap_or_else(PoisonError::into_inner).clone();
        let counter = Arc::clone(&self.shared.statements);
        let done = task::spawn_blocking(move || {
            trace::count_for(&counter);
            let connection = pool.get().map_err(|_| StoreError::Unavailable)?;
            let result = work(&connection);
            drop(permit);
            result
        });
        done.await.unwrap_or_else(|failed| {
            Err(if failed.is_panic() { panicked() } else { StoreError::Interrupted })
        })
    }
}

/// A pool that waits for nothing: a database that is down must not hold up who opens it.
fn pool(path: &Path, size: u32) -> Pool<SqliteConnectionManager> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let manager = SqliteConnectionManager::file(path).with_flags(flags).with_init(|connection| {
        connection.busy_timeout(TIMEOUT)?;
        connection.pragma_update(None, "query_only", true)?;
        trace::watch(connection);
        Ok(())
    });
    Pool::builder()
        .max_size(size)
        .min_idle(Some(0))
        .connection_timeout(TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_on_check_out(false)
        .error_handler(Box::new(LogErrors))
        .build_unchecked(manager)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tokio::sync::oneshot;
    use venue_domain::{CommandQueue, MaxAttempts, NewCommand, Priority, Timestamp, testing};

    use super::*;
    use crate::{SqliteStore, StoreConfig};

    fn rows(connection: &Connection) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM command_queue";
        connection.query_row(sql, (), |row| row.get(0)).store_err()
    }

    fn new() -> NewCommand {
        let at = Timestamp::from_unix_ms(1_788_900_000_000);
        let command = testing::command("volume_up", "ir-1/2", at, 1);
        NewCommand::new(command, Priority::INTERACTIVE, MaxAttempts::default())
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_a_database_that_does_not_answer_is_told_after_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let _store = SqliteStore::open(&path, StoreConfig::default()).unwrap();
        let readers = Readers::new(&path, 1, Arc::default());
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let hangs = readers.read(move |_| {
            // Ends when the other end is dropped.
            let _ = may_go_on.recv();
            Ok(0)
        });
        let waits = readers.read(rows);
        let both = async { tokio::join!(hangs, waits) };
        let passing = async {
            // While a thread works, virtual time stands unless it is moved.
            task::yield_now().await;
            tokio::time::advance(PATIENCE).await;
        };
        let (answers, ()) = tokio::join!(both, passing);
        assert_eq!(answers, (Err(StoreError::Interrupted), Err(StoreError::Interrupted)));
        drop(go_on);
        assert_eq!(readers.connected(rows).await, Ok(0), "the connection is free again");
    }

    #[tokio::test]
    async fn a_reader_can_write_nothing_and_waits_for_a_lock_for_250_ms() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let _store = SqliteStore::open(&path, StoreConfig::default()).unwrap();
        let readers = Readers::new(&path, 1, Arc::default());
        let pragma = |connection: &Connection, name: &str| -> i64 {
            connection.pragma_query_value(None, name, |row| row.get(0)).unwrap()
        };
        let told = readers.read(move |connection| {
            let is_read_only = connection.is_readonly("main").store_err()?;
            let (query_only, wait) =
                (pragma(connection, "query_only"), pragma(connection, "busy_timeout"));
            Ok((is_read_only, query_only, wait))
        });
        assert_eq!(told.await, Ok((true, 1, 250)));
        let pool = pool(&path, 1);
        assert_eq!(pool.connection_timeout(), Duration::from_millis(250));
        let erases = |connection: &Connection| {
            connection.execute("DELETE FROM command_queue", ()).store_err().map(drop)
        };
        assert!(readers.read(erases).await.is_err());
    }

    #[tokio::test]
    async fn an_answer_of_several_statements_is_of_one_moment() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let store = SqliteStore::open(&path, StoreConfig::default()).unwrap();
        let readers = Readers::new(&path, 1, Arc::default());
        let (begun, has_begun) = oneshot::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let reading = readers.read(move |connection| {
            let before = rows(connection)?;
            begun.send(()).unwrap();
            may_go_on.recv().unwrap();
            Ok((before, rows(connection)?))
        });
        let changing = async {
            has_begun.await.unwrap();
            store.enqueue(new()).await.unwrap();
            go_on.send(()).unwrap();
        };
        assert_eq!(tokio::join!(reading, changing).0, Ok((0, 0)));
        assert_eq!(readers.read(rows).await, Ok(1), "the next one sees it");
    }
}

#[derive(Debug)]
struct LogErrors;

impl r2d2::HandleError<rusqlite::Error> for LogErrors {
    fn handle_error(&self, error: rusqlite::Error) {
        tracing::debug!(%error, "a reader cannot open the database");
    }
}
