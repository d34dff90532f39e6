//! What is in the store of a daemon that is no more.

use std::{fs, path::Path};

use venue_domain::{CommandRecord, HistoryQuery, QueueView};
use venue_queue::{SqliteStore, StoreConfig};

/// Every command in the store that was left in `folder`: first those that are open, then those that
/// have ended. A copy is read, since whoever opens a database of a crash repairs it.
pub(super) async fn stored(folder: &Path) -> (Vec<CommandRecord>, Vec<CommandRecord>) {
    let copy = tempfile::tempdir().unwrap();
    for file in ["venue.db", "venue.db-wal"] {
        if folder.join(file).exists() {
            fs::copy(folder.join(file), copy.path().join(file)).unwrap();
        }
    }
    let store = SqliteStore::open(&copy.path().join("venue.db"), StoreConfig::default()).unwrap();
    let open = store.open_commands(None, None, ALL).await.unwrap();
    let query = HistoryQuery { limit: ALL, ..HistoryQuery::default() };
    let ended = store.history(query).await.unwrap();
    assert!(open.len() < ALL as usize && ended.next.is_none(), "too much for one look");
    store.close().await;
    (open, ended.items)
}

/// More than a story has.
const ALL: u32 = 100_000;
