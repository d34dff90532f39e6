//! Going back to a backup while the daemon runs: the database is out of use, and somebody chooses what takes its place.

use std::{path::PathBuf, sync::Arc};

use tokio::sync::{mpsc, oneshot};
use venue_http::{BackupFileError, RestoredBackup};

use super::backups::Backups;

/// A backup that was verified, for the supervisor to put in the place of the database.
#[derive(Debug)]
pub(super) struct Restore {
    pub(super) from: PathBuf,
    pub(super) reply: oneshot::Sender<Result<RestoredBackup, BackupFileError>>,
}

impl Restore {
    /// Refuses, since the database works.
    pub(super) fn refuse(self) {
        // Whoever asked may have left.
        let _ = self.reply.send(Err(BackupFileError::InUse));
    }
}

/// What the supervisor of the database has of the backups.
#[derive(Debug)]
pub(super) struct SupervisedBackups {
    /// All there are.
    pub(super) all: Arc<Backups>,
    /// Those that somebody goes back to.
    pub(super) restores: mpsc::Receiver<Restore>,
}

impl SupervisedBackups {
    /// One restore may wait: the supervisor does one thing at a time.
    pub(super) fn new(all: &Arc<Backups>) -> (mpsc::Sender<Restore>, Self) {
        let (sender, restores) = mpsc::channel(1);
        (sender, Self { all: Arc::clone(all), restores })
    }
}
