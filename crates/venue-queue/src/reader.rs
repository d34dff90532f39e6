//! Read-only connections: a small pool, used only where blocking is allowed.

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use r2d2::Pool;
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags};
use tokio::{sync::Semaphore, task};
use venue_domain::StoreError;

use crate::{trace, writer::Shared};

/// How long a reader waits for a connection, and a connection for a lock.
const TIMEOUT: Duration = Duration::from_millis(250);

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

    /// Runs `work` with a connection.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
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
        done.await.unwrap_or(Err(StoreError::Interrupted))
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

#[derive(Debug)]
struct LogErrors;

impl r2d2::HandleError<rusqlite::Error> for LogErrors {
    fn handle_error(&self, error: rusqlite::Error) {
        tracing::debug!(%error, "a reader cannot open the database");
    }
}
