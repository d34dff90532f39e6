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
    flights::InFlight,
    open_queue::Standing,
    row::{self, DepthBucket, OPEN_RECORD},
    txn::{End, WriteTxn},
};

/// So many rows are moved in one step at most, so that nobody waits long behind it.
const SLICE: usize = 500;

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
    for id in txn.queue.due(now, SLICE) {
        let Some(device) = txn.queue.get(id).map(|open| txn.queue.name(open.device).clone()) else {
            continue;
        };
        make_ready(txn, id, None)?;
        devices.insert(device);
    }
    let next_due = txn.queue.next_due();
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
        let changed =
            update.execute(params![queue_id.number(), due_at, expires_at, by]).store_err()?;
        drop(update);
        txn.ensure_one(changed)?;
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
    let waiting = txn.queue.waiting_for_session(device);
    for id in &waiting {
        make_ready(txn, *id, Some(now))?;
    }
    let mut woken = waiting.len();
    if woken > 0 {
        // What goes first is found at the claim.
        let behind = txn.queue.waiting_behind_ready_keys(device);
        for id in &behind {
            make_ready(txn, *id, Some(now))?;
        }
        woken += behind.len();
    }
    Ok(woken as u64)
}

/// What waits for its time may be handed out; it is due at `due_at`, if that is another time than it was.
fn make_ready(
    txn: &mut WriteTxn<'_>,
    id: QueueId,
    due_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let mut update = txn.connection.prepare_cached(MAKE_READY).store_err()?;
    let changed =
        update.execute(params![id.number(), due_at.map(Timestamp::unix_ms)]).store_err()?;
    drop(update);
    txn.ensure_one(changed)?;
    txn.note(id, |open| {
        open.standing = Standing::Ready;
        open.at = due_at.unwrap_or(open.at);
    });
    txn.move_bucket(Some(DepthBucket::Later), Some(DepthBucket::Due));
    Ok(())
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
    let moved: Vec<(QueueId, Timestamp, Timestamp)> = update
        .query_map([offset.ms()], |row| {
            Ok((QueueId::new(row.get(0)?), row::time(row, 1)?, row::time(row, 2)?))
        })
        .and_then(Iterator::collect)
        .store_err()?;
    drop(update);
    for (id, due_at, expires_at) in &moved {
        txn.note(*id, |open| (open.at, open.expires_at) = (*due_at, *expires_at));
    }
    Ok(moved.len() as u64)
}

fn scheduled_sql() -> String {
    format!(
        "SELECT {OPEN_RECORD}, sequence_key, ready, claims FROM command_queue
        WHERE id = ?1 AND status = 'pending' AND order_instant IS NULL"
    )
}

pub(crate) fn upcoming_sql() -> String {
    format!(
        "SELECT {OPEN_RECORD} FROM command_queue INDEXED BY queue_scheduled
        WHERE order_instant IS NULL AND status = 'pending' AND due_at < ?1
        ORDER BY due_at, id LIMIT ?2"
    )
}

/// What lives from its time on moves with its life. The lower bound is always met; it makes the plan a
/// search.
pub(crate) const MOVE_WISHES: &str = "
UPDATE command_queue INDEXED BY queue_scheduled
SET expires_at = expires_at + (scheduled_at - ?1) - due_at, due_at = scheduled_at - ?1
WHERE order_instant IS NULL AND status = 'pending' AND due_at >= 0
AND scheduled_at IS NOT NULL AND due_at <> scheduled_at - ?1
RETURNING id, due_at, expires_at";

/// How long it waits for its device goes with it.
const MOVE: &str = "
UPDATE command_queue SET due_at = ?2, expires_at = ?3, waits_until = waits_until + ?4
WHERE id = ?1";

pub(crate) const MAKE_READY: &str = "
UPDATE command_queue SET ready = 1, due_at = coalesce(?2, due_at)
WHERE id = ?1 AND status = 'pending' AND ready = 0";
