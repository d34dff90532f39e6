//! Batches: created with all their commands, shown with counts that are always right.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Row, params};
use venue_domain::{
    Actor, BatchCounts, BatchCreated, BatchId, BatchOrigin, BatchRecord, BatchSummary,
    CommandRecord, DerivedBatch, NewBatch, NewCommand, PortBefore, PortId, QueueId, RedoKind,
    Status, StoreError, Timestamp,
};

use crate::{
    enqueue::enqueue,
    error::IntoStoreError,
    fences, port_facts, port_status,
    row::{self, FINISHED_RECORD, OPEN_RECORD},
    txn::WriteTxn,
    waiting::Place,
};

/// Stores a batch, the assumed state of its ports, and its commands.
pub(crate) fn create(txn: &mut WriteTxn<'_>, batch: &NewBatch) -> Result<BatchCreated, StoreError> {
    if !insert(txn, batch, None)? {
        leave_out(txn, &batch.commands);
        return Ok(BatchCreated::Exists);
    }
    // Of all ports before any of them is commanded.
    let ports: Vec<_> = batch.commands.iter().map(|new| &new.command.target).collect();
    port_status::snapshot(txn.connection, &batch.id, &ports)?;
    let mut answers = Vec::with_capacity(batch.commands.len());
    for new in &batch.commands {
        answers.push(enqueue(txn, new, Some(&batch.id))?);
    }
    Ok(BatchCreated::Created(answers))
}

/// Stores a batch that is made from another one, without those of its commands that are so no more.
pub(crate) fn redo(
    txn: &mut WriteTxn<'_>,
    batch: &NewBatch,
    origin: &BatchOrigin,
) -> Result<DerivedBatch, StoreError> {
    let mut running = txn.connection.prepare_cached(RUNNING).store_err()?;
    let running = running.query_row([origin.batch.as_str(), origin.kind.name()], |row| {
        row::parsed::<BatchId>(row, 0)
    });
    if let Some(running) = running.optional().store_err()? {
        leave_out(txn, &batch.commands);
        return Ok(DerivedBatch::Running(running));
    }
    let allowed = still_allowed(txn.connection, &batch.commands, origin)?;
    if !allowed.contains(&true) {
        leave_out(txn, &batch.commands);
        return Ok(DerivedBatch::Created(vec![None; allowed.len()]));
    }
    if !insert(txn, batch, Some(origin))? {
        leave_out(txn, &batch.commands);
        return Ok(DerivedBatch::Exists);
    }
    let commands = batch.commands.iter().zip(&allowed).filter(|(_, allowed)| **allowed);
    let ports: Vec<_> = commands.map(|(new, _)| &new.command.target).collect();
    port_status::snapshot(txn.connection, &batch.id, &ports)?;
    let mut answers = Vec::with_capacity(batch.commands.len());
    for (new, allowed) in batch.commands.iter().zip(allowed) {
        if allowed {
            answers.push(Some(enqueue(txn, new, Some(&batch.id))?));
        } else {
            leave_out(txn, std::slice::from_ref(new));
            answers.push(None);
        }
    }
    Ok(DerivedBatch::Created(answers))
}

/// Which of `commands` still are what `origin` asks for: nobody has commanded their ports since.
fn still_allowed(
    connection: &Connection,
    commands: &[NewCommand],
    origin: &BatchOrigin,
) -> Result<Vec<bool>, StoreError> {
    let (batch, commands) = (&origin.batch, commands.iter().map(|new| &new.command));
    Ok(match origin.kind {
        RedoKind::Retry => {
            let open = retryable(connection, batch)?;
            let open: HashSet<_> = open.iter().map(|one| (&one.target, &one.action)).collect();
            commands.map(|command| open.contains(&(&command.target, &command.action))).collect()
        }
        RedoKind::Undo => {
            let before = before(connection, batch)?;
            let left = before.iter().filter(|one| !one.commanded_since);
            let left: HashSet<_> = left.map(|one| &one.port).collect();
            commands.map(|command| left.contains(&command.target)).collect()
        }
    })
}

/// They were counted as waiting when they were handed over.
fn leave_out(txn: &mut WriteTxn<'_>, commands: &[NewCommand]) {
    let places = commands.iter().filter_map(Place::of);
    txn.count_changes.closed.extend(places);
}

/// Whether the name was free.
fn insert(
    txn: &mut WriteTxn<'_>,
    batch: &NewBatch,
    origin: Option<&BatchOrigin>,
) -> Result<bool, StoreError> {
    let mut insert = txn.connection.prepare_cached(INSERT).store_err()?;
    let made = insert
        .execute(params![
            batch.id.as_str(),
            batch.created_at.unix_ms(),
            batch.actor.name,
            batch.actor.address.map(|address| address.to_string()),
            batch.notes,
            i64::try_from(batch.rejected).unwrap_or(i64::MAX),
            i64::try_from(batch.duplicates).unwrap_or(i64::MAX),
            origin.map(|origin| origin.kind.name()),
            origin.map(|origin| origin.batch.as_str()),
        ])
        .store_err()?;
    drop(insert);
    if made > 0 {
        txn.tallies.begin(&batch.id, batch.created_at);
        // A batch without commands is finished, and that is told as well.
        txn.touch(&batch.id);
    }
    Ok(made > 0)
}

/// A batch with its counts.
pub(crate) fn batch(
    connection: &Connection,
    id: &BatchId,
) -> Result<Option<BatchRecord>, StoreError> {
    let mut select = connection.prepare_cached(&one_sql()).store_err()?;
    select.query_row([id.as_str()], read).optional().store_err()
}

/// The batches, the newest first, from the one behind `after` on.
pub(crate) fn list(
    connection: &Connection,
    after: Option<&BatchId>,
    limit: u32,
) -> Result<Vec<BatchSummary>, StoreError> {
    let mut select = connection.prepare_cached(&list_sql()).store_err()?;
    let rows = select.query_map(params![after.map(BatchId::as_str), limit], read).store_err()?;
    let records: Vec<BatchRecord> = rows.collect::<Result<_, _>>().store_err()?;
    let mut ports = connection.prepare_cached(PORTS).store_err()?;
    let mut found = Vec::with_capacity(records.len());
    for batch in records {
        let action = commands(connection, &batch.id, None, 1)?.pop().map(|first| first.action);
        let ports = ports.query_row([batch.id.as_str()], |row| row.get(0)).store_err()?;
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
        retried_by: row::parsed_optional(row, 16)?,
        undone_by: row::parsed_optional(row, 17)?,
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
        let mut select = connection.prepare_cached(&sql).store_err()?;
        let rows = select.query_map(params![id.as_str(), after, limit], row::record).store_err()?;
        for record in rows {
            found.push(record.store_err()?);
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
    found.retain(|record| record.retryable().is_ok());
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

/// The assumed state of the ports of a batch when it was accepted.
pub(crate) fn before(connection: &Connection, id: &BatchId) -> Result<Vec<PortBefore>, StoreError> {
    let mut select = connection.prepare_cached(BEFORE).store_err()?;
    let rows = select.query_map([id.as_str()], |row| {
        let port = PortId { device: row::parsed(row, 0)?, port: row::port(row, 1)? };
        let known: bool = row.get(9)?;
        let status = known.then(|| port_facts::read_status(row)).transpose()?;
        let above = row::key(row, 11)?;
        Ok(PortBefore { port, status, commanded_since: row.get(10)?, above })
    });
    rows.and_then(Iterator::collect).store_err()
}

const INSERT: &str = "
INSERT INTO batches (
    id, created_at, created_by, user_ip, notes, finished_at, rejected, duplicates, made_as,
    made_from, total
) VALUES (?1, ?2, ?3, ?4, ?5, ?2, ?6, ?7, ?8, ?9, 0)
ON CONFLICT DO NOTHING";

pub(crate) const RUNNING: &str = "
SELECT id FROM batches INDEXED BY batches_made_from
WHERE made_from = ?1 AND made_as = ?2 AND finished_at IS NULL LIMIT 1";

/// The columns of a [`BatchRecord`], in the order in which they are read.
const COLUMNS: &str =
    "id, created_at, created_by, user_ip, notes, finished_at, rejected, duplicates,
    pending, processing, completed, failed, expired, superseded, cancelled, unknown,
    (SELECT made.id FROM batches AS made INDEXED BY batches_made_from
        WHERE made.made_from = batches.id AND made.made_as = 'retry'
        ORDER BY made.created_at DESC LIMIT 1),
    (SELECT made.id FROM batches AS made INDEXED BY batches_made_from
        WHERE made.made_from = batches.id AND made.made_as = 'undo'
        ORDER BY made.created_at DESC LIMIT 1)";

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

/// A fence of somebody else in a slot of the port, above all that were there when the batch was
/// stored: somebody else commanded it since. Keys are compared with keys; what was stored before keys
/// were kept here, with the key that its acceptance would have had.
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
        AND (fences.any_instant, fences.any_sequence) > (
            coalesce(
                before.above_instant, (SELECT created_at FROM batches WHERE id = before.batch_id)
            ),
            coalesce(before.above_sequence, -1)
        )
    ),
    above_instant, above_sequence
FROM batch_ports AS before WHERE batch_id = ?1 ORDER BY hostname, port";
