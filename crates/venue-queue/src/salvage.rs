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
use venue_domain::{CommandId, StoreError, Timestamp};

use crate::{error::Cause, row::OPEN_RECORD, settle::InFlight};

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

/// The tables, those first that others are checked against.
const TABLES: [&str; 16] = [
    "meta",
    "batches",
    "batch_ports",
    "command_history",
    "attempts",
    "command_queue",
    "port_status",
    "fences",
    "idempotency_keys",
    "daily_aggregates",
    "minutes",
    "configuration",
    "schedule_runs",
    "audit",
    "device_logs",
    "system_task_runs",
];

/// Lays what can be read of the database at `damaged` over the sound one behind `target`.
pub(crate) fn overlay(
    damaged: &Path,
    target: &mut Connection,
    now: Timestamp,
) -> Result<Salvaged, StoreError> {
    let mut salvaged = Salvaged::default();
    let transaction = target.transaction().cause()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut sequence_known = false;
    match Connection::open_with_flags(damaged, flags) {
        Ok(source) => {
            for table in TABLES {
                copy_table(&source, &transaction, table, &mut salvaged)?;
            }
            sequence_known = copy_sequence(&source, &transaction)?;
            drop_senseless(&transaction)?;
            salvaged.lost = unreadable(&source, &transaction)?;
        }
        Err(_) => salvaged.incomplete = TABLES.to_vec(),
    }
    if !sequence_known {
        leave_a_gap(&transaction)?;
    }
    doubt(&transaction, now)?;
    salvaged.waiting = transaction
        .query_row("SELECT count(*) FROM command_queue", (), |row| row.get(0))
        .cause()?;
    transaction.commit().cause()?;
    Ok(salvaged)
}

/// Lets what waits in a copy of a store end as it must: more was accepted and sent after the copy was
/// made, and nobody knows what.
pub(crate) fn distrust(copy: &mut Connection, now: Timestamp) -> Result<(), StoreError> {
    let transaction = copy.transaction().cause()?;
    leave_a_gap(&transaction)?;
    transaction.execute(EXPIRE_PLACED, [now.unix_ms()]).cause()?;
    doubt(&transaction, now)?;
    transaction.commit().cause()
}

/// Ids that were given out since must not be given out again.
fn leave_a_gap(target: &Connection) -> Result<(), StoreError> {
    target.execute(LEAVE_A_GAP, ()).cause().map(drop)
}

/// Calls what waits in flight, and makes the counts fit what is there.
fn doubt(target: &Connection, now: Timestamp) -> Result<(), StoreError> {
    target.execute(DROP_FINISHED, ()).cause()?;
    for sql in [DOUBT_UNPLACED, CALL_IN_FLIGHT, MAKE_MISSING_BATCHES, RECOUNT_BATCHES] {
        target.execute(sql, [now.unix_ms()]).cause()?;
    }
    target.execute(RAISE_THE_ORDER, ()).cause().map(drop)
}

/// Copies the rows of `table` that can be read.
fn copy_table(
    source: &Connection,
    target: &Connection,
    table: &'static str,
    salvaged: &mut Salvaged,
) -> Result<(), StoreError> {
    let columns = columns(target, table)?;
    let (names, key) = (columns.names.join(", "), columns.key);
    let places = vec!["?"; columns.names.len()].join(", ");
    let insert = format!("INSERT OR REPLACE INTO {table} ({names}) VALUES ({places})");
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

/// Copies one row; 0 if it is not what a row of this table can be.
fn copy_row(row: &rusqlite::Row<'_>, insert: &str, target: &Connection) -> Result<u64, StoreError> {
    let width = row.as_ref().column_count();
    let values: Result<Vec<Value>, _> = (0..width).map(|column| row.get(column)).collect();
    let Ok(values) = values else { return Ok(0) };
    let mut statement = target.prepare_cached(insert).cause()?;
    match statement.execute(params_from_iter(values)).cause() {
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
    let mut select = target.prepare_cached(COLUMNS).cause()?;
    let rows = select.query_map([table], |row| Ok((row.get(0)?, row.get::<_, u32>(1)?)));
    let rows: Vec<(String, u32)> = rows.and_then(Iterator::collect).cause()?;
    let mut key: Vec<_> = rows.iter().filter(|(_, place)| *place > 0).collect();
    key.sort_by_key(|(_, place)| *place);
    let key = key.into_iter().map(|(name, _)| name.clone()).collect();
    Ok(Columns { names: rows.into_iter().map(|(name, _)| name).collect(), key })
}

/// Drops the waiting rows that keep the rules of the schema and make no sense all the same, such as
/// one with an action that there is not: nobody could ever take them out again.
fn drop_senseless(target: &Connection) -> Result<(), StoreError> {
    let sql = format!("SELECT {OPEN_RECORD}, sequence_key, ready, claims FROM command_queue");
    let mut select = target.prepare(&sql).cause()?;
    let mut rows = select.query(()).cause()?;
    let mut senseless = Vec::new();
    while let Some(row) = rows.next().cause()? {
        if InFlight::read(row).is_err() {
            senseless.push(row.get::<_, i64>(1).cause()?);
        }
    }
    let mut delete = target.prepare("DELETE FROM command_queue WHERE id = ?1").cause()?;
    senseless.into_iter().try_for_each(|id| delete.execute([id]).cause().map(drop))
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
    let mut find = target.prepare_cached(IS_KNOWN).cause()?;
    let mut lost = Vec::new();
    for name in known {
        if !find.exists([&name]).cause()? {
            lost.extend(name.parse::<CommandId>().ok());
        }
    }
    lost.sort_unstable();
    Ok(lost)
}

/// Goes on with the ids where the damaged database was; tells whether that could be read.
fn copy_sequence(source: &Connection, target: &Connection) -> Result<bool, StoreError> {
    let mut whole = true;
    for table in ["command_queue", "command_history"] {
        let found = source.query_row(READ_SEQUENCE, [table], |row| row.get::<_, i64>(0));
        match found {
            Ok(last) => {
                target.execute(RAISE_SEQUENCE, (table, last)).cause()?;
            }
            Err(rusqlite::Error::QueryReturnedNoRows) => {}
            Err(_) => whole = false,
        }
    }
    Ok(whole)
}

const COLUMNS: &str = "SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid";

const READ_SEQUENCE: &str = "SELECT seq FROM sqlite_sequence WHERE name = ?1";

const RAISE_SEQUENCE: &str = "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1";

const LEAVE_A_GAP: &str = "UPDATE sqlite_sequence SET seq = seq + 1000000";

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
