//! What the venue is made of: items that others read, and what became of schedules.

use rusqlite::{
    Connection, OptionalExtension, Row, params,
    types::{Type, ValueRef},
};
use venue_domain::{
    BatchId, Configuration, ConfigurationItem, EndedCommands, ItemChange, ItemKind, ScheduleRun,
    StoreError, Stored, Timestamp,
};

use crate::{cancel, error::IntoStoreError, port_status, sent, txn::WriteTxn};

/// All of the configuration.
pub(crate) fn read(connection: &Connection) -> Result<Configuration, StoreError> {
    let revision = revision(connection)?;
    let mut select = connection.prepare_cached(READ).store_err()?;
    let items = select.query_map((), item).and_then(Iterator::collect).store_err()?;
    Ok(Configuration { revision, items })
}

fn item(row: &Row<'_>) -> rusqlite::Result<ConfigurationItem> {
    let kind = parsed::<ItemKind>(row, 0)?;
    Ok(ConfigurationItem { kind, id: row.get(1)?, revision: row.get(2)?, body: row.get(3)? })
}

/// Makes all of `changes` with the next revision, which is the answer.
pub(crate) fn change(
    txn: &mut WriteTxn<'_>,
    changes: &[ItemChange],
    now: Timestamp,
) -> Result<Stored<u64>, StoreError> {
    let connection = txn.connection;
    let revision = revision(connection)? + 1;
    for change in changes {
        match change {
            ItemChange::Put { kind, id, body } => {
                if *kind == ItemKind::Device && !exists(connection, *kind, id)? {
                    // What came in while one of this name was on its way out was not for this one.
                    cancel::cancel_device(txn, id, now)?;
                }
                put(connection, *kind, id, revision, body)?;
            }
            ItemChange::Remove { kind, id } => {
                let mut remove = connection.prepare_cached(REMOVE).store_err()?;
                remove.execute(params![kind.name(), id]).store_err()?;
                if *kind == ItemKind::Device {
                    cancel::cancel_device(txn, id, now)?;
                    port_status::forget(txn, id)?;
                }
            }
            ItemChange::NewBoard { device } => {
                cancel::cancel_device(txn, device, now)?;
                port_status::forget(txn, device)?;
                sent::forget_late(txn, device)?;
            }
        }
    }
    set_revision(connection, revision)?;
    Ok(Stored { answer: revision, ended_commands: txn.ended_commands(now)? })
}

/// Puts all of `configuration` in the place of what is there.
pub(crate) fn restore(
    txn: &mut WriteTxn<'_>,
    configuration: &Configuration,
    now: Timestamp,
) -> Result<EndedCommands, StoreError> {
    let connection = txn.connection;
    for device in read(connection)?.devices_gone_in(configuration) {
        cancel::cancel_device(txn, device, now)?;
        port_status::forget(txn, device)?;
    }
    overwrite(connection, configuration)?;
    txn.ended_commands(now)
}

/// Puts all of `configuration` in the place of what is there, whatever waits for its devices.
pub(crate) fn overwrite(
    connection: &Connection,
    configuration: &Configuration,
) -> Result<(), StoreError> {
    connection.execute("DELETE FROM configuration", ()).store_err()?;
    for item in &configuration.items {
        put(connection, item.kind, &item.id, item.revision, &item.body)?;
    }
    set_revision(connection, configuration.revision)
}

/// What is there may be more or less than what was configured: it is called older than its newest item,
/// so that whoever knows that one better is believed.
pub(crate) fn give_way(connection: &Connection) -> Result<(), StoreError> {
    let newest = connection.query_row(NEWEST_ITEM, (), |row| row.get::<_, u64>(0)).store_err()?;
    let known = revision(connection)?.max(newest);
    set_revision(connection, known.saturating_sub(1))
}

fn exists(connection: &Connection, kind: ItemKind, id: &str) -> Result<bool, StoreError> {
    let mut select = connection.prepare_cached(EXISTS).store_err()?;
    select.exists(params![kind.name(), id]).store_err()
}

fn put(
    connection: &Connection,
    kind: ItemKind,
    id: &str,
    revision: u64,
    body: &str,
) -> Result<(), StoreError> {
    let mut put = connection.prepare_cached(PUT).store_err()?;
    put.execute(params![kind.name(), id, revision, body]).store_err().map(drop)
}

fn revision(connection: &Connection) -> Result<u64, StoreError> {
    let mut select = connection.prepare_cached(REVISION).store_err()?;
    select.query_row((), |row| row.get(0)).optional().store_err().map(Option::unwrap_or_default)
}

fn set_revision(connection: &Connection, revision: u64) -> Result<(), StoreError> {
    connection.prepare_cached(SET_REVISION).store_err()?.execute([revision]).store_err().map(drop)
}

/// Notes what became of occurrences; the first word stands.
pub(crate) fn note_runs(connection: &Connection, runs: &[ScheduleRun]) -> Result<(), StoreError> {
    let mut note = connection.prepare_cached(NOTE_RUN).store_err()?;
    for run in runs {
        let values = params![
            run.schedule,
            run.occurrence,
            run.due_at.unix_ms(),
            run.noted_at.unix_ms(),
            run.outcome.name(),
            run.batch_id.as_ref().map(BatchId::as_str),
            run.detail,
        ];
        note.execute(values).store_err()?;
    }
    Ok(())
}

/// The last runs of a schedule, the newest first.
pub(crate) fn runs(
    connection: &Connection,
    schedule: &str,
    limit: u32,
) -> Result<Vec<ScheduleRun>, StoreError> {
    let mut select = connection.prepare_cached(RUNS).store_err()?;
    select.query_map(params![schedule, limit], run).and_then(Iterator::collect).store_err()
}

fn run(row: &Row<'_>) -> rusqlite::Result<ScheduleRun> {
    let has_batch = row.get_ref(5)? != ValueRef::Null;
    Ok(ScheduleRun {
        schedule: row.get(0)?,
        occurrence: row.get(1)?,
        due_at: Timestamp::from_unix_ms(row.get(2)?),
        noted_at: Timestamp::from_unix_ms(row.get(3)?),
        outcome: parsed(row, 4)?,
        batch_id: if has_batch { Some(parsed(row, 5)?) } else { None },
        detail: row.get(6)?,
    })
}

/// A column that names something of a fixed set or shape.
fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|error: T::Err| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

const READ: &str = "SELECT kind, id, revision, body FROM configuration ORDER BY kind, id";

const PUT: &str =
    "INSERT OR REPLACE INTO configuration (kind, id, revision, body) VALUES (?1, ?2, ?3, ?4)";

const EXISTS: &str = "SELECT 1 FROM configuration WHERE kind = ?1 AND id = ?2";

const REMOVE: &str = "DELETE FROM configuration WHERE kind = ?1 AND id = ?2";

const NEWEST_ITEM: &str = "SELECT coalesce(max(revision), 0) FROM configuration";
const REVISION: &str = "SELECT value FROM meta WHERE name = 'configuration_revision'";

const SET_REVISION: &str =
    "INSERT OR REPLACE INTO meta (name, value) VALUES ('configuration_revision', ?1)";

const NOTE_RUN: &str = "
INSERT INTO schedule_runs (schedule, occurrence, due_at, noted_at, outcome, batch_id, detail)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT DO NOTHING";

const RUNS: &str = "
SELECT schedule, occurrence, due_at, noted_at, outcome, batch_id, detail
FROM schedule_runs WHERE schedule = ?1
ORDER BY occurrence DESC LIMIT ?2";
