//! What has outlived its life ends, and is never sent.

use rusqlite::{Connection, OptionalExtension, params};
use venue_domain::{Expired, Reason, StoreError, Timestamp};

use crate::{
    error::Cause,
    row::{self, HEAD, Head},
    step::{End, Step},
};

/// So many rows end in one step at most, so that nobody waits long behind it.
const SLICE: u32 = 500;

/// Ends waiting commands whose life was over at `now`.
pub(crate) fn expire(step: &mut Step<'_>, now: Timestamp) -> Result<Expired, StoreError> {
    let sql = overdue_sql();
    let mut select = step.connection.prepare_cached(&sql).cause()?;
    let overdue: Vec<Head> = select
        .query_map(params![now.unix_ms(), SLICE], Head::read)
        .and_then(Iterator::collect)
        .cause()?;
    drop(select);
    for head in overdue {
        step.finish(&head, &End::plain(Reason::Expired), now)?;
    }
    let next_expiry = next_expiry(step.connection)?;
    Ok(Expired { next_expiry, ended_commands: step.ended_commands(now)? })
}

/// When the next waiting command expires.
pub(crate) fn next_expiry(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let mut select = connection.prepare_cached(NEXT_EXPIRY).cause()?;
    select.query_row((), |row| row::time(row, 0)).optional().cause()
}

pub(crate) fn overdue_sql() -> String {
    format!(
        "SELECT {HEAD} FROM command_queue INDEXED BY queue_expiry
        WHERE status = 'pending' AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2"
    )
}

/// The lower bound is always met; it makes the plan a search for the first entry.
pub(crate) const NEXT_EXPIRY: &str = "
SELECT expires_at FROM command_queue INDEXED BY queue_expiry
WHERE status = 'pending' AND expires_at >= 0 ORDER BY expires_at LIMIT 1";
