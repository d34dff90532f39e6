//! Figures that are kept instead of counted: depth, the last hour, the highest order key.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};
use venue_domain::{BatchCounts, Depth, OrderKey, QueueMetrics, Status, StoreError, Timestamp};

use crate::{
    count_changes::CountChanges,
    error::IntoStoreError,
    row::{self, sequence},
};

/// In flight for longer than this is stuck, as the document has it.
pub(crate) const STUCK: Duration = Duration::from_secs(5 * 60);

/// Minutes are kept for a little more than the hour that is shown.
const MINUTES_KEPT: i64 = 120;

/// Writes what a group of changes adds to the figures, in its transaction.
pub(crate) fn write(
    connection: &Connection,
    highest: &mut Option<OrderKey>,
    count_changes: &CountChanges,
) -> Result<(), StoreError> {
    raise_highest(connection, highest, count_changes.highest)?;
    for (minute, counts) in &count_changes.minutes {
        let mut add = connection.prepare_cached(ADD_MINUTE).store_err()?;
        add.execute(params![
            minute,
            counts.ended.of(Status::Completed),
            counts.ended.of(Status::Failed),
            counts.ended.of(Status::Expired),
            counts.ended.of(Status::Superseded),
            counts.ended.of(Status::Cancelled),
            counts.ended.of(Status::Unknown),
            counts.execution_count,
            counts.execution_sum,
            counts.wait_count,
            counts.wait_sum,
        ])
        .store_err()?;
    }
    Ok(())
}

/// Stores the highest key of a group, if none is higher.
fn raise_highest(
    connection: &Connection,
    known: &mut Option<OrderKey>,
    found: Option<OrderKey>,
) -> Result<(), StoreError> {
    let Some(key) = found else { return Ok(()) };
    let stored = match *known {
        Some(stored) => stored,
        None => highest_key(connection)?,
    };
    *known = Some(stored.max(key));
    if stored >= key {
        return Ok(());
    }
    let mut write = connection.prepare_cached(WRITE_HIGHEST).store_err()?;
    let place = params![key.instant.venue_time().unix_ms(), sequence(key)];
    write.execute(place).store_err().map(drop)
}

/// The highest key ever stored.
pub(crate) fn highest_key(connection: &Connection) -> Result<OrderKey, StoreError> {
    let mut select = connection.prepare_cached(READ_META).store_err()?;
    let mut value = |name: &str| {
        let found = select.query_row([name], |row| row.get::<_, i64>(0)).optional();
        found.map(Option::unwrap_or_default).store_err()
    };
    let instant = Timestamp::from_unix_ms(value("order_instant")?);
    Ok(OrderKey::at(instant, value("order_sequence")?.cast_unsigned()))
}

/// The figures of the document.
pub(crate) fn metrics(
    connection: &Connection,
    depth: Depth,
    stuck: u64,
    now: Timestamp,
) -> Result<QueueMetrics, StoreError> {
    let oldest_due = if depth.due == 0 { None } else { oldest_due(connection)? };
    let mut hour = connection.prepare_cached(LAST_HOUR).store_err()?;
    let minute = now.unix_ms().div_euclid(60_000);
    let metrics = hour.query_row([minute - 60], |row| {
        Ok(QueueMetrics {
            depth,
            oldest_due,
            stuck,
            last_hour: ended(row)?,
            average_execution: mean(row.get(6)?, row.get(7)?),
            average_wait: mean(row.get(8)?, row.get(9)?),
        })
    });
    metrics.store_err()
}

/// How many ended, by status, in the order of [`LAST_HOUR`].
fn ended(row: &Row<'_>) -> rusqlite::Result<BatchCounts> {
    let statuses = [
        Status::Completed,
        Status::Failed,
        Status::Expired,
        Status::Superseded,
        Status::Cancelled,
        Status::Unknown,
    ];
    let mut ended = BatchCounts::default();
    for (column, status) in statuses.into_iter().enumerate() {
        ended.set(status, row.get(column)?);
    }
    Ok(ended)
}

/// Since when the oldest due command waits. Commands lie in the order in which they came, and none is
/// due before it came: whoever came after the best so far was due cannot be older.
fn oldest_due(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let mut select = connection.prepare_cached(IN_ORDER).store_err()?;
    let mut rows = select.query(()).store_err()?;
    let mut oldest: Option<Timestamp> = None;
    while let Some(row) = rows.next().store_err()? {
        let (is_due, due_at): (bool, _) = (row.get(0).store_err()?, row::time(row, 1).store_err()?);
        // They are stored a little out of order: in groups, and after they were accepted.
        let came = row::time(row, 2).store_err()?.minus(OUT_OF_ORDER);
        if oldest.is_some_and(|oldest| oldest < came) {
            break;
        }
        if is_due {
            oldest = Some(oldest.map_or(due_at, |oldest| oldest.min(due_at)));
        }
    }
    Ok(oldest)
}

fn mean(count: u64, sum_ms: u64) -> Option<Duration> {
    sum_ms.checked_div(count).map(Duration::from_millis)
}

/// Forgets the minutes that are shown no more.
pub(crate) fn prune_minutes(connection: &Connection, now: Timestamp) -> Result<(), StoreError> {
    let oldest = now.unix_ms().div_euclid(60_000) - MINUTES_KEPT;
    let mut forget =
        connection.prepare_cached("DELETE FROM minutes WHERE minute < ?1").store_err()?;
    forget.execute([oldest]).store_err().map(drop)
}

const READ_META: &str = "SELECT value FROM meta WHERE name = ?1";
const WRITE_HIGHEST: &str = "
INSERT OR REPLACE INTO meta (name, value) VALUES ('order_instant', ?1), ('order_sequence', ?2)";

const ADD_MINUTE: &str = "
INSERT INTO minutes (
    minute, completed, failed, expired, superseded, cancelled, unknown,
    execution_count, execution_sum_ms, wait_count, wait_sum_ms
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (minute) DO UPDATE SET
    completed = completed + excluded.completed,
    failed = failed + excluded.failed,
    expired = expired + excluded.expired,
    superseded = superseded + excluded.superseded,
    cancelled = cancelled + excluded.cancelled,
    unknown = unknown + excluded.unknown,
    execution_count = execution_count + excluded.execution_count,
    execution_sum_ms = execution_sum_ms + excluded.execution_sum_ms,
    wait_count = wait_count + excluded.wait_count,
    wait_sum_ms = wait_sum_ms + excluded.wait_sum_ms";

const LAST_HOUR: &str = "
SELECT
    coalesce(sum(completed), 0), coalesce(sum(failed), 0), coalesce(sum(expired), 0),
    coalesce(sum(superseded), 0), coalesce(sum(cancelled), 0), coalesce(sum(unknown), 0),
    coalesce(sum(execution_count), 0), coalesce(sum(execution_sum_ms), 0),
    coalesce(sum(wait_count), 0), coalesce(sum(wait_sum_ms), 0)
FROM minutes WHERE minute > ?1";

pub(crate) const IN_ORDER: &str = "
SELECT status = 'pending' AND ready = 1, due_at, created_at
FROM command_queue WHERE id > 0 ORDER BY id";

/// No command is stored so much later than it was accepted: its direct try takes seconds at most.
const OUT_OF_ORDER: Duration = Duration::from_secs(60);
