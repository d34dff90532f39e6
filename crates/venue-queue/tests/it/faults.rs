//! What the store does when the disk, the file or a neighbour fails.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use venue_domain::{
    Command, CommandId, CommandQueue, Depth, Enqueued, MaxAttempts, NewCommand, Priority,
    QueueView, RunLog, RunOutcome, ScheduleRun, StoreError, Timestamp, testing,
};
use venue_queue::{Pruned, Retention, SqliteStore, StoreConfig, restore, set_aside, verify};

use crate::sqlite::Sqlite;

fn new(number: u64) -> NewCommand {
    let at = Timestamp::from_unix_ms(1_788_900_000_000);
    let expires_at = at.plus(Duration::from_secs(10));
    let command = Command { expires_at, ..testing::command("volume_up", "ir-1/2", at, number) };
    NewCommand::new(command, Priority::INTERACTIVE, MaxAttempts::default())
}

async fn open_ids(store: &SqliteStore) -> Vec<CommandId> {
    let open = store.open_commands(None, None, 1_000).await.unwrap();
    open.iter().map(|record| record.id).collect()
}

/// Fills `store` with commands and tells their ids.
async fn fill(store: &SqliteStore, count: u64) -> Vec<CommandId> {
    let mut ids = Vec::new();
    for number in 1..=count {
        let new = new(number);
        ids.push(new.command.id);
        store.enqueue(new).await.unwrap();
    }
    ids
}

#[tokio::test]
async fn a_lock_that_somebody_holds_is_told_and_passes() {
    let folder = Sqlite::new();
    let store = folder.open();
    let other = Connection::open(store.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // All that wait for the same lock are told together, not one after the other.
    let all = tokio::join!(
        store.enqueue(new(1)),
        store.enqueue(new(2)),
        store.check(),
        store.enqueue(new(3)),
    );
    assert_eq!(all.0.unwrap_err(), StoreError::Busy);
    assert_eq!(all.1.unwrap_err(), StoreError::Busy);
    assert_eq!(all.2, Err(StoreError::Busy));
    assert_eq!(all.3.unwrap_err(), StoreError::Busy);
    assert!(store.waiting(&"ir-1/2".parse().unwrap()).is_empty());
    // Readers are not held up by a writer.
    assert!(open_ids(&store).await.is_empty());
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.check().await, Ok(()));
    assert_eq!(fill(&store, 2).await, open_ids(&store).await);
}

#[tokio::test]
async fn more_than_may_wait_is_refused_as_overload() {
    let folder = Sqlite::new();
    let path = folder.path();
    let store = SqliteStore::open(&path, StoreConfig { mailbox: 1, readers: 1 }).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let many = (0..20).map(|number| {
        let store = store.clone();
        tokio::spawn(async move { store.enqueue(new(number)).await })
    });
    let many: Vec<_> = many.collect();
    let mut ends = Vec::new();
    for one in many {
        ends.push(one.await.unwrap().unwrap_err());
    }
    assert!(ends.contains(&StoreError::Overloaded), "{ends:?}");
    assert!(ends.iter().all(|end| matches!(end, StoreError::Overloaded | StoreError::Busy)));
    assert!(store.waiting(&"ir-1/2".parse().unwrap()).is_empty());
}

#[tokio::test]
async fn one_bad_command_does_not_spoil_the_group() {
    let folder = Sqlite::new();
    let store = folder.open();
    let first = fill(&store, 1).await;
    let twice = |number| {
        let mut new = new(number);
        new.command.id = first[0];
        new
    };
    let ends = tokio::join!(
        store.enqueue(new(2)),
        store.enqueue(twice(3)),
        store.enqueue(new(4)),
        store.enqueue_all(vec![new(5), twice(6)]),
        store.enqueue(new(7)),
    );
    assert!(ends.0.is_ok() && ends.2.is_ok() && ends.4.is_ok());
    assert!(matches!(ends.1, Err(StoreError::Invalid { .. })), "{:?}", ends.1);
    assert!(matches!(ends.3, Err(StoreError::Invalid { .. })), "all or none: {:?}", ends.3);
    assert_eq!(open_ids(&store).await.len(), 4);
    assert_eq!(store.depth(), Depth { due: 4, ..Depth::default() });
    let waiting = store.waiting(&"ir-1/2".parse().unwrap());
    assert_eq!(waiting.by_group.iter().sum::<u32>(), 4);
}

#[tokio::test]
async fn a_future_that_is_dropped_leaves_a_durable_command_and_right_counts() {
    let folder = Sqlite::new();
    let store = folder.open();
    {
        let enqueue = std::pin::pin!(store.enqueue(new(1)));
        // One poll hands it over.
        let polled = futures_poll_once(enqueue).await;
        assert!(polled.is_none(), "a commit takes longer than a poll");
    }
    store.check().await.unwrap();
    assert_eq!(open_ids(&store).await.len(), 1);
    assert_eq!(store.depth().due, 1);
    let waiting = store.waiting(&"ir-1/2".parse().unwrap());
    assert_eq!(waiting.by_group.iter().sum::<u32>(), 1);
}

/// Polls a future once.
pub(crate) async fn futures_poll_once<F: Future + ?Sized>(
    mut future: std::pin::Pin<&mut F>,
) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        let polled = future.as_mut().poll(context);
        std::task::Poll::Ready(match polled {
            std::task::Poll::Ready(value) => Some(value),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

#[tokio::test]
async fn idle_means_no_statement_at_all() {
    let folder = Sqlite::new();
    let store = folder.open();
    fill(&store, 3).await;
    open_ids(&store).await;
    let before = store.statements();
    assert!(before > 0);
    // What is asked without the database costs nothing; neither does time that passes.
    store.depth();
    store.waiting(&"ir-1/2".parse().unwrap());
    let quiet = tokio::time::timeout(Duration::from_millis(300), std::future::pending::<()>());
    assert!(quiet.await.is_err());
    assert_eq!(store.statements(), before);
    store.check().await.unwrap();
    assert!(store.statements() > before);
}

#[tokio::test]
async fn what_was_acknowledged_is_in_the_files_as_a_crash_leaves_them() {
    let folder = Sqlite::new();
    let store = folder.open();
    let ids = fill(&store, 20).await;
    // The files as they are at this instant, as after a power cut.
    let crashed = Sqlite::new();
    copy_files(store.path(), &crashed.path());
    let after = crashed.open();
    assert_eq!(open_ids(&after).await, ids);
    assert_eq!(after.depth().due, 20);
}

fn copy_files(from: &Path, to: &Path) {
    for suffix in ["", "-wal"] {
        let name = |path: &Path| format!("{}{suffix}", path.display());
        fs::copy(name(from), name(to)).unwrap();
    }
}

#[tokio::test]
async fn a_deleted_file_is_noticed_and_made_anew_from_what_is_still_open() {
    let folder = Sqlite::new();
    let store = folder.open();
    let ids = fill(&store, 5).await;
    fs::remove_file(store.path()).unwrap();
    assert_eq!(store.enqueue(new(6)).await.unwrap_err(), StoreError::Deleted);
    assert_eq!(store.check().await, Err(StoreError::Deleted));
    store.recover_deleted().await.unwrap();
    assert_eq!(store.check().await, Ok(()));
    assert_eq!(open_ids(&store).await, ids);
    let more = new(7);
    let id = more.command.id;
    store.enqueue(more).await.unwrap();
    store.close().await;
    let again = folder.open();
    assert_eq!(open_ids(&again).await, [ids, vec![id]].concat());
    assert_eq!(again.recover_deleted().await, Ok(()), "nothing is missing");
}

#[tokio::test]
async fn a_file_that_somebody_put_in_its_place_is_not_overwritten() {
    let folder = Sqlite::new();
    let store = folder.open();
    fill(&store, 1).await;
    let elsewhere = Sqlite::new();
    elsewhere.open().close().await;
    fs::rename(elsewhere.path(), store.path()).unwrap();
    assert_eq!(store.check().await, Err(StoreError::Deleted));
    assert_eq!(store.recover_deleted().await, Err(StoreError::Deleted));
}

#[tokio::test]
async fn a_store_that_was_closed_is_unavailable() {
    let folder = Sqlite::new();
    let store = folder.open();
    let clone = store.clone();
    store.close().await;
    assert_eq!(clone.enqueue(new(1)).await.unwrap_err(), StoreError::Unavailable);
    clone.close().await;
}

#[tokio::test]
async fn a_backup_is_verified_and_restores_everything() {
    let folder = Sqlite::new();
    let store = folder.open();
    let ids = fill(&store, 50).await;
    let backup = store.path().with_extension("backup");
    let (made, more) = tokio::join!(store.backup(backup.clone()), store.enqueue(new(51)));
    assert_eq!((made, more.is_ok()), (Ok(()), true));
    assert_eq!(verify(&backup), Ok(()));
    let elsewhere = Sqlite::new();
    restore(&backup, &elsewhere.path()).unwrap();
    let restored = elsewhere.open();
    assert_eq!(open_ids(&restored).await[..50], ids);
    // Never over a file that is there.
    let refused = restore(&backup, &elsewhere.path());
    assert!(matches!(refused, Err(StoreError::Invalid { .. })));
}

#[tokio::test]
async fn a_damaged_file_is_told_and_set_aside_and_a_backup_takes_its_place() {
    let folder = Sqlite::new();
    let store = folder.open();
    let ids = fill(&store, 200).await;
    let backup = store.path().with_extension("backup");
    store.backup(backup.clone()).await.unwrap();
    let path = store.path().to_owned();
    store.close().await;
    let mut bytes = fs::read(&path).unwrap();
    for byte in &mut bytes[4_096..] {
        *byte = 0xA5;
    }
    fs::write(&path, &bytes).unwrap();
    assert_eq!(verify(&path), Err(StoreError::Corrupt));
    let error = SqliteStore::open(&path, StoreConfig::default()).unwrap_err();
    assert_eq!(error.store_error(), StoreError::Corrupt);
    let aside = set_aside(&path, Timestamp::from_unix_ms(7)).unwrap();
    assert_eq!(fs::read(&aside).unwrap(), bytes, "it is kept as it was");
    restore(&backup, &path).unwrap();
    assert_eq!(open_ids(&folder.open()).await, ids);
}

#[tokio::test]
async fn a_damaged_backup_is_refused() {
    let folder = Sqlite::new();
    let store = folder.open();
    fill(&store, 200).await;
    let backup = store.path().with_extension("backup");
    store.backup(backup.clone()).await.unwrap();
    let mut bytes = fs::read(&backup).unwrap();
    bytes[8_192..].fill(0);
    fs::write(&backup, bytes).unwrap();
    let elsewhere = Sqlite::new();
    assert_eq!(restore(&backup, &elsewhere.path()), Err(StoreError::Corrupt));
    assert!(!elsewhere.path().exists());
}

/// Stores 1,200 commands that ended so long ago that all of them are forgotten: three slices.
async fn old(store: &SqliteStore) -> Retention {
    let all: Vec<_> = (1..=1_200).map(new).collect();
    let ids: Vec<_> = all.iter().map(|new| new.command.id).collect();
    store.enqueue_all(all).await.unwrap();
    let begin = Timestamp::from_unix_ms(1_788_900_000_000);
    for id in ids {
        store.cancel(id, begin).await.unwrap();
    }
    let now = begin.plus(Duration::from_secs(100 * 24 * 60 * 60));
    Retention { history_before: now, aggregates_before: begin, now }
}

#[tokio::test]
async fn retention_rests_between_its_slices_and_longer_while_somebody_uses_the_store() {
    let (quiet, used) = (Sqlite::new(), Sqlite::new());
    let (quiet, used) = (quiet.open(), used.open());
    let retention = old(&quiet).await;
    let started = Instant::now();
    assert_eq!(quiet.prune_all(retention).await.unwrap().commands, 1_200);
    let without = started.elapsed();
    assert!(without >= 3 * Duration::from_millis(20), "{without:?}");
    let retention = old(&used).await;
    let user = async {
        loop {
            open_ids(&used).await;
        }
    };
    let started = Instant::now();
    tokio::select! {
        pruned = used.prune_all(retention) => assert_eq!(pruned.unwrap().commands, 1_200),
        () = user => {}
    }
    let with = started.elapsed();
    assert!(with >= 3 * Duration::from_millis(20 + 100), "{with:?}");
}

#[tokio::test]
async fn what_is_old_leaves_the_history_in_slices_for_the_daily_aggregates() {
    let folder = Sqlite::new();
    let store = folder.open();
    let mut ids = Vec::new();
    let all: Vec<_> = (1..=1_200).map(new).collect();
    ids.extend(all.iter().map(|new| new.command.id));
    let stored = store.enqueue_all(all).await.unwrap();
    assert!(stored.answer.iter().all(|answer| matches!(answer, Enqueued::Waiting { .. })));
    let begin = Timestamp::from_unix_ms(1_788_900_000_000);
    for id in &ids {
        store.cancel(*id, begin).await.unwrap();
    }
    let day = Duration::from_secs(24 * 60 * 60);
    let retention = |now: Timestamp| Retention {
        history_before: now.minus(day * 7),
        aggregates_before: now.minus(day * 90),
        now,
    };
    assert_eq!(store.prune(retention(begin.plus(day))).await, Ok(Pruned::default()));
    let mut slices = Vec::new();
    loop {
        let left = store.prune(retention(begin.plus(day * 8))).await.unwrap().commands;
        if left == 0 {
            break;
        }
        slices.push(left);
    }
    assert_eq!(slices, [500, 500, 200]);
    assert_eq!(store.command(ids[0]).await, Ok(None));
    let reader = Connection::open(store.path()).unwrap();
    let read = || {
        let sql = "SELECT sum(cancelled), sum(completed), count(*) FROM daily_aggregates";
        let row = reader.query_row(sql, (), |row| {
            Ok((
                row.get::<_, Option<i64>>(0)?,
                row.get::<_, Option<i64>>(1)?,
                row.get::<_, i64>(2)?,
            ))
        });
        row.unwrap()
    };
    assert_eq!(read(), (Some(1_200), Some(0), 1));
    let last = store.prune_all(retention(begin.plus(day * 92))).await.unwrap();
    assert_eq!(last, Pruned { aggregates: 1, ..Pruned::default() });
    assert_eq!(read(), (None, None, 0));
}

#[tokio::test]
async fn what_was_written_by_a_clock_that_was_ahead_keeps_nothing_else_from_being_forgotten() {
    let folder = Sqlite::new();
    let store = folder.open();
    let all: Vec<_> = (1..=600).map(new).collect();
    let ids: Vec<_> = all.iter().map(|new| new.command.id).collect();
    store.enqueue_all(all).await.unwrap();
    let begin = Timestamp::from_unix_ms(1_788_900_000_000);
    let day = Duration::from_secs(24 * 60 * 60);
    for (number, id) in (0u32..).zip(&ids) {
        // The lowest ids are of a year to come.
        let ended = if number < 500 { begin.plus(day * 365) } else { begin };
        store.cancel(*id, ended).await.unwrap();
    }
    let now = begin.plus(day * 8);
    let retention = Retention {
        history_before: now.minus(day * 7),
        aggregates_before: now.minus(day * 90),
        now,
    };
    assert_eq!(store.prune_all(retention).await.unwrap().commands, 100);
    assert!(store.command(ids[0]).await.unwrap().is_some(), "nobody knows that it is old");
    assert_eq!(store.command(ids[500]).await, Ok(None));
}

#[tokio::test]
async fn runs_of_schedules_are_forgotten_but_for_the_last_of_each() {
    let folder = Sqlite::new();
    let store = folder.open();
    let begin = Timestamp::from_unix_ms(1_788_900_000_000);
    let day = Duration::from_secs(24 * 60 * 60);
    let run = |schedule: &str, number: u32| ScheduleRun {
        schedule: schedule.to_owned(),
        occurrence: format!("2026-09-{number:02}T10:00"),
        due_at: begin.plus(day * number),
        noted_at: begin.plus(day * number),
        outcome: RunOutcome::Missed,
        batch_id: None,
        detail: None,
    };
    let daily = (1..=9).map(|number| run("daily", number));
    store.note_runs(daily.chain([run("once", 1)]).collect()).await.unwrap();
    let retention = |now: Timestamp| Retention {
        history_before: now.minus(day * 7),
        aggregates_before: now.minus(day * 90),
        now,
    };
    let gone = store.prune_all(retention(begin.plus(day * 95))).await.unwrap();
    assert_eq!(gone, Pruned { schedule_runs: 4, ..Pruned::default() });
    let gone = store.prune_all(retention(begin.plus(day * 900))).await.unwrap();
    assert_eq!(gone, Pruned { schedule_runs: 4, ..Pruned::default() });
    assert_eq!(store.runs("daily".to_owned(), 99).await, Ok(vec![run("daily", 9)]));
    assert_eq!(store.runs("once".to_owned(), 99).await, Ok(vec![run("once", 1)]));
}
