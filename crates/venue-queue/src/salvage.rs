//! What can still be read of a damaged database, laid over a sound one.
//!
//! Every table is read from its beginning and, where that fails, from its end: what lies on a
//! damaged page is lost, the rest is not. Rows that break a rule of the schema are left out.
//!
//! A damaged log may have lost the newest commits without a trace. So nothing that was read is
//! believed to be unsent: what waits counts as found in flight, and the next start takes it back by
//! the rule for that (an absolute command is sent again, a toggle, a step or a key ends as unknown).

use std::{collections::HashSet, path::Path};

use rusqlite::{Connection, OpenFlags, params_from_iter, types::Value};
use venue_domain::{CommandId, Configuration, Hostname, StoreError, Timestamp};

use crate::{
    configuration,
    error::IntoStoreError,
    flights::InFlight,
    rescue,
    row::{self, OPEN_RECORD},
    sequence,
};

/// What was saved of a damaged database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Salvaged {
    /// Rows of all tables that could be read.
    pub rows: u64,
    /// Commands that wait or were in flight, as far as they could be read.
    pub waiting: u64,
    /// Commands that waited and cannot be read: they are lost.
    pub lost: Vec<CommandId>,
    /// Tables of which a part cannot be read, so that more may be lost than is known.
    pub incomplete: Vec<&'static str>,
}

/// A table, and which of two rows with one key is the newer: the sound copy may be younger than what can
/// be read of the damaged file, when that has lost its log.
struct Table {
    name: &'static str,
    /// Whether the row that is read may replace the one that is there; `None` for always, where rows
    /// never change or are counted anew.
    newer: Option<&'static str>,
}

const fn always(name: &'static str) -> Table {
    Table { name, newer: None }
}

const fn newest(name: &'static str, newer: &'static str) -> Table {
    Table { name, newer: Some(newer) }
}

/// The tables, those first that others are checked against.
const TABLES: [Table; 18] = [
    newest("meta", "excluded.value > value"),
    always("batches"),
    always("batch_ports"),
    always("command_history"),
    always("attempts"),
    newest("command_queue", "excluded.claims >= claims"),
    newest("port_status", "excluded.updated_at >= updated_at"),
    newest("port_pacing", "excluded.sent_at >= sent_at"),
    newest("late_commands", "excluded.ended_at >= ended_at"),
    newest("fences", "(excluded.any_instant, excluded.any_sequence) > (any_instant, any_sequence)"),
    newest(
        "idempotency_keys",
        "(excluded.created_at, excluded.state = 'answered') >= (created_at, state = 'answered')",
    ),
    newest("daily_aggregates", "excluded.execution_count >= execution_count"),
    newest("minutes", "excluded.execution_count >= execution_count"),
    newest("configuration", "excluded.revision >= revision"),
    always("schedule_runs"),
    always("audit"),
    always("device_logs"),
    newest("system_task_runs", "excluded.ended_at >= ended_at"),
];

/// Lays what can be read of the database at `damaged` over the sound one behind `target`.
pub(crate) fn overlay(
    damaged: &Path,
    target: &mut Connection,
    now: Timestamp,
) -> Result<Salvaged, StoreError> {
    let mut salvaged = Salvaged::default();
    let transaction = target.transaction().store_err()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match Connection::open_with_flags(damaged, flags) {
        Ok(source) => {
            let found = Revisions::of(&source, &transaction)?;
            for table in &TABLES {
                copy_table(&source, &transaction, table, &mut salvaged)?;
            }
            found.settle(&transaction)?;
            sequence::follow(&source, &transaction)?;
            delete_inconsistent(&transaction)?;
            mend_fences(&transaction)?;
            salvaged.lost = unreadable(&source, &transaction)?;
        }
        Err(_) => salvaged.incomplete = TABLES.iter().map(|table| table.name).collect(),
    }
    // A log that is lost leaves no trace of the numbers that were given out in it.
    sequence::raise(&transaction, sequence::GAP)?;
    mark_in_flight(&transaction, now)?;
    salvaged.waiting = transaction
        .query_row("SELECT count(*) FROM command_queue", (), |row| row.get(0))
        .store_err()?;
    transaction.commit().store_err()?;
    Ok(salvaged)
}

/// Lets what waits in a copy of a store end as it must: more was accepted and sent after the copy was
/// made, and nobody knows what.
pub(crate) fn invalidate_pending(copy: &mut Connection, now: Timestamp) -> Result<(), StoreError> {
    let transaction = copy.transaction().store_err()?;
    // Numbers that were given out since must not be given out again.
    sequence::raise(&transaction, sequence::GAP)?;
    transaction.execute(EXPIRE_PLACED, [now.unix_ms()]).store_err()?;
    mark_in_flight(&transaction, now)?;
    transaction.commit().store_err()
}

/// Calls what waits in flight, and makes the counts fit what is there.
fn mark_in_flight(target: &Connection, now: Timestamp) -> Result<(), StoreError> {
    target.execute(DROP_FINISHED, ()).store_err()?;
    target.execute(DOUBT_UNPLACED, [now.unix_ms()]).store_err()?;
    target.execute(CALL_IN_FLIGHT, [rescue::WAITED_IN_A_COPY]).store_err()?;
    for sql in [MAKE_MISSING_BATCHES, RECOUNT_BATCHES, CLOSE_LOST_BATCHES] {
        target.execute(sql, [now.unix_ms()]).store_err()?;
    }
    target.execute(RAISE_THE_ORDER, ()).store_err().map(drop)
}

/// Which configuration the damaged database has, if that can be read, and which the copy that it is laid
/// over.
struct Revisions {
    damaged: Option<Configuration>,
    copy: Configuration,
}

impl Revisions {
    fn of(damaged: &Connection, copy: &Connection) -> Result<Self, StoreError> {
        let sensible =
            |read: &Configuration| read.items.iter().all(|item| item.revision <= read.revision);
        let damaged = configuration::read(damaged).ok().filter(sensible);
        Ok(Self { damaged, copy: configuration::read(copy)? })
    }

    /// The newer of the two as a whole: what was removed since the older one (a token that was revoked) must
    /// not come back. One that may not be whole gives way to the snapshot beside the database.
    fn settle(&self, target: &Connection) -> Result<(), StoreError> {
        match &self.damaged {
            Some(damaged) if damaged.revision >= self.copy.revision => {
                configuration::overwrite(target, damaged)
            }
            Some(_) => configuration::overwrite(target, &self.copy),
            None => configuration::give_way(target),
        }
    }
}

/// Copies the rows of `table` that can be read.
fn copy_table(
    source: &Connection,
    target: &Connection,
    table: &Table,
    salvaged: &mut Salvaged,
) -> Result<(), StoreError> {
    let columns = columns(target, table.name)?;
    let insert = insert_into(table, &columns);
    let (names, key, table) = (columns.names.join(", "), columns.key, table.name);
    let mut whole = false;
    for direction in ["ASC", "DESC"] {
        let order: Vec<String> = key.iter().map(|column| format!("{column} {direction}")).collect();
        let select = format!("SELECT {names} FROM {table} ORDER BY {}", order.join(", "));
        let Ok(mut select) = source.prepare(&select) else { break };
        let Ok(mut rows) = select.query(()) else { break };
        whole = loop {
            match rows.next() {
                Ok(Some(row)) => salvaged.rows += copy_row(row, &insert, target)?,
                Ok(None) => break true,
                Err(_) => break false,
            }
        };
        if whole {
            break;
        }
    }
    if !whole {
        salvaged.incomplete.push(table);
    }
    Ok(())
}

fn insert_into(table: &Table, columns: &Columns) -> String {
    let (name, names) = (table.name, columns.names.join(", "));
    let places = vec!["?"; columns.names.len()].join(", ");
    let Some(newer) = table.newer else {
        return format!("INSERT OR REPLACE INTO {name} ({names}) VALUES ({places})");
    };
    let (key, set) = (columns.key.join(", "), columns.names.iter());
    let set: Vec<String> = set.map(|column| format!("{column} = excluded.{column}")).collect();
    format!(
        "INSERT INTO {name} ({names}) VALUES ({places})
        ON CONFLICT ({key}) DO UPDATE SET {} WHERE {newer}",
        set.join(", ")
    )
}

/// Copies one row; 0 if it is not what a row of this table can be.
fn copy_row(row: &rusqlite::Row<'_>, insert: &str, target: &Connection) -> Result<u64, StoreError> {
    let width = row.as_ref().column_count();
    let values: Result<Vec<Value>, _> = (0..width).map(|column| row.get(column)).collect();
    let Ok(values) = values else { return Ok(0) };
    let mut statement = target.prepare_cached(insert).store_err()?;
    match statement.execute(params_from_iter(values)).store_err() {
        Ok(_) => Ok(1),
        Err(StoreError::Invalid { .. }) => Ok(0),
        Err(error) => Err(error),
    }
}

struct Columns {
    names: Vec<String>,
    /// The columns of the primary key, which is the order of the table itself.
    key: Vec<String>,
}

fn columns(target: &Connection, table: &str) -> Result<Columns, StoreError> {
    let mut select = target.prepare_cached(COLUMNS).store_err()?;
    let rows = select.query_map([table], |row| Ok((row.get(0)?, row.get::<_, u32>(1)?)));
    let rows: Vec<(String, u32)> = rows.and_then(Iterator::collect).store_err()?;
    let mut key: Vec<_> = rows.iter().filter(|(_, place)| *place > 0).collect();
    key.sort_by_key(|(_, place)| *place);
    let key = key.into_iter().map(|(name, _)| name.clone()).collect();
    Ok(Columns { names: rows.into_iter().map(|(name, _)| name).collect(), key })
}

/// Drops the waiting rows that keep the rules of the schema and make no sense all the same, such as
/// one with an action that there is not: nobody could ever take them out again.
fn delete_inconsistent(target: &Connection) -> Result<(), StoreError> {
    let sql = format!("SELECT {OPEN_RECORD}, sequence_key, ready, claims FROM command_queue");
    let mut select = target.prepare(&sql).store_err()?;
    let mut rows = select.query(()).store_err()?;
    let mut senseless = Vec::new();
    while let Some(row) = rows.next().store_err()? {
        if InFlight::read(row).is_err() {
            senseless.push(row.get::<_, i64>(1).store_err()?);
        }
    }
    let mut delete = target.prepare("DELETE FROM command_queue WHERE id = ?1").store_err()?;
    senseless.into_iter().try_for_each(|id| delete.execute([id]).store_err().map(drop))
}

/// Gives a fence whose command has no name that can be read one of nobody: its key still holds. One of
/// no slot that there can be is dropped.
fn mend_fences(target: &Connection) -> Result<(), StoreError> {
    let mut select = target.prepare(FENCES).store_err()?;
    let mut rows = select.query(()).store_err()?;
    let mut broken = Vec::new();
    while let Some(row) = rows.next().store_err()? {
        let place: (String, i64, String) =
            (row.get(0).store_err()?, row.get(1).store_err()?, row.get(2).store_err()?);
        let names: [Option<String>; 2] = [row.get(3).store_err()?, row.get(4).store_err()?];
        let is_slot = place.0.parse::<Hostname>().is_ok()
            && row::port(row, 1).is_ok()
            && row::group(&place.2, 2).is_ok();
        let reads = |name: &Option<String>| {
            name.as_ref().is_none_or(|name| name.parse::<CommandId>().is_ok())
        };
        if !is_slot || !names.iter().all(reads) {
            broken.push((place, is_slot));
        }
    }
    drop(rows);
    for (place, is_slot) in broken {
        let sql = if is_slot { NAME_NOBODY } else { DROP_FENCE };
        target.execute(sql, place).store_err()?;
    }
    Ok(())
}

/// The commands that the index of names knows, and the table does not give.
fn unreadable(source: &Connection, target: &Connection) -> Result<Vec<CommandId>, StoreError> {
    let mut known = HashSet::new();
    for direction in ["ASC", "DESC"] {
        let select = format!(
            "SELECT command_id FROM command_queue
            INDEXED BY sqlite_autoindex_command_queue_1 ORDER BY command_id {direction}"
        );
        let Ok(mut select) = source.prepare(&select) else { break };
        let Ok(rows) = select.query_map((), |row| row.get::<_, String>(0)) else { break };
        known.extend(rows.map_while(Result::ok));
    }
    let mut find = target.prepare_cached(IS_KNOWN).store_err()?;
    let mut lost = Vec::new();
    for name in known {
        if !find.exists([&name]).store_err()? {
            lost.extend(name.parse::<CommandId>().ok());
        }
    }
    lost.sort_unstable();
    Ok(lost)
}

const FENCES: &str = "SELECT hostname, port, effect_group, set_command, any_command FROM fences";

const NAME_NOBODY: &str = "
UPDATE fences SET
    set_command =
        CASE WHEN set_instant IS NULL THEN NULL ELSE '00000000-0000-0000-0000-000000000000' END,
    any_command = '00000000-0000-0000-0000-000000000000'
WHERE hostname = ?1 AND port = ?2 AND effect_group = ?3";

const DROP_FENCE: &str =
    "DELETE FROM fences WHERE hostname = ?1 AND port = ?2 AND effect_group = ?3";

const COLUMNS: &str = "SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid";

const IS_KNOWN: &str = "
SELECT 1 FROM command_queue WHERE command_id = ?1
UNION ALL SELECT 1 FROM command_history WHERE command_id = ?1";

/// Of a command that ended after the backup the queue of the backup knows nothing.
const DROP_FINISHED: &str = "
DELETE FROM command_queue
WHERE command_id IN (SELECT command_id FROM command_history)";

/// Scheduled, due, and without a place: it may have been promoted and sent since, which is not repeated
/// where that changes something.
const DOUBT_UNPLACED: &str = "
UPDATE command_queue SET
    unknown_seen = 1,
    expires_at = CASE WHEN repeatable = 0 THEN min(expires_at, ?1) ELSE expires_at END
WHERE status = 'pending' AND order_instant IS NULL AND due_at <= ?1";

/// Something newer may have been wished since.
const EXPIRE_PLACED: &str = "
UPDATE command_queue SET expires_at = min(expires_at, ?1) WHERE order_instant IS NOT NULL";

const CALL_IN_FLIGHT: &str = "
UPDATE command_queue SET status = 'processing', lease_until = ?1
WHERE status = 'pending' AND order_instant IS NOT NULL";

/// A batch that cannot be read is made anew of its commands.
const MAKE_MISSING_BATCHES: &str = "
INSERT INTO batches (id, created_at, created_by, user_ip, finished_at, rejected, duplicates, total)
SELECT batch_id, min(created_at), min(created_by), min(user_ip), ?1, 0, 0, 0 FROM (
    SELECT batch_id, created_at, created_by, user_ip FROM command_queue
    UNION ALL SELECT batch_id, created_at, created_by, user_ip FROM command_history
)
WHERE batch_id IS NOT NULL AND batch_id NOT IN (SELECT id FROM batches)
GROUP BY batch_id";

const RECOUNT_BATCHES: &str = "
WITH counted AS (
    SELECT
        batch_id,
        count(*) AS total,
        sum(status = 'pending') AS pending,
        sum(status = 'processing') AS processing,
        sum(status = 'completed') AS completed,
        sum(status = 'failed') AS failed,
        sum(status = 'expired') AS expired,
        sum(status = 'superseded') AS superseded,
        sum(status = 'cancelled') AS cancelled,
        sum(status = 'unknown') AS unknown
    FROM (
        SELECT batch_id, status FROM command_queue WHERE batch_id IS NOT NULL
        UNION ALL SELECT batch_id, status FROM command_history WHERE batch_id IS NOT NULL
    )
    GROUP BY batch_id
)
UPDATE batches SET
    total = counted.total,
    pending = counted.pending,
    processing = counted.processing,
    completed = counted.completed,
    failed = counted.failed,
    expired = counted.expired,
    superseded = counted.superseded,
    cancelled = counted.cancelled,
    unknown = counted.unknown,
    finished_at = CASE
        WHEN counted.pending + counted.processing > 0 THEN NULL ELSE coalesce(finished_at, ?1)
    END
FROM counted WHERE counted.batch_id = batches.id";

/// Of a batch with open commands none can be read: it has none, and is finished.
const CLOSE_LOST_BATCHES: &str = "
UPDATE batches SET
    total = 0, pending = 0, processing = 0, completed = 0, failed = 0, expired = 0, superseded = 0,
    cancelled = 0, unknown = 0, finished_at = coalesce(finished_at, ?1)
WHERE pending + processing > 0 AND id NOT IN (
    SELECT batch_id FROM command_queue WHERE batch_id IS NOT NULL
    UNION ALL SELECT batch_id FROM command_history WHERE batch_id IS NOT NULL
)";

/// New keys have to be above every key that is stored anywhere.
const RAISE_THE_ORDER: &str = "
INSERT OR REPLACE INTO meta (name, value)
SELECT 'order_instant', max(instant) FROM (
    SELECT max(order_instant) AS instant FROM command_queue
    UNION ALL SELECT max(order_instant) FROM command_history
    UNION ALL SELECT max(any_instant) FROM fences
    UNION ALL SELECT value FROM meta WHERE name = 'order_instant'
)
HAVING max(instant) IS NOT NULL";

#[cfg(test)]
mod tests;
