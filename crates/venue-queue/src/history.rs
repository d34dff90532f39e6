//! Finished commands: direct ones are recorded, all are shown with their attempts.

use rusqlite::{Connection, Row, params};
use venue_domain::{
    CommandRecord, DirectRecord, EffectGroup, EndedCommands, Evidence, HistoryCursor, HistoryPage,
    HistoryQuery, Hostname, MaxAttempts, QueueId, Status, StoreError, Timestamp,
};

use crate::{
    error::IntoStoreError,
    fences,
    row::{self, FINISHED_RECORD, OPEN_RECORD, RECORD_COLUMNS, millis, sequence},
    sent,
    txn::WriteTxn,
};

/// Records direct commands that have ended.
pub(crate) fn record(
    txn: &mut WriteTxn<'_>,
    records: &[DirectRecord],
) -> Result<EndedCommands, StoreError> {
    let mut latest = Timestamp::default();
    for record in records {
        let ended_at = record.attempt.started_at.plus(record.attempt.took);
        latest = latest.max(ended_at);
        // The fences first, whatever is recorded already.
        fences::raise(txn, &record.command, ended_at)?;
        if insert(txn, record, ended_at)? {
            // Of one that was not replaced, the history tells its only attempt.
            if record.superseded_by.is_some() {
                txn.record_attempt(record.command.id, 0, &record.attempt)?;
            }
            let reason = record.attempt.reason;
            sent::attempt_ended(txn, &record.command, reason, ended_at)?;
        }
    }
    txn.ended_commands(latest)
}

/// Whether it was new: what waits is recorded when it ends, and what has ended only once.
fn insert(
    txn: &WriteTxn<'_>,
    record: &DirectRecord,
    ended_at: Timestamp,
) -> Result<bool, StoreError> {
    let DirectRecord { command, attempt, superseded_by } = record;
    let (connection, command_id) = (txn.connection, command.id.to_string());
    if txn.may_wait(command) {
        let mut waits = connection.prepare_cached(WAITS).store_err()?;
        if waits.exists([&command_id]).store_err()? {
            return Ok(false);
        }
    }
    let (status, reason) = (record.status(), record.reason());
    let parameters = command.action.parameters();
    let mut insert = connection.prepare_cached(RECORD_DIRECT).store_err()?;
    let made = insert
        .execute(params![
            command_id,
            command.target.device.as_str(),
            command.action.name(),
            command.target.port.number(),
            parameters.channel,
            parameters.digit,
            parameters.input,
            command.class.name(),
            status.name(),
            command.accepted_at.unix_ms(),
            command.expires_at.unix_ms(),
            command.key.instant.venue_time().unix_ms(),
            sequence(command.key),
            MaxAttempts::ONCE.number(),
            attempt.may_have_acted(),
            attempt.started_at.unix_ms(),
            ended_at.unix_ms(),
            status == Status::Completed,
            reason.name(),
            attempt.evidence.map(Evidence::name),
            superseded_by.map(|id| id.to_string()),
            attempt.detail,
            millis(attempt.took),
            record.routing_method().name(),
            command.actor.name,
            command.actor.address.map(|address| address.to_string()),
            row::nature_of(&command.action),
            command.effect_group().map(EffectGroup::name),
            parameters.steps,
        ])
        .store_err()?;
    Ok(made > 0)
}

/// A page of finished commands, the newest first.
pub(crate) fn page(
    connection: &Connection,
    query: &HistoryQuery,
) -> Result<HistoryPage, StoreError> {
    let before = query.before.map_or(i64::MAX, |cursor| cursor.0);
    // One more than asked for shows whether there is another page.
    let limit = query.limit.saturating_add(1);
    let read = |row: &Row<'_>| Ok((row::record(row)?, row.get::<_, i64>(RECORD_COLUMNS)?));
    let device = query.device.as_ref().map(Hostname::as_str);
    let sql = page_sql(device.is_some());
    let mut select = connection.prepare_cached(&sql).store_err()?;
    let rows = match device {
        Some(device) => select.query_map(params![before, limit, device], read),
        None => select.query_map(params![before, limit], read),
    };
    let mut found: Vec<(CommandRecord, i64)> = rows.and_then(Iterator::collect).store_err()?;
    let more = found.len() > query.limit as usize;
    found.truncate(query.limit as usize);
    let next = found.last().filter(|_| more).map(|(_, id)| HistoryCursor(*id));
    Ok(HistoryPage { items: found.into_iter().map(|(record, _)| record).collect(), next })
}

/// Waiting commands and those in flight, by queue id.
pub(crate) fn open_commands(
    connection: &Connection,
    device: Option<&Hostname>,
    after: Option<QueueId>,
    limit: u32,
) -> Result<Vec<CommandRecord>, StoreError> {
    let and = if device.is_some() { "AND hostname = ?3" } else { "" };
    let sql =
        format!("SELECT {OPEN_RECORD} FROM command_queue WHERE id > ?1 {and} ORDER BY id LIMIT ?2");
    let mut select = connection.prepare_cached(&sql).store_err()?;
    let after = after.map_or(0, QueueId::number);
    let rows = match device {
        Some(device) => select.query_map(params![after, limit, device.as_str()], row::record),
        None => select.query_map(params![after, limit], row::record),
    };
    rows.and_then(Iterator::collect).store_err()
}

/// What waits or is in flight, without what is scheduled for later, the newest first.
pub(crate) fn current_commands(
    connection: &Connection,
    limit: u32,
) -> Result<Vec<CommandRecord>, StoreError> {
    let mut select = connection.prepare_cached(&current_sql()).store_err()?;
    let rows = select.query_map([limit], row::record);
    rows.and_then(Iterator::collect).store_err()
}

/// What is scheduled for later has no place in the order yet.
pub(crate) fn current_sql() -> String {
    format!(
        "SELECT {OPEN_RECORD} FROM command_queue INDEXED BY queue_current
        WHERE id > 0 AND order_instant IS NOT NULL ORDER BY id DESC LIMIT ?1"
    )
}

/// A page by the history's own id; the index of a device has it as its second part.
pub(crate) fn page_sql(of_device: bool) -> String {
    let (index, and) = if of_device {
        ("INDEXED BY history_device", "AND hostname = ?3")
    } else {
        ("NOT INDEXED", "")
    };
    format!(
        "SELECT {FINISHED_RECORD}, id FROM command_history {index}
        WHERE id < ?1 {and} ORDER BY id DESC LIMIT ?2"
    )
}

/// A question of its own, as [`crate::enqueue::HAS_ENDED`] is.
pub(crate) const WAITS: &str = "SELECT 1 FROM command_queue WHERE command_id = ?1";

const RECORD_DIRECT: &str = "
INSERT INTO command_history (
    command_id, hostname, command, port, channel, digit, input, command_class, status, priority,
    due_at, expires_at, order_instant, order_sequence, attempts, max_attempts, unknown_seen,
    last_attempt_at, completed_at, success, reason, evidence, superseded_by, error_message,
    execution_time_ms, routing_method, created_at, created_by, user_ip, nature, effect_group, steps
)
VALUES (
    ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10, ?11, ?12, ?13, 1, ?14, ?15, ?16, ?17, ?18, ?19,
    ?20, ?21, ?22, ?23, ?24, ?10, ?25, ?26, ?27, ?28, ?29
)
ON CONFLICT DO NOTHING";
