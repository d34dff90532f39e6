//! A recount finds what is wrong with a file, and nothing in a sound one.

use std::time::Duration;

use rusqlite::Connection;
use venue_domain::{
    Actor, Attempt, BatchCounts, BatchId, Class, Command, CommandQueue, MaxAttempts, NewBatch,
    NewCommand, PortSet, Priority, Reason, Settlement, Status, Timestamp, WorkQueue, testing,
};
use venue_queue::{SqliteStore, recount};

use crate::sqlite::Sqlite;

const NOW: Timestamp = Timestamp::from_unix_ms(1_788_900_000_000);

/// Stores a batch of two toggles, of which one has failed and the other waits.
async fn fill(store: &SqliteStore) -> BatchId {
    let commands = (1..=2).map(|port| {
        let power = testing::command("power", &format!("ir-1/{port}"), NOW, port);
        let command = Command { class: Class::Bulk, ..power };
        NewCommand::new(command, Priority::BULK, MaxAttempts::default())
    });
    let batch = NewBatch {
        id: "bar".parse().unwrap(),
        actor: Actor::default(),
        created_at: NOW,
        commands: commands.collect(),
        rejected: 3,
        duplicates: 4,
        notes: Some("the bar".to_owned()),
    };
    let id = batch.id.clone();
    store.create_batch(batch).await.unwrap();
    let lease = NOW.plus(Duration::from_secs(15));
    let claim = store
        .claim("ir-1".parse().unwrap(), PortSet::EMPTY, lease, NOW)
        .await
        .unwrap()
        .claim
        .unwrap();
    let attempt = Attempt {
        started_at: NOW,
        took: Duration::ZERO,
        reason: Reason::Refused,
        evidence: None,
        detail: None,
    };
    let settlement = Settlement::Finish { attempt };
    store.settle(claim.ticket, settlement, NOW).await.unwrap();
    id
}

#[tokio::test]
async fn a_sound_file_is_counted_and_nothing_is_wrong_with_it() {
    let folder = Sqlite::new();
    let store = folder.open();
    let id = fill(&store).await;
    store.close().await;
    let found = recount(&folder.path()).unwrap();
    assert_eq!(found.wrong, Vec::<String>::new());
    let batch = &found.batches[&id];
    let expected: BatchCounts = [Status::Failed, Status::Pending].into_iter().collect();
    assert_eq!((batch.kept, batch.counted, batch.is_finished), (expected, expected, false));
    assert_eq!((batch.rejected, batch.duplicates), (3, 4));
    assert_eq!(batch.notes.as_deref(), Some("the bar"));
}

#[tokio::test]
async fn whatever_is_wrong_with_a_file_is_told() {
    let spoilers = [
        ("UPDATE batches SET failed = 0, cancelled = 1", "bar is not what its rows are"),
        ("UPDATE batches SET finished_at = 1", "bar is not what its rows are"),
        ("UPDATE command_queue SET batch_id = NULL", "bar is not what its rows are"),
        ("UPDATE batches SET total = 3", "counts that do not add up: bar"),
        ("UPDATE batches SET id = 'pub'", "1 failed of bar, and no such batch"),
        ("UPDATE attempts SET started_at = started_at + 1", "tried after its end: "),
        (
            "UPDATE command_queue SET command_id = (SELECT command_id FROM command_history)",
            "open, and ended: ",
        ),
    ];
    for (spoiler, told) in spoilers {
        let folder = Sqlite::new();
        let store = folder.open();
        fill(&store).await;
        store.close().await;
        let file = Connection::open(folder.path()).unwrap();
        file.execute_batch(&format!("PRAGMA ignore_check_constraints = ON; {spoiler}")).unwrap();
        drop(file);
        let found = recount(&folder.path()).unwrap().wrong;
        assert!(found.iter().any(|wrong| wrong.starts_with(told)), "{spoiler}: {found:?}");
    }
}
