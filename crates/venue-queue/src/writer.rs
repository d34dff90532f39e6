//! The one thread that owns the only write connection.
//!
//! It takes what is waiting, up to [`GROUP`] jobs, runs them in one transaction, so that a bad
//! one does not spoil the group, and answers after the commit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};

use rusqlite::Connection;
use snafu::ResultExt;
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use venue_domain::{QueueId, StoreError};

use crate::{
    count_changes::CountChanges,
    error::{IntoStoreError, OpenError, ThreadSnafu, panicked},
    file_identity::FileIdentity,
    image::Compared,
    open_queue::OpenQueue,
    shared::Shared,
    stats, trace,
    txn::{Caches, WriteTxn},
    waiting::Reservation,
};

/// So many jobs share one transaction at most.
const GROUP: usize = 256;

/// The longest that a change takes while all is well, a lock of somebody else's included: who waits
/// longer waits for a disk that does not answer.
const STALLED_AFTER: Duration = Duration::from_millis(1_500);

/// What is in the place of a database that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Its own file.
    Own,
    /// Nothing: it was deleted or moved away.
    Empty,
    /// Another file.
    Other,
    /// Nobody can tell: the folder cannot be read.
    Unreadable,
}

/// The handle of the writer: dropped, the writer ends what it was handed and closes the database.
pub(crate) struct Writer {
    mailbox: mpsc::Sender<Box<dyn WriteJob>>,
    path: PathBuf,
    /// Turns true when the thread has closed the database.
    closed: watch::Receiver<bool>,
    pub(crate) shared: Arc<Shared>,
}

/// What the writer is asked to do.
trait WriteJob: Send {
    fn run(&mut self, txn: &mut WriteTxn<'_>) -> Result<(), StoreError>;

    /// Work beside the transaction: `None` if there is none.
    fn maintain(&mut self, writer: &mut WriterThread) -> Option<Result<(), StoreError>>;

    fn answer(self: Box<Self>, end: Result<(), StoreError>);
}

/// Jobs, each with its own end.
type WriteJobs = Vec<(Box<dyn WriteJob>, Result<(), StoreError>)>;

/// How a transaction is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Care {
    /// As if all goes well; the first failure ends it.
    None,
    /// Each job between savepoints.
    Savepoints,
}

/// A change of the database. It may run twice: the first time in vain.
struct Change<T, F> {
    work: F,
    /// Whether it asks the tables themselves, and not only what is known of them by key.
    asks_tables: bool,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
    reservation: Option<Reservation>,
}

impl<T, F> WriteJob for Change<T, F>
where
    T: Send,
    F: Fn(&mut WriteTxn<'_>) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, txn: &mut WriteTxn<'_>) -> Result<(), StoreError> {
        if self.asks_tables {
            txn.write_behind()?;
        }
        self.result = Some((self.work)(txn)?);
        Ok(())
    }

    fn maintain(&mut self, _: &mut WriterThread) -> Option<Result<(), StoreError>> {
        None
    }

    fn answer(self: Box<Self>, end: Result<(), StoreError>) {
        let Self { result, reply, reservation, .. } = *self;
        let answer = end.and_then(|()| result.ok_or(StoreError::Interrupted));
        if let (Ok(_), Some(reservation)) = (&answer, reservation) {
            reservation.keep();
        }
        // Nobody may be waiting any more: the change is made all the same.
        let _ = reply.send(answer);
    }
}

/// Work on the connection itself, outside of a transaction.
struct Maintenance<T, F> {
    work: Option<F>,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> WriteJob for Maintenance<T, F>
where
    T: Send,
    F: FnOnce(&mut WriterThread) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, _: &mut WriteTxn<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    fn maintain(&mut self, writer: &mut WriterThread) -> Option<Result<(), StoreError>> {
        let work = self.work.take()?;
        Some(work(writer).map(|result| self.result = Some(result)))
    }

    fn answer(self: Box<Self>, end: Result<(), StoreError>) {
        let Self { result, reply, .. } = *self;
        // Nobody may be waiting any more: the work is done all the same.
        let _ = reply.send(end.and_then(|()| result.ok_or(StoreError::Interrupted)));
    }
}

impl Writer {
    /// Starts the thread over an open `connection` to the file at `path`, in which `queue` is open.
    pub(crate) fn start(
        connection: Connection,
        queue: OpenQueue,
        path: &Path,
        capacity: usize,
        shared: Arc<Shared>,
    ) -> Result<Self, OpenError> {
        let (mailbox, receiver) = mpsc::channel(capacity);
        shared.set_identity(FileIdentity::of(path));
        let writer = WriterThread {
            connection,
            path: path.to_owned(),
            caches: Caches::of(queue),
            shared: Arc::clone(&shared),
            stopping: false,
        };
        let (close, closed) = watch::channel(false);
        let thread = thread::Builder::new().name("venue-queue".into());
        // The thread is told to end by its mailbox; `closed` says when it has.
        let spawned = thread.spawn(move || {
            writer.serve(receiver);
            close.send_replace(true);
        });
        spawned.context(ThreadSnafu)?;
        Ok(Self { mailbox, path: path.to_owned(), closed, shared })
    }

    /// What is in the place of the file.
    pub(crate) fn place(&self) -> Place {
        match (FileIdentity::look(&self.path), self.shared.identity()) {
            (Ok(Some(found)), Some(own)) if found == own => Place::Own,
            (Ok(Some(_)), _) => Place::Other,
            (Ok(None), _) => Place::Empty,
            (Err(_), _) => Place::Unreadable,
        }
    }

    /// Hands over a change and waits until it is durable.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        reservation: Option<Reservation>,
        work: impl Fn(&mut WriteTxn<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.hand_over_change(true, reservation, work).await
    }

    /// As [`change`](Self::change), of one that asks for fences, ports and counts of batches by key alone: what
    /// others of its group left to be written waits for the end of the group.
    pub(crate) async fn change_by_key<T: Send + 'static>(
        &self,
        reservation: Option<Reservation>,
        work: impl Fn(&mut WriteTxn<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.hand_over_change(false, reservation, work).await
    }

    async fn hand_over_change<T: Send + 'static>(
        &self,
        asks_tables: bool,
        reservation: Option<Reservation>,
        work: impl Fn(&mut WriteTxn<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        ensure_runtime()?;
        let (reply, answer) = oneshot::channel();
        let change = Change { work, asks_tables, result: None, reply, reservation };
        self.hand_over(Box::new(change))?;
        let mut answer = answer;
        let in_time = timeout(STALLED_AFTER, &mut answer).await;
        let answer = match in_time {
            Ok(answer) => answer,
            Err(_) => {
                self.shared.stalled.notify_one();
                answer.await
            }
        };
        answer.unwrap_or(Err(StoreError::Interrupted))
    }

    /// Hands over work on the connection itself.
    pub(crate) async fn maintain<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut WriterThread) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.hand_over(Box::new(Maintenance { work: Some(work), result: None, reply }))?;
        answer.await.unwrap_or(Err(StoreError::Interrupted))
    }

    fn hand_over(&self, job: Box<dyn WriteJob>) -> Result<(), StoreError> {
        self.mailbox.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => StoreError::Unavailable,
        })
    }

    /// Ends what was handed over, closes the database and waits for it.
    pub(crate) async fn close(&self) {
        let (reply, _) = oneshot::channel();
        let work = |writer: &mut WriterThread| {
            writer.stopping = true;
            Ok(())
        };
        let stop = Maintenance { work: Some(work), result: None, reply };
        // Without a thread to take it, the database is closed already.
        let _ = self.mailbox.send(Box::new(stop)).await;
        let _ = self.closed.clone().wait_for(|closed| *closed).await;
    }
}

/// What the writer's thread works with.
pub(crate) struct WriterThread {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
    caches: Caches,
    pub(crate) shared: Arc<Shared>,
    stopping: bool,
}

impl WriterThread {
    fn serve(mut self, mut mailbox: mpsc::Receiver<Box<dyn WriteJob>>) {
        trace::count_for(&self.shared.statements);
        trace::watch(&self.connection);
        while catch_unwind(AssertUnwindSafe(|| self.drain(&mut mailbox))).is_err() {
            // Whoever waited for an answer is told that nobody knows; the next ones are served.
            self.recover_from_panic();
        }
    }

    /// After a panic: nothing of what was half done is kept or believed.
    fn recover_from_panic(&mut self) {
        tracing::error!("the writer of the store panicked and goes on: this is a bug, report it");
        self.caches = Caches::default();
        if !self.connection.is_autocommit() {
            // What cannot be rolled back now is rolled back when the file is opened next.
            let _ = self.execute("ROLLBACK");
        }
    }

    fn drain(&mut self, mailbox: &mut mpsc::Receiver<Box<dyn WriteJob>>) {
        let mut group = Vec::with_capacity(GROUP);
        while mailbox.blocking_recv_many(&mut group, GROUP) > 0 {
            let jobs = self.maintain(std::mem::take(&mut group));
            if self.stopping {
                mailbox.close();
            }
            if jobs.is_empty() {
                continue;
            }
            let (jobs, end) = self.commit(jobs);
            if end.as_ref().is_err_and(StoreError::is_down) {
                // What waits behind would wait for the same lock: it is told at once.
                while let Ok(job) = mailbox.try_recv() {
                    job.answer(end.clone());
                }
            }
            for (job, own) in jobs {
                job.answer(end.clone().and(own));
            }
        }
    }

    /// Does the work beside the transactions; the rest is for the transaction.
    fn maintain(&mut self, group: Vec<Box<dyn WriteJob>>) -> Vec<Box<dyn WriteJob>> {
        let mut changes = Vec::with_capacity(group.len());
        for mut job in group {
            let done = catch_unwind(AssertUnwindSafe(|| job.maintain(self)));
            match done.unwrap_or_else(|_| Some(Err(panicked()))) {
                Some(end) => job.answer(end),
                None => changes.push(job),
            }
        }
        changes
    }

    /// Whether the file is still the one that was opened.
    pub(crate) fn check_file(&self) -> Result<(), StoreError> {
        let own = self.shared.identity();
        let same = own.is_some() && FileIdentity::of(&self.path) == own;
        if same { Ok(()) } else { Err(StoreError::Deleted) }
    }

    /// Runs `group` in one transaction; each job with its own end, and that of all. Savepoints copy every page
    /// that is changed, so the first try goes without: when something fails, nothing of it is kept, and the group
    /// runs again with each between savepoints.
    fn commit(&mut self, mut group: Vec<Box<dyn WriteJob>>) -> (WriteJobs, Result<(), StoreError>) {
        let (mut ends, mut end) = self.transaction(&mut group, Care::None);
        let failed = ends.iter().any(Result::is_err) || end.is_err();
        if failed && !end.as_ref().is_err_and(StoreError::is_down) {
            (ends, end) = self.transaction(&mut group, Care::Savepoints);
        }
        ends.resize(group.len(), Ok(()));
        (group.into_iter().zip(ends).collect(), end)
    }

    /// One try at a transaction over `group`.
    fn transaction(
        &mut self,
        group: &mut [Box<dyn WriteJob>],
        care: Care,
    ) -> (Vec<Result<(), StoreError>>, Result<(), StoreError>) {
        let mut ends = Vec::with_capacity(group.len());
        let mut count_changes = CountChanges::default();
        let mut end = self.begin();
        for job in group.iter_mut() {
            if end.is_err() {
                break;
            }
            let own = match care {
                Care::None => self.run(job.as_mut(), &mut count_changes),
                Care::Savepoints => self.run_carefully(job.as_mut(), &mut count_changes),
            };
            // Some faults of the disk end the transaction by themselves.
            if care == Care::None || self.connection.is_autocommit() {
                end.clone_from(&own);
            }
            if self.connection.is_autocommit() && own.is_ok() {
                end = Err(StoreError::Disk);
            }
            ends.push(own);
        }
        if end.is_ok() {
            end = self.write_group(&count_changes);
        }
        if end.is_ok() {
            end = self.execute("COMMIT");
            if end.is_err() {
                // It may be there all the same.
                self.caches.image.forget();
            }
        }
        if end.is_ok() {
            self.caches.image.commit();
            self.shared.apply(&count_changes);
            self.caches.image.check_counts(&self.shared);
        } else {
            self.roll_back();
        }
        (ends, end)
    }

    /// Begins a transaction; what of the queue is not in memory is read first.
    fn begin(&mut self) -> Result<(), StoreError> {
        self.check_file()?;
        self.execute("BEGIN IMMEDIATE")?;
        self.caches.image.begin(&self.connection, &self.shared)
    }

    /// Nothing of the transaction is kept.
    fn roll_back(&mut self) {
        self.caches.forget();
        self.caches.image.roll_back();
        self.caches.image.check_doubt(&self.shared);
        if !self.connection.is_autocommit() && self.execute("ROLLBACK").is_err() {
            // What cannot be rolled back now is rolled back when the file is opened next.
            self.caches.image.forget();
        }
    }

    /// Holds a part of the queue in memory against the table.
    pub(crate) fn compare_queue(&mut self, after: Option<QueueId>) -> Result<Compared, StoreError> {
        self.caches.image.compare(after, &self.connection, &self.shared)
    }

    /// Another file is read and written from now on.
    pub(crate) fn forget_all(&mut self) {
        self.caches = Caches::default();
    }

    /// Writes what a whole group leaves to be written.
    fn write_group(&mut self, count_changes: &CountChanges) -> Result<(), StoreError> {
        self.caches.write_behind(&self.connection)?;
        stats::write(&self.connection, &mut self.caches.highest, count_changes)
    }

    fn run(
        &mut self,
        job: &mut dyn WriteJob,
        count_changes: &mut CountChanges,
    ) -> Result<(), StoreError> {
        let waiting = &self.shared.waiting;
        let txn = WriteTxn::new(&self.connection, &mut self.caches, waiting);
        let mut txn = txn.ok_or(StoreError::Interrupted)?;
        // A bug in one change must not take the store from all others.
        match catch_unwind(AssertUnwindSafe(|| job.run(&mut txn))) {
            Ok(end) => end?,
            Err(_) => {
                self.caches = Caches::default();
                return Err(panicked());
            }
        }
        count_changes.merge(txn.count_changes);
        Ok(())
    }

    fn run_carefully(
        &mut self,
        job: &mut dyn WriteJob,
        count_changes: &mut CountChanges,
    ) -> Result<(), StoreError> {
        self.caches.image.go_on(&self.connection)?;
        self.execute("SAVEPOINT job")?;
        let before = self.caches.image.mark();
        // What it leaves to be written is a part of it: a later rollback is not that of others.
        let end =
            self.run(job, count_changes).and_then(|()| self.caches.write_behind(&self.connection));
        if end.is_err() {
            self.caches.forget();
            self.caches.image.roll_back_to(before);
            self.caches.image.check_doubt(&self.shared);
        }
        if end.is_err() && !self.connection.is_autocommit() {
            self.end_job("ROLLBACK TO job");
        }
        if !self.connection.is_autocommit() {
            self.end_job("RELEASE job");
        }
        end
    }

    /// Ends an job. Where that fails, half of it may be left: then nothing of the group is kept.
    fn end_job(&self, sql: &str) {
        if self.execute(sql).is_err() {
            // What cannot be rolled back now is rolled back when the file is opened next.
            let _ = self.execute("ROLLBACK");
        }
    }

    fn execute(&self, sql: &str) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(sql).store_err()?;
        statement.execute(()).store_err().map(drop)
    }
}

/// How many statements ran so far.
pub(crate) fn statements(shared: &Shared) -> u64 {
    shared.statements.load(Ordering::Relaxed)
}

/// Whether whoever asks does so in a runtime: waiting for an answer needs its timer, and a question its
/// threads. Without one nothing is handed over.
pub(crate) fn ensure_runtime() -> Result<(), StoreError> {
    Handle::try_current().map(drop).map_err(|_| StoreError::NoRuntime)
}
