//! What changes of one group leave to be written together is as durable, and as lost, as each of them.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use rusqlite::Connection;
use venue_domain::{
    AssumedStateStore, CommandQueue, DirectRecord, Enqueued, LaneStore, MaxAttempts, NewCommand,
    PortId, PortStatus, Priority, QueueView, StoreError, WorkQueue, testing,
};
use venue_queue::SqliteStore;

use crate::{
    gate::{Job, NOW, delivered_at, in_one_group},
    sqlite::Sqlite,
};

/// How `jobs` of one group ended, each by its number.
type Ends = Arc<Mutex<Vec<(u64, Result<(), StoreError>)>>>;

fn direct(text: &str, target: &str, number: u64) -> DirectRecord {
    let at = NOW.plus(Duration::from_secs(number));
    let command = testing::command(text, target, at, number).into();
    DirectRecord { command, attempt: delivered_at(at), superseded_by: None }
}

fn record(store: &SqliteStore, ends: &Ends, number: u64, record: DirectRecord) -> Job {
    let (store, ends) = (store.clone(), Arc::clone(ends));
    Box::pin(async move {
        let end = store.record(vec![record]).await.map(drop);
        ends.lock().unwrap().push((number, end));
    })
}

fn enqueue(store: &SqliteStore, ends: &Ends, number: u64, new: NewCommand) -> Job {
    let (store, ends) = (store.clone(), Arc::clone(ends));
    Box::pin(async move {
        let end = store.enqueue(new).await.map(drop);
        ends.lock().unwrap().push((number, end));
    })
}

async fn power_of(store: &SqliteStore, target: &str) -> Option<bool> {
    let port: PortId = target.parse().unwrap();
    let known: Vec<PortStatus> = store.port_status(None).await.unwrap();
    known.into_iter().find(|status| status.port == port).and_then(|status| status.power)
}

/// The numbers of the changes that failed.
fn failed(ends: &Ends) -> Vec<u64> {
    let ends = std::mem::take(&mut *ends.lock().unwrap());
    ends.into_iter().filter(|(_, end)| end.is_err()).map(|(number, _)| number).collect()
}

#[tokio::test]
async fn a_change_that_fails_takes_nothing_of_its_neighbours_with_it() {
    let folder = Sqlite::fast();
    let store = folder.open();
    let ends = Ends::default();
    store.record(vec![direct("power_on", "ir-1/1", 1)]).await.unwrap();
    let waiting = testing::command("volume_up", "ir-2/1", NOW, 2);
    let twice = NewCommand::new(waiting, Priority::INTERACTIVE, MaxAttempts::default());
    let known = store.enqueue(twice.clone()).await.unwrap().answer;
    assert!(matches!(known, Enqueued::Waiting { .. }));
    let jobs = vec![
        record(&store, &ends, 1, direct("power", "ir-1/1", 11)),
        enqueue(&store, &ends, 2, twice),
        record(&store, &ends, 3, direct("power", "ir-1/1", 12)),
        record(&store, &ends, 4, direct("power", "ir-1/1", 13)),
    ];
    in_one_group(&store, jobs).await;
    assert_eq!(failed(&ends), [2], "alone");
    assert_eq!(power_of(&store, "ir-1/1").await, Some(false), "three presses, each counted once");
    store.close().await;
    let store = folder.open();
    store.record(vec![direct("power", "ir-1/1", 14)]).await.unwrap();
    assert_eq!(power_of(&store, "ir-1/1").await, Some(true), "what is read again is the same");
}

#[tokio::test]
async fn what_cannot_be_written_at_the_end_of_a_group_fails_whoever_left_it() {
    let folder = Sqlite::fast();
    let store = folder.open();
    let ends = Ends::default();
    store.record(vec![direct("power_on", "ir-1/1", 1)]).await.unwrap();
    store.record(vec![direct("power_on", "ir-1/2", 2)]).await.unwrap();
    let other = Connection::open(store.path()).unwrap();
    other
        .execute_batch(
            "CREATE TRIGGER fault BEFORE INSERT ON port_pacing WHEN new.port = 2
            BEGIN SELECT raise(ABORT, 'a fault'); END",
        )
        .unwrap();
    let jobs = vec![
        record(&store, &ends, 1, direct("power", "ir-1/1", 11)),
        record(&store, &ends, 2, direct("power", "ir-1/2", 12)),
        record(&store, &ends, 3, direct("mute_on", "ir-1/1", 13)),
    ];
    in_one_group(&store, jobs).await;
    assert_eq!(failed(&ends), [2]);
    assert_eq!(power_of(&store, "ir-1/1").await, Some(false));
    assert_eq!(power_of(&store, "ir-1/2").await, Some(true), "as if it had never been recorded");
    other.execute_batch("DROP TRIGGER fault").unwrap();
    store.record(vec![direct("power", "ir-1/2", 14)]).await.unwrap();
    assert_eq!(power_of(&store, "ir-1/2").await, Some(false), "one press, not two");
}

#[tokio::test]
async fn whoever_asks_the_tables_finds_what_others_of_the_group_left_to_be_written() {
    let folder = Sqlite::fast();
    let store = folder.open();
    let ends = Ends::default();
    let (correcting, at) = (store.clone(), NOW.plus(Duration::from_secs(20)));
    let correct: Job = Box::pin(async move {
        let change = venue_domain::AssumedStateChange::default();
        let port = "ir-1/1".parse().unwrap();
        let status = correcting.correct(port, change, Some("anna".to_owned()), at).await.unwrap();
        assert_eq!(status.power, Some(true), "what was delivered before it in the same group");
    });
    let starting = store.clone();
    let start: Job = Box::pin(async move {
        let previous = venue_domain::PreviousShutdown::Clean;
        starting.start(previous, at).await.unwrap();
    });
    let on = record(&store, &ends, 1, direct("power_on", "ir-1/1", 11));
    let mute = record(&store, &ends, 2, direct("mute_on", "ir-1/2", 12));
    in_one_group(&store, vec![on, correct, mute, start]).await;
    assert_eq!(failed(&ends), []);
    assert_eq!(power_of(&store, "ir-1/1").await, Some(true));
    let fences = store.fences().await.unwrap();
    assert_eq!(fences.len(), 2, "{fences:?}");
    let memory = store.lane_memory(at).await.unwrap();
    assert_eq!(memory[0].1.ports.len(), 2, "{memory:?}");
}

#[tokio::test]
async fn the_only_attempt_at_a_direct_command_is_told_by_the_history() {
    let folder = Sqlite::fast();
    let store = folder.open();
    let record = direct("power_on", "ir-1/1", 1);
    let replaced =
        DirectRecord { superseded_by: Some(record.command.id), ..direct("power_off", "ir-1/1", 2) };
    store.record(vec![record.clone(), replaced.clone()]).await.unwrap();
    for DirectRecord { command, attempt, .. } in [record, replaced] {
        let account = store.command(command.id).await.unwrap().unwrap();
        assert_eq!(account.attempts, [attempt]);
    }
    let other = Connection::open(store.path()).unwrap();
    let listed = other.query_row("SELECT count(*) FROM attempts", (), |row| row.get::<_, u32>(0));
    assert_eq!(listed, Ok(1), "of what was replaced the history tells that");
}
