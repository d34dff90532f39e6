//! The counts of batches as the writer knows them: they move with each command, and are written once for all that
//! move in a group of changes.

use rusqlite::{Connection, OptionalExtension, Row, params};
use venue_domain::{BatchId, StoreError, Timestamp};

use crate::{error::IntoStoreError, write_behind::WriteBehind};

/// The counts of the batches that have moved.
#[derive(Debug, Default)]
pub(crate) struct Tallies(WriteBehind<BatchId, Tally>);

/// How many commands of a batch have each status, in the order of [`Status`](venue_domain::Status).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    counts: [i64; 8],
    finished_at: Option<i64>,
}

impl Tally {
    const fn is_open(&self) -> bool {
        let [pending, processing, ..] = self.counts;
        pending + processing != 0
    }
}

impl Tallies {
    /// `batch` is new, and has no commands yet.
    pub(crate) fn begin(&mut self, batch: &BatchId, created_at: Timestamp) {
        let finished_at = Some(created_at.unix_ms());
        self.0.note(batch.clone(), Tally { counts: [0; 8], finished_at });
    }

    /// The counts of `batch` move at `now`; tells whether it is finished with that. They reach zero open commands
    /// once, so this is told exactly once.
    pub(crate) fn move_by(
        &mut self,
        connection: &Connection,
        batch: &BatchId,
        moves: [i64; 8],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let known = match self.0.get(batch) {
            Some(known) => Some(*known),
            None => load(connection, batch)?,
        };
        // Of a batch that retention took there is nothing to count.
        let Some(mut tally) = known else { return Ok(false) };
        tally.counts.iter_mut().zip(moves).for_each(|(count, by)| *count += by);
        tally.finished_at = (!tally.is_open()).then(|| now.unix_ms());
        self.0.change(batch.clone(), tally);
        Ok(!tally.is_open())
    }

    /// Writes what has moved.
    pub(crate) fn write(&mut self, connection: &Connection) -> Result<(), StoreError> {
        self.0.write(|changed| {
            for (batch, Tally { counts, finished_at }) in changed {
                let mut write = connection.prepare_cached(WRITE).store_err()?;
                let [
                    pending,
                    processing,
                    completed,
                    failed,
                    expired,
                    superseded,
                    cancelled,
                    unknown,
                ] = counts;
                write
                    .execute(params![
                        batch.as_str(),
                        pending,
                        processing,
                        completed,
                        failed,
                        expired,
                        superseded,
                        cancelled,
                        unknown,
                        finished_at,
                    ])
                    .store_err()?;
            }
            Ok(())
        })
    }

    /// Nobody knows what the table has.
    pub(crate) fn forget(&mut self) {
        self.0.forget();
    }
}

fn load(connection: &Connection, batch: &BatchId) -> Result<Option<Tally>, StoreError> {
    let mut select = connection.prepare_cached(LOAD).store_err()?;
    select.query_row([batch.as_str()], read).optional().store_err()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Tally> {
    let mut tally = Tally { counts: [0; 8], finished_at: row.get(8)? };
    for (column, count) in tally.counts.iter_mut().enumerate() {
        *count = row.get(column)?;
    }
    Ok(tally)
}

pub(crate) const LOAD: &str = "
SELECT pending, processing, completed, failed, expired, superseded, cancelled, unknown, finished_at
FROM batches WHERE id = ?1";

const WRITE: &str = "
UPDATE batches SET
    pending = ?2, processing = ?3, completed = ?4, failed = ?5, expired = ?6, superseded = ?7,
    cancelled = ?8, unknown = ?9, total = ?2 + ?3 + ?4 + ?5 + ?6 + ?7 + ?8 + ?9, finished_at = ?10
WHERE id = ?1";
