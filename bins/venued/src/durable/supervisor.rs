//! Keeps the file of the store: opens it, watches over it, copies it, and mends what befalls it.
//!
//! The queue never waits for this: while there is no store that can be used, the service runs in
//! direct-only mode, and the scheduler takes over whatever store the supervisor brings.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    select,
    sync::watch,
    task::spawn_blocking,
    time::{Instant, sleep, sleep_until},
};
use venue_domain::{Clock, PreviousShutdown, StoreAvailability, StoreError, one_line};
use venue_http::{BackupFileError, RestoredBackup};
use venue_queue::{FileMarker, OpenError, Place, Repaired, SqliteStore, StoreConfig, StoreLock};
use venue_scheduler::{SchedulerState, Waker};

use crate::{
    clock::{ClockService, SystemClock},
    watch::{Concern, EventPublisher},
};

use super::{
    aside::Aside,
    handle::StoreHandle,
    log::LogWatch,
    restoring::{Restore, SupervisedBackups},
};

/// What keeps the file at `path`.
pub(super) struct StoreSupervisor {
    pub(super) path: PathBuf,
    pub(super) store: StoreHandle,
    pub(super) availability: Arc<StoreAvailability>,
    pub(super) marker: FileMarker,
    pub(super) clock: ClockService,
    pub(super) waker: Waker,
    pub(super) scheduler_state: watch::Receiver<SchedulerState>,
    pub(super) backups: SupervisedBackups,
    /// Those who watch.
    pub(super) publisher: EventPublisher,
    pub(super) log: LogWatch,
    pub(super) aside: Aside,
    /// Keeps other daemons away; taken as soon as there is a folder for it.
    pub(super) lock: Option<StoreLock>,
}

impl StoreSupervisor {
    /// Keeps it for good. Begun anew, it goes on with the store that is open.
    ///
    /// # Cancel safety
    /// What is being copied or repaired on a thread of its own is ended by itself; a repair that
    /// was interrupted goes on when the file is opened next.
    pub(super) async fn run(&mut self) {
        if self.store.store().is_err() {
            self.open().await;
        }
        self.aside.find(&self.path, &self.publisher).await;
        let (mut reported, mut repaired) = (None, None);
        let mut backup_at = Instant::now() + self.backups.all.due_in(SystemClock.now()).await;
        loop {
            select! {
                () = self.store.trouble() => {}
                () = sleep(LOOK) => {}
                Some(asked) = self.backups.restores.recv() => {
                    if self.availability.is_up() {
                        asked.refuse();
                    } else {
                        self.restore(asked).await;
                        self.open().await;
                        continue;
                    }
                }
                () = sleep_until(backup_at) => {
                    self.back_up().await;
                    backup_at = Instant::now() + self.backups.all.interval();
                }
            }
            if self.store.is_damaged() {
                self.rest_since(repaired).await;
                self.repair().await;
                self.open().await;
                repaired = Some(Instant::now());
            } else if let Ok(store) = self.store.store() {
                reported = self.look(&store, reported).await;
                self.look_beside(&store).await;
            }
        }
    }

    /// Looks at what else befalls a store that rests, without asking it: a lock that somebody holds, a log
    /// that stays large.
    async fn look_beside(&mut self, store: &SqliteStore) {
        self.aside.look(&self.publisher).await;
        let asked = store.clone();
        let seen = spawn_blocking(move || (asked.is_held(), asked.log_size())).await;
        let Ok((held, size)) = seen else { return };
        if held && self.availability.is_up() && still_held(store).await {
            // First: who reads the line finds it so.
            self.out_of_use();
            tracing::warn!("another process holds the database: direct commands only");
        }
        self.log.look(store, size, &self.publisher).await;
    }

    /// Opens the store, and tries again until it can.
    async fn open(&mut self) {
        let mut reported = None;
        loop {
            match self.try_open().await {
                Ok(store) => {
                    // Before anybody asks it for the time of anything.
                    if self.clock.found(store.highest_key()) == PreviousShutdown::Unclean {
                        self.marker.mark_unclean().await;
                    }
                    tracing::info!(path = %self.path.display(), "the store is open");
                    self.store.set(store);
                    return self.waker.store_replaced();
                }
                Err(NotOpen::Damaged) => {
                    self.availability.opening_ended();
                    self.repair().await;
                }
                Err(NotOpen::Because(why)) if reported.as_ref() != Some(&why) => {
                    tracing::error!(
                        error = why,
                        "the store cannot be opened: direct commands only"
                    );
                    self.availability.opening_ended();
                    reported = Some(why);
                }
                Err(NotOpen::Because(_)) => {}
            }
            self.rest().await;
        }
    }

    /// Waits before the next try, or until somebody goes back to a backup; tells whether one is in place.
    async fn rest(&mut self) -> bool {
        select! {
            () = sleep(AGAIN) => false,
            Some(asked) = self.backups.restores.recv() => self.restore(asked).await,
        }
    }

    async fn try_open(&mut self) -> Result<SqliteStore, NotOpen> {
        if self.lock.is_none() {
            let lock = StoreLock::take(&self.path).map_err(|error| because(&error))?;
            self.lock = Some(lock);
        }
        let path = self.path.clone();
        let opened = spawn_blocking(move || SqliteStore::open(&path, StoreConfig::default())).await;
        match opened {
            Ok(Ok(store)) => Ok(store),
            Ok(Err(error)) => Err(not_open(&error)),
            Err(_) => Err(NotOpen::Because("the store failed while it was opened".to_owned())),
        }
    }

    /// Looks whether the file is still in its place; brings it back if it was deleted. Asks the
    /// folder, not the database. What was reported before is not reported again.
    async fn look(&self, store: &SqliteStore, reported: Option<Place>) -> Option<Place> {
        let asked = store.clone();
        let place = spawn_blocking(move || asked.place()).await.unwrap_or(Place::Unreadable);
        let news = reported != Some(place);
        match place {
            Place::Own => {
                self.publisher.is_over("store_replaced");
                return None;
            }
            Place::Empty => {
                self.out_of_use();
                match store.recover_deleted().await {
                    Ok(()) => {
                        tracing::error!(
                            alert = "store_deleted",
                            path = %self.path.display(),
                            "the database was deleted while it was in use: it is there again, whole"
                        );
                        self.publisher.concern(Concern {
                            kind: "store_deleted",
                            about: None,
                            critical: false,
                            summary: "the database was deleted while it was in use, and made anew, whole"
                                .to_owned(),
                            advice: "find out who deletes files there. The alert ends when venued is restarted",
                        });
                        return None;
                    }
                    Err(error) if news => {
                        tracing::error!(%error, "the deleted database cannot be made anew yet");
                    }
                    Err(_) => {}
                }
            }
            Place::Other => {
                self.out_of_use();
                if news {
                    self.tell_replaced();
                }
            }
            Place::Unreadable => {
                if news {
                    tracing::error!("the folder of the database cannot be read");
                }
            }
        }
        Some(place)
    }

    fn tell_replaced(&self) {
        tracing::error!(
            alert = "store_replaced",
            path = %self.path.display(),
            "another file is in the place of the database: direct commands only. Restart venued to use that file, or \
             take it away to get back the one in use"
        );
        self.publisher.concern(Concern {
            kind: "store_replaced",
            about: None,
            critical: true,
            summary: "another file is in the place of the database: direct commands only"
                .to_owned(),
            advice: "restart venued to use that file, or move it away to get back the one in use",
        });
    }

    fn out_of_use(&self) {
        if self.availability.mark_down() {
            self.waker.store_failed();
        }
    }

    /// Puts a sound database in the place of the damaged one.
    async fn repair(&mut self) {
        self.out_of_use();
        if let Some(store) = self.store.take() {
            store.abandon().await;
        }
        if *self.scheduler_state.borrow() == SchedulerState::Starting {
            // Nobody has read its fences yet, and those that are lost cannot be known: what is due
            // may be older than something that was sent.
            self.marker.mark_unclean().await;
        }
        loop {
            match self.try_repair().await {
                Ok(repaired) => {
                    log_repaired(&repaired);
                    return self.aside.repaired(&repaired, &self.publisher);
                }
                Err(error) => {
                    tracing::error!(%error, "the damaged database cannot be repaired yet");
                }
            }
            if self.rest().await {
                return;
            }
        }
    }

    async fn try_repair(&self) -> Result<Repaired, StoreError> {
        let backups = self.backups.all.newest_first().await;
        let backups: Vec<PathBuf> = backups.into_iter().map(|(path, _)| path).collect();
        let path = self.path.clone();
        let now = SystemClock.now();
        let repaired = spawn_blocking(move || venue_queue::repair(&path, &backups, now)).await;
        repaired.unwrap_or(Err(StoreError::Interrupted))
    }

    /// Puts a backup in the place of a database that is out of use. What is open then is closed, and is to be opened
    /// anew whatever came of it.
    ///
    /// # Cancel safety
    /// A restore that was begun is ended.
    async fn restore(&mut self, asked: Restore) -> bool {
        let Restore { from, reply } = asked;
        if let Some(store) = self.store.take() {
            store.abandon().await;
        }
        let restored = self.exchange(from).await;
        let is_there = restored.is_ok();
        if is_there && *self.scheduler_state.borrow() == SchedulerState::Starting {
            // Nobody has read the fences of before: what is due may be older than something that was sent.
            self.marker.mark_unclean().await;
        }
        // Whoever asked may have left.
        let _ = reply.send(restored);
        is_there
    }

    async fn exchange(&self, from: PathBuf) -> Result<RestoredBackup, BackupFileError> {
        let failed = |error| BackupFileError::Restore { error };
        if self.lock.is_none() {
            // Perhaps another daemon has it.
            return Err(failed(StoreError::Unavailable));
        }
        let (path, now) = (self.path.clone(), SystemClock.now());
        let work = move || venue_queue::restore_backup(&from, &path, now);
        let aside = spawn_blocking(work).await.unwrap_or(Err(StoreError::Interrupted));
        let aside = aside.map_err(failed)?.map(|aside| aside.display().to_string());
        tracing::warn!(set_aside = aside, "a backup is in the place of the database");
        Ok(RestoredBackup { set_aside: aside })
    }

    /// A disk that damages whatever is written to it is not repaired without end.
    async fn rest_since(&self, repaired: Option<Instant>) {
        if let Some(repaired) = repaired {
            self.out_of_use();
            sleep_until(repaired + BETWEEN_REPAIRS).await;
        }
    }

    async fn back_up(&self) {
        let Ok(store) = self.store.store() else { return };
        // A damaged file is found by its copy, which is verified.
        match self.store.checked(self.backups.all.make_due(&store, SystemClock.now()).await) {
            Ok(()) => self.publisher.is_over("backup_failed"),
            Err(error) => {
                tracing::warn!(%error, "the database is not copied");
                self.publisher.concern(Concern {
                    kind: "backup_failed",
                    about: None,
                    critical: false,
                    summary: format!("the database could not be copied: {error}"),
                    advice: "check the disk and the folder backups beside the database; then \
                             `venuectl backup create`. The alert ends with the next automatic backup",
                });
            }
        }
    }
}

/// Whether another process holds the store for longer than anybody needs to write.
async fn still_held(store: &SqliteStore) -> bool {
    for _ in 0..HELD_LOOKS {
        sleep(HELD_LOOK).await;
        let asked = store.clone();
        if !spawn_blocking(move || asked.is_held()).await.unwrap_or(false) {
            return false;
        }
    }
    true
}

/// Why there is no store.
enum NotOpen {
    /// Its file is damaged.
    Damaged,
    /// In words for an admin.
    Because(String),
}

fn not_open(error: &OpenError) -> NotOpen {
    if error.store_error() == StoreError::Corrupt { NotOpen::Damaged } else { because(error) }
}

fn because<E: std::error::Error>(error: &E) -> NotOpen {
    NotOpen::Because(one_line(error))
}

fn log_repaired(repaired: &Repaired) {
    let Repaired { aside, backup, salvaged, .. } = repaired;
    let lost: Vec<String> = salvaged.lost.iter().map(ToString::to_string).collect();
    tracing::error!(
        alert = "store_repaired",
        aside = %aside.display(),
        backup = backup.as_ref().map(|path| tracing::field::display(path.display())),
        rows = salvaged.rows,
        waiting = salvaged.waiting,
        lost = lost.join(" "),
        incomplete = salvaged.incomplete.join(" "),
        "the database was damaged: it was set aside, and what could be read of it saved"
    );
}

/// How often the place of the file, its lock and its log are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Held at each of so many looks, it is out of use: within two seconds of when it was taken.
const HELD_LOOKS: u32 = 6;
const HELD_LOOK: Duration = Duration::from_millis(100);

/// After what failed.
const AGAIN: Duration = Duration::from_secs(2);

/// From one repair to the next.
const BETWEEN_REPAIRS: Duration = Duration::from_secs(60);
