//! Owns the configuration of the venue: one task changes it, everybody else watches it.
//!
//! A change is durable in the store before it is true; the snapshot beside the database follows at
//! once. At a start the snapshot holds until the store is open; then the newer of the two holds.

use std::{
    convert::Infallible,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use snafu::Snafu;
use tokio::{
    select,
    sync::{mpsc, oneshot, watch},
    task::spawn_blocking,
};
use venue_domain::{
    Clock, Configuration, ConfigurationStore, ItemChange, Recorder, StoreError, one_line,
};

use crate::{
    clock::SystemClock,
    durable::StoreHandle,
    watch::{Concern, EventPublisher},
};

mod snapshot;

pub(crate) use snapshot::path_of as snapshot_of;

/// Why a change was not made.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
pub enum ChangeError<E: std::error::Error + 'static> {
    /// It does not fit what is configured.
    #[snafu(display("the change does not fit the configuration"))]
    Refused {
        /// Why.
        source: E,
    },
    /// It could not be stored.
    #[snafu(display("the change could not be stored"))]
    Store {
        /// Why.
        source: StoreError,
    },
}

/// The handle of the owner. Clones share it.
#[derive(Clone, Debug)]
pub struct ConfigService {
    jobs: mpsc::Sender<Job>,
    current: watch::Receiver<Arc<Configuration>>,
    is_known: Arc<AtomicBool>,
}

/// What a job makes of the configuration: the changes, and whoever waits for their end.
type Job = Box<dyn FnOnce(&Configuration) -> Option<Pending> + Send>;

struct Pending {
    changes: Vec<ItemChange>,
    end: Box<dyn FnOnce(Result<Changed, StoreError>) + Send>,
}

/// What came of a change.
#[derive(Clone, Debug)]
pub struct Changed {
    /// What is configured now.
    pub configuration: Arc<Configuration>,
    /// How many commands of devices that went were withdrawn with it.
    pub withdrawn: u64,
}

impl ConfigService {
    /// Reads the snapshot beside the database at `path`; the owner keeps the configuration from then on.
    ///
    /// Blocks while it reads. `recorder` is told of commands that end because their device goes.
    pub(crate) fn start(
        path: &Path,
        store: StoreHandle,
        recorder: Arc<dyn Recorder>,
        publisher: EventPublisher,
    ) -> (Self, Owner) {
        let is_used = path.is_file();
        let path = snapshot::path_of(path);
        let (kept, is_known) = match snapshot::read(&path) {
            Ok(Some(kept)) => (kept, true),
            Ok(None) if is_used => {
                tracing::warn!(
                    "there is a database and no snapshot beside it: it is not known who may do what \
                     until the store is open"
                );
                (Configuration::default(), false)
            }
            Ok(None) => (Configuration::default(), true),
            Err(error) => {
                let error = one_line(&error);
                tracing::error!(
                    error,
                    alert = "snapshot_unreadable",
                    "nothing is known until the store is open, and nobody is let in without a token"
                );
                publisher.concern(Concern {
                    kind: "snapshot_unreadable",
                    about: None,
                    critical: false,
                    summary: "the snapshot of the configuration could not be read".to_owned(),
                    advice: "nothing, once the store is open: the next change writes it again. Until \
                             then nobody is let in without a token. If nothing is registered then, restore a \
                             backup",
                });
                (Configuration::default(), false)
            }
        };
        let (jobs, inbox) = mpsc::channel(64);
        let (sender, current) = watch::channel(Arc::new(kept));
        let is_known = Arc::new(AtomicBool::new(is_known));
        let known = Arc::clone(&is_known);
        let owner = Owner { inbox, current: sender, is_known, store, path, recorder, publisher };
        (Self { jobs, current, is_known: known }, owner)
    }

    /// Whether anything is known of the venue: a snapshot or the store was read, or it is a new one.
    /// Everybody who watches hears when that changes.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.is_known.load(Ordering::Acquire)
    }

    /// What is configured now.
    #[must_use]
    pub fn now(&self) -> Arc<Configuration> {
        Arc::clone(&self.current.borrow())
    }

    /// Tells every change.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Arc<Configuration>> {
        self.current.clone()
    }

    /// Makes the changes that `decide` derives from what is configured at that moment; tells what is
    /// configured then. No other change comes between.
    ///
    /// # Errors
    /// [`ChangeError`]; then nothing was changed, unless the store stopped before it could tell.
    ///
    /// # Cancel safety
    /// A change that was begun is made.
    pub async fn change<E>(
        &self,
        decide: impl FnOnce(&Configuration) -> Result<Vec<ItemChange>, E> + Send + 'static,
    ) -> Result<Changed, ChangeError<E>>
    where
        E: std::error::Error + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |configuration| match decide(configuration) {
            Ok(changes) => {
                let end = move |end: Result<_, StoreError>| {
                    // Whoever asked may have left.
                    let _ = reply.send(end.map_err(|source| ChangeError::Store { source }));
                };
                Some(Pending { changes, end: Box::new(end) })
            }
            Err(source) => {
                let _ = reply.send(Err(ChangeError::Refused { source }));
                None
            }
        });
        let gone = || ChangeError::Store { source: StoreError::Unavailable };
        self.jobs.send(job).await.map_err(|_| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }
}

/// The one task that changes the configuration.
pub(crate) struct Owner {
    publisher: EventPublisher,
    inbox: mpsc::Receiver<Job>,
    current: watch::Sender<Arc<Configuration>>,
    is_known: Arc<AtomicBool>,
    store: StoreHandle,
    path: PathBuf,
    recorder: Arc<dyn Recorder>,
}

impl Owner {
    /// Keeps the configuration for good.
    ///
    /// # Cancel safety
    /// A change that was begun may be stored without anybody being told.
    pub(crate) async fn run(&mut self) -> Infallible {
        let mut opened = self.store.opened();
        loop {
            select! {
                biased;
                // The store outlives its supervisor, which drops this future.
                Ok(()) = opened.changed() => self.reconcile().await,
                Some(job) = self.inbox.recv() => self.carry_out(job).await,
                else => std::future::pending().await,
            }
        }
    }

    /// The store was opened, perhaps another one: the newer of it and what is known holds.
    async fn reconcile(&self) {
        let known = Arc::clone(&self.current.borrow());
        let has_snapshot = self.is_known.load(Ordering::Acquire) && self.path.exists();
        let met = match self.store.configuration().await {
            Ok(stored) if stored.revision < known.revision => {
                tracing::warn!(
                    alert = "configuration_restored",
                    stored = stored.revision,
                    known = known.revision,
                    "the store knew less of the venue than the snapshot: it was given the rest"
                );
                self.publisher.concern(Concern {
                    kind: "configuration_restored",
                    about: None,
                    critical: false,
                    summary: format!(
                        "the database knew the venue as of change {}, the snapshot beside it as of {}: it was \
                         given what it lacked",
                        stored.revision, known.revision
                    ),
                    advice: "nothing, if the database was lost or recreated. The alert ends when venued is \
                             restarted",
                });
                let all = (*known).clone();
                let restored = self.store.restore_configuration(all, SystemClock.now()).await;
                restored.map(|ended_commands| self.recorder.ended(ended_commands))
            }
            // Without a snapshot that can be read a start without the database knows nothing.
            Ok(stored) if stored != *known || !has_snapshot => {
                self.publish(stored).await;
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        match met {
            Ok(()) if !self.is_known.swap(true, Ordering::AcqRel) => {
                // Those who watch look once more.
                self.current.send_modify(|_| {});
            }
            Ok(()) => {}
            // The store is opened again after every fault, and met again then.
            Err(error) => {
                tracing::warn!(%error, "the configuration could not be compared with the store");
            }
        }
    }

    async fn carry_out(&self, job: Job) {
        let known = Arc::clone(&self.current.borrow());
        let Some(Pending { changes, end }) = job(&known) else { return };
        if changes.is_empty() {
            return end(Ok(Changed { configuration: known, withdrawn: 0 }));
        }
        match self.store.configure(changes.clone(), SystemClock.now()).await {
            Ok(stored) => {
                let mut new = (*known).clone();
                new.apply(&changes, stored.answer);
                let withdrawn = stored.ended_commands.ended.len() as u64;
                self.recorder.ended(stored.ended_commands);
                end(Ok(Changed { configuration: self.publish(new).await, withdrawn }));
            }
            Err(error) => end(Err(error)),
        }
    }

    async fn publish(&self, new: Configuration) -> Arc<Configuration> {
        let new = Arc::new(new);
        let (path, kept) = (self.path.clone(), Arc::clone(&new));
        let written = spawn_blocking(move || snapshot::write(&path, &kept)).await;
        if let Ok(Err(error)) = written {
            tracing::error!(
                alert = "snapshot_not_written",
                %error,
                "a start without the database would not know the last change"
            );
            self.publisher.concern(Concern {
                kind: "snapshot_not_written",
                about: None,
                critical: false,
                summary: format!("the snapshot of the configuration could not be written: {error}"),
                advice: "check the disk, and who owns the folder of the database; the next change writes it \
                         again. Until then a start without the database would not know the last change",
            });
        } else {
            self.publisher.is_over("snapshot_not_written");
            self.publisher.is_over("snapshot_unreadable");
        }
        self.current.send_replace(Arc::clone(&new));
        new
    }
}

#[cfg(test)]
mod tests;
