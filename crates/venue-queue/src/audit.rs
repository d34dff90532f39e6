//! The audit log: who did what.

use std::sync::LazyLock;

use rusqlite::{Connection, Row, params};
use venue_domain::{AuditPage, AuditQuery, AuditRecord, StoreError, Timestamp};

use crate::{error::IntoStoreError, many_rows::ManyRows};

/// So many leave in one step at most.
const SLICE: u32 = 500;

/// Adds records.
pub(crate) fn note(connection: &Connection, records: &[AuditRecord]) -> Result<(), StoreError> {
    NOTE.write(connection, records, |record, bind| {
        bind(params![
            record.at.unix_ms(),
            record.actor,
            record.role,
            record.user_ip.map(|address| address.to_string()),
            record.method,
            record.path,
            record.summary,
            record.status,
            record.code,
            record.location,
            record.request_id,
        ])
    })
}

/// A page, the newest first.
pub(crate) fn page(connection: &Connection, query: &AuditQuery) -> Result<AuditPage, StoreError> {
    let sql = if query.actor.is_some() { PAGE_OF_ACTOR } else { PAGE };
    let mut select = connection.prepare_cached(sql).store_err()?;
    let values = params![
        query.cursor.unwrap_or(i64::MAX),
        query.since.map_or(i64::MIN, Timestamp::unix_ms),
        query.until.map_or(i64::MAX, Timestamp::unix_ms),
        query.limit.saturating_add(1),
        query.actor,
    ];
    let rows = select.query_map(values, record).and_then(Iterator::collect);
    let mut rows: Vec<(i64, AuditRecord)> = rows.store_err()?;
    let more = rows.len() > query.limit as usize;
    rows.truncate(query.limit as usize);
    let next = rows.last().filter(|_| more).map(|(id, _)| *id);
    Ok(AuditPage { records: rows.into_iter().map(|(_, record)| record).collect(), next })
}

fn record(row: &Row<'_>) -> rusqlite::Result<(i64, AuditRecord)> {
    let address: Option<String> = row.get(4)?;
    let record = AuditRecord {
        at: Timestamp::from_unix_ms(row.get(1)?),
        actor: row.get(2)?,
        role: row.get(3)?,
        user_ip: address.and_then(|address| address.parse().ok()),
        method: row.get(5)?,
        path: row.get(6)?,
        summary: row.get(7)?,
        status: row.get(8)?,
        code: row.get(9)?,
        location: row.get(10)?,
        request_id: row.get(11)?,
    };
    Ok((row.get(0)?, record))
}

/// Forgets one slice; tells how many left.
pub(crate) fn prune(connection: &Connection, before: Timestamp) -> Result<u64, StoreError> {
    let mut delete = connection.prepare_cached(PRUNE).store_err()?;
    let gone = delete.execute(params![before.unix_ms(), SLICE]).store_err()?;
    Ok(gone as u64)
}

static NOTE: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT INTO audit (
            at, actor, role, user_ip, method, path, summary, status, code, location, request_id
        )",
        11,
    )
});

const PAGE: &str = "
SELECT id, at, actor, role, user_ip, method, path, summary, status, code, location, request_id
FROM audit WHERE id < ?1 AND at >= ?2 AND at < ?3 AND ?5 IS NULL
ORDER BY id DESC LIMIT ?4";

const PAGE_OF_ACTOR: &str = "
SELECT id, at, actor, role, user_ip, method, path, summary, status, code, location, request_id
FROM audit WHERE actor = ?5 AND id < ?1 AND at >= ?2 AND at < ?3
ORDER BY id DESC LIMIT ?4";

const PRUNE: &str = "
DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ?1 ORDER BY at LIMIT ?2)";
