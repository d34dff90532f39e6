//! When a device next has something to do.

use rusqlite::OptionalExtension;
use venue_domain::{Hostname, StoreError, Timestamp};

use crate::{error::IntoStoreError, row, txn::WriteTxn};

/// When `device` next has something to do.
pub(crate) fn next_due(
    txn: &WriteTxn<'_>,
    device: &Hostname,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let mut next = txn.connection.prepare_cached(READY_OR_LATER).store_err()?;
    let (ready, later): (bool, Option<i64>) =
        next.query_row([device.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).store_err()?;
    Ok(if ready { Some(now) } else { later.map(Timestamp::from_unix_ms) })
}

pub(crate) fn has_ready(txn: &WriteTxn<'_>, device: &Hostname) -> Result<bool, StoreError> {
    let mut ready = txn.connection.prepare_cached(HAS_READY).store_err()?;
    ready.exists([device.as_str()]).store_err()
}

/// When the first command of `device` that waits for its time becomes due.
pub(crate) fn first_later(
    txn: &WriteTxn<'_>,
    device: &Hostname,
) -> Result<Option<Timestamp>, StoreError> {
    let mut later = txn.connection.prepare_cached(FIRST_LATER).store_err()?;
    let found = later.query_row([device.as_str()], |row| row::time(row, 0));
    found.optional().store_err()
}

pub(crate) const HAS_READY: &str = "
SELECT 1 FROM command_queue INDEXED BY queue_ready
WHERE hostname = ?1 AND status = 'pending' AND ready = 1 LIMIT 1";

pub(crate) const FIRST_LATER: &str = "
SELECT due_at FROM command_queue INDEXED BY queue_later
WHERE hostname = ?1 AND status = 'pending' AND ready = 0 ORDER BY due_at LIMIT 1";

/// Both of these at once.
pub(crate) const READY_OR_LATER: &str = "
SELECT EXISTS (
    SELECT 1 FROM command_queue INDEXED BY queue_ready
    WHERE hostname = ?1 AND status = 'pending' AND ready = 1
), (
    SELECT due_at FROM command_queue INDEXED BY queue_later
    WHERE hostname = ?1 AND status = 'pending' AND ready = 0 ORDER BY due_at LIMIT 1
)";
