//! One change inside the writer's transaction, with everything that has to move along with it.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use venue_domain::{
    Attempt, BatchCounts, BatchId, CommandId, EffectGroup, Ended, EndedCommands, Evidence,
    OrderKey, PortId, Reason, Status, StoreError, Timestamp,
};

use crate::{
    error::Cause,
    fences::FenceBook,
    row::{Head, duration, millis},
    turns::TurnBook,
    waiting::{Place, Waiting},
};

/// One change: what it is asked to do runs between two savepoints.
pub(crate) struct Step<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) turns: &'a mut TurnBook,
    pub(crate) fences: &'a mut FenceBook,
    pub(crate) waiting: &'a Waiting,
    pub(crate) tally: Tally,
    /// How the counts of batches move.
    batches: BTreeMap<BatchId, [i64; 8]>,
    ended: Vec<Ended>,
}

/// What the writer remembers from one change to the next.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) turns: TurnBook,
    pub(crate) fences: FenceBook,
}

/// What a change adds to figures that are kept for all of them.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// The highest order key that was stored.
    pub(crate) highest: Option<OrderKey>,
    /// What ended, by minute.
    pub(crate) minutes: BTreeMap<i64, Minute>,
    /// How the depth moves: due, later, processing.
    pub(crate) depth: [i64; 3],
    /// What has become due and counts as open from now on.
    pub(crate) opened: Vec<Place>,
    /// What is open no more.
    pub(crate) closed: Vec<Place>,
}

/// What ended within one minute.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Minute {
    pub(crate) ended: BatchCounts,
    pub(crate) execution_count: i64,
    pub(crate) execution_sum: i64,
    pub(crate) wait_count: i64,
    pub(crate) wait_sum: i64,
}

impl Tally {
    /// Adds what another change added.
    pub(crate) fn merge(&mut self, other: Self) {
        self.highest = self.highest.max(other.highest);
        for (minute, counts) in other.minutes {
            let sum = self.minutes.entry(minute).or_default();
            sum.ended.merge(&counts.ended);
            sum.execution_count += counts.execution_count;
            sum.execution_sum += counts.execution_sum;
            sum.wait_count += counts.wait_count;
            sum.wait_sum += counts.wait_sum;
        }
        for (sum, more) in self.depth.iter_mut().zip(other.depth) {
            *sum += more;
        }
        self.opened.extend(other.opened);
        self.closed.extend(other.closed);
    }

    /// Whether something of a slot counts as open from this change on.
    pub(crate) fn has_opened(&self, port: &PortId, group: EffectGroup) -> bool {
        self.opened.iter().any(|place| place.port == *port && place.group == group)
    }

    /// `key` was stored.
    pub(crate) fn note_key(&mut self, key: OrderKey) {
        self.highest = self.highest.max(Some(key));
    }
}

/// Where an open row counts in the depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shelf {
    /// Claimable.
    Due,
    /// Waiting for its time.
    Later,
    /// In flight.
    Processing,
}

/// How a row ends.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) reason: Reason,
    pub(crate) evidence: Option<Evidence>,
    pub(crate) superseded_by: Option<CommandId>,
    pub(crate) detail: Option<String>,
    /// How long the last attempt took, if this ends one.
    pub(crate) took_ms: Option<i64>,
    /// Whether the attempt that this ends may have reached the appliance without evidence.
    pub(crate) unknown: bool,
}

impl End {
    /// An end without an attempt.
    pub(crate) const fn plain(reason: Reason) -> Self {
        let unknown = false;
        Self { reason, evidence: None, superseded_by: None, detail: None, took_ms: None, unknown }
    }

    /// Superseded by `winner`.
    pub(crate) fn superseded(winner: CommandId) -> Self {
        Self { superseded_by: Some(winner), ..Self::plain(Reason::Superseded) }
    }

    /// This, after `attempt`.
    pub(crate) fn after(self, attempt: Option<&Attempt>) -> Self {
        Self { unknown: self.unknown || attempt.is_some_and(Attempt::may_have_acted), ..self }
    }
}

impl<'a> Step<'a> {
    pub(crate) fn new(
        connection: &'a Connection,
        books: &'a mut Books,
        waiting: &'a Waiting,
    ) -> Self {
        let Books { turns, fences } = books;
        let (batches, ended) = (BTreeMap::new(), Vec::new());
        Self { connection, turns, fences, waiting, tally: Tally::default(), batches, ended }
    }

    /// A row of `batch` moves from one status to another; `None` where it was not or is not.
    pub(crate) fn count(
        &mut self,
        batch: Option<&BatchId>,
        from: Option<Status>,
        to: Option<Status>,
    ) {
        let Some(batch) = batch else { return };
        let moves = match self.batches.get_mut(batch) {
            Some(moves) => moves,
            None => self.batches.entry(batch.clone()).or_default(),
        };
        if let Some(from) = from {
            moves[from as usize] -= 1;
        }
        if let Some(to) = to {
            moves[to as usize] += 1;
        }
    }

    /// The counts of `batch` are written although no row moves.
    pub(crate) fn touch(&mut self, batch: &BatchId) {
        self.batches.entry(batch.clone()).or_default();
    }

    /// An open row moves between the shelves of the depth.
    pub(crate) fn shelve(&mut self, from: Option<Shelf>, to: Option<Shelf>) {
        if let Some(from) = from {
            self.tally.depth[from as usize] -= 1;
        }
        if let Some(to) = to {
            self.tally.depth[to as usize] += 1;
        }
    }

    /// Moves a row from the queue to the history, with all counts; tells its status there.
    pub(crate) fn finish(
        &mut self,
        head: &Head,
        end: &End,
        now: Timestamp,
    ) -> Result<Status, StoreError> {
        let unknown_seen = head.unknown_seen || end.unknown;
        let status = end.reason.ends_as(unknown_seen);
        let mut insert = self.connection.prepare_cached(TO_HISTORY).cause()?;
        insert
            .execute(params![
                head.id.number(),
                status.name(),
                end.reason.name(),
                end.evidence.map(Evidence::name),
                end.superseded_by.map(|id| id.to_string()),
                end.detail,
                end.took_ms,
                now.unix_ms(),
                status == Status::Completed,
                unknown_seen,
            ])
            .cause()?;
        let mut delete = self.connection.prepare_cached(LEAVE_QUEUE).cause()?;
        delete.execute([head.id.number()]).cause()?;
        self.shelve(Some(head.shelf()), None);
        self.count(head.batch.as_ref(), Some(head.status), Some(status));
        self.tally.closed.extend(head.place());
        self.note_minute(status, end.took_ms.or(head.took_ms), head.wait_ms, now);
        self.ended.push(Ended {
            queue_id: head.id,
            command: head.command,
            target: head.target.clone(),
            batch: head.batch.clone(),
            status,
            reason: end.reason,
            action: head.action.clone(),
            class: head.class,
            attempts: head.attempts,
            took: end.took_ms.or(head.took_ms).map(duration),
            user_ip: head.user_ip,
        });
        Ok(status)
    }

    fn note_minute(
        &mut self,
        status: Status,
        took: Option<i64>,
        wait: Option<i64>,
        now: Timestamp,
    ) {
        let minute = self.tally.minutes.entry(now.unix_ms().div_euclid(60_000)).or_default();
        minute.ended.add(status);
        if let Some(took) = took {
            minute.execution_count += 1;
            minute.execution_sum += took;
        }
        if let Some(wait) = wait {
            minute.wait_count += 1;
            minute.wait_sum += wait;
        }
    }

    /// Records one attempt of `command`.
    pub(crate) fn record_attempt(
        &self,
        command: CommandId,
        number: u32,
        attempt: &Attempt,
    ) -> Result<(), StoreError> {
        let mut insert = self.connection.prepare_cached(RECORD_ATTEMPT).cause()?;
        insert
            .execute(params![
                command.to_string(),
                number,
                attempt.started_at.unix_ms(),
                millis(attempt.took),
                attempt.reason.name(),
                attempt.evidence.map(Evidence::name),
                attempt.detail,
            ])
            .cause()
            .map(drop)
    }

    /// Writes the counts of the batches that moved, and tells what ended.
    pub(crate) fn ended_commands(&mut self, now: Timestamp) -> Result<EndedCommands, StoreError> {
        let mut finished_batches = Vec::new();
        for (batch, moves) in std::mem::take(&mut self.batches) {
            let mut update = self.connection.prepare_cached(MOVE_COUNTS).cause()?;
            let [pending, processing, completed, failed, expired, superseded, cancelled, unknown] =
                moves;
            let mut rows = update
                .query(params![
                    batch.as_str(),
                    now.unix_ms(),
                    pending,
                    processing,
                    completed,
                    failed,
                    expired,
                    superseded,
                    cancelled,
                    unknown,
                ])
                .cause()?;
            let row = rows.next().cause()?;
            let finished = row.map(|row| row.get::<_, bool>(0)).transpose().cause()?;
            // The counts reach zero open commands once, so this is told exactly once.
            if finished == Some(true) {
                finished_batches.push(batch);
            }
        }
        Ok(EndedCommands { ended: std::mem::take(&mut self.ended), finished_batches })
    }
}

/// Everything of the row, and how it ended. Whoever ends it may have read the clock before it was tried
/// last, and it was not tried after its end.
const TO_HISTORY: &str = "
INSERT INTO command_history (
    queue_id, command_id, hostname, command, port, channel, digit, input, command_class, batch_id,
    status, priority, scheduled_at, due_at, expires_at, order_instant, order_sequence, attempts,
    max_attempts, unknown_seen, last_attempt_at, queue_wait_ms, completed_at, success, reason,
    evidence, superseded_by, error_message, execution_time_ms, routing_method, created_at,
    created_by, user_ip, notes, nature, effect_group
)
SELECT
    id, command_id, hostname, command, port, channel, digit, input, command_class, batch_id,
    ?2, priority, scheduled_at, due_at, expires_at, order_instant, order_sequence, attempts,
    max_attempts, max(unknown_seen, ?10), last_attempt_at, queue_wait_ms,
    max(?8, coalesce(last_attempt_at, ?8)), ?9, ?3,
    ?4, ?5, coalesce(?6, error_message), coalesce(?7, execution_time_ms), routing_method,
    created_at, created_by, user_ip, notes, nature, effect_group
FROM command_queue WHERE id = ?1";

const LEAVE_QUEUE: &str = "DELETE FROM command_queue WHERE id = ?1";

const RECORD_ATTEMPT: &str = "
INSERT INTO attempts (
    command_id, number, started_at, execution_time_ms, reason, evidence, detail
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT DO NOTHING";

const MOVE_COUNTS: &str = "
UPDATE batches SET
    pending = pending + ?3, processing = processing + ?4, completed = completed + ?5,
    failed = failed + ?6, expired = expired + ?7, superseded = superseded + ?8,
    cancelled = cancelled + ?9, unknown = unknown + ?10,
    total = total + ?3 + ?4 + ?5 + ?6 + ?7 + ?8 + ?9 + ?10,
    finished_at = CASE WHEN pending + ?3 + processing + ?4 = 0 THEN ?2 END
WHERE id = ?1
RETURNING finished_at IS NOT NULL";
