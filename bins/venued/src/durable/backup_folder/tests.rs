//! Copies into a folder that is there, away, full of other things, or does not answer.

use jiff::tz::TimeZone;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use venue_queue::{SqliteStore, StoreConfig};

use super::{
    super::{backup_plan::BackupPlan, backups::name_of},
    *,
};

/// A Monday, at noon.
const MONDAY: i64 = 1_790_596_800_000;

/// A database, and a folder for the copies of its backups.
struct Place {
    folder: tempfile::TempDir,
    plan: BackupFolderPlan,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("passphrase"), "five words make it long").unwrap();
        fs::create_dir(at("share")).unwrap();
        fs::create_dir(at("backups")).unwrap();
        let plan = BackupFolderPlan {
            folder: at("share"),
            passphrase: Passphrase::read(&at("passphrase")).unwrap(),
        };
        Self { folder, plan }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the backup of this moment is.
    fn backup(&self, after_monday: i64) -> PathBuf {
        self.at("backups").join(name(after_monday))
    }

    fn bring(&self, backup: &Path) -> Result<(), FolderError> {
        bring(&self.plan, backup, Keep { days: 1, weeks: 1, months: 1 }, &utc())
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let files = fs::read_dir(self.at(folder)).unwrap();
        let mut names: Vec<_> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    fn keeper(&self, publisher: &EventPublisher, look: Duration) -> BackupFolder {
        let folder = Some(Arc::new(self.plan.clone()));
        let plan = BackupPlan { folder, ..BackupPlan::default() };
        let backups = Arc::new(Backups::new(&self.at("venue.db"), plan, utc()));
        let keeper = BackupFolder::of(&backups, publisher).unwrap();
        BackupFolder { patience: Patience { look, copy: look }, ..keeper }
    }
}

fn name(after_monday: i64) -> String {
    name_of(Timestamp::from_unix_ms(MONDAY + after_monday))
}

fn utc() -> VenueZone {
    VenueZone::new(|| TimeZone::UTC)
}

#[tokio::test]
async fn a_backup_counts_when_it_was_read_again_and_the_old_ones_go() {
    let place = Place::new();
    let store = SqliteStore::open(&place.at("venue.db"), StoreConfig::default()).unwrap();
    fs::write(place.at("share").join("holiday.age"), "of somebody else").unwrap();
    // Of a run that was killed.
    fs::write(place.at("share").join(format!("{}.age.partial", name(-1))), "half").unwrap();
    fs::write(place.at("backups").join(".opened-1"), "half").unwrap();
    for turn in 0..3 {
        let backup = place.backup(turn);
        store.backup(backup.clone()).await.unwrap();
        place.bring(&backup).unwrap();
        place.bring(&backup).unwrap();
    }
    let newest = format!("{}.age", name(2));
    assert_eq!(place.names("share"), ["holiday.age".to_owned(), newest.clone()]);
    assert_eq!(place.names("backups"), [name(0), name(1), name(2)]);
    let listed = list(&place.plan.folder).unwrap();
    assert_eq!((listed.len(), &listed[0].name, listed[0].place), (1, &newest, BackupPlace::Folder));
    let fetched = fetch(Arc::new(place.plan.clone()), newest, place.at("backups")).await.unwrap();
    venue_queue::verify(fetched.path()).unwrap();
    drop(fetched);
    assert_eq!(place.names("backups").len(), 3, "what was decrypted is gone");
}

#[tokio::test]
async fn what_is_no_database_or_has_no_folder_is_not_copied() {
    let place = Place::new();
    let backup = place.backup(0);
    fs::write(&backup, "no database").unwrap();
    let unsound = place.bring(&backup);
    assert!(matches!(unsound, Err(FolderError::Unsound { .. })), "{unsound:?}");
    assert!(place.names("share").is_empty(), "nothing is left there");
    assert_eq!(place.names("backups"), [name(0)], "nor here");
    fs::remove_dir(place.at("share")).unwrap();
    assert!(matches!(look(&place.plan), Err(FolderError::NoFolder { .. })));
    // It went between the look and the copy.
    let gone = place.bring(&backup);
    assert!(matches!(gone, Err(FolderError::Write { .. })), "{gone:?}");
    assert!(!place.at("share").exists(), "it is not made");
}

#[tokio::test]
async fn a_folder_that_does_not_answer_is_told_and_the_copy_is_made_when_it_does() {
    let place = Place::new();
    let store = SqliteStore::open(&place.at("venue.db"), StoreConfig::default()).unwrap();
    store.backup(place.backup(0)).await.unwrap();
    let publisher = EventPublisher::new();
    let keeper = place.keeper(&publisher, Duration::from_millis(20));
    // As a share that hangs: whoever opens it waits until somebody reads.
    let waits = place.at("pipe");
    mknodat(CWD, &waits, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    let (opened, ended) = (waits.clone(), Arc::new(()));
    let running = Arc::clone(&ended);
    let work = move || {
        let _running = running;
        File::options().write(true).open(&opened).context(WriteSnafu { path: &opened })
    };
    let mut waiting = Box::pin(keeper.patiently(keeper.patience.look, work));
    select! {
        biased;
        ended = &mut waiting => panic!("it did not wait: {ended:?}"),
        () = publisher.stirred() => {}
    }
    let told = publisher.concerns();
    assert!(told[0].kind == FAILED && told[0].summary.contains("does not answer"), "{told:?}");
    assert_eq!(Arc::strong_count(&ended), 2, "there is one thread, and it is still there");
    let reader = thread::spawn(move || File::open(waits));
    waiting.await.unwrap();
    reader.join().unwrap().unwrap();
    keeper.bring(Some(place.backup(0))).await.unwrap();
    assert_eq!(keeper.backups.in_folder().borrow()[0].name, format!("{}.age", name(0)));
}

#[tokio::test]
async fn a_folder_that_is_away_is_told_and_there_again_takes_the_newest() {
    let place = Place::new();
    let store = SqliteStore::open(&place.at("venue.db"), StoreConfig::default()).unwrap();
    fs::remove_dir(place.at("share")).unwrap();
    let publisher = EventPublisher::new();
    let mut keeper = place.keeper(&publisher, Duration::from_secs(60));
    let (backups, mut seen) = (Arc::clone(&keeper.backups), keeper.backups.in_folder());
    // Made before the start: it is copied without waiting for the next.
    store.backup(place.backup(0)).await.unwrap();
    let running = tokio::spawn(async move { keeper.run().await });
    publisher.stirred().await;
    assert!(publisher.concerns()[0].summary.contains("there is no folder"));
    fs::create_dir(place.at("share")).unwrap();
    store.check().await.unwrap();
    backups.make(&store, Timestamp::from_unix_ms(MONDAY + 1)).await.unwrap();
    seen.changed().await.unwrap();
    assert_eq!(place.names("share"), [format!("{}.age", name(1))]);
    publisher.stirred().await;
    assert!(publisher.concerns().is_empty());
    running.abort();
}

#[tokio::test]
async fn what_lies_in_a_folder_that_goes_is_absent_at_once() {
    let place = Place::new();
    let store = SqliteStore::open(&place.at("venue.db"), StoreConfig::default()).unwrap();
    store.backup(place.backup(0)).await.unwrap();
    let publisher = EventPublisher::new();
    let keeper = place.keeper(&publisher, Duration::from_secs(60));
    let backups = Arc::clone(&keeper.backups);
    assert!(seen_now(&backups).await.is_empty());
    keeper.bring(Some(place.backup(0))).await.unwrap();
    let places = async || -> Vec<BackupPlace> {
        seen_now(&backups).await.iter().map(|copy| copy.place).collect()
    };
    assert_eq!(places().await, [BackupPlace::Folder]);
    let mut made = backups.made();
    fs::rename(place.at("share"), place.at("away")).unwrap();
    assert_eq!(places().await, [BackupPlace::Absent]);
    assert!(made.has_changed().unwrap(), "somebody is told without waiting for the next look");
    made.mark_unchanged();
    assert_eq!(places().await, [BackupPlace::Absent]);
    assert!(!made.has_changed().unwrap(), "that it is away is no news");
    // A thread that looks already, and is not answered.
    fs::rename(place.at("away"), place.at("share")).unwrap();
    let waits = Arc::clone(backups.looking()).lock_owned().await;
    assert_eq!(places().await, [BackupPlace::Absent]);
    drop(waits);
    assert_eq!(places().await, [BackupPlace::Folder]);
    assert!(made.has_changed().unwrap());
}
