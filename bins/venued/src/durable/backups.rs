//! Copies of the database, made while it is in use: verified, dated, and thinned out as they grow old.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::tz::TimeZone;
use tokio::{
    sync::{Mutex, watch},
    task::spawn_blocking,
};
use venue_domain::{BackupEntry, BackupPlace, Clock, StoreError, Timestamp, WallTime};
use venue_queue::SqliteStore;
use venue_registry::{Base, Registry, TimeZoneName};

use crate::{clock::SystemClock, configuration::ConfigService};

use super::{
    backup_plan::{BackupFolderPlan, BackupPlan},
    thinning::{Keep, kept},
};

/// Tells by whose calendar days begin.
#[derive(Clone)]
pub(super) struct VenueZone(Arc<dyn Fn() -> TimeZone + Send + Sync>);

impl VenueZone {
    pub(super) fn new(now: impl Fn() -> TimeZone + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// That of the venue, and of the machine where it names none.
    pub(super) fn of(configuration: ConfigService, machine: TimeZoneName) -> Self {
        let base = Base { time_zone: machine, ..Base::default() };
        Self::new(move || {
            let (registry, _) = Registry::read(&configuration.now(), &base);
            TimeZone::get(registry.time_zone().as_str()).unwrap_or(TimeZone::UTC)
        })
    }

    /// As the venue is configured now.
    pub(super) fn now(&self) -> TimeZone {
        (self.0)()
    }
}

impl fmt::Debug for VenueZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VenueZone").field(&self.now()).finish()
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
    zone: VenueZone,
    /// Told with each that is made.
    made: watch::Sender<()>,
    /// What lies in the folder to which they are copied, as it was seen last: whoever lists it must not wait for a share.
    in_folder: watch::Sender<Vec<BackupEntry>>,
    /// Held by the thread that looks there for whoever lists them: one at most waits for a share that hangs.
    looking: Arc<Mutex<()>>,
}

impl Backups {
    pub(super) fn new(database: &Path, plan: BackupPlan, zone: VenueZone) -> Self {
        let folder = database.parent().unwrap_or_else(|| Path::new("")).join("backups");
        let (made, in_folder) = (watch::Sender::new(()), watch::Sender::default());
        let (statements, looking) = (Mutex::default(), Arc::default());
        Self { folder, plan, statements, zone, made, in_folder, looking }
    }

    /// Changes with each that is made from now on.
    pub(super) fn made(&self) -> watch::Receiver<()> {
        self.made.subscribe()
    }

    /// Where they are copied to, encrypted.
    pub(super) const fn copied_to(&self) -> Option<&Arc<BackupFolderPlan>> {
        self.plan.folder.as_ref()
    }

    /// What lies there, as it was seen last.
    pub(super) fn in_folder(&self) -> watch::Receiver<Vec<BackupEntry>> {
        self.in_folder.subscribe()
    }

    /// This lies there now.
    pub(super) fn saw_in_folder(&self, copies: Vec<BackupEntry>) {
        self.in_folder.send_replace(copies);
    }

    /// The folder is away, with all that was seen there.
    pub(super) fn missed_folder(&self) {
        self.in_folder.send_if_modified(|copies| {
            let is_news = copies.iter().any(|copy| copy.place != BackupPlace::Absent);
            copies.iter_mut().for_each(|copy| copy.place = BackupPlace::Absent);
            is_news
        });
    }

    /// Whose turn it is to look there.
    pub(super) const fn looking(&self) -> &Arc<Mutex<()>> {
        &self.looking
    }

    /// Has it looked at what is to be copied, as after one that is made.
    pub(super) fn stir(&self) {
        self.made.send_replace(());
    }

    /// Which are kept beside the newest.
    pub(super) const fn keep(&self) -> Keep {
        self.plan.keep
    }

    /// By whose calendar days begin.
    pub(super) const fn zone(&self) -> &VenueZone {
        &self.zone
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

    /// Makes one, and lets those go that need not be kept.
    ///
    /// # Errors
    /// Why there is none; [`StoreError::Full`] if it might fill the disk.
    pub(super) async fn make(
        &self,
        store: &SqliteStore,
        now: Timestamp,
    ) -> Result<BackupEntry, StoreError> {
        let mut statements = self.statements.lock().await;
        if !self.has_room(store).await? {
            // What is kept of earlier days gives way to what is new.
            self.thin_out(Keep::NONE).await;
            if !self.has_room(store).await? {
                return Err(StoreError::Full);
            }
        }
        let to = self.folder.join(name_of(now));
        store.backup(to.clone()).await?;
        tracing::info!(backup = %to.display(), "the database was copied");
        *statements = Some(store.statements());
        self.thin_out(self.plan.keep).await;
        self.made.send_replace(());
        let entry = spawn_blocking(move || entry_of(&to)).await.ok().flatten();
        entry.ok_or(StoreError::Disk)
    }

    async fn has_room(&self, store: &SqliteStore) -> Result<bool, StoreError> {
        let (folder, database) = (self.folder.clone(), store.path().to_owned());
        let room = spawn_blocking(move || has_room(&folder, &database)).await;
        room.unwrap_or_else(|panicked| Err(io::Error::other(panicked))).map_err(|error| {
            tracing::warn!(%error, "there is no folder for backups");
            StoreError::Disk
        })
    }

    /// Removes what is not among the newest, and of no day, week or month that is kept.
    async fn thin_out(&self, keep: Keep) {
        let (all, offset) = (self.newest_first().await, SystemClock.offset());
        let made: Vec<WallTime> =
            all.iter().map(|(_, entry)| offset.shown(entry.made_at)).collect();
        let stays = kept(&made, self.plan.kept, keep, &self.zone.now());
        for ((old, _), _) in all.iter().zip(stays).filter(|(_, stays)| !stays) {
            if let Err(error) = fs::remove_file(old) {
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

pub(super) fn name_of(made_at: Timestamp) -> String {
    format!("{PREFIX}{:015}{SUFFIX}", made_at.unix_ms())
}

fn entry_of(path: &Path) -> Option<BackupEntry> {
    let name = path.file_name()?.to_str()?;
    let made_at = made_at(name)?;
    let bytes = fs::metadata(path).ok()?.len();
    let (name, place) = (name.to_owned(), BackupPlace::Made);
    Some(BackupEntry { name, made_at, uploaded_at: None, bytes, place })
}

/// When the copy of this name was made; `None` where it is none of ours.
pub(super) fn made_at(name: &str) -> Option<Timestamp> {
    let ms = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()?;
    Some(Timestamp::from_unix_ms(ms))
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
    /// Of a day, in hours.
    const MIDNIGHT: i64 = 20_000 * 24;

    fn utc() -> VenueZone {
        VenueZone::new(|| TimeZone::UTC)
    }

    #[tokio::test]
    async fn a_copy_of_each_earlier_day_stays_beside_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("venue.db");
        let store = SqliteStore::open(&path, StoreConfig::default()).unwrap();
        let keep = Keep { days: 2, weeks: 0, months: 0 };
        let backups =
            Backups::new(&path, BackupPlan { kept: 1, keep, ..BackupPlan::default() }, utc());
        let mut made = backups.made();
        // The days of the wall clock, which may be ahead of or behind the time of the venue.
        let ahead = SystemClock.offset().ms();
        let at = |hour: i64| Timestamp::from_unix_ms((MIDNIGHT + hour) * HOUR - ahead);
        for hour in [1, 2, 25, 26, 49, 50] {
            backups.make(&store, at(hour)).await.unwrap();
        }
        assert!(made.has_changed().unwrap());
        made.mark_unchanged();
        let all = backups.newest_first().await;
        let left: Vec<_> = all.iter().map(|(_, entry)| entry.made_at).collect();
        assert_eq!(left, [at(50), at(26)]);
        backups.thin_out(Keep::NONE).await;
        assert_eq!(
            backups.newest_first().await.len(),
            1,
            "where there is no room the newest stays"
        );
    }

    #[tokio::test]
    async fn the_newest_copies_are_kept_and_nothing_new_is_not_copied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("venue.db");
        let store = SqliteStore::open(&path, StoreConfig::default()).unwrap();
        let plan = BackupPlan { kept: 2, ..BackupPlan::default() };
        let backups = Backups::new(&path, plan, utc());
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
        let plan = BackupPlan { interval: Duration::ZERO, ..BackupPlan::default() };
        let backups = Backups::new(Path::new("/nowhere/venue.db"), plan, utc());
        assert_eq!(backups.due_in(Timestamp::from_unix_ms(0)).await, NEVER);
        assert!(backups.newest_first().await.is_empty());
    }
}
