//! Waiting commands are withdrawn; what is in flight cannot be.

use rusqlite::{OptionalExtension, params};
use venue_domain::{
    BatchCancelled, BatchId, Cancelled, CommandId, Reason, Status, StoreError, Timestamp,
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
    for (index, ready) in [("queue_ready", 1), ("queue_later", 0)] {
        let sql = heads_of_device(index, ready);
        let mut select = txn.connection.prepare_cached(&sql).store_err()?;
        let waiting: Vec<RowSummary> =
            select.query_map([device], RowSummary::read).and_then(Iterator::collect).store_err()?;
        drop(select);
        for summary in waiting {
            txn.finish(&summary, &End::plain(Reason::DeviceRemoved), now)?;
        }
    }
    let mut end = txn.connection.prepare_cached(LAST_ATTEMPT).store_err()?;
    end.execute(params![device, now.unix_ms()]).store_err().map(drop)
}

pub(crate) fn heads_of_device(index: &str, ready: u8) -> String {
    format!(
        "SELECT {SUMMARY_COLUMNS} FROM command_queue INDEXED BY {index}
        WHERE hostname = ?1 AND status = 'pending' AND ready = {ready}"
    )
}

pub(crate) const LAST_ATTEMPT: &str = "
UPDATE command_queue INDEXED BY queue_processing SET expires_at = min(expires_at, ?2)
WHERE status = 'processing' AND lease_until >= 0 AND hostname = ?1";

pub(crate) fn open_heads_of_batch() -> String {
    format!(
        "SELECT {SUMMARY_COLUMNS} FROM command_queue INDEXED BY queue_batch WHERE batch_id = ?1 ORDER BY id"
    )
}
