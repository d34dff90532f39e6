//! The next command of a device goes out.
//!
//! Claimable rows have an index of their own, in the order in which they go; rows that wait for a
//! later time are not in it. So a claim costs the same however much waits, and for whom.

use std::sync::{Arc, LazyLock};

use rusqlite::{OptionalExtension, Row, params};
use venue_domain::{
    Claim, ClaimTicket, Claimed, CommandRecord, Hostname, PassedOver, QueueId, Reason, Status,
    StoreError, Timestamp, Verdict,
};

use crate::{
    enqueue::know_turns,
    error::Cause,
    fences,
    row::{self, Head, OPEN_RECORD, RECORD_COLUMNS},
    settle,
    step::{End, Shelf, Step},
};

/// A row that may be handed out.
struct Candidate {
    record: CommandRecord,
    head: Head,
    turn: i64,
    waits_until: Timestamp,
}

/// Hands out the next command of `device`.
pub(crate) fn claim(
    step: &mut Step<'_>,
    device: &Hostname,
    lease_until: Timestamp,
    now: Timestamp,
) -> Result<Claimed, StoreError> {
    let claim = next(step, device, lease_until, now)?;
    let next_due = match claim {
        Some(_) => None,
        None => next_due(step, device, now)?,
    };
    Ok(Claimed { claim: claim.map(Box::new), next_due, ended_commands: step.ended_commands(now)? })
}

/// Marks the next command of `device` as in flight; what is in its way waits or ends.
fn next(
    step: &mut Step<'_>,
    device: &Hostname,
    lease_until: Timestamp,
    now: Timestamp,
) -> Result<Option<Claim>, StoreError> {
    loop {
        let Some(first) = first_ready(step, device)? else { return Ok(None) };
        let Some(candidate) = in_order(step, first)? else { continue };
        if !end_if_too_late(step, &candidate, now)? {
            return hand_out(step, candidate, lease_until, now).map(Some);
        }
    }
}

/// Passes over what `device` has to do: claimed and settled within one change, so that nobody ever finds
/// it in flight.
pub(crate) fn pass_over(
    step: &mut Step<'_>,
    device: &Hostname,
    verdict: &Verdict,
    now: Timestamp,
) -> Result<PassedOver, StoreError> {
    for _ in 0..SLICE {
        let Some(claim) = next(step, device, now, now)? else { break };
        settle::conclude(step, claim.ticket, &verdict(&claim), now)?;
    }
    let more = has_ready(step, device)?;
    let next_due = first_later(step, device)?;
    Ok(PassedOver { more, next_due, ended_commands: step.ended_commands(now)? })
}

/// So many commands are passed over in one step at most, so that nobody waits long behind it.
const SLICE: u32 = 100;

/// When `device` next has something to do.
pub(crate) fn next_due(
    step: &Step<'_>,
    device: &Hostname,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    if has_ready(step, device)? { Ok(Some(now)) } else { first_later(step, device) }
}

fn has_ready(step: &Step<'_>, device: &Hostname) -> Result<bool, StoreError> {
    let mut ready = step.connection.prepare_cached(HAS_READY).cause()?;
    ready.exists([device.as_str()]).cause()
}

/// When the first command of `device` that waits for its time becomes due.
fn first_later(step: &Step<'_>, device: &Hostname) -> Result<Option<Timestamp>, StoreError> {
    let mut later = step.connection.prepare_cached(FIRST_LATER).cause()?;
    let found = later.query_row([device.as_str()], |row| row::time(row, 0));
    found.optional().cause()
}

fn first_ready(step: &Step<'_>, device: &Hostname) -> Result<Option<Candidate>, StoreError> {
    let mut select = step.connection.prepare_cached(&FIRST_READY).cause()?;
    select.query_row([device.as_str()], Candidate::read).optional().cause()
}

/// A key of a sequence goes after the earlier ones of its port, whatever their priority: the
/// earliest is handed out instead, or if that has to wait, this one waits with it.
fn in_order(step: &mut Step<'_>, candidate: Candidate) -> Result<Option<Candidate>, StoreError> {
    if !candidate.head.sequence_key {
        return Ok(Some(candidate));
    }
    let mut select = step.connection.prepare_cached(&FIRST_KEY).cause()?;
    let target = &candidate.head.target;
    let place = params![target.device.as_str(), target.port.number()];
    let earliest = select.query_row(place, Candidate::read).cause()?;
    drop(select);
    if earliest.head.id == candidate.head.id || earliest.head.ready {
        return Ok(Some(earliest));
    }
    let mut update = step.connection.prepare_cached(WAIT_BEHIND).cause()?;
    let due_at = earliest.record.due_at.unix_ms();
    update.execute(params![candidate.head.id.number(), due_at]).cause()?;
    drop(update);
    step.shelve(Some(Shelf::Due), Some(Shelf::Later));
    Ok(None)
}

/// Ends what must not be sent any more.
fn end_if_too_late(
    step: &mut Step<'_>,
    candidate: &Candidate,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Candidate { record, head, .. } = candidate;
    if record.expires_at <= now {
        step.finish(head, &End::plain(Reason::Expired), now)?;
        return Ok(true);
    }
    let Some(key) = record.key else { return Ok(false) };
    let sets_state = record.action.nature().sets_state();
    let winner = fences::winner_over(step, &record.target, head.group, sets_state, key)?;
    if let Some(winner) = winner {
        step.finish(head, &End::superseded(winner.command), now)?;
    }
    Ok(winner.is_some())
}

fn hand_out(
    step: &mut Step<'_>,
    candidate: Candidate,
    lease_until: Timestamp,
    now: Timestamp,
) -> Result<Claim, StoreError> {
    let Candidate { record, head, turn, waits_until } = candidate;
    let device = &record.target.device;
    know_turns(step, device, record.priority)?;
    step.turns.serve(device, record.priority, turn);
    let wait = now.unix_ms().saturating_sub(record.due_at.unix_ms()).max(0);
    let mut update = step.connection.prepare_cached(HAND_OUT).cause()?;
    let number = update
        .query_row(params![head.id.number(), lease_until.unix_ms(), now.unix_ms(), wait], |row| {
            row.get(0)
        })
        .cause()?;
    drop(update);
    step.count(head.batch.as_ref(), Some(head.status), Some(Status::Processing));
    step.shelve(Some(head.shelf()), Some(Shelf::Processing));
    Ok(Claim {
        ticket: ClaimTicket { queue_id: head.id, number },
        command: Arc::new(row::command(&record)),
        batch: head.batch,
        priority: record.priority,
        attempt: record.attempts.saturating_add(1),
        max_attempts: record.max_attempts,
        unknown_seen: record.unknown_seen,
        routing_method: record.routing_method,
        waits_until,
    })
}

impl Candidate {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let record = row::record(row)?;
        let id = QueueId::new(row.get(1)?);
        let head = Head::of(&record, id, row.get(RECORD_COLUMNS)?, row.get(RECORD_COLUMNS + 1)?);
        let turn = row.get(RECORD_COLUMNS + 2)?;
        let waits_until = Timestamp::from_unix_ms(row.get(RECORD_COLUMNS + 3)?);
        Ok(Self { record, head, turn, waits_until })
    }
}

static FIRST_READY: LazyLock<String> = LazyLock::new(first_ready_sql);

static FIRST_KEY: LazyLock<String> = LazyLock::new(first_key_sql);

pub(crate) fn first_ready_sql() -> String {
    format!(
        "SELECT {OPEN_RECORD}, sequence_key, ready, turn, coalesce(waits_until, created_at)
        FROM command_queue INDEXED BY queue_ready
        WHERE hostname = ?1 AND status = 'pending' AND ready = 1
        ORDER BY priority DESC, turn, id LIMIT 1"
    )
}

pub(crate) fn first_key_sql() -> String {
    format!(
        "SELECT {OPEN_RECORD}, sequence_key, ready, turn, coalesce(waits_until, created_at)
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

pub(crate) const HAS_READY: &str = "
SELECT 1 FROM command_queue INDEXED BY queue_ready
WHERE hostname = ?1 AND status = 'pending' AND ready = 1 LIMIT 1";

pub(crate) const FIRST_LATER: &str = "
SELECT due_at FROM command_queue INDEXED BY queue_later
WHERE hostname = ?1 AND status = 'pending' AND ready = 0 ORDER BY due_at LIMIT 1";
