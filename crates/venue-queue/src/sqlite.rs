//! The store in SQLite: changes go to the writer's thread, questions to the readers.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rusqlite::config::DbConfig;
use snafu::{ResultExt, ensure};
use tokio::time::sleep;
use venue_domain::{OrderKey, StoreError};

use crate::{
    backup,
    error::{DatabaseSnafu, OpenError, ZeroSnafu, to_store_error},
    held::LockProbe,
    image::{self, Compared, Scanned},
    open,
    reader::Readers,
    retention::{self, Pruned, Retention},
    shared::Shared,
    stats,
    writer::{self, Place, Writer, WriterThread},
};

mod configuration;
mod queue;
mod view;
mod work;

/// Between two slices, so long at least.
const SLICE_PAUSE: Duration = Duration::from_millis(20);

/// As long again if somebody used the store in that time. A change that meets a slice waits for it:
/// of those that come one after the other, far fewer than one in a hundred shall.
const LONG_SLICE_PAUSE: Duration = Duration::from_millis(100);

/// The sizes of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreConfig {
    /// How many changes may wait for the writer, at least 1; more are refused as overload.
    pub mailbox: usize,
    /// How many questions are answered at the same time, at least 1.
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
    highest_key: OrderKey,
    writer: Writer,
    readers: Arc<Readers>,
    lock: LockProbe,
}

impl SqliteStore {
    /// Opens the database at `path`, makes it if there is none, and brings its schema up to date.
    ///
    /// Blocks; an older schema is copied beside the file first.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong with the file, which is left as it is, or with `config`.
    pub fn open(path: &Path, config: StoreConfig) -> Result<Self, OpenError> {
        ensure!(config.mailbox > 0, ZeroSnafu { size: "mailbox" });
        ensure!(config.readers > 0, ZeroSnafu { size: "readers" });
        let connection = open::open(path)?;
        let shared = Arc::new(Shared::default());
        let Scanned { queue, in_flight } =
            image::scan(&connection).context(DatabaseSnafu { path })?;
        image::count_places(&queue, &shared.waiting);
        shared.set_counts(queue.counts(), in_flight);
        let highest_key = stats::highest_key(&connection).context(DatabaseSnafu { path })?;
        let writer = Writer::start(connection, queue, path, config.mailbox, Arc::clone(&shared))?;
        let readers = Arc::new(Readers::new(path, config.readers, shared));
        let (path, lock) = (path.to_owned(), LockProbe::default());
        Ok(Self(Arc::new(Inner { path, highest_key, writer, readers, lock })))
    }

    /// Where the database is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The highest key that was stored when it was opened.
    #[must_use]
    pub fn highest_key(&self) -> OrderKey {
        self.0.highest_key
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

    /// Whether another process holds the lock for writing at this moment, which is no fault if it gives it up
    /// soon. Asks the system, not the database.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.0.lock.is_held(&self.0.path)
    }

    /// Waits until somebody has waited for a change for longer than any change takes: the disk does not
    /// answer, and neither does the store. Nothing is asked.
    ///
    /// # Cancel safety
    /// Safe: what was told is told to whoever waits next.
    pub async fn stalled(&self) {
        self.0.writer.shared.stalled.notified().await;
    }

    /// How large the log beside the database is, in bytes. Asks the folder, not the database; it may block.
    #[must_use]
    pub fn log_size(&self) -> u64 {
        let mut log = self.0.path.as_os_str().to_owned();
        log.push("-wal");
        fs::metadata(log).map_or(0, |found| found.len())
    }

    /// Folds the log into the database and empties it, if nobody reads at this moment; tells whether it is
    /// empty. It waits for nobody.
    ///
    /// # Errors
    /// Why the database could not be asked.
    pub async fn fold_log(&self) -> Result<bool, StoreError> {
        self.0.writer.maintain(fold_log).await
    }

    /// Makes a new file of what a deleted one held, through the connection that is still open.
    ///
    /// # Errors
    /// [`StoreError::Deleted`] if another file is in its place; otherwise why the copy failed.
    pub async fn recover_deleted(&self) -> Result<(), StoreError> {
        let readers = Arc::clone(&self.0.readers);
        self.0.writer.maintain(move |writer| backup::recover_deleted(writer, &readers)).await
    }

    /// Holds all of the queue in memory against what is stored, part by part, and tells whether it is the same; what is
    /// not is logged as an error, and all of it is read again.
    ///
    /// # Errors
    /// Why it could not be read.
    pub async fn compare_queue(&self) -> Result<bool, StoreError> {
        let mut after = None;
        loop {
            let compare = move |writer: &mut WriterThread| writer.compare_queue(after);
            match self.0.writer.maintain(compare).await? {
                Compared::Until(id) => after = Some(id),
                Compared::All => return Ok(true),
                Compared::Different => return Ok(false),
            }
        }
    }

    /// How often the queue in memory was not what is stored, since the store was opened: never, but for a bug or
    /// somebody who changes the database by hand.
    #[must_use]
    pub fn queue_differences(&self) -> u64 {
        self.0.writer.shared.differences()
    }

    /// Writes a verified copy of the database to `to`, while it is in use. The queue in memory is
    /// [held against](Self::compare_queue) what is copied.
    ///
    /// # Errors
    /// Why the copy failed; there is none then.
    pub async fn backup(&self, to: PathBuf) -> Result<(), StoreError> {
        writer::ensure_runtime()?;
        // A writer that cannot compare now says so to whoever writes; what is stored can be copied all the same.
        drop(self.compare_queue().await);
        self.0.readers.connected(move |connection| backup::backup(connection, &to)).await
    }

    /// Forgets one slice of what is old: it stays in the daily aggregates, by the same transaction.
    /// To be called again until it is nothing.
    ///
    /// # Errors
    /// Why nothing was forgotten.
    pub async fn prune(&self, retention: Retention) -> Result<Pruned, StoreError> {
        let change = self.0.writer.change(None, move |txn| {
            let pruned = retention::prune(txn, retention)?;
            // A batch may be gone whose counts are known.
            txn.forget_known();
            Ok(pruned)
        });
        change.await
    }

    /// Forgets all that is old, slice by slice, and makes way for whoever uses the store meanwhile.
    ///
    /// # Errors
    /// Why it went no further; the slices before it are forgotten.
    ///
    /// # Cancel safety
    /// Safe: what is left is forgotten the next time.
    pub async fn prune_all(&self, retention: Retention) -> Result<Pruned, StoreError> {
        let mut all = Pruned::default();
        loop {
            let slice = self.prune(retention).await?;
            if slice.is_nothing() {
                return Ok(all);
            }
            all = all.and(slice);
            let statements = self.statements();
            sleep(SLICE_PAUSE).await;
            if self.statements() != statements {
                sleep(LONG_SLICE_PAUSE).await;
            }
        }
    }

    /// Closes the database as it is, without folding the log into the file: it is damaged, and
    /// what is still there of it must stay. Every clone is closed with it.
    ///
    /// # Cancel safety
    /// Safe: the store goes on closing by itself.
    pub async fn abandon(&self) {
        let keep = |writer: &mut WriterThread| {
            let config = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
            writer.connection.set_db_config(config, true).map_err(to_store_error).map(drop)
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

fn fold_log(writer: &mut WriterThread) -> Result<bool, StoreError> {
    // A reader may read for long, and whoever writes must not wait for that.
    writer.connection.busy_timeout(Duration::ZERO).map_err(to_store_error)?;
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    let folded = writer.connection.query_row(sql, (), |row| row.get::<_, i64>(0));
    writer.connection.busy_timeout(open::BUSY_TIMEOUT).map_err(to_store_error)?;
    match folded.map_err(to_store_error) {
        Ok(busy) => Ok(busy == 0),
        Err(StoreError::Busy) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
impl SqliteStore {
    /// Folds the log into the file.
    pub(crate) async fn checkpoint(&self) {
        assert_eq!(self.fold_log().await, Ok(true));
    }

    /// Runs `sql` on the writer's connection, between transactions.
    pub(crate) async fn on_writer(&self, sql: &'static str) {
        let run = move |writer: &mut WriterThread| {
            writer.connection.execute_batch(sql).map_err(to_store_error)
        };
        self.0.writer.maintain(run).await.unwrap();
    }

    /// Holds the writer up until `opened` says something: what is handed over meanwhile is one group.
    pub(crate) async fn hold_writer(&self, opened: std::sync::mpsc::Receiver<()>) {
        let hold = move |_: &mut WriterThread| opened.recv().map_err(|_| StoreError::Interrupted);
        self.0.writer.maintain(hold).await.unwrap();
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.0.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use venue_domain::{
        Attempt, CommandId, CommandQueue, DirectRecord, Evidence, Fences, KeyedRequest, QueueView,
        Reason, RequestKeys, Timestamp, WorkQueue, testing,
    };

    use super::*;

    fn open() -> (tempfile::TempDir, SqliteStore) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let store = SqliteStore::open(&path, StoreConfig::default()).unwrap();
        (folder, store)
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
        store.on_writer("PRAGMA max_page_count = 1").await;
        let full = store.begin_request(request("big", 100_000)).await;
        assert_eq!(full, Err(StoreError::Full));
        store.on_writer("PRAGMA max_page_count = 1000000").await;
        let fits = store.begin_request(request("big", 100_000)).await;
        assert_eq!(fits, Ok(venue_domain::IdempotencyState::New));
    }

    #[tokio::test]
    async fn what_a_full_disk_did_not_take_is_not_believed_afterwards() {
        let (_folder, store) = open();
        let press = |text: &str, number: u64, detail: usize| {
            let at = Timestamp::from_unix_ms(1_000 * number.cast_signed());
            let attempt = Attempt {
                started_at: at,
                took: Duration::ZERO,
                reason: Reason::Delivered,
                evidence: Some(Evidence::Reply),
                detail: Some("d".repeat(detail)),
            };
            let command = testing::command(text, "ir-1/1", at, number).into();
            vec![DirectRecord { command, attempt, superseded_by: None }]
        };
        store.record(press("power_on", 1, 1)).await.unwrap();
        store.on_writer("PRAGMA max_page_count = 1").await;
        let full = store.record(press("power", 2, 100_000)).await;
        assert_eq!(full, Err(StoreError::Full));
        store.on_writer("PRAGMA max_page_count = 1000000").await;
        store.record(press("power", 3, 1)).await.unwrap();
        let known = store.port_status(None).await.unwrap();
        assert_eq!(known[0].power, Some(false), "one press, not two");
        let fences = store.fences().await.unwrap();
        let newest = fences[0].fence.any.unwrap().key;
        assert_eq!(newest.instant.venue_time(), Timestamp::from_unix_ms(3_000));
    }

    #[tokio::test]
    async fn a_database_that_cannot_be_written_is_told_and_passes() {
        let (_folder, store) = open();
        store.on_writer("PRAGMA query_only = ON").await;
        assert_eq!(store.begin_request(request("k", 1)).await, Err(StoreError::ReadOnly));
        assert_eq!(store.fences().await, Ok(Vec::new()), "reading goes on");
        store.on_writer("PRAGMA query_only = OFF").await;
        let merged = store.merge_fences(Fences::new().entries(), Timestamp::from_unix_ms(1)).await;
        assert!(merged.is_ok());
        assert!(store.record(Vec::new()).await.is_ok());
    }

    /// What a future answers without anybody to wait for it.
    fn at_once<T>(asked: impl Future<Output = T>) -> T {
        let mut waiting = Context::from_waker(Waker::noop());
        match pin!(asked).poll(&mut waiting) {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("it waits"),
        }
    }

    #[test]
    fn whoever_asks_outside_of_a_runtime_is_told_so() {
        let (_folder, store) = open();
        let change = at_once(store.begin_request(request("k", 1)));
        assert_eq!(change, Err(StoreError::NoRuntime));
        assert_eq!(at_once(store.fences()), Err(StoreError::NoRuntime));
        assert_eq!(at_once(store.command(CommandId::generate())), Err(StoreError::NoRuntime));
        assert_eq!(at_once(store.backup("nowhere".into())), Err(StoreError::NoRuntime));
        assert!(!StoreError::NoRuntime.is_down(), "the store works for others");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let new = runtime.block_on(store.begin_request(request("k", 1)));
        assert_eq!(new, Ok(venue_domain::IdempotencyState::New), "nothing was stored before");
        runtime.block_on(store.close());
    }

    #[tokio::test]
    async fn a_size_of_zero_is_refused_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        for (config, name) in [
            (StoreConfig { mailbox: 0, ..StoreConfig::default() }, "mailbox"),
            (StoreConfig { readers: 0, ..StoreConfig::default() }, "readers"),
        ] {
            let error = SqliteStore::open(&path, config).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("at least 1"), "{error}");
        }
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_change_that_panics_fails_alone_and_the_store_goes_on() {
        let (_folder, store) = open();
        let bug = store.0.writer.change::<()>(None, |_| panic!("a bug in one change"));
        let beside = store.begin_request(request("beside", 1));
        let (bug, beside) = tokio::join!(bug, beside);
        assert!(matches!(bug, Err(StoreError::Invalid { .. })), "{bug:?}");
        assert_eq!(beside, Ok(venue_domain::IdempotencyState::New), "in the same transaction");
        let bug = store.0.writer.maintain::<()>(|_| panic!("a bug beside the transactions"));
        assert!(matches!(bug.await, Err(StoreError::Invalid { .. })));
        let bug = store.0.readers.read::<()>(|_| panic!("a bug in a question"));
        assert!(matches!(bug.await, Err(StoreError::Invalid { .. })));
        assert_eq!(
            store.begin_request(request("after", 1)).await,
            Ok(venue_domain::IdempotencyState::New)
        );
        assert_eq!(store.fences().await, Ok(Vec::new()));
    }

    /// So much that the log outgrows what it is cut to.
    async fn write_much(store: &SqliteStore, name: &str) {
        for number in 0..24 {
            let key = format!("{name}-{number}");
            store.begin_request(request(&key, 1_000_000)).await.unwrap();
        }
    }

    const CUT_TO: u64 = 16 * 1024 * 1024;

    #[tokio::test]
    async fn a_log_that_a_long_reader_made_large_is_cut_when_it_is_begun_anew() {
        let (_folder, store) = open();
        let reader = rusqlite::Connection::open(store.path()).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM meta").unwrap();
        write_much(&store, "read").await;
        assert!(store.log_size() > CUT_TO, "{}", store.log_size());
        assert_eq!(store.fold_log().await, Ok(false), "somebody reads");
        drop(reader);
        // Folded by the first commit, begun anew by the second.
        store.begin_request(request("fold", 1)).await.unwrap();
        store.begin_request(request("anew", 1)).await.unwrap();
        assert!(store.log_size() <= CUT_TO, "{}", store.log_size());
    }

    #[tokio::test]
    async fn a_large_log_of_a_store_that_nobody_uses_is_emptied() {
        let (_folder, store) = open();
        let reader = rusqlite::Connection::open(store.path()).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM meta").unwrap();
        write_much(&store, "read").await;
        drop(reader);
        assert_eq!(store.fold_log().await, Ok(true));
        assert_eq!(store.log_size(), 0);
        assert_eq!(
            store.begin_request(request("after", 1)).await,
            Ok(venue_domain::IdempotencyState::New)
        );
    }
}
