//! Copies of the database, made while it is in use: verified, dated, the newest few kept.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::task::spawn_blocking;
use venue_domain::{StoreError, Timestamp};
use venue_queue::SqliteStore;

/// How often copies are made, and how many are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupPlan {
    /// From one to the next; zero for none.
    pub interval: Duration,
    /// So many of the newest.
    pub kept: usize,
}

impl Default for BackupPlan {
    fn default() -> Self {
        Self { interval: Duration::from_secs(6 * 60 * 60), kept: 4 }
    }
}

/// The copies of one database, in the folder `backups` beside it.
#[derive(Debug)]
pub(super) struct Backups {
    folder: PathBuf,
    plan: BackupPlan,
    /// How many statements the store had run when it was copied last: nothing new needs no copy.
    statements: Option<u64>,
}

impl Backups {
    pub(super) fn new(database: &Path, plan: BackupPlan) -> Self {
        let folder = database.parent().unwrap_or_else(|| Path::new("")).join("backups");
        Self { folder, plan, statements: None }
    }

    /// From one to the next.
    pub(super) const fn interval(&self) -> Duration {
        if self.plan.interval.is_zero() { NEVER } else { self.plan.interval }
    }

    /// How long until the next, by the age of the newest.
    pub(super) async fn due_in(&self) -> Duration {
        let newest = self.newest_first().await.into_iter().next();
        let made = newest.and_then(|path| fs::metadata(path).ok()?.modified().ok());
        let age = made.and_then(|made| made.elapsed().ok());
        let due_in = age.map_or(Duration::ZERO, |age| self.interval().saturating_sub(age));
        if self.plan.interval.is_zero() { NEVER } else { due_in }
    }

    /// All there are, the newest first.
    pub(super) async fn newest_first(&self) -> Vec<PathBuf> {
        let folder = self.folder.clone();
        spawn_blocking(move || list(&folder).unwrap_or_default()).await.unwrap_or_default()
    }

    /// Makes one, if the store was used since the last, and forgets the oldest.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the database is damaged. What else fails is told in the log: a
    /// missing copy puts nothing out of use.
    pub(super) async fn make(
        &mut self,
        store: &SqliteStore,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if self.statements == Some(store.statements()) {
            return Ok(());
        }
        if let Err(error) = self.room_for(store.path()) {
            tracing::warn!(%error, "the database is not copied");
            return Ok(());
        }
        let to = self.folder.join(format!("{PREFIX}{:015}{SUFFIX}", now.unix_ms()));
        match store.backup(to.clone()).await {
            Ok(()) => {
                tracing::info!(backup = %to.display(), "the database was copied");
                self.statements = Some(store.statements());
                self.forget_the_oldest().await;
                Ok(())
            }
            Err(StoreError::Corrupt) => Err(StoreError::Corrupt),
            Err(error) => {
                tracing::warn!(%error, "the database is not copied");
                Ok(())
            }
        }
    }

    /// Makes the folder; a copy must not be what fills the disk.
    fn room_for(&self, database: &Path) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let disk = rustix::fs::statvfs(&self.folder)?;
        let size = fs::metadata(database)?.len();
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free / 3 < size {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "the disk is nearly full"));
        }
        Ok(())
    }

    async fn forget_the_oldest(&self) {
        for old in self.newest_first().await.into_iter().skip(self.plan.kept.max(1)) {
            if let Err(error) = fs::remove_file(&old) {
                tracing::warn!(%error, backup = %old.display(), "an old backup is not removed");
            }
        }
    }
}

/// Our own copies only, whatever else lies there.
fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let date = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
        if date.is_some_and(|date| date.bytes().all(|byte| byte.is_ascii_digit())) {
            found.push(path);
        }
    }
    // Dated with a fixed number of digits, so the names are in the order of time.
    found.sort_unstable_by(|one, other| other.cmp(one));
    Ok(found)
}

const PREFIX: &str = "venue-";
const SUFFIX: &str = ".db";

/// Longer than any daemon runs.
const NEVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use venue_queue::{StoreConfig, verify};

    use super::*;

    #[tokio::test]
    async fn the_newest_copies_are_kept_and_nothing_new_is_not_copied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("venue.db");
        let store = SqliteStore::open(&path, StoreConfig::default()).unwrap();
        let plan = BackupPlan { kept: 2, ..BackupPlan::default() };
        let mut backups = Backups::new(&path, plan);
        assert_eq!(backups.due_in().await, Duration::ZERO, "there is none");
        for hour in 1..=3 {
            store.check().await.unwrap();
            backups.make(&store, Timestamp::from_unix_ms(hour)).await.unwrap();
        }
        backups.make(&store, Timestamp::from_unix_ms(4)).await.unwrap();
        let all = backups.newest_first().await;
        let names: Vec<_> = all.iter().map(|path| path.file_name().unwrap()).collect();
        assert_eq!(names, ["venue-000000000000003.db", "venue-000000000000002.db"]);
        verify(&all[0]).unwrap();
        assert!(backups.due_in().await > Duration::from_secs(5 * 60 * 60));
    }

    #[tokio::test]
    async fn a_plan_without_an_interval_makes_none() {
        let plan = BackupPlan { interval: Duration::ZERO, kept: 1 };
        let backups = Backups::new(Path::new("/nowhere/venue.db"), plan);
        assert_eq!(backups.due_in().await, NEVER);
        assert!(backups.newest_first().await.is_empty());
    }
}
