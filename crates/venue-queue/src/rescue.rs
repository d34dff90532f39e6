//! What is found in flight without an owner: after a crash, or after its lease.
//!
//! An absolute command goes back and is sent again. A toggle, a step or a key may have reached the
//! TV, so it ends as unknown: it must not be sent twice.

use std::{collections::BTreeSet, time::Duration};

use rusqlite::{OptionalExtension, Row};
use venue_domain::{
    Attempt, Hostname, PreviousShutdown, QueueId, Reason, Rescued, Start, StoreError, Timestamp,
};

use crate::{
    error::IntoStoreError,
    fair_queue::FairQueue,
    flights::InFlight,
    keys, port_status,
    row::{self, OPEN_RECORD, RECORD_COLUMNS},
    sent, settle, stats,
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
        due_times: txn.queue.due_times(now),
        next_due: txn.queue.next_due(),
        next_expiry: txn.queue.next_expiry(),
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
    let mut devices = BTreeSet::new();
    for id in txn.queue.in_flight(until) {
        let (row, waited) = in_flight(txn, id)?;
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

/// A row that is in flight, and whether it only waited in a copy.
fn in_flight(txn: &mut WriteTxn<'_>, id: QueueId) -> Result<(InFlight, bool), StoreError> {
    let mut select = txn.connection.prepare_cached(&in_flight_sql()).store_err()?;
    let read = |row: &Row<'_>| Ok((InFlight::read(row)?, row.get(RECORD_COLUMNS + 3)?));
    let found = select.query_row([id.number()], read).optional().store_err()?;
    found.ok_or_else(|| txn.doubt())
}

/// Ends what is due, and everything that has a place in the order, whatever the clock says of that:
/// direct commands that the store does not know may be newer.
fn expire_due(txn: &mut WriteTxn<'_>, now: Timestamp) -> Result<(), StoreError> {
    let ended = txn.queue.iter().filter(|open| {
        open.is_waiting() && (open.at <= now || (open.placed && open.group.is_some()))
    });
    let mut ended: Vec<QueueId> = ended.map(|open| open.id).collect();
    ended.sort_unstable();
    for id in ended {
        let summary = txn.summary(id)?;
        txn.finish(&summary, &End::plain(Reason::UncleanStop), now)?;
    }
    Ok(())
}

/// The lease of what only waited in a copy of the database, and counts as in flight because it may have
/// been sent since the copy was made. No lease ends then.
pub(crate) const WAITED_IN_A_COPY: i64 = -1;

pub(crate) fn in_flight_sql() -> String {
    format!(
        "SELECT {OPEN_RECORD}, sequence_key, ready, claims,
            lease_until = {WAITED_IN_A_COPY}
        FROM command_queue WHERE id = ?1 AND status = 'processing'"
    )
}
