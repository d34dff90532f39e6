//! One command with its attempts, waiting or finished.

use rusqlite::{Connection, OptionalExtension, Row};
use venue_domain::{
    Attempt, CommandId, CommandRecord, CommandWithAttempts, QueueId, RoutingMethod, StoreError,
};

use crate::{
    error::IntoStoreError,
    row::{self, FINISHED_RECORD, OPEN_RECORD},
};

/// Where a command is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Name {
    Command(CommandId),
    Queue(QueueId),
}

/// One command with its attempts, waiting or finished.
pub(crate) fn account(
    connection: &Connection,
    name: Name,
) -> Result<Option<CommandWithAttempts>, StoreError> {
    let (open, finished, value) = match name {
        Name::Command(id) => ("command_id", "command_id", id.to_string().into()),
        Name::Queue(id) => ("id", "queue_id", rusqlite::types::Value::Integer(id.number())),
    };
    let sqls = [
        format!("SELECT {OPEN_RECORD} FROM command_queue WHERE {open} = ?1"),
        format!("SELECT {FINISHED_RECORD} FROM command_history WHERE {finished} = ?1"),
    ];
    for sql in sqls {
        let mut select = connection.prepare_cached(&sql).store_err()?;
        let found = select.query_row([&value], row::record).optional().store_err()?;
        if let Some(record) = found {
            let attempts = attempts(connection, &record)?;
            return Ok(Some(CommandWithAttempts { record, attempts }));
        }
    }
    Ok(None)
}

fn attempts(connection: &Connection, record: &CommandRecord) -> Result<Vec<Attempt>, StoreError> {
    let mut select = connection.prepare_cached(ATTEMPTS).store_err()?;
    let read = |row: &Row<'_>| Ok((row.get(5)?, read_attempt(row)?));
    let listed: Vec<(u32, Attempt)> =
        select.query_map([record.id.to_string()], read).and_then(Iterator::collect).store_err()?;
    let is_listed = listed.first().is_some_and(|(number, _)| *number == 0);
    let direct = if is_listed { None } else { direct_attempt(record) };
    Ok(direct.into_iter().chain(listed.into_iter().map(|(_, attempt)| attempt)).collect())
}

/// The attempt at a command that was never in the queue. The history tells it, unless the command was replaced:
/// then it tells that, and the attempt is listed.
fn direct_attempt(record: &CommandRecord) -> Option<Attempt> {
    let direct = [RoutingMethod::DirectSuccess, RoutingMethod::DirectFailed];
    if !direct.contains(&record.routing_method) || record.superseded_by.is_some() {
        return None;
    }
    Some(Attempt {
        started_at: record.last_attempt_at?,
        took: record.execution_time?,
        reason: record.reason?,
        evidence: record.evidence,
        detail: record.detail.clone(),
    })
}

fn read_attempt(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    let took: u64 = row.get(1)?;
    let evidence: Option<String> = row.get(3)?;
    Ok(Attempt {
        started_at: row::time(row, 0)?,
        took: std::time::Duration::from_millis(took),
        reason: row::parsed(row, 2)?,
        evidence: evidence.map(|name| row::evidence(&name, 3)).transpose()?,
        detail: row.get(4)?,
    })
}

pub(crate) const ATTEMPTS: &str = "
SELECT started_at, execution_time_ms, reason, evidence, detail, number
FROM attempts WHERE command_id = ?1 ORDER BY number";
