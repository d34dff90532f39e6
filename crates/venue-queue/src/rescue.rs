//! What is found in flight without an owner: after a crash, or after its lease.
//!
//! An absolute command goes back and is sent again. A toggle, a step or a key may have reached the
//! TV, so it ends as unknown: it must not be sent twice.

use std::{collections::BTreeSet, time::Duration};

use rusqlite::{Connection, OptionalExtension, Row};
use venue_domain::{
    Attempt, Hostname, PreviousShutdown, Reason, Rescued, Start, StoreError, Timestamp,
};

use crate::{
    error::IntoStoreError,
    expire,
    fair_queue::FairQueue,
    keys, port_status, promote,
    row::{self, OPEN_RECORD, RECORD_COLUMNS, RowSummary, SUMMARY_COLUMNS},
    sent,
    settle::{self, InFlight},
    stats,
    txn::{End, WriteTxn},
};

/// Takes over what an earlier run left.
pub(crate) fn start(
    txn: &mut WriteTxn<'_>,
    previous_shutdown: PreviousShutdown,
    now: Timestamp,
) -> Result<Start, StoreError> {
    keys::interrupt(txn.connection)?;
    *txn.fair_queue = FairQueue::default();
    txn.forget_known();
    let mut devices = take_back(txn, Timestamp::from_unix_ms(i64::MAX), now)?;
    port_status::forget_unaccounted(txn)?;
    if previous_shutdown == PreviousShutdown::Unclean {
        expire_due(txn, now)?;
        sent::forget_desired(txn)?;
        devices.clear();
    }
    let rescued = Rescued {
        devices: devices.into_iter().collect(),
        ended_commands: txn.ended_commands(now)?,
    };
    Ok(Start {
        highest_key: stats::highest_key(txn.connection)?,
        due_times: due_times(txn.connection, now)?,
        next_due: promote::next_due(txn.connection)?,
        next_expiry: expire::next_expiry(txn.connection)?,
        rescued,
    })
}

/// Takes back what is in flight although its lease is over.
pub(crate) fn rescue(txn: &mut WriteTxn<'_>, now: Timestamp) -> Result<Rescued, StoreError> {
    let devices = take_back(txn, now, now)?;
    Ok(Rescued { devices: devices.into_iter().collect(), ended_commands: txn.ended_commands(now)? })
}

/// Takes back what is in flight with a lease until `until` at most.
fn take_back(
    txn: &mut WriteTxn<'_>,
    until: Timestamp,
    now: Timestamp,
) -> Result<BTreeSet<Hostname>, StoreError> {
    let sql = in_flight_sql();
    let mut select = txn.connection.prepare_cached(&sql).store_err()?;
    let read = |row: &Row<'_>| Ok((InFlight::read(row)?, row.get(RECORD_COLUMNS + 3)?));
    let found: Vec<(InFlight, bool)> =
        select.query_map([until.unix_ms()], read).and_then(Iterator::collect).store_err()?;
    drop(select);
    let mut devices = BTreeSet::new();
    for (row, waited) in found {
        let reason = if waited { Reason::Restored } else { Reason::Interrupted };
        let interrupted = Attempt {
            started_at: row.record.last_attempt_at.unwrap_or(now),
            took: Duration::ZERO,
            reason,
            evidence: None,
            detail: None,
        };
        if !waited {
            // Of what waited in a copy no attempt is known.
            txn.record_attempt(row.record.id, row.claims, &interrupted)?;
        }
        let command = row::command(&row.record);
        sent::attempt_ended(txn, &command, reason, now)?;
        let over = row.record.expires_at <= now;
        if !row.record.action.nature().is_repeatable() || (waited && over) {
            txn.finish(&row.summary, &End::plain(reason).after(Some(&interrupted)), now)?;
        } else if over {
            txn.finish(&row.summary, &End::plain(Reason::Expired).after(Some(&interrupted)), now)?;
        } else {
            // An interrupted attempt is not counted, but it may have reached the TV.
            let attempts = row.record.attempts.saturating_sub(u8::from(!waited));
            settle::wait_again(txn, &row, Some(&interrupted), attempts, now, now)?;
            devices.insert(row.summary.target.device.clone());
        }
    }
    Ok(devices)
}

/// Ends what is due, and everything that has a place in the order, whatever the clock says of that:
/// direct commands that the store does not know may be newer.
fn expire_due(txn: &mut WriteTxn<'_>, now: Timestamp) -> Result<(), StoreError> {
    for (index, ready) in [("queue_ready", 1), ("queue_later", 0)] {
        let sql = due_sql(index, ready);
        let mut select = txn.connection.prepare_cached(&sql).store_err()?;
        let due: Vec<RowSummary> = select
            .query_map([now.unix_ms()], RowSummary::read)
            .and_then(Iterator::collect)
            .store_err()?;
        drop(select);
        for summary in due {
            txn.finish(&summary, &End::plain(Reason::UncleanStop), now)?;
        }
    }
    Ok(())
}

/// Per device, when it first has something to do. One look-up per device, not one per row.
fn due_times(
    connection: &Connection,
    now: Timestamp,
) -> Result<Vec<(Hostname, Timestamp)>, StoreError> {
    let mut due_times = Vec::new();
    let mut last = String::new();
    let mut next = connection.prepare_cached(NEXT_DEVICE).store_err()?;
    while let Some((device, due_at)) = next
        .query_row([&last], |row| Ok((row.get::<_, Option<String>>(0)?, row.get(1)?)))
        .optional()
        .store_err()?
        .and_then(|(device, due_at): (Option<String>, Option<i64>)| Some((device?, due_at)))
    {
        last.clone_from(&device);
        if let Ok(device) = device.parse() {
            due_times.push((device, due_at.map_or(now, Timestamp::from_unix_ms)));
        }
    }
    Ok(due_times)
}

/// The lease of what only waited in a copy of the database, and counts as in flight because it may have
/// been sent since the copy was made. No lease ends then.
pub(crate) const WAITED_IN_A_COPY: i64 = -1;

pub(crate) fn in_flight_sql() -> String {
    format!(
        "SELECT {OPEN_RECORD}, sequence_key, ready, claims,
            lease_until = {WAITED_IN_A_COPY}
        FROM command_queue INDEXED BY queue_processing
        WHERE status = 'processing' AND lease_until <= ?1"
    )
}

fn due_sql(index: &str, ready: u8) -> String {
    format!(
        "SELECT {SUMMARY_COLUMNS} FROM command_queue INDEXED BY {index}
        WHERE status = 'pending' AND ready = {ready}
        AND (due_at <= ?1 OR (order_instant IS NOT NULL AND effect_group IS NOT NULL))"
    )
}

/// The next device by name with something to do, and the due time if nothing is claimable.
pub(crate) const NEXT_DEVICE: &str = "
WITH
    ready AS (
        SELECT hostname FROM command_queue INDEXED BY queue_ready
        WHERE status = 'pending' AND ready = 1 AND hostname > ?1 ORDER BY hostname LIMIT 1
    ),
    later AS (
        SELECT hostname FROM command_queue INDEXED BY queue_later
        WHERE status = 'pending' AND ready = 0 AND hostname > ?1 ORDER BY hostname LIMIT 1
    ),
    next AS (
        SELECT min(hostname) AS hostname
        FROM (SELECT hostname FROM ready UNION ALL SELECT hostname FROM later)
    )
SELECT next.hostname, CASE WHEN next.hostname = (SELECT hostname FROM ready) THEN NULL ELSE (
    SELECT due_at FROM command_queue INDEXED BY queue_later
    WHERE status = 'pending' AND ready = 0 AND hostname = next.hostname ORDER BY due_at LIMIT 1
) END
FROM next";
