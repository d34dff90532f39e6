//! What is in the store of a daemon that is no more.

use std::{fs, path::Path};

use venue_domain::{CommandRecord, HistoryQuery, QueueView, Status, StoreError};
use venue_queue::{Recount, SqliteStore, StoreConfig, recount};

use crate::support::soon;

/// What a daemon has left behind.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) open: Vec<CommandRecord>,
    pub(super) ended: Vec<CommandRecord>,
    /// The file counted anew, row by row, past everything that the store makes of it.
    pub(super) recount: Recount,
    /// Whether it ended while a group of changes was written.
    pub(super) in_commit: bool,
}

impl Stored {
    /// Reads what was left in `folder`. A copy is read and kept in `copy`, since whoever opens a
    /// database of a crash repairs it.
    pub(super) async fn read(folder: &Path, copy: &Path) -> Self {
        fs::create_dir(copy).unwrap();
        for file in ["venue.db", "venue.db-wal"] {
            if folder.join(file).exists() {
                fs::copy(folder.join(file), copy.join(file)).unwrap();
            }
        }
        let file = copy.join("venue.db");
        let in_commit = fs::read(copy.join("venue.db-wal")).is_ok_and(|wal| ends_in_commit(&wal));
        let store = SqliteStore::open(&file, StoreConfig::default()).unwrap();
        let open = read(|| store.open_commands(None, None, ALL)).await;
        let query = HistoryQuery { limit: ALL, ..HistoryQuery::default() };
        let ended = read(|| store.history(query.clone())).await;
        assert!(open.len() < ALL as usize && ended.next.is_none(), "too much for one look");
        store.close().await;
        let recount = recount(&file).unwrap();
        Self { open, ended: ended.items, recount, in_commit }
    }

    /// Whether anything was in flight from the queue.
    pub(super) fn in_flight(&self) -> bool {
        self.open.iter().any(|record| record.status == Status::Processing)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &CommandRecord> {
        self.open.iter().chain(&self.ended)
    }
}

/// On a busy machine a reader may not be opened in its time.
async fn read<T, F>(ask: impl Fn() -> F) -> T
where
    F: Future<Output = Result<T, StoreError>>,
{
    let reading = async {
        loop {
            match ask().await {
                Err(StoreError::Unavailable) => {}
                read => return read.unwrap(),
            }
        }
    };
    soon("a look at what was left", reading).await
}

/// Whether the log ends with frames of a group that was never committed: they carry its salts, and
/// behind them is none that says how large the database is afterwards.
/// (<https://www.sqlite.org/fileformat2.html#walformat>)
fn ends_in_commit(wal: &[u8]) -> bool {
    let Some((header, frames)) = wal.split_at_checked(32) else { return false };
    let page = u32::from_be_bytes(header[8..12].try_into().unwrap());
    let frames = frames.chunks_exact(24 + page as usize);
    let of_this_log = frames.take_while(|frame| frame[8..16] == header[16..24]);
    of_this_log.last().is_some_and(|frame| frame[4..8] == [0; 4])
}

/// More than a story has.
const ALL: u32 = 100_000;
