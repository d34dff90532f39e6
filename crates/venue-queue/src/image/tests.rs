//! The queue in memory is what is stored, whatever fails on the way.

use std::{
    fs,
    sync::{Arc, mpsc::channel},
    time::Duration,
};

use tokio::task::{JoinSet, yield_now};
use venue_domain::{
    Attempt, Claim, ClaimTicket, Command, CommandId, CommandQueue, Depth, Due, Evidence,
    HistoryQuery, Hostname, MaxAttempts, NewCommand, PassedOver, PortSet, Priority, QueueView,
    Settlement, WorkQueue, testing,
};

use super::*;
use crate::{SqliteStore, StoreConfig};

const NOW: Timestamp = Timestamp::from_unix_ms(1_788_900_000_000);

fn open() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let store = SqliteStore::open(&folder.path().join("queue.db"), StoreConfig::default()).unwrap();
    (folder, store)
}

fn new(action: &str, device: u8, number: u64) -> NewCommand {
    let at = NOW.plus(Duration::from_millis(number));
    let expires_at = at.plus(Duration::from_secs(3_600));
    let command = testing::command(action, &format!("ir-{device}/1"), at, number);
    let command = Command { expires_at, ..command };
    NewCommand::new(command, Priority::BULK, MaxAttempts::default())
}

fn device(number: u8) -> Hostname {
    format!("ir-{number}").parse().unwrap()
}

async fn claim(store: &SqliteStore, number: u8) -> Option<Box<Claim>> {
    let (now, lease) = (NOW.plus(Duration::from_secs(1)), NOW.plus(Duration::from_secs(60)));
    store.claim(device(number), PortSet::EMPTY, lease, now).await.ok()?.claim
}

fn delivered() -> Attempt {
    Attempt {
        started_at: NOW,
        took: Duration::from_millis(20),
        reason: Reason::Delivered,
        evidence: Some(Evidence::Reply),
        detail: Some("d".repeat(300)),
    }
}

/// Nothing was ever different, and nothing is.
async fn assert_same(store: &SqliteStore) {
    assert_eq!(store.compare_queue().await, Ok(true));
    assert_eq!(store.queue_differences(), 0);
    let open = store.open_commands(None, None, 10_000).await.unwrap().len() as u64;
    let Depth { due, later, processing } = store.depth();
    assert_eq!(due + later + processing, open);
}

#[tokio::test]
async fn what_a_full_disk_or_a_failed_commit_did_not_take_is_not_in_memory() {
    let (_folder, store) = open();
    store.enqueue(new("power_on", 1, 1)).await.unwrap();
    store.on_writer("PRAGMA max_page_count = 1").await;
    let mut large = new("power_on", 2, 2);
    large.notes = Some("n".repeat(100_000));
    assert_eq!(store.enqueue(large).await.unwrap_err(), StoreError::Full);
    store.on_writer("PRAGMA max_page_count = 1000000").await;
    assert_same(&store).await;
    // A rule that is looked at when everything is done lets the commit itself fail.
    store
        .on_writer(
            "PRAGMA foreign_keys = ON;
            CREATE TABLE parent (id INTEGER PRIMARY KEY);
            CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
            CREATE TRIGGER fault AFTER UPDATE ON command_queue BEGIN
                INSERT INTO child (id) VALUES (7);
            END",
        )
        .await;
    assert!(claim(&store, 1).await.is_none(), "it is in flight nowhere");
    store.on_writer("DROP TRIGGER fault").await;
    assert_same(&store).await;
    let claimed = claim(&store, 1).await.unwrap();
    assert_eq!((claimed.ticket.number, claimed.attempt), (1, 1), "for the first time");
    assert_same(&store).await;
}

#[tokio::test]
async fn a_change_that_panics_in_the_middle_of_a_group_leaves_the_queue_as_it_is_stored() {
    let (_folder, store) = open();
    store.enqueue(new("power_on", 1, 1)).await.unwrap();
    let rule = |_: &Claim| -> Settlement { panic!("a bug in one change") };
    let passed: Result<PassedOver, _> =
        store.pass_over(device(1), Arc::new(rule), NOW.plus(Duration::from_secs(1))).await;
    assert!(passed.is_err());
    assert_same(&store).await;
    assert!(claim(&store, 1).await.is_some());
    assert_same(&store).await;
}

#[tokio::test]
async fn a_row_that_somebody_takes_by_hand_is_told_and_the_queue_is_read_again() {
    let (folder, store) = open();
    store.enqueue(new("power_on", 1, 1)).await.unwrap();
    store.enqueue(new("power_on", 2, 2)).await.unwrap();
    let other = Connection::open(folder.path().join("queue.db")).unwrap();
    other.execute("DELETE FROM command_queue WHERE hostname = 'ir-1'", ()).unwrap();
    assert!(claim(&store, 1).await.is_none(), "there is nothing to claim");
    assert_eq!(store.queue_differences(), 1);
    assert_eq!((store.depth().due, store.compare_queue().await), (1, Ok(true)));
    other.execute("UPDATE command_queue SET priority = 9", ()).unwrap();
    assert_eq!(store.compare_queue().await, Ok(false), "found by who compares all of it");
    assert_eq!(claim(&store, 2).await.unwrap().priority.number(), 9);
    assert_eq!(store.queue_differences(), 2);
}

#[tokio::test]
async fn a_process_that_is_killed_within_a_group_leaves_what_was_committed_before() {
    let (folder, store) = open();
    store.enqueue(new("power_on", 1, 1)).await.unwrap();
    store.enqueue(new("power_on", 2, 2)).await.unwrap();
    let (from, to) = (folder.path().to_owned(), tempfile::tempdir().unwrap());
    let copy = to.path().to_owned();
    let rule = move |_: &Claim| {
        for name in ["queue.db", "queue.db-wal"] {
            fs::copy(from.join(name), copy.join(name)).unwrap();
        }
        Settlement::Finish { attempt: delivered() }
    };
    let (open, opened) = channel::<()>();
    let (held, first, second) = (store.clone(), store.clone(), store.clone());
    let held = tokio::spawn(async move { held.hold_writer(opened).await });
    yield_now().await;
    // This claim is in memory, and in no file, when the files are copied.
    let claimed = tokio::spawn(async move { claim(&first, 2).await });
    yield_now().await;
    let now = NOW.plus(Duration::from_secs(1));
    let passed =
        tokio::spawn(async move { second.pass_over(device(1), Arc::new(rule), now).await });
    yield_now().await;
    open.send(()).unwrap();
    held.await.unwrap();
    assert!(claimed.await.unwrap().is_some());
    passed.await.unwrap().unwrap();
    assert_same(&store).await;
    assert_eq!(store.depth(), Depth { processing: 1, ..Depth::default() });
    let killed = SqliteStore::open(&to.path().join("queue.db"), StoreConfig::default()).unwrap();
    assert_same(&killed).await;
    assert_eq!(killed.depth(), Depth { due: 2, ..Depth::default() }, "nothing of the group");
}

/// One job of a random group, which may fail.
async fn random_job(
    store: SqliteStore,
    kind: u8,
    number: u64,
    known: CommandId,
    ticket: ClaimTicket,
) {
    let actions = ["power_on", "power", "volume_up", "number", "channel"];
    let action = actions[number as usize % actions.len()];
    let (place, now) = ((number % 3) as u8, NOW.plus(Duration::from_secs(1)));
    match kind {
        0..4 => drop(store.enqueue(new(action, place, number)).await),
        // All or none: the second of them is stored already.
        4 => {
            let mut twice = new(action, place, number);
            twice.command.id = known;
            drop(store.enqueue_all(vec![new(action, place, number), twice]).await);
        }
        5 => {
            let due = Due::At(NOW.plus(Duration::from_secs(number % 4)));
            drop(store.enqueue(NewCommand { due, ..new(action, place, number) }).await);
        }
        6..9 => drop(claim(&store, place).await),
        9 | 10 => {
            let finish = Settlement::Finish { attempt: delivered() };
            drop(store.settle(ticket, finish, now).await);
        }
        11 => {
            let attempt = Attempt { reason: Reason::DeviceOffline, ..delivered() };
            let retry = Settlement::Retry { attempt, due_at: NOW.plus(Duration::from_secs(9)) };
            drop(store.settle(ticket, retry, now).await);
        }
        12 => drop(store.wake(device(place), now).await),
        13 => drop(store.promote(Vec::new(), NOW.plus(Duration::from_secs(2))).await),
        14 => drop(store.cancel(known, now).await),
        _ => drop(store.expire(NOW.plus(Duration::from_secs(3_600))).await),
    }
}

#[tokio::test]
async fn after_random_groups_that_fail_in_their_middle_memory_is_what_is_stored() {
    let (_folder, store) = open();
    let mut chance = fastrand::Rng::with_seed(19);
    let mut known = new("power_on", 0, 0);
    store.enqueue(known.clone()).await.unwrap();
    for round in 1..120_u64 {
        let is_full = chance.u8(..8) == 0;
        if is_full {
            // Less than it has: nothing more is taken.
            store.on_writer("PRAGMA max_page_count = 1").await;
        }
        let (open, opened) = channel::<()>();
        let held = store.clone();
        let held = tokio::spawn(async move { held.hold_writer(opened).await });
        yield_now().await;
        let mut group = JoinSet::new();
        for number in 0..chance.u64(1..12) {
            let ids = store.depth().due + store.depth().processing + round;
            let ticket = ClaimTicket {
                queue_id: QueueId::new(chance.i64(1..=ids.cast_signed() + 4)),
                number: chance.u32(1..3),
            };
            let kind = chance.u8(..16);
            let number = round * 100 + number;
            group.spawn(random_job(store.clone(), kind, number, known.command.id, ticket));
        }
        yield_now().await;
        open.send(()).unwrap();
        held.await.unwrap();
        while group.join_next().await.is_some() {}
        if is_full {
            store.on_writer("PRAGMA max_page_count = 1000000").await;
        }
        assert_same(&store).await;
        if chance.u8(..4) == 0 {
            known = new("power_on", 0, round * 100 + 99);
            store.enqueue(known.clone()).await.unwrap();
        }
    }
    let query = HistoryQuery { limit: 100, ..HistoryQuery::default() };
    let history = store.history(query).await.unwrap();
    assert!(!history.items.is_empty(), "something came of it");
}

#[test]
fn the_reasons_that_end_with_a_session_are_those_of_the_domain() {
    for reason in Reason::ALL {
        assert_eq!(reason.ends_with_a_session(), SESSION_REASONS.contains(&reason), "{reason}");
    }
}
