//! The next command of a device goes out.
//!
//! Which one that is, the queue in memory knows: it looks at what goes first at each port of the device, so a claim costs
//! the same however much waits, and for whom. The table is written by the key of its row.

use std::sync::{Arc, LazyLock};

use rusqlite::{OptionalExtension, Row, params};
use venue_domain::{
    Claim, ClaimTicket, Claimed, CommandRecord, Hostname, PassedOver, PortSet, QueueId, Reason,
    SettlementRule, Status, StoreError, Timestamp,
};

use crate::{
    enqueue::know_turns,
    error::IntoStoreError,
    fences,
    flights::InFlight,
    open_queue::{OpenCommand, Standing},
    row::{self, DepthBucket, OPEN_RECORD, RECORD_COLUMNS, RowSummary},
    settle,
    txn::{End, WriteTxn},
};

/// A row that may be handed out, or is.
struct Candidate {
    record: CommandRecord,
    summary: RowSummary,
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
        Some(open) => Some(hand_out(txn, device, &open, lease_until, now)?),
        None => None,
    };
    // What could be claimed now is for a busy port.
    let next_due = if claim.is_some() { None } else { txn.queue.first_later(device) };
    Ok(Claimed { claim: claim.map(Box::new), next_due, ended_commands: txn.ended_commands(now)? })
}

/// The next command of `device` that is for no `busy` port; what is in its way waits or ends.
fn next(
    txn: &mut WriteTxn<'_>,
    device: &Hostname,
    busy: PortSet,
    now: Timestamp,
) -> Result<Option<OpenCommand>, StoreError> {
    loop {
        let Some(first) = txn.queue.first_ready(device, busy) else { return Ok(None) };
        let Some(first) = in_order(txn, first)? else { continue };
        if !end_if_too_late(txn, device, &first, now)? {
            return Ok(Some(first));
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
        let Some(open) = next(txn, device, PortSet::EMPTY, now)? else {
            all = true;
            break;
        };
        let candidate = read(txn, open.id)?;
        let number = candidate.claims + 1;
        let settlement =
            rule(&claim_of(&candidate, number, candidate.record.attempts.saturating_add(1)));
        let Candidate { record, summary, .. } = &candidate;
        if settle::count_unclaimed(txn, record, summary, number, &settlement, now)? {
            serve(txn, device, &open)?;
        } else {
            let claim = hand_out(txn, device, &open, now, now)?;
            settle::conclude(txn, claim.ticket, &settlement, now)?;
        }
    }
    let more = !all && txn.queue.has_ready(device);
    let next_due = txn.queue.first_later(device);
    Ok(PassedOver { more, next_due, ended_commands: txn.ended_commands(now)? })
}

/// So many commands are passed over in one step at most, so that nobody waits long behind it.
const SLICE: u32 = 100;

/// The row of what waits.
fn read(txn: &mut WriteTxn<'_>, id: QueueId) -> Result<Candidate, StoreError> {
    let mut select = txn.connection.prepare_cached(&WAITING_ROW).store_err()?;
    let found = select.query_row([id.number()], Candidate::read).optional().store_err()?;
    found.ok_or_else(|| txn.doubt())
}

/// A key of a sequence goes after the earlier ones of its port, whatever their priority: the
/// earliest is handed out instead, or if that has to wait, this one waits with it.
fn in_order(txn: &mut WriteTxn<'_>, first: OpenCommand) -> Result<Option<OpenCommand>, StoreError> {
    if !first.is_sequence_key {
        return Ok(Some(first));
    }
    let earliest = txn.queue.first_key(&first).unwrap_or(first);
    if earliest.standing == Standing::Ready {
        return Ok(Some(earliest));
    }
    let mut update = txn.connection.prepare_cached(WAIT_BEHIND).store_err()?;
    let due_at = earliest.at;
    let changed = update.execute(params![first.id.number(), due_at.unix_ms()]).store_err()?;
    drop(update);
    txn.ensure_one(changed)?;
    txn.note(first.id, |open| (open.standing, open.at) = (Standing::Later, due_at));
    txn.move_bucket(Some(DepthBucket::Due), Some(DepthBucket::Later));
    Ok(None)
}

/// Ends what must not be sent any more.
fn end_if_too_late(
    txn: &mut WriteTxn<'_>,
    device: &Hostname,
    open: &OpenCommand,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if open.expires_at <= now {
        let summary = txn.summary(open.id)?;
        txn.finish(&summary, &End::plain(Reason::Expired), now)?;
        return Ok(true);
    }
    let Some(key) = open.key() else { return Ok(false) };
    let target = venue_domain::PortId { device: device.clone(), port: open.port };
    let winner = fences::winner_over(txn, &target, open.group, open.sets_state, key)?;
    if let Some(winner) = winner {
        let summary = txn.summary(open.id)?;
        txn.finish(&summary, &End::superseded(winner.command), now)?;
    }
    Ok(winner.is_some())
}

fn hand_out(
    txn: &mut WriteTxn<'_>,
    device: &Hostname,
    open: &OpenCommand,
    lease_until: Timestamp,
    now: Timestamp,
) -> Result<Claim, StoreError> {
    serve(txn, device, open)?;
    let wait = settle::wait_since(open.at, now);
    let mut update = txn.connection.prepare_cached(&HAND_OUT).store_err()?;
    let row = params![open.id.number(), lease_until.unix_ms(), now.unix_ms(), wait];
    let made = update.query_row(row, Candidate::read).optional().store_err()?;
    drop(update);
    let candidate = made.ok_or_else(|| txn.doubt())?;
    txn.note(open.id, |open| {
        (open.standing, open.at) = (Standing::InFlight, lease_until);
        open.claims = candidate.claims;
    });
    txn.count_changes.in_flight.push((open.id, Some(now)));
    txn.count(candidate.summary.batch.as_ref(), Some(Status::Pending), Some(Status::Processing));
    txn.move_bucket(Some(DepthBucket::Due), Some(DepthBucket::Processing));
    let claim = claim_of(&candidate, candidate.claims, candidate.record.attempts);
    let Candidate { record, summary, claims, .. } = candidate;
    txn.flights.begin(InFlight { record, summary, claims });
    Ok(claim)
}

/// It is the turn of a command.
fn serve(txn: &mut WriteTxn<'_>, device: &Hostname, open: &OpenCommand) -> Result<(), StoreError> {
    know_turns(txn, device, open.priority)?;
    txn.fair_queue.serve(device, open.priority, open.turn);
    Ok(())
}

/// What is told of a claim with `number`.
fn claim_of(candidate: &Candidate, number: u32, attempt: u8) -> Claim {
    let Candidate { record, summary, waits_until, .. } = candidate;
    Claim {
        ticket: ClaimTicket { queue_id: summary.id, number },
        command: Arc::new(row::command(record)),
        batch: summary.batch.clone(),
        priority: record.priority,
        attempt,
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
        let waits_until = Timestamp::from_unix_ms(row.get(RECORD_COLUMNS + 2)?);
        let claims = row.get(RECORD_COLUMNS + 3)?;
        Ok(Self { record, summary, waits_until, claims })
    }
}

static WAITING_ROW: LazyLock<String> = LazyLock::new(waiting_row_sql);

static HAND_OUT: LazyLock<String> = LazyLock::new(hand_out_sql);

pub(crate) fn waiting_row_sql() -> String {
    format!(
        "SELECT {OPEN_RECORD}, {CANDIDATE} FROM command_queue
        WHERE id = ?1 AND status = 'pending'"
    )
}

/// The columns of a [`Candidate`] beside its record.
const CANDIDATE: &str = "sequence_key, ready, coalesce(waits_until, created_at), claims";

const WAIT_BEHIND: &str = "UPDATE command_queue SET ready = 0, due_at = ?2 WHERE id = ?1";

/// The wait counts from due to the first attempt.
pub(crate) fn hand_out_sql() -> String {
    format!(
        "UPDATE command_queue SET
            status = 'processing', attempts = attempts + 1, claims = claims + 1, lease_until = ?2,
            last_attempt_at = ?3, queue_wait_ms = coalesce(queue_wait_ms, ?4)
        WHERE id = ?1 AND status = 'pending'
        RETURNING {OPEN_RECORD}, {CANDIDATE}"
    )
}
