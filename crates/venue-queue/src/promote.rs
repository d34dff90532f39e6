//! What has become due becomes claimable.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use venue_domain::{
    Hostname, Promoted, Promotion, QueueId, Reason, ScheduledCommand, StoreError, Timestamp,
    WallOffset,
};

use crate::{
    enqueue::give_place,
    error::IntoStoreError,
    row::{self, DepthBucket, OPEN_RECORD},
    settle::InFlight,
    txn::{End, WriteTxn},
};

/// So many rows are moved in one step at most, so that nobody waits long behind it.
const SLICE: u32 = 500;

/// Promotes the scheduled commands that are named, and everything else that is due.
pub(crate) fn promote(
    txn: &mut WriteTxn<'_>,
    scheduled: &[Promotion],
    now: Timestamp,
) -> Result<Promoted, StoreError> {
    let mut devices = BTreeSet::new();
    for promotion in scheduled {
        devices.extend(promote_scheduled(txn, promotion, now)?);
    }
    let mut update = txn.connection.prepare_cached(PROMOTE_DUE).store_err()?;
    let promoted: Vec<Hostname> = update
        .query_map(params![now.unix_ms(), SLICE], |row| row::parsed(row, 0))
        .and_then(Iterator::collect)
        .store_err()?;
    drop(update);
    for device in promoted {
        txn.move_bucket(Some(DepthBucket::Later), Some(DepthBucket::Due));
        devices.insert(device);
    }
    let next_due = next_due(txn.connection)?;
    let ended_commands = txn.ended_commands(now)?;
    Ok(Promoted { devices: devices.into_iter().collect(), next_due, ended_commands })
}

/// Gives a scheduled command its place in the order; tells its device if it became claimable.
fn promote_scheduled(
    txn: &mut WriteTxn<'_>,
    promotion: &Promotion,
    now: Timestamp,
) -> Result<Option<Hostname>, StoreError> {
    let Promotion { queue_id, key, due_at } = *promotion;
    let sql = scheduled_sql();
    let mut select = txn.connection.prepare_cached(&sql).store_err()?;
    let found = select.query_row([queue_id.number()], InFlight::read).optional().store_err()?;
    drop(select);
    let Some(mut row) = found else { return Ok(None) };
    // Its life begins when it is due.
    let by = due_at.unix_ms() - row.record.due_at.unix_ms();
    row.record.due_at = due_at;
    row.record.expires_at = Timestamp::from_unix_ms(row.record.expires_at.unix_ms() + by);
    if row.record.expires_at <= now {
        let mut update = txn.connection.prepare_cached(MOVE).store_err()?;
        let (due_at, expires_at) = (due_at.unix_ms(), row.record.expires_at.unix_ms());
        update.execute(params![queue_id.number(), due_at, expires_at, by]).store_err()?;
        txn.finish(&row.summary, &End::plain(Reason::Expired), now)?;
        return Ok(None);
    }
    let mut command = row::command(&row.record);
    command.key = key;
    give_place(txn, &row.summary, &command, &row.record, now)?;
    Ok(Some(command.target.device))
}

/// Makes claimable what waits only for a session of `device`: it was not reached, or the command
/// was given back to wait for it.
pub(crate) fn wake(
    txn: &mut WriteTxn<'_>,
    device: &Hostname,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut update = txn.connection.prepare_cached(WAKE).store_err()?;
    let [offline, misconfigured] = SESSION_REASONS.map(Reason::name);
    let mut woken = update
        .execute(params![device.as_str(), now.unix_ms(), offline, misconfigured])
        .store_err()?;
    if woken > 0 {
        let mut behind = txn.connection.prepare_cached(WAKE_BEHIND).store_err()?;
        woken += behind.execute(params![device.as_str(), now.unix_ms()]).store_err()?;
    }
    for _ in 0..woken {
        txn.move_bucket(Some(DepthBucket::Later), Some(DepthBucket::Due));
    }
    Ok(woken as u64)
}

/// The reasons that end with a session.
const SESSION_REASONS: [Reason; 2] = [Reason::DeviceOffline, Reason::DeviceMisconfigured];

/// When the next command becomes due that is not claimable.
pub(crate) fn next_due(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let mut select = connection.prepare_cached(NEXT_DUE).store_err()?;
    select.query_row((), |row| row::time(row, 0)).optional().store_err()
}

/// The scheduled commands that become due before `until`.
pub(crate) fn upcoming(
    connection: &Connection,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<ScheduledCommand>, StoreError> {
    let sql = upcoming_sql();
    let mut select = connection.prepare_cached(&sql).store_err()?;
    let rows = select.query_map(params![until.unix_ms(), limit], |row| {
        let record = row::record(row)?;
        let queue_id = QueueId::new(row.get(1)?);
        let (due_at, wish) = (record.due_at, record.scheduled_at);
        Ok(ScheduledCommand { queue_id, due_at, wish, command: row::command(&record) })
    });
    rows.and_then(Iterator::collect).store_err()
}

/// Moves what is wished for a wall time to where that lies in venue time now; tells how many were moved.
pub(crate) fn move_wishes(txn: &mut WriteTxn<'_>, offset: WallOffset) -> Result<u64, StoreError> {
    let mut update = txn.connection.prepare_cached(MOVE_WISHES).store_err()?;
    let moved = update.execute([offset.ms()]).store_err()?;
    Ok(moved as u64)
}

fn scheduled_sql() -> String {
    format!(
        "SELECT {OPEN_RECORD}, sequence_key, ready, claims FROM command_queue
        WHERE id = ?1 AND status = 'pending' AND order_instant IS NULL"
    )
}

pub(crate) fn upcoming_sql() -> String {
    format!(
        "SELECT {OPEN_RECORD} FROM command_queue INDEXED BY queue_due
        WHERE status = 'pending' AND ready = 0 AND due_at < ?1 AND order_instant IS NULL
        ORDER BY due_at, id LIMIT ?2"
    )
}

/// What lives from its time on moves with its life. The lower bound is always met; it makes the plan a
/// search.
pub(crate) const MOVE_WISHES: &str = "
UPDATE command_queue INDEXED BY queue_due
SET expires_at = expires_at + (scheduled_at - ?1) - due_at, due_at = scheduled_at - ?1
WHERE status = 'pending' AND ready = 0 AND due_at >= 0 AND order_instant IS NULL
AND scheduled_at IS NOT NULL AND due_at <> scheduled_at - ?1";

/// How long it waits for its device goes with it.
const MOVE: &str = "
UPDATE command_queue SET due_at = ?2, expires_at = ?3, waits_until = waits_until + ?4
WHERE id = ?1";

pub(crate) const PROMOTE_DUE: &str = "
UPDATE command_queue SET ready = 1 WHERE id IN (
    SELECT id FROM command_queue INDEXED BY queue_due
    WHERE status = 'pending' AND ready = 0 AND due_at <= ?1 AND order_instant IS NOT NULL
    ORDER BY due_at, id LIMIT ?2
)
RETURNING hostname";

pub(crate) const NEXT_DUE: &str = "
SELECT due_at FROM command_queue INDEXED BY queue_due
WHERE status = 'pending' AND ready = 0 AND due_at >= 0 ORDER BY due_at LIMIT 1";

pub(crate) const WAKE: &str = "
UPDATE command_queue INDEXED BY queue_later SET ready = 1, due_at = ?2
WHERE hostname = ?1 AND status = 'pending' AND ready = 0 AND order_instant IS NOT NULL
AND (reason IN (?3, ?4) OR (released = 1 AND wait_for_device_ms > 0))";

/// Keys that went to wait behind one that is claimable now. What goes first is found at the claim.
pub(crate) const WAKE_BEHIND: &str = "
UPDATE command_queue INDEXED BY queue_later SET ready = 1, due_at = ?2
WHERE hostname = ?1 AND status = 'pending' AND ready = 0 AND order_instant IS NOT NULL
AND sequence_key = 1 AND EXISTS (
    SELECT 1 FROM command_queue AS first INDEXED BY queue_keys
    WHERE first.hostname = ?1 AND first.port = command_queue.port AND first.status = 'pending'
    AND first.sequence_key = 1 AND first.order_instant IS NOT NULL AND first.ready = 1
)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reasons_that_end_with_a_session_are_those_of_the_domain() {
        for reason in Reason::ALL {
            assert_eq!(reason.ends_with_a_session(), SESSION_REASONS.contains(&reason), "{reason}");
        }
    }
}
