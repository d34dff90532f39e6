use std::{fs, path::Path, time::Duration};

use venue_domain::{
    Attempt, Claimed, Command, CommandQueue, ConfigurationStore, Enqueued, Evidence, Fences,
    ItemChange, ItemKind, MaxAttempts, NewCommand, PortSet, PreviousShutdown, Priority, QueueId,
    Reason, Settlement, Status, Timestamp, WorkQueue, testing,
};

use crate::{SqliteStore, StoreConfig, repair};

const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000);
const LATER: Timestamp = Timestamp::from_unix_ms(1_060_000);

fn command(action: &str, sequence: u64) -> Command {
    let expires_at = Timestamp::from_unix_ms(9_000_000);
    Command { expires_at, ..testing::command(action, "ir-1/1", NOW, sequence) }
}

/// Stores a command, and sees it through to its delivery; tells its number.
async fn carry_out(store: &SqliteStore, sequence: u64) -> QueueId {
    let new =
        NewCommand::new(command("power_on", sequence), Priority::BULK, MaxAttempts::default());
    let stored = store.enqueue(new).await.unwrap();
    let Enqueued::Waiting { queue_id } = stored.answer else { panic!("{stored:?}") };
    let claimed = store.claim("ir-1".parse().unwrap(), PortSet::EMPTY, LATER, NOW).await.unwrap();
    let Claimed { claim: Some(claim), .. } = claimed else { panic!("{claimed:?}") };
    let attempt = Attempt {
        started_at: NOW,
        took: Duration::from_millis(9),
        reason: Reason::Delivered,
        evidence: Some(Evidence::PingBarrier),
        detail: None,
    };
    let settled = store.settle(claim.ticket, Settlement::Finish { attempt }, NOW).await.unwrap();
    assert_eq!(settled.status, Some(Status::Completed));
    queue_id
}

async fn opened(path: &Path) -> SqliteStore {
    let store = SqliteStore::open(path, StoreConfig::default()).unwrap();
    store.start(PreviousShutdown::Clean, NOW).await.unwrap();
    store
}

#[tokio::test]
async fn after_a_repair_of_an_empty_queue_no_number_comes_back_and_what_is_delivered_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.db");
    let store = opened(&path).await;
    let mut numbers = vec![carry_out(&store, 1).await, carry_out(&store, 2).await];
    store.abandon().await;
    for sequence in 3..6 {
        repair(&path, &[], LATER).unwrap();
        let store = opened(&path).await;
        // Settled: its row in the history has the number for itself.
        let number = carry_out(&store, sequence).await;
        assert!(numbers.iter().all(|older| *older < number), "{number:?} after {numbers:?}");
        numbers.push(number);
        store.abandon().await;
    }
}

#[tokio::test]
async fn a_database_whose_numbers_were_set_back_goes_on_above_its_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.db");
    let store = opened(&path).await;
    let before = carry_out(&store, 1).await;
    store.close().await;
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("DELETE FROM sqlite_sequence", ()).unwrap();
    drop(connection);
    let store = opened(&path).await;
    assert!(carry_out(&store, 2).await > before);
}

fn token(id: &str) -> ItemChange {
    ItemChange::Put { kind: ItemKind::Token, id: id.to_owned(), body: "{}".to_owned() }
}

fn revoked(id: &str) -> ItemChange {
    ItemChange::Remove { kind: ItemKind::Token, id: id.to_owned() }
}

async fn tokens(store: &SqliteStore) -> Vec<String> {
    let configuration = store.configuration().await.unwrap();
    configuration.items.into_iter().map(|item| item.id).collect()
}

#[tokio::test]
async fn a_token_that_was_revoked_after_the_backup_does_not_come_back_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, backup) = (folder.path().join("queue.db"), folder.path().join("backup.db"));
    let store = opened(&path).await;
    store.configure(vec![token("kept"), token("stolen")], Timestamp::default()).await.unwrap();
    store.backup(backup.clone()).await.unwrap();
    let revision = store
        .configure(vec![revoked("stolen"), token("new")], Timestamp::default())
        .await
        .unwrap()
        .answer;
    store.abandon().await;
    repair(&path, &[backup], LATER).unwrap();
    let store = opened(&path).await;
    assert_eq!(tokens(&store).await, ["kept", "new"]);
    assert_eq!(store.configuration().await.unwrap().revision, revision);
}

#[tokio::test]
async fn a_backup_that_is_younger_than_what_is_left_of_the_database_is_not_set_back_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, backup) = (folder.path().join("queue.db"), folder.path().join("backup.db"));
    let store = opened(&path).await;
    store.configure(vec![token("stolen")], Timestamp::default()).await.unwrap();
    let (older, newer) = (command("power_on", 1), command("power_off", 2));
    let raised = |command: &Command| {
        let fences = Fences::new();
        fences.raise(command);
        fences.entries()
    };
    store.merge_fences(raised(&older), NOW).await.unwrap();
    store.checkpoint().await;
    // From here on all is in the log alone, which is lost.
    store.configure(vec![revoked("stolen"), token("kept")], Timestamp::default()).await.unwrap();
    store.merge_fences(raised(&newer), NOW).await.unwrap();
    let revision = store.configuration().await.unwrap().revision;
    store.backup(backup.clone()).await.unwrap();
    store.abandon().await;
    fs::remove_file(folder.path().join("queue.db-wal")).unwrap();
    repair(&path, &[backup], LATER).unwrap();
    let store = opened(&path).await;
    assert_eq!(tokens(&store).await, ["kept"]);
    assert_eq!(store.configuration().await.unwrap().revision, revision);
    let fences = Fences::new();
    fences.merge(&store.fences().await.unwrap());
    let by = fences.superseded_by(&older).map(|by| by.command);
    assert_eq!(by, Some(newer.id), "a newer wish is not forgotten");
}
