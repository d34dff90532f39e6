//! What a venue remembers of itself: how its tasks ended, logs of devices, and daily figures.

use rusqlite::{Connection, Row, params};
use venue_domain::{
    BatchCounts, DailyStats, Hostname, LOG_LINES_KEPT, LogLine, StatsBy, StatsQuery, Status,
    StoreError, TaskRun, Timestamp,
};

use crate::error::IntoStoreError;

/// Notes how a task ended.
pub(crate) fn note_task_run(connection: &Connection, run: &TaskRun) -> Result<(), StoreError> {
    let TaskRun { task, ended_at, failed, result } = run;
    let mut note = connection.prepare_cached(NOTE_TASK_RUN).store_err()?;
    note.execute(params![task.name(), ended_at.unix_ms(), failed, result]).store_err().map(drop)
}

/// How each task ended last.
pub(crate) fn task_runs(connection: &Connection) -> Result<Vec<TaskRun>, StoreError> {
    let mut select = connection.prepare_cached(TASK_RUNS).store_err()?;
    let run = |row: &Row<'_>| {
        let name: String = row.get(0)?;
        let ended_at = Timestamp::from_unix_ms(row.get(1)?);
        let (failed, result) = (row.get(2)?, row.get(3)?);
        // Another version may have had tasks that this one has not.
        Ok(name.parse().ok().map(|task| TaskRun { task, ended_at, failed, result }))
    };
    let runs: Vec<Option<TaskRun>> =
        select.query_map((), run).and_then(Iterator::collect).store_err()?;
    Ok(runs.into_iter().flatten().collect())
}

/// Adds lines, and forgets the oldest.
pub(crate) fn note_log(
    connection: &Connection,
    device: &Hostname,
    lines: &[LogLine],
) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(NOTE).store_err()?;
    for LogLine { at, level, line } in lines {
        insert.execute(params![device.as_str(), at.unix_ms(), level, line]).store_err()?;
    }
    let mut trim = connection.prepare_cached(TRIM).store_err()?;
    trim.execute(params![device.as_str(), LOG_LINES_KEPT]).store_err().map(drop)
}

/// The last lines, the oldest first.
pub(crate) fn log(
    connection: &Connection,
    device: &Hostname,
    limit: u32,
) -> Result<Vec<LogLine>, StoreError> {
    let mut select = connection.prepare_cached(LOG).store_err()?;
    let line = |row: &Row<'_>| {
        let at = Timestamp::from_unix_ms(row.get(0)?);
        Ok(LogLine { at, level: row.get(1)?, line: row.get(2)? })
    };
    let lines = select.query_map(params![device.as_str(), limit], line);
    let mut lines: Vec<LogLine> = lines.and_then(Iterator::collect).store_err()?;
    lines.reverse();
    Ok(lines)
}

/// What ended.
pub(crate) fn daily_stats(
    connection: &Connection,
    query: &StatsQuery,
) -> Result<Vec<DailyStats>, StoreError> {
    let mut select = connection.prepare_cached(&daily_stats_sql(query)).store_err()?;
    let figures = |row: &Row<'_>| {
        let mut counts = BatchCounts::default();
        for (column, status) in (4..).zip(COUNTED) {
            counts.set(status, row.get(column)?);
        }
        Ok(DailyStats {
            day: row.get(0)?,
            hostname: row.get(1)?,
            command: row.get(2)?,
            command_class: row.get(3)?,
            counts,
            execution_count: row.get(10)?,
            execution_sum_ms: row.get(11)?,
            execution_max_ms: row.get(12)?,
        })
    };
    let StatsQuery { first, last, device, limit, .. } = query;
    let device = device.as_ref().map(Hostname::as_str);
    let values = params![first, last, limit, device];
    select.query_map(values, figures).and_then(Iterator::collect).store_err()
}

const NOTE_TASK_RUN: &str = "
INSERT OR REPLACE INTO system_task_runs (task, ended_at, failed, result) VALUES (?1, ?2, ?3, ?4)";

const TASK_RUNS: &str = "SELECT task, ended_at, failed, result FROM system_task_runs ORDER BY task";

const NOTE: &str = "INSERT INTO device_logs (hostname, at, level, line) VALUES (?1, ?2, ?3, ?4)";

const TRIM: &str = "
DELETE FROM device_logs WHERE hostname = ?1 AND id <= (
    SELECT id FROM device_logs WHERE hostname = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2
)";

const LOG: &str = "
SELECT at, level, line FROM device_logs WHERE hostname = ?1 ORDER BY id DESC LIMIT ?2";

/// What can end, in the order of the columns of [`FIGURES`].
const COUNTED: [Status; 6] = [
    Status::Completed,
    Status::Failed,
    Status::Expired,
    Status::Superseded,
    Status::Cancelled,
    Status::Unknown,
];

/// The statement for what is asked: only what is told apart is grouped, and one device is found by its
/// index.
fn daily_stats_sql(query: &StatsQuery) -> String {
    let told = |part, column| if query.by.tells(part) { column } else { "NULL" };
    let device = if query.device.is_some() { "hostname = ?4" } else { "?4 IS NULL" };
    FIGURES
        .replace("{day}", told(StatsBy::Day, "day"))
        .replace("{hostname}", told(StatsBy::Device, "hostname"))
        .replace("{command}", told(StatsBy::Command, "command"))
        .replace("{class}", told(StatsBy::Class, "command_class"))
        .replace("{device}", device)
}

const FIGURES: &str = "
SELECT
    {day}, {hostname}, {command}, {class},
    sum(completed), sum(failed), sum(expired), sum(superseded), sum(cancelled), sum(unknown),
    sum(execution_count), sum(execution_sum_ms), max(execution_max_ms)
FROM (
    SELECT
        day, hostname, command, command_class, completed, failed, expired, superseded, cancelled,
        unknown,
        execution_count, execution_sum_ms, execution_max_ms
    FROM daily_aggregates WHERE day BETWEEN ?1 AND ?2 AND {device}
    UNION ALL
    SELECT
        completed_at / 86400000, hostname, command, command_class, status = 'completed',
        status = 'failed', status = 'expired', status = 'superseded', status = 'cancelled',
        status = 'unknown',
        execution_time_ms IS NOT NULL, coalesce(execution_time_ms, 0),
        coalesce(execution_time_ms, 0)
    FROM command_history
    WHERE completed_at >= ?1 * 86400000 AND completed_at < (?2 + 1) * 86400000 AND {device}
)
GROUP BY 1, 2, 3, 4
ORDER BY 1 DESC, 2, 3, 4
LIMIT ?3";
