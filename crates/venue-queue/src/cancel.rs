//! Waiting commands are withdrawn; what is in flight cannot be.

use rusqlite::{OptionalExtension, params};
use venue_domain::{
    BatchCancelled, BatchId, Cancelled, CommandId, Hostname, Reason, Status, StoreError, Timestamp,
};

use crate::{
    error::IntoStoreError,
    row::{self, RowSummary, SUMMARY_COLUMNS},
    txn::{End, WriteTxn},
};

/// Withdraws one command.
pub(crate) fn cancel(
    txn: &mut WriteTxn<'_>,
    command: CommandId,
    now: Timestamp,
) -> Result<Cancelled, StoreError> {
    let sql = format!("SELECT {SUMMARY_COLUMNS} FROM command_queue WHERE command_id = ?1");
    let mut select = txn.connection.prepare_cached(&sql).store_err()?;
    let found = select.query_row([command.to_string()], RowSummary::read).optional().store_err()?;
    drop(select);
    match found {
        Some(summary) if summary.status == Status::Pending => {
            txn.finish(&summary, &End::plain(Reason::Cancelled), now)?;
            Ok(Cancelled::Cancelled(txn.ended_commands(now)?))
        }
        Some(_) => Ok(Cancelled::InFlight),
        None => finished(txn, command),
    }
}

fn finished(txn: &WriteTxn<'_>, command: CommandId) -> Result<Cancelled, StoreError> {
    let sql = "SELECT status FROM command_history WHERE command_id = ?1";
    let mut select = txn.connection.prepare_cached(sql).store_err()?;
    let status = select.query_row([command.to_string()], |row| row::parsed(row, 0));
    Ok(status.optional().store_err()?.map_or(Cancelled::NotFound, Cancelled::Finished))
}

/// Withdraws what waits of a batch; `None` if there is no such batch.
pub(crate) fn cancel_batch(
    txn: &mut WriteTxn<'_>,
    batch: &BatchId,
    now: Timestamp,
) -> Result<Option<BatchCancelled>, StoreError> {
    let mut known =
        txn.connection.prepare_cached("SELECT 1 FROM batches WHERE id = ?1").store_err()?;
    if !known.exists([batch.as_str()]).store_err()? {
        return Ok(None);
    }
    drop(known);
    let sql = open_heads_of_batch();
    let mut select = txn.connection.prepare_cached(&sql).store_err()?;
    let open: Vec<RowSummary> = select
        .query_map([batch.as_str()], RowSummary::read)
        .and_then(Iterator::collect)
        .store_err()?;
    drop(select);
    let mut in_flight = 0;
    for summary in open {
        if summary.status == Status::Pending {
            txn.finish(&summary, &End::plain(Reason::Cancelled), now)?;
        } else {
            in_flight += 1;
        }
    }
    Ok(Some(BatchCancelled { in_flight, ended_commands: txn.ended_commands(now)? }))
}

/// Withdraws what waits of a device that goes. What is in flight ends as it ends, and is not tried again:
/// its life is over.
pub(crate) fn cancel_device(
    txn: &mut WriteTxn<'_>,
    device: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Of what is no name of a device nothing waits.
    let Ok(device) = &device.parse::<Hostname>() else { return Ok(()) };
    for id in txn.queue.waiting_of(device) {
        let summary = txn.summary(id)?;
        txn.finish(&summary, &End::plain(Reason::DeviceRemoved), now)?;
    }
    for id in txn.queue.in_flight_of(device) {
        let mut end = txn.connection.prepare_cached(LAST_ATTEMPT).store_err()?;
        let changed = end.execute(params![id.number(), now.unix_ms()]).store_err()?;
        txn.ensure_one(changed)?;
        txn.note(id, |open| open.expires_at = open.expires_at.min(now));
        txn.flights.forget();
    }
    Ok(())
}

pub(crate) const LAST_ATTEMPT: &str = "
UPDATE command_queue SET expires_at = min(expires_at, ?2) WHERE id = ?1 AND status = 'processing'";

pub(crate) fn open_heads_of_batch() -> String {
    format!(
        "SELECT {SUMMARY_COLUMNS} FROM command_queue INDEXED BY queue_batch WHERE batch_id = ?1 ORDER BY id"
    )
}
