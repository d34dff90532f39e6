//! What has outlived its life ends, and is never sent.

use rusqlite::{Connection, OptionalExtension, params};
use venue_domain::{Expired, Reason, StoreError, Timestamp};

use crate::{
    error::IntoStoreError,
    row::{self, RowSummary, SUMMARY_COLUMNS},
    txn::{End, WriteTxn},
};

/// So many rows end in one step at most, so that nobody waits long behind it.
const SLICE: u32 = 500;

/// Ends waiting commands whose life was over at `now`.
pub(crate) fn expire(txn: &mut WriteTxn<'_>, now: Timestamp) -> Result<Expired, StoreError> {
    let sql = overdue_sql();
    let mut select = txn.connection.prepare_cached(&sql).store_err()?;
    let overdue: Vec<RowSummary> = select
        .query_map(params![now.unix_ms(), SLICE], RowSummary::read)
        .and_then(Iterator::collect)
        .store_err()?;
    drop(select);
    for summary in overdue {
        txn.finish(&summary, &End::plain(Reason::Expired), now)?;
    }
    let next_expiry = next_expiry(txn.connection)?;
    Ok(Expired { next_expiry, ended_commands: txn.ended_commands(now)? })
}

/// When the next waiting command expires.
pub(crate) fn next_expiry(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let mut select = connection.prepare_cached(NEXT_EXPIRY).store_err()?;
    select.query_row((), |row| row::time(row, 0)).optional().store_err()
}

pub(crate) fn overdue_sql() -> String {
    format!(
        "SELECT {SUMMARY_COLUMNS} FROM command_queue INDEXED BY queue_expiry
        WHERE status = 'pending' AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2"
    )
}

/// The lower bound is always met; it makes the plan a search for the first entry.
pub(crate) const NEXT_EXPIRY: &str = "
SELECT expires_at FROM command_queue INDEXED BY queue_expiry
WHERE status = 'pending' AND expires_at >= 0 ORDER BY expires_at LIMIT 1";
