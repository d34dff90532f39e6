//! Batches: created with all their commands, shown with counts that are always right.

use rusqlite::{Connection, OptionalExtension, Row, params};
use venue_domain::{
    Actor, BatchCounts, BatchCreated, BatchId, BatchRecord, BatchSummary, CommandRecord, Nature,
    NewBatch, PortBefore, PortId, QueueId, Status, StoreError, Timestamp,
};

use crate::{
    enqueue::enqueue,
    error::Cause,
    fences, port_status,
    row::{self, FINISHED_RECORD, OPEN_RECORD},
    step::Step,
    waiting::Place,
};

/// Stores a batch, what is believed of its ports, and its commands.
pub(crate) fn create(step: &mut Step<'_>, batch: &NewBatch) -> Result<BatchCreated, StoreError> {
    let mut insert = step.connection.prepare_cached(INSERT).cause()?;
    let made = insert
        .execute(params![
            batch.id.as_str(),
            batch.created_at.unix_ms(),
            batch.actor.name,
            batch.actor.address.map(|address| address.to_string()),
            batch.notes,
            i64::try_from(batch.rejected).unwrap_or(i64::MAX),
            i64::try_from(batch.duplicates).unwrap_or(i64::MAX),
        ])
        .cause()?;
    drop(insert);
    if made == 0 {
        // The commands were counted as waiting when they were handed over.
        let commands = batch.commands.iter();
        step.tally.closed.extend(commands.filter_map(|new| Place::of(&new.command)));
        return Ok(BatchCreated::Exists);
    }
    // A batch without commands is finished, and that is told as well.
    step.touch(&batch.id);
    let mut answers = Vec::with_capacity(batch.commands.len());
    for new in &batch.commands {
        port_status::snapshot(step.connection, &batch.id, &new.command.target)?;
        answers.push(enqueue(step, new, Some(&batch.id))?);
    }
    Ok(BatchCreated::Created(answers))
}

/// A batch with its counts.
pub(crate) fn batch(
    connection: &Connection,
    id: &BatchId,
) -> Result<Option<BatchRecord>, StoreError> {
    let mut select = connection.prepare_cached(&one_sql()).cause()?;
    select.query_row([id.as_str()], read).optional().cause()
}

/// The batches, the newest first, from the one behind `after` on.
pub(crate) fn list(
    connection: &Connection,
    after: Option<&BatchId>,
    limit: u32,
) -> Result<Vec<BatchSummary>, StoreError> {
    let mut select = connection.prepare_cached(&list_sql()).cause()?;
    let rows = select.query_map(params![after.map(BatchId::as_str), limit], read).cause()?;
    let records: Vec<BatchRecord> = rows.collect::<Result<_, _>>().cause()?;
    let mut ports = connection.prepare_cached(PORTS).cause()?;
    let mut found = Vec::with_capacity(records.len());
    for batch in records {
        let action = commands(connection, &batch.id, None, 1)?.pop().map(|first| first.action);
        let ports = ports.query_row([batch.id.as_str()], |row| row.get(0)).cause()?;
        found.push(BatchSummary { batch, action, ports });
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> rusqlite::Result<BatchRecord> {
    let mut counts = BatchCounts::default();
    for (column, status) in (8..).zip(Status::ALL) {
        counts.set(status, row.get(column)?);
    }
    Ok(BatchRecord {
        id: row::parsed(row, 0)?,
        actor: Actor { name: row.get(2)?, address: row::parsed_optional(row, 3)? },
        created_at: row::time(row, 1)?,
        notes: row.get(4)?,
        finished_at: row::optional(row, 5)?.map(Timestamp::from_unix_ms),
        rejected: row.get(6)?,
        duplicates: row.get(7)?,
        counts,
    })
}

/// The commands of a batch, waiting and finished, by queue id.
pub(crate) fn commands(
    connection: &Connection,
    id: &BatchId,
    after: Option<QueueId>,
    limit: u32,
) -> Result<Vec<CommandRecord>, StoreError> {
    let mut found = Vec::new();
    let after = after.map_or(0, QueueId::number);
    for sql in [open_of_batch(), finished_of_batch()] {
        let mut select = connection.prepare_cached(&sql).cause()?;
        let rows = select.query_map(params![id.as_str(), after, limit], row::record).cause()?;
        for record in rows {
            found.push(record.cause()?);
        }
    }
    found.sort_by_key(|record| record.queue_id);
    found.truncate(limit as usize);
    Ok(found)
}

/// The commands of a batch that may be tried anew.
pub(crate) fn retryable(
    connection: &Connection,
    id: &BatchId,
) -> Result<Vec<CommandRecord>, StoreError> {
    let mut found = commands(connection, id, None, u32::MAX)?;
    found.retain(may_be_tried_anew);
    let mut fresh = Vec::new();
    for record in found {
        let group = record.action.effect_group();
        // Of all natures: what was tried anew once is a newer wish, so that two retries press once.
        let newer = fences::newest_over(connection, &record.target, group, record.place())?;
        if newer.is_none() {
            fresh.push(record);
        }
    }
    Ok(fresh)
}

/// Failed, expired, or an absolute one of unknown end; a toggle, step or key of unknown end never.
pub(crate) fn may_be_tried_anew(record: &CommandRecord) -> bool {
    match record.status {
        Status::Failed => true,
        // An attempt that may have reached the TV counts although the command expired later.
        Status::Expired => !record.unknown_seen || record.action.nature().is_repeatable(),
        Status::Unknown => {
            matches!(record.action.nature(), Nature::Absolute | Nature::AbsoluteFrames)
        }
        Status::Pending
        | Status::Processing
        | Status::Completed
        | Status::Superseded
        | Status::Cancelled => false,
    }
}

/// What was believed of the ports of a batch when it was accepted.
pub(crate) fn before(connection: &Connection, id: &BatchId) -> Result<Vec<PortBefore>, StoreError> {
    let mut select = connection.prepare_cached(BEFORE).cause()?;
    let rows = select.query_map([id.as_str()], |row| {
        let port = PortId { device: row::parsed(row, 0)?, port: row::port(row, 1)? };
        let known: bool = row.get(9)?;
        let status = known.then(|| port_status::read(row)).transpose()?;
        Ok(PortBefore { port, status, commanded_since: row.get(10)? })
    });
    rows.and_then(Iterator::collect).cause()
}

const INSERT: &str = "
INSERT INTO batches (
    id, created_at, created_by, user_ip, notes, finished_at, rejected, duplicates, total
) VALUES (?1, ?2, ?3, ?4, ?5, ?2, ?6, ?7, 0)
ON CONFLICT DO NOTHING";

/// The columns of a [`BatchRecord`], in the order in which they are read.
const COLUMNS: &str =
    "id, created_at, created_by, user_ip, notes, finished_at, rejected, duplicates,
    pending, processing, completed, failed, expired, superseded, cancelled, unknown";

fn one_sql() -> String {
    format!("SELECT {COLUMNS} FROM batches WHERE id = ?1")
}

/// Without a batch to go on behind, from the end of time.
pub(crate) fn list_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM batches INDEXED BY batches_created
        WHERE (created_at, id) < (
            coalesce((SELECT created_at FROM batches WHERE id = ?1), {}), coalesce(?1, '')
        )
        ORDER BY created_at DESC, id DESC LIMIT ?2",
        i64::MAX
    )
}

const PORTS: &str = "SELECT count(*) FROM batch_ports WHERE batch_id = ?1";

pub(crate) fn open_of_batch() -> String {
    format!(
        "SELECT {OPEN_RECORD} FROM command_queue INDEXED BY queue_batch
        WHERE batch_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3"
    )
}

pub(crate) fn finished_of_batch() -> String {
    format!(
        "SELECT {FINISHED_RECORD} FROM command_history INDEXED BY history_batch
        WHERE batch_id = ?1 AND queue_id > ?2 ORDER BY queue_id LIMIT ?3"
    )
}

/// A fence above all keys of the batch in a slot of the port: somebody else commanded it since.
const BEFORE: &str = "
SELECT hostname, port, last_channel, last_command, last_command_at, power, muted, input,
    corrected_by, known, EXISTS (
        SELECT 1 FROM fences
        WHERE fences.hostname = before.hostname AND fences.port = before.port
        AND NOT EXISTS (
            SELECT 1 FROM command_history AS own
            WHERE own.batch_id = before.batch_id AND own.command_id = fences.any_command
        )
        AND NOT EXISTS (
            SELECT 1 FROM command_queue AS own
            WHERE own.batch_id = before.batch_id AND own.command_id = fences.any_command
        )
        AND fences.any_instant >= (SELECT created_at FROM batches WHERE id = before.batch_id)
    )
FROM batch_ports AS before WHERE batch_id = ?1 ORDER BY hostname, port";
