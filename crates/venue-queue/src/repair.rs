//! A damaged database is set aside, never overwritten, and replaced by a sound one: the newest backup
//! that is sound, with everything laid over it that can still be read of the damaged file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use venue_domain::{StoreError, Timestamp};

use crate::{
    backup::{restore, verify},
    belong,
    exchange::{Choice, exchange},
    files::{beside, put_in_place, remove_side_files},
    open,
    salvage::{self, Salvaged},
};

/// What became of a damaged database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repaired {
    /// Where the damaged file is now.
    pub aside: PathBuf,
    /// The backup that was begun with; `None` if there was no sound one.
    pub backup: Option<PathBuf>,
    /// What was saved of the damaged file.
    pub salvaged: Salvaged,
}

/// Replaces the damaged database at `path`; `backups` are tried in their order.
///
/// Nobody may have it open. It blocks. Ended in the middle, nothing is lost: what was done so far
/// is done again, or ended when the database is opened next.
///
/// # Errors
/// Why the disk does not let it; the damaged file is where it was, or set aside.
pub fn repair(path: &Path, backups: &[PathBuf], now: Timestamp) -> Result<Repaired, StoreError> {
    let staging = beside(path, "staging");
    let backup = begin(&staging, backups)?;
    let mut connection = open::open(&staging).map_err(|error| error.store_error())?;
    let salvaged = salvage::overlay(path, &mut connection, now)?;
    // Closed by itself: the last connection folds the log into the file.
    drop(connection);
    verify(&staging)?;
    put_in_place(&staging, &Choice::Verified.beside(path))?;
    let aside = exchange(path, Choice::Verified, now)?;
    let aside = aside.unwrap_or_else(|| path.to_owned());
    Ok(Repaired { aside, backup, salvaged })
}

/// Goes back to the verified backup at `from`: the database at `path` is set aside, and where it is now
/// is told; `None` if there was none. Nobody may have it open.
///
/// What waits in the backup is not sent: it is older than what was done since. The new file belongs to
/// whom the old one belonged to, or else the folder: whoever goes back need not be who runs the daemon.
///
/// # Errors
/// Why the backup cannot be used, or the disk does not let it; the database is as it was.
pub fn restore_backup(
    from: &Path,
    path: &Path,
    now: Timestamp,
) -> Result<Option<PathBuf>, StoreError> {
    let (staging, chosen) = (beside(path, "staging"), Choice::Chosen.beside(path));
    let gone = prepare_restore(from, path, now, &staging)
        .and_then(|()| put_in_place(&staging, &chosen))
        .and_then(|()| exchange(path, Choice::Chosen, now));
    if gone.is_err() {
        // Left behind, it would take the place of the database at the next start.
        for file in [&chosen, &staging, &beside(&staging, "partial")] {
            let _ = remove(file);
        }
    }
    gone
}

/// Makes of the backup what is to be in the place of the database.
fn prepare_restore(
    from: &Path,
    path: &Path,
    now: Timestamp,
    staging: &Path,
) -> Result<(), StoreError> {
    remove(staging)?;
    restore(from, staging)?;
    let mut connection = open::open(staging).map_err(|error| error.store_error())?;
    salvage::invalidate_pending(&mut connection, now)?;
    drop(connection);
    verify(staging)?;
    belong::like(staging, path)
}

/// A sound file to lay the rest over.
fn begin(staging: &Path, backups: &[PathBuf]) -> Result<Option<PathBuf>, StoreError> {
    for backup in backups {
        remove(staging)?;
        match restore(backup, staging) {
            Ok(()) => return Ok(Some(backup.clone())),
            Err(error) => {
                tracing::warn!(%error, backup = %backup.display(), "a backup cannot be used");
            }
        }
    }
    remove(staging)?;
    Ok(None)
}

fn remove(staging: &Path) -> Result<(), StoreError> {
    if staging.exists() {
        fs::remove_file(staging).map_err(|_| StoreError::Disk)?;
    }
    remove_side_files(staging)
}

#[cfg(test)]
mod tests {
    use std::{
        env,
        fs::File,
        io::{Seek, SeekFrom, Write},
        os::unix::fs::{FileExt, MetadataExt, PermissionsExt, chown},
    };

    use rusqlite::Connection;
    use venue_domain::{
        Actor, Class, Command, CommandId, CommandQueue, Due, MaxAttempts, NewBatch, NewCommand,
        OrderKey, PreviousShutdown, Priority, QueueView, Reason, Status, WorkQueue, testing,
    };

    use super::*;
    use crate::{SqliteStore, StoreConfig, set_aside};

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000);
    const LATER: Timestamp = Timestamp::from_unix_ms(1_060_000);

    fn new(action: &str, device: usize, sequence: u64) -> NewCommand {
        let command = Command {
            class: Class::Bulk,
            expires_at: Timestamp::from_unix_ms(9_000_000),
            ..testing::command(action, &format!("ir-{device}/1"), NOW, sequence)
        };
        NewCommand::new(command, Priority::BULK, MaxAttempts::default())
    }

    /// A store with a batch of `count` waiting commands, a waiting toggle, and one for tonight.
    async fn filled(path: &Path, count: usize) -> (SqliteStore, Vec<CommandId>) {
        let store = SqliteStore::open(path, StoreConfig::default()).unwrap();
        let mut commands: Vec<_> =
            (0..count).map(|device| new("power_on", device, device as u64 + 1)).collect();
        commands.push(new("power", count, count as u64 + 1));
        let mut tonight = new("power", count + 1, 0);
        let at = Timestamp::from_unix_ms(8_000_000);
        tonight.due = Due::Scheduled { at, wish: None };
        tonight.command.key = OrderKey::at(at, 0);
        commands.push(tonight);
        let ids = commands.iter().map(|new| new.command.id).collect();
        let batch = NewBatch {
            id: "b-1".parse().unwrap(),
            actor: Actor::default(),
            created_at: NOW,
            commands,
            rejected: 0,
            duplicates: 0,
            notes: None,
        };
        store.create_batch(batch).await.unwrap();
        (store, ids)
    }

    /// Opens what was repaired, as a start does.
    async fn taken_over(path: &Path) -> SqliteStore {
        let store = SqliteStore::open(path, StoreConfig::default()).unwrap();
        verify(path).unwrap();
        store.start(PreviousShutdown::Clean, LATER).await.unwrap();
        store
    }

    async fn status(store: &SqliteStore, id: CommandId) -> Option<Status> {
        store.command(id).await.unwrap().map(|account| account.record.status)
    }

    #[tokio::test]
    async fn a_file_that_can_be_read_gives_everything_and_a_toggle_is_not_sent_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let (store, ids) = filled(&path, 30).await;
        store.abandon().await;
        let repaired = repair(&path, &[], LATER).unwrap();
        assert!(repaired.aside.exists());
        assert_eq!((repaired.backup, repaired.salvaged.waiting), (None, 32));
        assert_eq!((repaired.salvaged.lost, repaired.salvaged.incomplete), (vec![], vec![]));
        let store = taken_over(&path).await;
        for id in &ids[..30] {
            assert_eq!(status(&store, *id).await, Some(Status::Pending));
        }
        assert_eq!(status(&store, ids[30]).await, Some(Status::Unknown), "it may have been sent");
        assert_eq!(status(&store, ids[31]).await, Some(Status::Pending), "it is for tonight");
        let batch = store.batch("b-1".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!((batch.counts.total(), batch.counts.open()), (32, 31));
        let next = store.enqueue(new("mute_on", 99, 99)).await.unwrap();
        assert!(format!("{next:?}").contains("QueueId(1000033)"), "no id twice: {next:?}");
    }

    #[tokio::test]
    async fn a_file_of_which_nothing_can_be_read_leaves_the_backup_and_sends_nothing_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let (store, ids) = filled(&path, 10).await;
        let (good, bad) = (folder.path().join("good.db"), folder.path().join("bad.db"));
        store.backup(good.clone()).await.unwrap();
        fs::write(&bad, "no database").unwrap();
        store.abandon().await;
        fs::write(&path, "garbage ".repeat(4_000)).unwrap();
        fs::remove_file(folder.path().join("queue.db-wal")).unwrap();
        let repaired = repair(&path, &[bad, good.clone()], LATER).unwrap();
        assert_eq!(repaired.backup, Some(good));
        assert!(!repaired.salvaged.incomplete.is_empty());
        let store = taken_over(&path).await;
        assert_eq!(status(&store, ids[0]).await, Some(Status::Pending));
        assert_eq!(status(&store, ids[10]).await, Some(Status::Unknown));
        let next = store.enqueue(new("mute_on", 99, 99)).await.unwrap();
        assert!(format!("{next:?}").contains("QueueId(1000013)"), "no id twice: {next:?}");
    }

    #[tokio::test]
    async fn an_interrupted_repair_is_finished_when_the_database_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let (store, ids) = filled(&path, 3).await;
        store.backup(Choice::Verified.beside(&path)).await.unwrap();
        store.abandon().await;
        // Killed between setting aside and putting in place.
        set_aside(&path, NOW).unwrap();
        let store = taken_over(&path).await;
        assert_eq!(status(&store, ids[0]).await, Some(Status::Pending));
        assert!(!Choice::Verified.beside(&path).exists());
    }

    #[tokio::test]
    async fn what_waits_in_a_backup_is_not_sent_when_one_goes_back_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let (store, ids) = filled(&path, 3).await;
        let backup = folder.path().join("backup.db");
        store.backup(backup.clone()).await.unwrap();
        store.close().await;
        let aside = restore_backup(&backup, &path, LATER).unwrap().unwrap();
        verify(&aside).unwrap();
        let store = taken_over(&path).await;
        let since = "it may have been sent after the copy was made";
        assert_eq!(status(&store, ids[0]).await, Some(Status::Unknown), "{since}");
        for id in &ids[..4] {
            let told = store.command(*id).await.unwrap().unwrap();
            let why = (told.record.reason, told.record.attempts, told.attempts.len());
            assert_eq!(why, (Some(Reason::Restored), 0, 0), "it waited: {}", told.record.action);
        }
        assert_eq!(status(&store, ids[3]).await, Some(Status::Unknown));
        assert_eq!(status(&store, ids[4]).await, Some(Status::Pending), "it is for tonight");
        fs::write(&backup, "no database").unwrap();
        assert!(restore_backup(&backup, &path, LATER).is_err());
        assert_eq!(status(&store, ids[4]).await, Some(Status::Pending), "nothing was changed");
    }

    #[tokio::test]
    async fn what_one_goes_back_to_belongs_to_the_owner_of_the_database_and_is_not_called_damaged()
    {
        let folder = tempfile::tempdir().unwrap();
        let (path, backup) = (folder.path().join("queue.db"), folder.path().join("backup.db"));
        let (store, _) = filled(&path, 1).await;
        store.backup(backup.clone()).await.unwrap();
        store.close().await;
        // Only root can give a file away; whoever cannot keeps it.
        let _ = chown(&path, Some(4321), Some(4321));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let owner = |path: &Path| {
            let found = fs::metadata(path).unwrap();
            (found.uid(), found.gid(), found.mode() & 0o777)
        };
        let expected = owner(&path);
        let aside = restore_backup(&backup, &path, LATER).unwrap().unwrap();
        assert_eq!(owner(&path), expected);
        assert_eq!(aside, beside(&path, "replaced-1060000"));
        // Where there was no database, the folder says whose it is.
        fs::remove_file(&path).unwrap();
        let _ = chown(folder.path(), Some(8765), Some(8765));
        let folder_owner = owner(folder.path()).0;
        assert_eq!(restore_backup(&backup, &path, LATER), Ok(None));
        assert_eq!((owner(&path).0, owner(&path).2), (folder_owner, 0o600));
        let _lock = crate::StoreLock::take(&path).unwrap();
        assert_eq!(owner(&beside(&path, "lock")).0, folder_owner);
    }

    #[tokio::test]
    async fn a_way_back_that_fails_leaves_nothing_for_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let (path, backup) = (folder.path().join("queue.db"), folder.path().join("backup.db"));
        let (store, ids) = filled(&path, 1).await;
        store.backup(backup.clone()).await.unwrap();
        store.close().await;
        // Where the old one would be set aside there is a folder that is not empty.
        let in_the_way = beside(&path, "replaced-1060000");
        fs::create_dir_all(in_the_way.join("full")).unwrap();
        assert_eq!(restore_backup(&backup, &path, LATER), Err(StoreError::Disk));
        let newer = Connection::open(&backup).unwrap();
        newer.pragma_update(None, "user_version", 99).unwrap();
        drop(newer);
        assert!(matches!(restore_backup(&backup, &path, LATER), Err(StoreError::Newer { .. })));
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        left.retain(|entry| {
            let name = entry.as_ref().unwrap().file_name().into_string().unwrap();
            !["queue.db", "backup.db", "queue.db.replaced-1060000"].contains(&&*name)
        });
        assert!(left.is_empty(), "{left:?}");
        let store = taken_over(&path).await;
        assert_eq!(status(&store, ids[0]).await, Some(Status::Pending), "it is as it was");
    }

    /// Damages the file at a place and in a manner that `seed` chooses.
    fn damage(path: &Path, seed: u64) {
        let mut chance = fastrand::Rng::with_seed(seed);
        let suffix = if chance.u8(0..3) == 0 { "-wal" } else { "" };
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let mut file = File::options().read(true).write(true).open(&name).unwrap();
        let length = file.metadata().unwrap().len();
        match chance.u8(0..4) {
            0 => file.set_len(chance.u64(0..length)).unwrap(),
            1 => {
                let page = chance.u64(0..length / 4096) * 4096;
                file.write_all_at(&[0; 4096], page).unwrap();
            }
            _ => {
                let garbage: Vec<u8> = (0..60).map(|_| chance.u8(..)).collect();
                file.seek(SeekFrom::Start(chance.u64(0..length.saturating_sub(60)))).unwrap();
                file.write_all(&garbage).unwrap();
            }
        }
    }

    #[tokio::test]
    async fn whatever_is_damaged_a_sound_store_comes_of_it_and_no_toggle_waits_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let origin = folder.path().join("origin.db");
        let (store, ids) = filled(&origin, 300).await;
        // The main file has most of it, the log the rest.
        store.checkpoint().await;
        let (_, more) = {
            let extra: Vec<_> = (400..450).map(|device| new("mute_on", device, 900)).collect();
            let ids: Vec<_> = extra.iter().map(|new| new.command.id).collect();
            store.enqueue_all(extra).await.map(|stored| (stored, ids)).unwrap()
        };
        let cases = env::var("VENUE_DAMAGE_CASES").map_or(40, |cases| cases.parse().unwrap());
        let mut whole = 0;
        for seed in 0..cases {
            let path = folder.path().join(format!("case-{seed}.db"));
            for suffix in ["", "-wal"] {
                let from = format!("{}{suffix}", origin.display());
                fs::copy(from, format!("{}{suffix}", path.display())).unwrap();
            }
            damage(&path, seed);
            let repaired = repair(&path, &[], LATER).unwrap();
            let repaired_store = taken_over(&path).await;
            let toggle = status(&repaired_store, ids[300]).await;
            assert!(matches!(toggle, None | Some(Status::Unknown)), "seed {seed}: {toggle:?}");
            let waiting = repaired_store.open_commands(None, None, 1_000).await.unwrap();
            let known: std::collections::HashSet<_> = ids.iter().chain(&more).copied().collect();
            assert!(waiting.iter().all(|record| known.contains(&record.id)), "seed {seed}");
            whole += u64::from(repaired.salvaged.incomplete.is_empty());
            if let Some(batch) = repaired_store.batch("b-1".parse().unwrap()).await.unwrap() {
                let connection = Connection::open(&path).unwrap();
                let count = |table: &str| {
                    let sql = format!("SELECT count(*) FROM {table} WHERE batch_id = 'b-1'");
                    connection.query_row(&sql, (), |row| row.get::<_, u64>(0)).unwrap()
                };
                let recount = count("command_queue") + count("command_history");
                assert_eq!(batch.counts.total(), recount, "seed {seed}");
            }
            repaired_store.close().await;
        }
        assert!(whole < cases, "the damage is too tame");
    }
}
