//! What is old leaves the history, in slices, and goes into the daily aggregates.

use rusqlite::params;
use venue_domain::{StoreError, Timestamp};

use crate::{error::IntoStoreError, stats, txn::WriteTxn};

/// So many rows leave in one step at most, so that nobody waits long behind it.
const SLICE: u32 = 500;

/// What is forgotten: everything older than these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Finished commands with their attempts; they stay in the daily aggregates.
    pub history_before: Timestamp,
    /// Daily aggregates, and what became of the occurrences of schedules but for the last of each.
    pub aggregates_before: Timestamp,
    /// Now, for what has a life of its own: keyed requests, and batches without commands.
    pub now: Timestamp,
}

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Finished commands; they are in the daily aggregates.
    pub commands: u64,
    /// Finished batches.
    pub batches: u64,
    /// The assumed state of ports before a batch.
    pub ports_before: u64,
    /// Keyed requests.
    pub requests: u64,
    /// Daily aggregates.
    pub aggregates: u64,
    /// Runs of schedules.
    pub schedule_runs: u64,
}

impl Pruned {
    /// Whether nothing was old.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }

    /// This and `more`.
    #[must_use]
    pub const fn and(self, more: Self) -> Self {
        Self {
            commands: self.commands + more.commands,
            batches: self.batches + more.batches,
            ports_before: self.ports_before + more.ports_before,
            requests: self.requests + more.requests,
            aggregates: self.aggregates + more.aggregates,
            schedule_runs: self.schedule_runs + more.schedule_runs,
        }
    }
}

/// Forgets one slice: so many rows at most of all kinds together, the history first.
pub(crate) fn prune(txn: &WriteTxn<'_>, retention: Retention) -> Result<Pruned, StoreError> {
    let connection = txn.connection;
    let before = retention.history_before.unix_ms();
    let slice = params![before, SLICE];
    connection.prepare_cached(&of_slice(ROLL_UP)).store_err()?.execute(slice).store_err()?;
    connection.prepare_cached(&of_slice(PRUNE_ATTEMPTS)).store_err()?.execute(slice).store_err()?;
    let commands =
        connection.prepare_cached(&of_slice(PRUNE)).store_err()?.execute(slice).store_err()?;
    let mut room = SLICE as usize - commands.min(SLICE as usize);
    let mut rest = |sql: &str, before: i64| -> Result<u64, StoreError> {
        let gone = connection
            .prepare_cached(sql)
            .store_err()?
            .execute(params![before, room])
            .store_err()?;
        room = room.saturating_sub(gone);
        Ok(gone as u64)
    };
    let pruned = Pruned {
        commands: commands as u64,
        ports_before: rest(PRUNE_PORTS, before)?,
        batches: rest(PRUNE_BATCHES, before)?,
        requests: rest(PRUNE_KEYS, retention.now.unix_ms())?,
        aggregates: rest(PRUNE_DAYS, retention.aggregates_before.unix_ms().div_euclid(DAY_MS))?,
        schedule_runs: rest(PRUNE_RUNS, retention.aggregates_before.unix_ms())?,
    };
    stats::prune_minutes(connection, retention.now)?;
    Ok(pruned)
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A statement over one slice; the same rows for each statement of a step.
fn of_slice(sql: &str) -> String {
    sql.replace("{slice}", &format!("({SLICE_IDS})"))
}

/// The ids of one slice: what ended first, whatever lies before it.
pub(crate) const SLICE_IDS: &str = "
SELECT id FROM command_history INDEXED BY history_completed
WHERE completed_at < ?1 ORDER BY completed_at LIMIT ?2";

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

const PRUNE_ATTEMPTS: &str = "
DELETE FROM attempts WHERE command_id IN (
    SELECT command_id FROM command_history WHERE id IN {slice}
)";

const PRUNE: &str = "DELETE FROM command_history WHERE id IN {slice}";

/// What of a batch is left goes before the batch, so that a slice is a slice however large it was.
pub(crate) const PRUNE_PORTS: &str = "
DELETE FROM batch_ports WHERE (batch_id, hostname, port) IN (
    SELECT batch_id, hostname, port FROM batches CROSS JOIN batch_ports ON batch_id = id
    WHERE finished_at < ?1 LIMIT ?2
)";

pub(crate) const PRUNE_BATCHES: &str = "
DELETE FROM batches WHERE id IN (
    SELECT id FROM batches
    WHERE finished_at < ?1 AND NOT EXISTS (SELECT 1 FROM batch_ports WHERE batch_id = id) LIMIT ?2
)";

const PRUNE_KEYS: &str = "
DELETE FROM idempotency_keys WHERE (actor, key) IN (
    SELECT actor, key FROM idempotency_keys INDEXED BY idempotency_expiry
    WHERE expires_at <= ?1 LIMIT ?2
)";

pub(crate) const PRUNE_DAYS: &str = "
DELETE FROM daily_aggregates WHERE (day, hostname, command, command_class) IN (
    SELECT day, hostname, command, command_class FROM daily_aggregates WHERE day < ?1 LIMIT ?2
)";

/// The last run of a schedule is shown for as long as there is the schedule.
pub(crate) const PRUNE_RUNS: &str = "
DELETE FROM schedule_runs WHERE (schedule, occurrence) IN (
    SELECT schedule, occurrence FROM schedule_runs AS old INDEXED BY schedule_runs_noted
    WHERE noted_at < ?1 AND EXISTS (
        SELECT 1 FROM schedule_runs
        WHERE schedule = old.schedule AND occurrence > old.occurrence
    ) LIMIT ?2
)";
