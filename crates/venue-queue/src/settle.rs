//! A claim ends: done, tried again, given back or replaced; only while it is the current one.

use std::sync::LazyLock;

use rusqlite::{OptionalExtension, params};
use venue_domain::{
    Attempt, ClaimTicket, CommandRecord, Hostname, Settled, Settlement, Status, StoreError,
    Timestamp, may_be_retried,
};

use crate::{
    error::IntoStoreError,
    fences,
    flights::InFlight,
    image,
    open_queue::Standing,
    row::{self, DepthBucket, OPEN_RECORD, RowSummary, millis},
    sent,
    txn::{End, WriteTxn},
};

/// Where a row goes from flight.
enum Disposition {
    End(End),
    Wait { due_at: Timestamp, attempts: u8 },
}

/// Ends a claim.
pub(crate) fn settle(
    txn: &mut WriteTxn<'_>,
    ticket: ClaimTicket,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<Settled, StoreError> {
    let Some((status, device)) = conclude(txn, ticket, settlement, now)? else {
        let ended_commands = txn.ended_commands(now)?;
        return Ok(Settled { status: None, next_due: None, ended_commands });
    };
    let next_due = txn.queue.next_due_of(&device, now);
    Ok(Settled { status: Some(status), next_due, ended_commands: txn.ended_commands(now)? })
}

/// Ends a claim, and tells the status of its command and its device; `None` if it is not current.
pub(crate) fn conclude(
    txn: &mut WriteTxn<'_>,
    ticket: ClaimTicket,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<Option<(Status, Hostname)>, StoreError> {
    let Some(row) = current(txn, ticket)? else { return Ok(None) };
    let attempt = match settlement {
        Settlement::Finish { attempt } | Settlement::Retry { attempt, .. } => Some(attempt),
        Settlement::Release { .. } | Settlement::Superseded { .. } => None,
    };
    if let Some(attempt) = attempt {
        txn.record_attempt(row.record.id, ticket.number, attempt)?;
        let ended_at = attempt.started_at.plus(attempt.took);
        let command = row::command(&row.record);
        sent::attempt_ended(txn, &command, attempt.reason, ended_at)?;
    }
    let device = row.record.target.device.clone();
    let disposition = disposition(&row.record, settlement);
    let status = match disposition {
        Disposition::End(end) => {
            if attempt.is_none() {
                txn.finish(&unmade(txn, &row.summary)?, &end, now)?
            } else {
                finish(txn, &row, &end, now)?
            }
        }
        Disposition::Wait { due_at, attempts } => {
            wait_again(txn, &row, attempt, attempts, due_at, now)?
        }
    };
    Ok(Some((status, device)))
}

/// The row of a claim, while that is the current one.
fn current(txn: &mut WriteTxn<'_>, ticket: ClaimTicket) -> Result<Option<InFlight>, StoreError> {
    let is_current = txn
        .queue
        .get(ticket.queue_id)
        .is_some_and(|open| open.standing == Standing::InFlight && open.claims == ticket.number);
    if !is_current {
        return Ok(None);
    }
    if let Some(row) = txn.flights.end(ticket) {
        return Ok(Some(row));
    }
    let mut select = txn.connection.prepare_cached(&CURRENT).store_err()?;
    let row = params![ticket.queue_id.number(), ticket.number];
    let found = select.query_row(row, InFlight::read).optional().store_err()?;
    found.ok_or_else(|| txn.doubt()).map(Some)
}

/// Counts an attempt at what waits, with its claim of this number, where it waits again after it: one change of its
/// row. Tells whether it does; otherwise nothing is changed.
pub(crate) fn count_unclaimed(
    txn: &mut WriteTxn<'_>,
    record: &CommandRecord,
    summary: &RowSummary,
    number: u32,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let tried = CommandRecord { attempts: record.attempts.saturating_add(1), ..record.clone() };
    let Disposition::Wait { due_at, attempts } = disposition(&tried, settlement) else {
        return Ok(false);
    };
    let attempt = match settlement {
        Settlement::Retry { attempt, .. } => Some(attempt),
        Settlement::Finish { .. } | Settlement::Release { .. } | Settlement::Superseded { .. } => {
            None
        }
    };
    if attempt.is_some_and(|attempt| attempt.reason.may_have_left()) {
        return Ok(false);
    }
    if let Some(attempt) = attempt {
        txn.record_attempt(record.id, number, attempt)?;
    }
    let ready = due_at <= now;
    let mut update = txn.connection.prepare_cached(COUNT_UNCLAIMED).store_err()?;
    let changed = update
        .execute(params![
            summary.id.number(),
            due_at.unix_ms(),
            ready,
            attempts,
            number,
            wait_since(record.due_at, now),
            attempt.map(|attempt| attempt.reason.name()),
            attempt.and_then(|attempt| attempt.detail.as_deref()),
            attempt.map(|attempt| millis(attempt.took)),
            attempt.map(|attempt| attempt.started_at.unix_ms()),
        ])
        .store_err()?;
    drop(update);
    txn.ensure_one(changed)?;
    let bucket = waits(txn, record, summary, attempt, due_at, now);
    txn.note(summary.id, |open| open.claims = number);
    txn.move_bucket(Some(summary.bucket()), Some(bucket));
    Ok(true)
}

/// Notes in the queue that a row waits again.
fn waits(
    txn: &mut WriteTxn<'_>,
    record: &CommandRecord,
    summary: &RowSummary,
    attempt: Option<&Attempt>,
    due_at: Timestamp,
    now: Timestamp,
) -> DepthBucket {
    let ready = due_at <= now;
    let reason = attempt.map(|attempt| attempt.reason).or(record.reason);
    let was_given_back = attempt.is_none() && record.waits_until.is_some();
    txn.note(summary.id, |open| {
        open.standing = if ready { Standing::Ready } else { Standing::Later };
        open.at = due_at;
        open.waits_for_session = image::waits_for_session(reason, was_given_back);
    });
    if ready { DepthBucket::Due } else { DepthBucket::Later }
}

/// How long a command has waited since it was due.
pub(crate) fn wait_since(due_at: Timestamp, now: Timestamp) -> i64 {
    now.unix_ms().saturating_sub(due_at.unix_ms()).max(0)
}

/// What follows from a settlement. A retry that is not allowed ends the command.
fn disposition(record: &CommandRecord, settlement: &Settlement) -> Disposition {
    match settlement {
        Settlement::Finish { attempt } => Disposition::End(last_attempt(record, attempt)),
        Settlement::Retry { attempt, due_at } => {
            let allowed = may_be_retried(record.action.nature(), attempt.reason);
            if !allowed || record.attempts >= record.max_attempts.number() {
                Disposition::End(last_attempt(record, attempt))
            } else {
                Disposition::Wait { due_at: *due_at, attempts: record.attempts }
            }
        }
        Settlement::Release { due_at } => {
            Disposition::Wait { due_at: *due_at, attempts: record.attempts.saturating_sub(1) }
        }
        Settlement::Superseded { by } => Disposition::End(End::superseded(by.command)),
    }
}

fn last_attempt(record: &CommandRecord, attempt: &Attempt) -> End {
    let reason = if record.unknown_seen { attempt.reason.after_unknown() } else { attempt.reason };
    End {
        reason,
        evidence: attempt.evidence,
        superseded_by: None,
        detail: attempt.detail.clone(),
        took_ms: Some(millis(attempt.took)),
        unknown: attempt.may_have_acted(),
    }
}

fn finish(
    txn: &mut WriteTxn<'_>,
    row: &InFlight,
    end: &End,
    now: Timestamp,
) -> Result<Status, StoreError> {
    txn.finish(&row.summary, end, now)
}

/// No attempt came of the claim of a row: it is not counted, as it is not listed.
fn unmade(txn: &WriteTxn<'_>, summary: &RowSummary) -> Result<RowSummary, StoreError> {
    let mut update = txn.connection.prepare_cached(UNMADE).store_err()?;
    update.execute([summary.id.number()]).store_err()?;
    Ok(RowSummary { attempts: summary.attempts.saturating_sub(1), ..summary.clone() })
}

/// The row waits again, unless a newer command of its slot was accepted meanwhile.
pub(crate) fn wait_again(
    txn: &mut WriteTxn<'_>,
    row: &InFlight,
    attempt: Option<&Attempt>,
    attempts: u8,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<Status, StoreError> {
    let InFlight { record, summary, .. } = row;
    let sets_state = record.action.nature().sets_state();
    if let Some(key) = record.key {
        let winner = fences::winner_over(txn, &record.target, summary.group, sets_state, key)?;
        if let Some(winner) = winner {
            let end = End::superseded(winner.command).after(attempt);
            if attempt.is_none() {
                return txn.finish(&unmade(txn, summary)?, &end, now);
            }
            return finish(txn, row, &end, now);
        }
    }
    let ready = due_at <= now;
    let unknown = attempt.is_some_and(Attempt::may_have_acted);
    let mut update = txn.connection.prepare_cached(WAIT_AGAIN).store_err()?;
    let changed = update
        .execute(params![
            summary.id.number(),
            due_at.unix_ms(),
            ready,
            attempts,
            unknown,
            attempt.map(|attempt| attempt.reason.name()),
            attempt.and_then(|attempt| attempt.detail.as_deref()),
            attempt.map(|attempt| millis(attempt.took)),
            attempt.map(|attempt| attempt.started_at.unix_ms()),
        ])
        .store_err()?;
    drop(update);
    txn.ensure_one(changed)?;
    let bucket = waits(txn, record, summary, attempt, due_at, now);
    txn.count(summary.batch.as_ref(), Some(summary.status), Some(Status::Pending));
    txn.count_changes.in_flight.push((summary.id, None));
    txn.move_bucket(Some(DepthBucket::Processing), Some(bucket));
    Ok(Status::Pending)
}

static CURRENT: LazyLock<String> = LazyLock::new(current_sql);

/// The row of a claim, while that is the current one.
pub(crate) fn current_sql() -> String {
    format!(
        "SELECT {OPEN_RECORD}, sequence_key, ready, claims FROM command_queue
        WHERE id = ?1 AND status = 'processing' AND claims = ?2"
    )
}

/// An attempt that was not made is not counted, and left no time behind: the last one is that which is
/// listed last.
const UNMADE: &str = "
UPDATE command_queue SET
    attempts = max(attempts - 1, 0),
    last_attempt_at = (SELECT max(started_at) FROM attempts
        WHERE attempts.command_id = command_queue.command_id)
WHERE id = ?1";

/// An attempt that was not counted leaves no wait and no time behind either.
const WAIT_AGAIN: &str = "
UPDATE command_queue SET
    status = 'pending', lease_until = NULL, due_at = ?2, ready = ?3, attempts = ?4,
    released = ?8 IS NULL,
    queue_wait_ms = CASE WHEN ?4 = 0 THEN NULL ELSE queue_wait_ms END,
    unknown_seen = max(unknown_seen, ?5), reason = coalesce(?6, reason),
    error_message = coalesce(?7, error_message),
    execution_time_ms = coalesce(?8, execution_time_ms),
    last_attempt_at = coalesce(?9, (SELECT max(started_at) FROM attempts
        WHERE attempts.command_id = command_queue.command_id))
WHERE id = ?1";

/// As a claim and [`WAIT_AGAIN`] after it, of an attempt that reached nobody.
const COUNT_UNCLAIMED: &str = "
UPDATE command_queue SET
    due_at = ?2, ready = ?3, attempts = ?4, claims = ?5, released = ?9 IS NULL,
    queue_wait_ms = CASE WHEN ?4 = 0 THEN NULL ELSE coalesce(queue_wait_ms, ?6) END,
    reason = coalesce(?7, reason), error_message = coalesce(?8, error_message),
    execution_time_ms = coalesce(?9, execution_time_ms),
    last_attempt_at = coalesce(?10, (SELECT max(started_at) FROM attempts
        WHERE attempts.command_id = command_queue.command_id))
WHERE id = ?1 AND status = 'pending'";
