//! The next command of a device goes out.
//!
//! Claimable rows have an index of their own, in the order in which they go; rows that wait for a
//! later time are not in it. So a claim costs the same however much waits, and for whom. Where some ports are
//! busy, the first of each other port is looked up, in an index of its own, and the first of these goes.

use std::{
    cmp::Reverse,
    sync::{Arc, LazyLock},
};

use rusqlite::{OptionalExtension, Row, params};
use venue_domain::{
    Claim, ClaimTicket, Claimed, CommandRecord, Hostname, PassedOver, PortIndex, PortSet, QueueId,
    Reason, SettlementRule, Status, StoreError, Timestamp,
};

use crate::{
    enqueue::know_turns,
    error::IntoStoreError,
    fences,
    next_due::{first_later, has_ready},
    row::{self, DepthBucket, OPEN_RECORD, RECORD_COLUMNS, RowSummary},
    settle,
    txn::{End, WriteTxn},
};

/// A row that may be handed out.
struct Candidate {
    record: CommandRecord,
    summary: RowSummary,
    turn: i64,
    waits_until: Timestamp,
    /// How often it was handed out.
    claims: u32,
}

/// Hands out the next command of `device` that is for no `busy` port.
pub(crate) fn claim(
    txn: &mut WriteTxn<'_>,
    device: &Hostname,
    busy: PortSet,
    lease_until: Timestamp,
    now: Timestamp,
) -> Result<Claimed, StoreError> {
    let claim = match next(txn, device, busy, now)? {
        Some(candidate) => Some(hand_out(txn, &candidate, lease_until, now)?),
        None => None,
    };
    let next_due = match claim {
        Some(_) => None,
        // What could be claimed now is for a busy port.
        None => first_later(txn, device)?,
    };
    Ok(Claimed { claim: claim.map(Box::new), next_due, ended_commands: txn.ended_commands(now)? })
}

/// The next command of `device` that is for no `busy` port; what is in its way waits or ends.
fn next(
    txn: &mut WriteTxn<'_>,
    device: &Hostname,
    busy: PortSet,
    now: Timestamp,
) -> Result<Option<Candidate>, StoreError> {
    loop {
        let first = if busy.is_empty() {
            first_ready(txn, device)?
        } else {
            first_ready_beside(txn, device, busy)?
        };
        let Some(first) = first else { return Ok(None) };
        let Some(candidate) = in_order(txn, first)? else { continue };
        if !end_if_too_late(txn, &candidate, now)? {
            return Ok(Some(candidate));
        }
    }
}

/// Passes over what `device` has to do, so that nobody ever finds it in flight. What waits again is counted without
/// a claim; what ends with it is claimed and settled within this change.
pub(crate) fn pass_over(
    txn: &mut WriteTxn<'_>,
    device: &Hostname,
    rule: &SettlementRule,
    now: Timestamp,
) -> Result<PassedOver, StoreError> {
    let mut all = false;
    for _ in 0..SLICE {
        let Some(candidate) = next(txn, device, PortSet::EMPTY, now)? else {
            all = true;
            break;
        };
        let number = candidate.claims + 1;
        let settlement = rule(&claim_of(&candidate, number));
        let Candidate { record, summary, turn, .. } = &candidate;
        if settle::count_unclaimed(txn, record, summary, number, &settlement, now)? {
            serve(txn, record, *turn)?;
        } else {
            let claim = hand_out(txn, &candidate, now, now)?;
            settle::conclude(txn, claim.ticket, &settlement, now)?;
        }
    }
    let more = !all && has_ready(txn, device)?;
    let next_due = first_later(txn, device)?;
    Ok(PassedOver { more, next_due, ended_commands: txn.ended_commands(now)? })
}

/// So many commands are passed over in one step at most, so that nobody waits long behind it.
const SLICE: u32 = 100;

fn first_ready(txn: &WriteTxn<'_>, device: &Hostname) -> Result<Option<Candidate>, StoreError> {
    let mut select = txn.connection.prepare_cached(&FIRST_READY).store_err()?;
    select.query_row([device.as_str()], Candidate::read).optional().store_err()
}

/// The first that is for no `busy` port: of what goes first at each port, what goes first of all.
fn first_ready_beside(
    txn: &WriteTxn<'_>,
    device: &Hostname,
    busy: PortSet,
) -> Result<Option<Candidate>, StoreError> {
    let mut next_port = txn.connection.prepare_cached(NEXT_READY_PORT).store_err()?;
    let mut place = txn.connection.prepare_cached(FIRST_PLACE_OF_PORT).store_err()?;
    let (mut after, mut first) = (BEFORE_ALL_PORTS, None);
    while let Some(port) = next_port
        .query_row(params![device.as_str(), after], |row| row.get::<_, i64>(0))
        .optional()
        .store_err()?
    {
        after = port;
        if PortIndex::try_from(port).is_ok_and(|port| busy.contains(port)) {
            continue;
        }
        let read = |row: &Row<'_>| {
            Ok((Reverse(row.get::<_, i64>(0)?), row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        };
        let of_port = place.query_row(params![device.as_str(), port], read).store_err()?;
        first = Some(first.map_or(of_port, |first: (_, _, _)| first.min(of_port)));
    }
    let Some((_, _, id)) = first else { return Ok(None) };
    let mut select = txn.connection.prepare_cached(&READY_ROW).store_err()?;
    select.query_row([id], Candidate::read).optional().store_err()
}

/// A key of a sequence goes after the earlier ones of its port, whatever their priority: the
/// earliest is handed out instead, or if that has to wait, this one waits with it.
fn in_order(txn: &mut WriteTxn<'_>, candidate: Candidate) -> Result<Option<Candidate>, StoreError> {
    if !candidate.summary.sequence_key {
        return Ok(Some(candidate));
    }
    let mut select = txn.connection.prepare_cached(&FIRST_KEY).store_err()?;
    let target = &candidate.summary.target;
    let place = params![target.device.as_str(), target.port.number()];
    let earliest = select.query_row(place, Candidate::read).store_err()?;
    drop(select);
    if earliest.summary.id == candidate.summary.id || earliest.summary.ready {
        return Ok(Some(earliest));
    }
    let mut update = txn.connection.prepare_cached(WAIT_BEHIND).store_err()?;
    let due_at = earliest.record.due_at.unix_ms();
    update.execute(params![candidate.summary.id.number(), due_at]).store_err()?;
    drop(update);
    txn.move_bucket(Some(DepthBucket::Due), Some(DepthBucket::Later));
    Ok(None)
}

/// Ends what must not be sent any more.
fn end_if_too_late(
    txn: &mut WriteTxn<'_>,
    candidate: &Candidate,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Candidate { record, summary, .. } = candidate;
    if record.expires_at <= now {
        txn.finish(summary, &End::plain(Reason::Expired), now)?;
        return Ok(true);
    }
    let Some(key) = record.key else { return Ok(false) };
    let sets_state = record.action.nature().sets_state();
    let winner = fences::winner_over(txn, &record.target, summary.group, sets_state, key)?;
    if let Some(winner) = winner {
        txn.finish(summary, &End::superseded(winner.command), now)?;
    }
    Ok(winner.is_some())
}

fn hand_out(
    txn: &mut WriteTxn<'_>,
    candidate: &Candidate,
    lease_until: Timestamp,
    now: Timestamp,
) -> Result<Claim, StoreError> {
    let Candidate { record, summary, turn, .. } = candidate;
    serve(txn, record, *turn)?;
    let wait = settle::wait_since_due(record, now);
    let mut update = txn.connection.prepare_cached(HAND_OUT).store_err()?;
    let number = update
        .query_row(
            params![summary.id.number(), lease_until.unix_ms(), now.unix_ms(), wait],
            |row| row.get(0),
        )
        .store_err()?;
    drop(update);
    txn.count(summary.batch.as_ref(), Some(summary.status), Some(Status::Processing));
    txn.move_bucket(Some(summary.bucket()), Some(DepthBucket::Processing));
    Ok(claim_of(candidate, number))
}

/// It is the turn of a command.
fn serve(txn: &mut WriteTxn<'_>, record: &CommandRecord, turn: i64) -> Result<(), StoreError> {
    let device = &record.target.device;
    know_turns(txn, device, record.priority)?;
    txn.fair_queue.serve(device, record.priority, turn);
    Ok(())
}

/// What is told of a claim with `number`.
fn claim_of(candidate: &Candidate, number: u32) -> Claim {
    let Candidate { record, summary, waits_until, .. } = candidate;
    Claim {
        ticket: ClaimTicket { queue_id: summary.id, number },
        command: Arc::new(row::command(record)),
        batch: summary.batch.clone(),
        priority: record.priority,
        attempt: record.attempts.saturating_add(1),
        max_attempts: record.max_attempts,
        unknown_seen: record.unknown_seen,
        routing_method: record.routing_method,
        waits_until: *waits_until,
    }
}

impl Candidate {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let record = row::record(row)?;
        let id = QueueId::new(row.get(1)?);
        let summary =
            RowSummary::of(&record, id, row.get(RECORD_COLUMNS)?, row.get(RECORD_COLUMNS + 1)?);
        let turn = row.get(RECORD_COLUMNS + 2)?;
        let waits_until = Timestamp::from_unix_ms(row.get(RECORD_COLUMNS + 3)?);
        let claims = row.get(RECORD_COLUMNS + 4)?;
        Ok(Self { record, summary, turn, waits_until, claims })
    }
}

static FIRST_READY: LazyLock<String> = LazyLock::new(first_ready_sql);

static READY_ROW: LazyLock<String> = LazyLock::new(ready_row_sql);

static FIRST_KEY: LazyLock<String> = LazyLock::new(first_key_sql);

pub(crate) fn first_ready_sql() -> String {
    format!(
        "SELECT {OPEN_RECORD}, sequence_key, ready, turn, coalesce(waits_until, created_at),
            claims
        FROM command_queue INDEXED BY queue_ready
        WHERE hostname = ?1 AND status = 'pending' AND ready = 1
        ORDER BY priority DESC, turn, id LIMIT 1"
    )
}

pub(crate) fn ready_row_sql() -> String {
    format!(
        "SELECT {OPEN_RECORD}, sequence_key, ready, turn, coalesce(waits_until, created_at),
            claims
        FROM command_queue WHERE id = ?1"
    )
}

pub(crate) const NEXT_READY_PORT: &str = "
SELECT port FROM command_queue INDEXED BY queue_ready_port
WHERE hostname = ?1 AND status = 'pending' AND ready = 1 AND port > ?2 ORDER BY port LIMIT 1";

/// Less than the number of any port.
const BEFORE_ALL_PORTS: i64 = -1;

pub(crate) const FIRST_PLACE_OF_PORT: &str = "
SELECT priority, turn, id FROM command_queue INDEXED BY queue_ready_port
WHERE hostname = ?1 AND port = ?2 AND status = 'pending' AND ready = 1
ORDER BY priority DESC, turn, id LIMIT 1";

pub(crate) fn first_key_sql() -> String {
    format!(
        "SELECT {OPEN_RECORD}, sequence_key, ready, turn, coalesce(waits_until, created_at),
            claims
        FROM command_queue INDEXED BY queue_keys
        WHERE hostname = ?1 AND port = ?2 AND status = 'pending' AND sequence_key = 1
        AND order_instant IS NOT NULL
        ORDER BY order_instant, order_sequence LIMIT 1"
    )
}

const WAIT_BEHIND: &str = "UPDATE command_queue SET ready = 0, due_at = ?2 WHERE id = ?1";

/// The wait counts from due to the first attempt.
pub(crate) const HAND_OUT: &str = "
UPDATE command_queue SET
    status = 'processing', attempts = attempts + 1, claims = claims + 1, lease_until = ?2,
    last_attempt_at = ?3, queue_wait_ms = coalesce(queue_wait_ms, ?4)
WHERE id = ?1 AND status = 'pending'
RETURNING claims";
