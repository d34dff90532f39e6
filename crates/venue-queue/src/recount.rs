//! Counts a database anew, row by row: what the store tells of itself is held against this.

use std::{collections::HashMap, path::Path};

use rusqlite::{Connection, OpenFlags};
use venue_domain::{BatchCounts, BatchId, Status, StoreError};

use crate::{error::IntoStoreError, row};

/// What a file holds, counted anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recount {
    /// All batches, by name.
    pub batches: HashMap<BatchId, CountedBatch>,
    /// What is in the file and must not be, for people; empty in a sound one.
    pub wrong: Vec<String>,
}

/// A batch and its commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountedBatch {
    /// What was written about it.
    pub notes: Option<String>,
    /// Whether it is marked as finished.
    pub is_finished: bool,
    /// How many targets were rejected.
    pub rejected: u64,
    /// How many targets were named more than once.
    pub duplicates: u64,
    /// The counts as they are kept.
    pub kept: BatchCounts,
    /// The counts of its rows, those that are open and those that have ended.
    pub counted: BatchCounts,
}

/// Counts the database in `file`, of which nobody else may make use meanwhile.
///
/// # Errors
/// [`StoreError`] if it cannot be read.
pub fn recount(file: &Path) -> Result<Recount, StoreError> {
    let connection =
        Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).store_err()?;
    let mut recount = Recount { batches: batches(&connection)?, wrong: Vec::new() };
    for (id, status, count) in rows(&connection)? {
        match recount.batches.get_mut(&id) {
            Some(batch) => batch.counted.set(status, count),
            None => recount.wrong.push(format!("{count} {status} of {id}, and no such batch")),
        }
    }
    for (id, batch) in &recount.batches {
        if batch.kept != batch.counted || batch.is_finished != batch.counted.is_finished() {
            recount.wrong.push(format!("{id} is not what its rows are: {batch:?}"));
        }
    }
    for (what, sql) in WRONG {
        let mut select = connection.prepare(sql).store_err()?;
        let found = select.query_map((), |row| row.get::<_, String>(0)).store_err()?;
        for name in found {
            recount.wrong.push(format!("{what}: {}", name.store_err()?));
        }
    }
    Ok(recount)
}

fn batches(connection: &Connection) -> Result<HashMap<BatchId, CountedBatch>, StoreError> {
    let mut select = connection.prepare(BATCHES).store_err()?;
    let found = select.query_map((), |row| {
        let mut kept = BatchCounts::default();
        for status in Status::ALL {
            kept.set(status, row.get(status.name())?);
        }
        let batch = CountedBatch {
            notes: row.get("notes")?,
            is_finished: row.get("is_finished")?,
            rejected: row.get("rejected")?,
            duplicates: row.get("duplicates")?,
            kept,
            counted: BatchCounts::default(),
        };
        Ok((row::parsed(row, 0)?, batch))
    });
    found.and_then(Iterator::collect).store_err()
}

/// How many rows of which batch have which status.
fn rows(connection: &Connection) -> Result<Vec<(BatchId, Status, u64)>, StoreError> {
    let mut select = connection.prepare(ROWS).store_err()?;
    let found = select.query_map((), |row| {
        let status: String = row.get(1)?;
        let status = Status::ALL.into_iter().find(|known| known.name() == status);
        Ok((row::parsed(row, 0)?, status.ok_or(rusqlite::Error::InvalidQuery)?, row.get(2)?))
    });
    found.and_then(Iterator::collect).store_err()
}

const BATCHES: &str = "
SELECT id, notes, finished_at IS NOT NULL AS is_finished, rejected, duplicates,
    pending, processing, completed, failed, expired, superseded, cancelled, unknown
FROM batches";

const ROWS: &str = "
SELECT batch_id, status, count(*)
FROM (
    SELECT batch_id, status FROM command_queue UNION ALL SELECT batch_id, status FROM command_history
)
WHERE batch_id IS NOT NULL GROUP BY batch_id, status";

/// What must not be, and how it is found.
const WRONG: [(&str, &str); 4] = [
    (
        "open, and ended",
        "SELECT command_id FROM command_queue JOIN command_history USING (command_id)",
    ),
    (
        // What was delivered may be sent once more by its lane, against an older one that comes late.
        "tried after its end",
        "SELECT command_id FROM attempts JOIN command_history USING (command_id)
        WHERE started_at > completed_at AND routing_method <> 'direct_success' AND NOT EXISTS (
            SELECT 1 FROM attempts AS earlier
            WHERE earlier.command_id = attempts.command_id AND earlier.number < attempts.number
            AND earlier.reason = 'delivered'
        )",
    ),
    (
        "counts that do not add up",
        "SELECT id FROM batches WHERE total <> pending + processing + completed + failed + expired
            + superseded + cancelled + unknown",
    ),
    (
        "the file is damaged",
        "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
    ),
];
