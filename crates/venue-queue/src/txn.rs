//! One change inside the writer's transaction, with everything that has to move along with it.

use std::{collections::BTreeMap, sync::LazyLock};

use rusqlite::{Connection, OptionalExtension, params};
use venue_domain::{
    Attempt, BatchId, Command, CommandId, Ended, EndedCommands, Evidence, OrderKey, QueueId,
    Reason, Status, StoreError, Timestamp,
};

use crate::{
    count_changes::CountChanges,
    error::IntoStoreError,
    fair_queue::FairQueue,
    flights::Flights,
    image::Image,
    open_queue::{OpenCommand, OpenQueue},
    port_facts::PortFacts,
    port_fences::PortFences,
    row::{DepthBucket, RowSummary, SUMMARY_COLUMNS, duration, millis},
    tallies::Tallies,
    waiting::Waiting,
};

/// One change: what it is asked to do runs between two savepoints.
pub(crate) struct WriteTxn<'a> {
    pub(crate) connection: &'a Connection,
    /// What waits and what is in flight: by it is decided, and with each row it is changed.
    pub(crate) queue: &'a mut OpenQueue,
    /// Whether something of the queue was not stored.
    is_doubted: &'a mut bool,
    pub(crate) flights: &'a mut Flights,
    pub(crate) fair_queue: &'a mut FairQueue,
    pub(crate) fences: &'a mut PortFences,
    pub(crate) facts: &'a mut PortFacts,
    pub(crate) tallies: &'a mut Tallies,
    pub(crate) waiting: &'a Waiting,
    pub(crate) count_changes: CountChanges,
    /// How the counts of batches move.
    batches: BTreeMap<BatchId, [i64; 8]>,
    ended: Vec<Ended>,
}

/// What the writer remembers from one change to the next.
#[derive(Debug, Default)]
pub(crate) struct Caches {
    pub(crate) image: Image,
    flights: Flights,
    pub(crate) fair_queue: FairQueue,
    fences: PortFences,
    facts: PortFacts,
    tallies: Tallies,
    /// The highest order key that is stored, if that was read before.
    pub(crate) highest: Option<OrderKey>,
}

impl Caches {
    /// What is known of a database in which `queue` is open.
    pub(crate) fn of(queue: OpenQueue) -> Self {
        Self { image: Image::of(queue), ..Self::default() }
    }

    /// Writes what was only noted so far.
    pub(crate) fn write_behind(&mut self, connection: &Connection) -> Result<(), StoreError> {
        self.fences.write(connection)?;
        self.facts.write(connection)?;
        self.tallies.write(connection)
    }

    /// What was written may not be there. The queue goes back by itself.
    pub(crate) fn forget(&mut self) {
        self.flights.forget();
        self.fences.forget();
        self.facts.forget();
        self.tallies.forget();
        self.highest = None;
    }
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

impl<'a> WriteTxn<'a> {
    pub(crate) fn new(
        connection: &'a Connection,
        caches: &'a mut Caches,
        waiting: &'a Waiting,
    ) -> Option<Self> {
        let Caches { image, flights, fair_queue, fences, facts, tallies, highest: _ } = caches;
        let (queue, is_doubted) = image.queue_mut()?;
        let (batches, ended) = (BTreeMap::new(), Vec::new());
        Some(Self {
            connection,
            queue,
            is_doubted,
            flights,
            fair_queue,
            fences,
            facts,
            tallies,
            waiting,
            count_changes: CountChanges::default(),
            batches,
            ended,
        })
    }

    /// What is needed of the row of a command that is open.
    pub(crate) fn summary(&mut self, id: QueueId) -> Result<RowSummary, StoreError> {
        let mut select = self.connection.prepare_cached(&SUMMARY).store_err()?;
        let found = select.query_row([id.number()], RowSummary::read).optional().store_err()?;
        found.ok_or_else(|| self.doubt())
    }

    /// One row was to be changed, and `changed` were.
    pub(crate) fn ensure_one(&mut self, changed: usize) -> Result<(), StoreError> {
        if changed == 1 { Ok(()) } else { Err(self.doubt()) }
    }

    /// Something of the queue in memory is not stored as it is there: the change fails, and the queue is read again.
    pub(crate) fn doubt(&mut self) -> StoreError {
        *self.is_doubted = true;
        StoreError::Invalid { rule: "the queue in memory is what is stored".to_owned() }
    }

    /// The row of `id` has changed as `change` says.
    pub(crate) fn note(&mut self, id: QueueId, change: impl FnOnce(&mut OpenCommand)) {
        self.queue.change(id, change);
    }

    /// Whether `command` may be in the queue: where nothing of its slot is counted, it is not.
    pub(crate) fn may_wait(&self, command: &Command) -> bool {
        let Some(group) = command.effect_group() else { return true };
        self.waiting.of(&command.target).by_group[group as usize] > 0
            || self.count_changes.has_opened(&command.target, group)
    }

    /// Writes what was only noted so far: for whoever asks the tables themselves.
    pub(crate) fn write_behind(&mut self) -> Result<(), StoreError> {
        self.fences.write(self.connection)?;
        self.facts.write(self.connection)?;
        self.tallies.write(self.connection)
    }

    /// What is known of the tables is read again.
    pub(crate) fn forget_known(&mut self) {
        self.flights.forget();
        self.fences.forget();
        self.facts.forget();
        self.tallies.forget();
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
    pub(crate) fn move_bucket(&mut self, from: Option<DepthBucket>, to: Option<DepthBucket>) {
        if let Some(from) = from {
            self.count_changes.depth[from as usize] -= 1;
        }
        if let Some(to) = to {
            self.count_changes.depth[to as usize] += 1;
        }
    }

    /// Moves a row from the queue to the history, with all counts; tells its status there.
    pub(crate) fn finish(
        &mut self,
        summary: &RowSummary,
        end: &End,
        now: Timestamp,
    ) -> Result<Status, StoreError> {
        let unknown_seen = summary.unknown_seen || end.unknown;
        let status = end.reason.ends_as(unknown_seen);
        let mut insert = self.connection.prepare_cached(TO_HISTORY).store_err()?;
        let made = insert
            .execute(params![
                summary.id.number(),
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
            .store_err()?;
        self.ensure_one(made)?;
        let mut delete = self.connection.prepare_cached(LEAVE_QUEUE).store_err()?;
        delete.execute([summary.id.number()]).store_err()?;
        self.queue.remove(summary.id);
        if summary.status == Status::Processing {
            self.count_changes.in_flight.push((summary.id, None));
        }
        self.move_bucket(Some(summary.bucket()), None);
        self.count(summary.batch.as_ref(), Some(summary.status), Some(status));
        self.count_changes.closed.extend(summary.place());
        self.note_minute(status, end.took_ms.or(summary.took_ms), summary.wait_ms, now);
        self.ended.push(Ended {
            queue_id: summary.id,
            command: summary.command,
            target: summary.target.clone(),
            batch: summary.batch.clone(),
            status,
            reason: end.reason,
            action: summary.action.clone(),
            class: summary.class,
            attempts: summary.attempts,
            took: end.took_ms.or(summary.took_ms).map(duration),
            user_ip: summary.user_ip,
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
        let minute =
            self.count_changes.minutes.entry(now.unix_ms().div_euclid(60_000)).or_default();
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
        let mut insert = self.connection.prepare_cached(RECORD_ATTEMPT).store_err()?;
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
            .store_err()
            .map(drop)
    }

    /// Moves the counts of the batches, and tells what ended.
    pub(crate) fn ended_commands(&mut self, now: Timestamp) -> Result<EndedCommands, StoreError> {
        let mut finished_batches = Vec::new();
        for (batch, moves) in std::mem::take(&mut self.batches) {
            if self.tallies.move_by(self.connection, &batch, moves, now)? {
                finished_batches.push(batch);
            }
        }
        Ok(EndedCommands { ended: std::mem::take(&mut self.ended), finished_batches })
    }
}

static SUMMARY: LazyLock<String> = LazyLock::new(summary_sql);

pub(crate) fn summary_sql() -> String {
    format!("SELECT {SUMMARY_COLUMNS} FROM command_queue WHERE id = ?1")
}

/// Everything of the row, and how it ended. Whoever ends it may have read the clock before it was tried
/// last, and it was not tried after its end.
const TO_HISTORY: &str = "
INSERT INTO command_history (
    queue_id, command_id, hostname, command, port, channel, digit, input, command_class, batch_id,
    status, priority, scheduled_at, due_at, expires_at, order_instant, order_sequence, attempts,
    max_attempts, unknown_seen, last_attempt_at, queue_wait_ms, completed_at, success, reason,
    evidence, superseded_by, error_message, execution_time_ms, routing_method, created_at,
    created_by, user_ip, notes, nature, effect_group, steps
)
SELECT
    id, command_id, hostname, command, port, channel, digit, input, command_class, batch_id,
    ?2, priority, scheduled_at, due_at, expires_at, order_instant, order_sequence, attempts,
    max_attempts, max(unknown_seen, ?10), last_attempt_at, queue_wait_ms,
    max(?8, coalesce(last_attempt_at, ?8)), ?9, ?3,
    ?4, ?5, coalesce(?6, error_message), coalesce(?7, execution_time_ms), routing_method,
    created_at, created_by, user_ip, notes, nature, effect_group, steps
FROM command_queue WHERE id = ?1";

const LEAVE_QUEUE: &str = "DELETE FROM command_queue WHERE id = ?1";

const RECORD_ATTEMPT: &str = "
INSERT INTO attempts (
    command_id, number, started_at, execution_time_ms, reason, evidence, detail
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT DO NOTHING";
