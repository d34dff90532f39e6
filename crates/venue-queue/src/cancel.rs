//! Waiting commands are withdrawn; what is in flight cannot be.

use rusqlite::{OptionalExtension, params};
use venue_domain::{
    BatchCancelled, BatchId, Cancelled, CommandId, Reason, Status, StoreError, Timestamp,
};

use crate::{
    error::Cause,
    row::{self, HEAD, Head},
    step::{End, Step},
};

/// Withdraws one command.
pub(crate) fn cancel(
    step: &mut Step<'_>,
    command: CommandId,
    now: Timestamp,
) -> Result<Cancelled, StoreError> {
    let sql = format!("SELECT {HEAD} FROM command_queue WHERE command_id = ?1");
    let mut select = step.connection.prepare_cached(&sql).cause()?;
    let found = select.query_row([command.to_string()], Head::read).optional().cause()?;
    drop(select);
    match found {
        Some(head) if head.status == Status::Pending => {
            step.finish(&head, &End::plain(Reason::Cancelled), now)?;
            Ok(Cancelled::Cancelled(step.ended_commands(now)?))
        }
        Some(_) => Ok(Cancelled::InFlight),
        None => finished(step, command),
    }
}

fn finished(step: &Step<'_>, command: CommandId) -> Result<Cancelled, StoreError> {
    let sql = "SELECT status FROM command_history WHERE command_id = ?1";
    let mut select = step.connection.prepare_cached(sql).cause()?;
    let status = select.query_row([command.to_string()], |row| row::parsed(row, 0));
    Ok(status.optional().cause()?.map_or(Cancelled::NotFound, Cancelled::Finished))
}

/// Withdraws what waits of a batch; `None` if there is no such batch.
pub(crate) fn cancel_batch(
    step: &mut Step<'_>,
    batch: &BatchId,
    now: Timestamp,
) -> Result<Option<BatchCancelled>, StoreError> {
    let mut known =
        step.connection.prepare_cached("SELECT 1 FROM batches WHERE id = ?1").cause()?;
    if !known.exists([batch.as_str()]).cause()? {
        return Ok(None);
    }
    drop(known);
    let sql = open_heads_of_batch();
    let mut select = step.connection.prepare_cached(&sql).cause()?;
    let open: Vec<Head> =
        select.query_map([batch.as_str()], Head::read).and_then(Iterator::collect).cause()?;
    drop(select);
    let mut in_flight = 0;
    for head in open {
        if head.status == Status::Pending {
            step.finish(&head, &End::plain(Reason::Cancelled), now)?;
        } else {
            in_flight += 1;
        }
    }
    Ok(Some(BatchCancelled { in_flight, ended_commands: step.ended_commands(now)? }))
}

/// Withdraws what waits of a device that goes. What is in flight ends as it ends, and is not tried again:
/// its life is over.
pub(crate) fn cancel_device(
    step: &mut Step<'_>,
    device: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    for (index, ready) in [("queue_ready", 1), ("queue_later", 0)] {
        let sql = heads_of_device(index, ready);
        let mut select = step.connection.prepare_cached(&sql).cause()?;
        let waiting: Vec<Head> =
            select.query_map([device], Head::read).and_then(Iterator::collect).cause()?;
        drop(select);
        for head in waiting {
            step.finish(&head, &End::plain(Reason::DeviceRemoved), now)?;
        }
    }
    let mut end = step.connection.prepare_cached(LAST_ATTEMPT).cause()?;
    end.execute(params![device, now.unix_ms()]).cause().map(drop)
}

pub(crate) fn heads_of_device(index: &str, ready: u8) -> String {
    format!(
        "SELECT {HEAD} FROM command_queue INDEXED BY {index}
        WHERE hostname = ?1 AND status = 'pending' AND ready = {ready}"
    )
}

pub(crate) const LAST_ATTEMPT: &str = "
UPDATE command_queue INDEXED BY queue_processing SET expires_at = min(expires_at, ?2)
WHERE status = 'processing' AND lease_until >= 0 AND hostname = ?1";

pub(crate) fn open_heads_of_batch() -> String {
    format!(
        "SELECT {HEAD} FROM command_queue INDEXED BY queue_batch WHERE batch_id = ?1 ORDER BY id"
    )
}
