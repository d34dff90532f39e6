//! What is old leaves the history, in slices, and goes into the daily aggregates.

use rusqlite::params;
use venue_domain::{StoreError, Timestamp};

use crate::{error::Cause, stats, step::Step};

/// So many rows leave in one step at most, so that nobody waits long behind it.
const SLICE: u32 = 500;

/// What is forgotten: everything older than these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Finished commands with their attempts; they stay in the daily aggregates.
    pub history_before: Timestamp,
    /// Daily aggregates.
    pub aggregates_before: Timestamp,
    /// Now, for what has a life of its own: keyed requests, and batches without commands.
    pub now: Timestamp,
}

/// Forgets one slice; tells how many finished commands left the history.
pub(crate) fn forget(step: &Step<'_>, retention: Retention) -> Result<u64, StoreError> {
    let connection = step.connection;
    let slice = params![retention.history_before.unix_ms(), SLICE];
    connection.prepare_cached(&of_slice(ROLL_UP)).cause()?.execute(slice).cause()?;
    connection.prepare_cached(&of_slice(FORGET_ATTEMPTS)).cause()?.execute(slice).cause()?;
    let left = connection.prepare_cached(&of_slice(FORGET)).cause()?.execute(slice).cause()?;
    let day = retention.aggregates_before.unix_ms().div_euclid(DAY_MS);
    connection.prepare_cached(FORGET_DAYS).cause()?.execute([day]).cause()?;
    let now = retention.now.unix_ms();
    connection.prepare_cached(FORGET_KEYS).cause()?.execute(params![now, SLICE]).cause()?;
    let before = retention.history_before.unix_ms();
    connection.prepare_cached(FORGET_PORTS).cause()?.execute(params![before, SLICE]).cause()?;
    connection.prepare_cached(FORGET_BATCHES).cause()?.execute(params![before, SLICE]).cause()?;
    stats::forget_minutes(connection, retention.now)?;
    Ok(left as u64)
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A statement over one slice; the same rows for each statement of a step.
fn of_slice(sql: &str) -> String {
    sql.replace("{slice}", &format!("({SLICE_IDS})"))
}

/// The ids of one slice.
pub(crate) const SLICE_IDS: &str = "
SELECT id FROM (SELECT id, completed_at FROM command_history WHERE id > 0 ORDER BY id LIMIT ?2)
WHERE completed_at < ?1";

const ROLL_UP: &str = "
INSERT INTO daily_aggregates (
    day, hostname, command, command_class, completed, failed, expired, superseded, cancelled,
    unknown, execution_count, execution_sum_ms, execution_max_ms
)
SELECT
    completed_at / 86400000, hostname, command, command_class,
    sum(status = 'completed'), sum(status = 'failed'), sum(status = 'expired'),
    sum(status = 'superseded'), sum(status = 'cancelled'), sum(status = 'unknown'),
    count(execution_time_ms), coalesce(sum(execution_time_ms), 0),
    coalesce(max(execution_time_ms), 0)
FROM command_history WHERE id IN {slice}
GROUP BY 1, 2, 3, 4
ON CONFLICT DO UPDATE SET
    completed = completed + excluded.completed, failed = failed + excluded.failed,
    expired = expired + excluded.expired, superseded = superseded + excluded.superseded,
    cancelled = cancelled + excluded.cancelled, unknown = unknown + excluded.unknown,
    execution_count = execution_count + excluded.execution_count,
    execution_sum_ms = execution_sum_ms + excluded.execution_sum_ms,
    execution_max_ms = max(execution_max_ms, excluded.execution_max_ms)";

const FORGET_ATTEMPTS: &str = "
DELETE FROM attempts WHERE command_id IN (
    SELECT command_id FROM command_history WHERE id IN {slice}
)";

const FORGET: &str = "DELETE FROM command_history WHERE id IN {slice}";

const FORGET_DAYS: &str = "DELETE FROM daily_aggregates WHERE day < ?1";

const FORGET_KEYS: &str = "
DELETE FROM idempotency_keys WHERE (actor, key) IN (
    SELECT actor, key FROM idempotency_keys INDEXED BY idempotency_expiry
    WHERE expires_at <= ?1 LIMIT ?2
)";

const FORGET_PORTS: &str = "
DELETE FROM batch_ports WHERE batch_id IN (
    SELECT id FROM batches WHERE finished_at < ?1 LIMIT ?2
)";

const FORGET_BATCHES: &str = "
DELETE FROM batches WHERE id IN (SELECT id FROM batches WHERE finished_at < ?1 LIMIT ?2)";
