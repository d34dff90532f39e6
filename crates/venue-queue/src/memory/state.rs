//! What the store in memory holds, and how a command leaves the queue.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use venue_domain::{
    Attempt, AuditRecord, BatchCounts, BatchId, BatchOrigin, BatchRecord, Command, CommandId,
    CommandRecord, Configuration, Ended, EndedCommands, Evidence, Fences, Hostname, KeyedRequest,
    LogLine, Nature, OrderKey, PortId, PortStatus, Priority, QueueId, Reason, ScheduleRun, Status,
    StoredAnswer, SupersededBy, SystemTask, TaskRun, Timestamp,
};

use super::lanes::Lanes;
use crate::{
    fair_queue::{FairQueue, Turns, flow},
    record,
};

/// One open command.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) record: CommandRecord,
    pub(super) ready: bool,
    pub(super) turn: i64,
    pub(super) claims: u32,
    /// The last claim was given back without an attempt.
    pub(super) released: bool,
    pub(super) lease_until: Timestamp,
    pub(super) wait_for_device: Duration,
    pub(super) waits_until: Timestamp,
}

impl Row {
    /// The command, with its place in the order.
    pub(super) fn command(&self) -> Command {
        record::command(&self.record)
    }

    pub(super) fn is_key(&self) -> bool {
        self.record.action.nature() == Nature::Sequence
    }

    /// Whether it is due, or has its place in the order, whatever the clock says of that.
    pub(super) fn was_due(&self, now: Timestamp) -> bool {
        let placed = self.record.key.is_some();
        self.record.due_at <= now || (placed && self.record.action.effect_group().is_some())
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.record.status == Status::Pending
    }
}

/// One batch; its counts are counted.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) record: BatchRecord,
    pub(super) before: Vec<(PortId, Option<PortStatus>, Option<OrderKey>)>,
    /// The batch that it was made from.
    pub(super) origin: Option<BatchOrigin>,
}

/// One keyed request.
#[derive(Clone, Debug)]
pub(super) struct Keyed {
    pub(super) request: KeyedRequest,
    pub(super) interrupted: bool,
    pub(super) answer: Option<StoredAnswer>,
}

/// How a command ends.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) reason: Reason,
    pub(super) superseded_by: Option<CommandId>,
    /// Whether the attempt that this ends may have reached the appliance without evidence.
    pub(super) unknown: bool,
}

impl End {
    /// This, after `attempt`.
    pub(super) fn after(self, attempt: Option<&Attempt>) -> Self {
        Self { unknown: self.unknown || attempt.is_some_and(Attempt::may_have_acted), ..self }
    }
}

impl From<Reason> for End {
    fn from(reason: Reason) -> Self {
        Self { reason, superseded_by: None, unknown: false }
    }
}

impl From<SupersededBy> for End {
    fn from(winner: SupersededBy) -> Self {
        let superseded_by = Some(winner.command);
        Self { reason: Reason::Superseded, superseded_by, unknown: false }
    }
}

/// Everything.
#[derive(Default)]
pub(super) struct State {
    pub(super) last_id: i64,
    pub(super) rows: BTreeMap<QueueId, Row>,
    /// In the order in which they ended.
    pub(super) history: Vec<CommandRecord>,
    pub(super) attempts: HashMap<CommandId, BTreeMap<u32, Attempt>>,
    pub(super) ports: BTreeMap<PortId, PortStatus>,
    pub(super) lanes: Lanes,
    pub(super) fences: Fences,
    pub(super) batches: BTreeMap<BatchId, Batch>,
    pub(super) keys: HashMap<(String, String), Keyed>,
    pub(super) fair_queue: FairQueue,
    pub(super) highest: Option<OrderKey>,
    pub(super) configuration: Configuration,
    /// By schedule and occurrence.
    pub(super) runs: BTreeMap<(String, String), ScheduleRun>,
    pub(super) audit: BTreeMap<i64, AuditRecord>,
    pub(super) logs: BTreeMap<Hostname, Vec<LogLine>>,
    pub(super) task_runs: BTreeMap<SystemTask, TaskRun>,
    ended: Vec<Ended>,
}

impl State {
    /// The next turn of a flow.
    pub(super) fn next_turn(&mut self, device: &Hostname, priority: Priority, flow: &str) -> i64 {
        self.know_turns(device, priority);
        self.fair_queue.next(device, priority, flow)
    }

    /// Learns, once in a run, where the turns of a device stand.
    pub(super) fn know_turns(&mut self, device: &Hostname, priority: Priority) {
        if self.fair_queue.knows(device, priority) {
            return;
        }
        let ready = self.rows.values().filter(|row| {
            let record = &row.record;
            row.is_waiting()
                && row.ready
                && record.target.device == *device
                && record.priority == priority
        });
        let flows = ready
            .map(|row| (flow(&row.record.actor, row.record.batch.as_ref()), row.turn, row.turn));
        let turns = Turns::resume(flows);
        self.fair_queue.begin(device.clone(), priority, turns);
    }

    /// The ids of the open commands that `pick` picks.
    pub(super) fn ids(&self, pick: impl Fn(&Row) -> bool) -> Vec<QueueId> {
        self.rows.iter().filter(|(_, row)| pick(row)).map(|(id, _)| *id).collect()
    }

    /// Raises the fences of `command` and ends the waiting commands that it replaces.
    pub(super) fn raise(&mut self, command: &Command, now: Timestamp) {
        self.highest = self.highest.max(Some(command.key));
        self.fences.raise(command);
        self.supersede(now);
    }

    /// Ends the waiting commands that a fence has overtaken.
    pub(super) fn supersede(&mut self, now: Timestamp) {
        for id in self.ids(|row| row.is_waiting() && row.record.key.is_some()) {
            let winner =
                self.rows.get(&id).and_then(|row| self.fences.superseded_by(&row.command()));
            if let Some(winner) = winner {
                self.finish(id, winner, now);
            }
        }
    }

    /// Moves a command from the queue to the history.
    pub(super) fn finish(&mut self, id: QueueId, end: impl Into<End>, now: Timestamp) {
        let End { reason, superseded_by, unknown } = end.into();
        let Some(Row { mut record, .. }) = self.rows.remove(&id) else { return };
        record.unknown_seen |= unknown;
        record.status = reason.ends_as(record.unknown_seen);
        record.reason = Some(reason);
        record.superseded_by = superseded_by;
        record.waits_until = None;
        // Whoever ends it may have read the clock before it was tried last.
        record.completed_at = Some(record.last_attempt_at.map_or(now, |last| last.max(now)));
        self.ended.push(Ended {
            queue_id: id,
            command: record.id,
            target: record.target.clone(),
            batch: record.batch.clone(),
            status: record.status,
            reason,
            action: record.action.clone(),
            class: record.class,
            attempts: record.attempts.into(),
            took: record.execution_time,
            user_ip: record.actor.address,
        });
        self.history.push(record);
    }

    /// Ends a command with the attempt that ended it.
    pub(super) fn finish_attempt(&mut self, id: QueueId, attempt: &Attempt, now: Timestamp) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        let record = &mut row.record;
        let reason =
            if record.unknown_seen { attempt.reason.after_unknown() } else { attempt.reason };
        note_attempt(record, attempt);
        record.evidence = attempt.evidence;
        self.finish(id, End::from(reason).after(Some(attempt)), now);
    }

    /// The highest key of all fences of `port`.
    pub(super) fn highest_of(&self, port: &PortId) -> OrderKey {
        let entries = self.fences.entries().into_iter();
        let of_port = entries.filter(|entry| entry.slot.port == *port);
        let keys = of_port.filter_map(|entry| entry.fence.any).map(|any| any.key);
        keys.max().unwrap_or(OrderKey::ORIGIN)
    }

    /// All commands of a batch, open and finished, by queue id.
    pub(super) fn of_batch(&self, batch: &BatchId) -> Vec<&CommandRecord> {
        let open = self.rows.values().map(|row| &row.record);
        let of_batch = |record: &&CommandRecord| record.batch.as_ref() == Some(batch);
        let mut found: Vec<_> = open.chain(&self.history).filter(of_batch).collect();
        found.sort_by_key(|record| record.queue_id);
        found
    }

    pub(super) fn counts(&self, batch: &BatchId) -> BatchCounts {
        self.of_batch(batch).into_iter().map(|record| record.status).collect()
    }

    /// What ended since it was last asked.
    pub(super) fn ended_commands(&mut self, now: Timestamp) -> EndedCommands {
        let ended = std::mem::take(&mut self.ended);
        let unfinished: Vec<BatchId> = self
            .batches
            .values()
            .filter(|batch| batch.record.finished_at.is_none())
            .map(|batch| batch.record.id.clone())
            .collect();
        let mut finished_batches = Vec::new();
        for id in unfinished {
            if self.counts(&id).is_finished() {
                if let Some(batch) = self.batches.get_mut(&id) {
                    batch.record.finished_at = Some(now);
                }
                finished_batches.push(id);
            }
        }
        EndedCommands { ended, finished_batches }
    }

    /// When `device` next has something to do.
    pub(super) fn next_due(&self, device: &Hostname, now: Timestamp) -> Option<Timestamp> {
        if self.has_ready(device) { Some(now) } else { self.first_later(device) }
    }

    /// Whether a command of `device` is claimable.
    pub(super) fn has_ready(&self, device: &Hostname) -> bool {
        self.waiting_for(device).any(|row| row.ready)
    }

    /// When the first command of `device` that waits for its time becomes due.
    pub(super) fn first_later(&self, device: &Hostname) -> Option<Timestamp> {
        self.waiting_for(device).filter(|row| !row.ready).map(|row| row.record.due_at).min()
    }

    fn waiting_for(&self, device: &Hostname) -> impl Iterator<Item = &Row> {
        let waiting = self.rows.values().filter(|row| row.is_waiting());
        waiting.filter(move |row| row.record.target.device == *device)
    }

    /// When the next command becomes due that is not claimable.
    pub(super) fn next_promotion(&self) -> Option<Timestamp> {
        let later = self.rows.values().filter(|row| row.is_waiting() && !row.ready);
        later.map(|row| row.record.due_at).min()
    }

    pub(super) fn next_expiry(&self) -> Option<Timestamp> {
        let waiting = self.rows.values().filter(|row| row.is_waiting());
        waiting.map(|row| row.record.expires_at).min()
    }

    /// The devices with open commands, ordered.
    pub(super) fn devices(&self) -> BTreeSet<Hostname> {
        self.rows.values().map(|row| row.record.target.device.clone()).collect()
    }

    /// A command by what `is` recognises.
    pub(super) fn find(&self, is: impl Fn(&CommandRecord) -> bool) -> Option<&CommandRecord> {
        self.rows.values().map(|row| &row.record).chain(&self.history).find(|record| is(record))
    }
}

/// Keeps what the last attempt of a command came to.
pub(super) fn note_attempt(record: &mut CommandRecord, attempt: &Attempt) {
    record.reason = Some(attempt.reason);
    record.execution_time = Some(attempt.took);
    if attempt.detail.is_some() {
        record.detail.clone_from(&attempt.detail);
    }
}

/// What a new command is recorded as.
pub(super) fn new_record(
    new: &venue_domain::NewCommand,
    queue_id: Option<QueueId>,
    batch: Option<&BatchId>,
) -> CommandRecord {
    let command = &new.command;
    let direct = new.direct_attempt.as_ref();
    CommandRecord {
        id: command.id,
        queue_id,
        target: command.target.clone(),
        action: command.action.clone(),
        class: command.class,
        batch: batch.cloned(),
        status: Status::Pending,
        reason: direct.map(|attempt| attempt.reason),
        detail: direct.and_then(|attempt| attempt.detail.clone()),
        evidence: None::<Evidence>,
        superseded_by: None,
        priority: new.priority,
        scheduled_at: None,
        due_at: command.accepted_at,
        attempts: 0,
        max_attempts: new.max_attempts,
        last_attempt_at: direct.map(|attempt| attempt.started_at),
        completed_at: None,
        execution_time: direct.map(|attempt| attempt.took),
        queue_wait: None,
        routing_method: new.routing_method(),
        created_at: command.accepted_at,
        actor: command.actor.clone(),
        notes: new.notes.clone(),
        key: Some(command.key),
        expires_at: command.expires_at,
        unknown_seen: direct.is_some_and(Attempt::may_have_acted),
        waits_until: new.waits_until(),
    }
}
