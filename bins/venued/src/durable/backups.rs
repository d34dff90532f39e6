//! Copies of the database, made while it is in use: verified, dated, the newest few kept.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{sync::Mutex, task::spawn_blocking};
use venue_domain::{BackupEntry, BackupPlace, StoreError, Timestamp};
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
    /// Held while one is made, so that there is one at a time.
    statements: Mutex<Option<u64>>,
}

impl Backups {
    pub(super) fn new(database: &Path, plan: BackupPlan) -> Self {
        let folder = database.parent().unwrap_or_else(|| Path::new("")).join("backups");
        Self { folder, plan, statements: Mutex::default() }
    }

    /// Where they are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// From one to the next.
    pub(super) const fn interval(&self) -> Duration {
        if self.plan.interval.is_zero() { NEVER } else { self.plan.interval }
    }

    /// How long until the next, by the age of the newest.
    pub(super) async fn due_in(&self, now: Timestamp) -> Duration {
        let newest = self.newest_first().await.into_iter().next();
        let age = newest.map(|(_, entry)| now.unix_ms().saturating_sub(entry.made_at.unix_ms()));
        let age = age.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
        let due_in = age.map_or(Duration::ZERO, |age| self.interval().saturating_sub(age));
        if self.plan.interval.is_zero() { NEVER } else { due_in }
    }

    /// All there are, the newest first.
    pub(super) async fn newest_first(&self) -> Vec<(PathBuf, BackupEntry)> {
        let folder = self.folder.clone();
        spawn_blocking(move || list(&folder).unwrap_or_default()).await.unwrap_or_default()
    }

    /// Makes one, if the store was used since the last.
    ///
    /// # Errors
    /// Why there is none: a missing copy puts nothing out of use, unless the database is damaged.
    pub(super) async fn make_due(
        &self,
        store: &SqliteStore,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if *self.statements.lock().await == Some(store.statements()) {
            return Ok(());
        }
        self.make(store, now).await.map(drop)
    }

    /// Makes one, and forgets the oldest.
    ///
    /// # Errors
    /// Why there is none; [`StoreError::Full`] if it might fill the disk.
    pub(super) async fn make(
        &self,
        store: &SqliteStore,
        now: Timestamp,
    ) -> Result<BackupEntry, StoreError> {
        let mut statements = self.statements.lock().await;
        let (folder, database) = (self.folder.clone(), store.path().to_owned());
        let room = spawn_blocking(move || has_room(&folder, &database)).await;
        match room.unwrap_or_else(|panicked| Err(io::Error::other(panicked))) {
            Ok(true) => {}
            Ok(false) => return Err(StoreError::Full),
            Err(error) => {
                tracing::warn!(%error, "there is no folder for backups");
                return Err(StoreError::Disk);
            }
        }
        let to = self.folder.join(name_of(now));
        store.backup(to.clone()).await?;
        tracing::info!(backup = %to.display(), "the database was copied");
        *statements = Some(store.statements());
        self.forget_the_oldest().await;
        let entry = spawn_blocking(move || entry_of(&to)).await.ok().flatten();
        entry.ok_or(StoreError::Disk)
    }

    async fn forget_the_oldest(&self) {
        for (old, _) in self.newest_first().await.into_iter().skip(self.plan.kept.max(1)) {
            if let Err(error) = fs::remove_file(&old) {
                tracing::warn!(%error, backup = %old.display(), "an old backup is not removed");
            }
        }
    }
}

/// Makes the folder; a copy must not be what fills the disk.
fn has_room(folder: &Path, database: &Path) -> io::Result<bool> {
    fs::create_dir_all(folder)?;
    has_room_for(folder, fs::metadata(database)?.len().saturating_mul(3))
}

/// Whether the disk of the folder has room for so many bytes.
pub(super) fn has_room_for(folder: &Path, bytes: u64) -> io::Result<bool> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize) >= bytes)
}

/// Our own copies only, whatever else lies there.
fn list(folder: &Path) -> io::Result<Vec<(PathBuf, BackupEntry)>> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        found.extend(entry_of(&path).map(|entry| (path, entry)));
    }
    found.sort_unstable_by_key(|(_, entry)| std::cmp::Reverse(entry.made_at));
    Ok(found)
}

fn name_of(made_at: Timestamp) -> String {
    format!("{PREFIX}{:015}{SUFFIX}", made_at.unix_ms())
}

fn entry_of(path: &Path) -> Option<BackupEntry> {
    let name = path.file_name()?.to_str()?;
    let ms = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()?;
    let bytes = fs::metadata(path).ok()?.len();
    let made_at = Timestamp::from_unix_ms(ms);
    Some(BackupEntry { name: name.to_owned(), made_at, bytes, place: BackupPlace::Made })
}

const PREFIX: &str = "venue-";
const SUFFIX: &str = ".db";

/// Longer than any daemon runs.
const NEVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use venue_queue::{StoreConfig, verify};

    use super::*;

    const HOUR: i64 = 60 * 60 * 1_000;

    #[tokio::test]
    async fn the_newest_copies_are_kept_and_nothing_new_is_not_copied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("venue.db");
        let store = SqliteStore::open(&path, StoreConfig::default()).unwrap();
        let plan = BackupPlan { kept: 2, ..BackupPlan::default() };
        let backups = Backups::new(&path, plan);
        let at = |hour: i64| Timestamp::from_unix_ms(hour * HOUR);
        assert_eq!(backups.due_in(at(0)).await, Duration::ZERO, "there is none");
        for hour in 1..=3 {
            store.check().await.unwrap();
            backups.make_due(&store, at(hour)).await.unwrap();
        }
        backups.make_due(&store, at(4)).await.unwrap();
        let all = backups.newest_first().await;
        let made: Vec<_> = all.iter().map(|(_, entry)| entry.made_at).collect();
        assert_eq!(made, [at(3), at(2)]);
        verify(&all[0].0).unwrap();
        assert_eq!(backups.due_in(at(5)).await, Duration::from_secs(4 * 60 * 60));
        let asked = backups.make(&store, at(6)).await.unwrap();
        assert_eq!((asked.made_at, asked.bytes > 0), (at(6), true), "who asks gets one");
    }

    #[tokio::test]
    async fn a_plan_without_an_interval_makes_none() {
        let plan = BackupPlan { interval: Duration::ZERO, kept: 1 };
        let backups = Backups::new(Path::new("/nowhere/venue.db"), plan);
        assert_eq!(backups.due_in(Timestamp::from_unix_ms(0)).await, NEVER);
        assert!(backups.newest_first().await.is_empty());
    }
}
