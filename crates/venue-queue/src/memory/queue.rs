//! What routing asks of the store in memory.

use std::sync::Arc;

use venue_domain::{
    AssumedStateChange, AssumedStateStore, BatchCancelled, BatchCounts, BatchCreated, BatchId,
    BatchOrigin, BatchRecord, Cancelled, Class, Command, CommandId, CommandQueue, DerivedBatch,
    DirectRecord, Due, EndedCommands, EndedRequest, Enqueued, IdempotencyState, KeyedRequest,
    MaxAttempts, NewBatch, NewCommand, PortId, PortStatus, PortWaiting, Priority, QueueId, Reason,
    RedoKind, RequestKeys, Status, StoreError, Stored, Timestamp,
};

use super::{
    MemoryStore,
    state::{Batch, End, Keyed, Row, State, new_record},
};
use crate::fair_queue::flow;

impl State {
    /// Refuses a call as a whole, before any of it is stored: a command is stored once.
    fn check(&self, commands: &[NewCommand]) -> Result<(), StoreError> {
        for (place, new) in commands.iter().enumerate() {
            let mut before = commands.iter().take(place);
            let stored = self.find(|record| record.id == new.command.id).is_some()
                || before.clone().any(|earlier| earlier.command.id == new.command.id);
            let joins = self.same_system_read(new).is_some()
                || before.any(|earlier| new.is_joined() && is_joined_by(earlier, &new.command));
            if stored && !joins {
                return Err(StoreError::Invalid { rule: "a command is stored once".into() });
            }
        }
        Ok(())
    }

    /// Stores what was checked.
    fn enqueue(&mut self, new: &NewCommand, batch: Option<&BatchId>) -> Enqueued {
        let command = &new.command;
        if let Some(waiting) = self.same_system_read(new) {
            return waiting;
        }
        self.last_id += 1;
        let id = QueueId::new(self.last_id);
        let mut record = new_record(new, Some(id), batch);
        let ready = new.due == Due::Now;
        let mut turn = 0;
        match new.due {
            Due::Now => {}
            Due::At(at) => record.due_at = at,
            Due::Scheduled { at, wish } => {
                (record.due_at, record.scheduled_at, record.key) = (at, wish, None);
            }
        }
        if record.key.is_some() {
            let flow = flow(&command.actor, batch);
            turn = self.next_turn(&command.target.device, new.priority, &flow);
        }
        if let Some(attempt) = &new.direct_attempt {
            self.attempts.entry(command.id).or_default().insert(0, attempt.clone());
            let ended_at = attempt.started_at.plus(attempt.took);
            self.attempt_ended(command, attempt.reason, ended_at);
        }
        let lease_until = Timestamp::default();
        let wait_for_device = new.wait_for_device;
        let waits_until = command.accepted_at.plus(wait_for_device);
        let scheduled = record.key.is_none();
        self.rows.insert(
            id,
            Row {
                record,
                ready,
                turn,
                claims: 0,
                released: false,
                lease_until,
                wait_for_device,
                waits_until,
            },
        );
        if scheduled {
            return Enqueued::Waiting { queue_id: id };
        }
        self.raise(command, new.handed_over_at());
        match self.fences.superseded_by(command) {
            Some(by) => Enqueued::Superseded { queue_id: id, by },
            None => Enqueued::Waiting { queue_id: id },
        }
    }

    fn same_system_read(&self, new: &NewCommand) -> Option<Enqueued> {
        let command = &new.command;
        let waiting = self.rows.iter().find(|(_, row)| {
            new.is_joined()
                && row.is_waiting()
                && row.record.class == Class::System
                && row.record.key.is_some()
                && row.record.target.device == command.target.device
                && row.record.action.name() == command.action.name()
        });
        let (id, row) = waiting?;
        let waiting = Box::new(row.record.clone());
        Some(Enqueued::AlreadyWaiting { queue_id: *id, waiting })
    }

    fn create_batch(&mut self, batch: NewBatch) -> Result<BatchCreated, StoreError> {
        if self.batches.contains_key(&batch.id) {
            return Ok(BatchCreated::Exists);
        }
        self.check(&batch.commands)?;
        let mut before: Vec<(PortId, _, _)> = Vec::new();
        for new in &batch.commands {
            let port = &new.command.target;
            if before.iter().all(|(known, ..)| known != port) {
                before.push((
                    port.clone(),
                    self.ports.get(port).cloned(),
                    Some(self.highest_of(port)),
                ));
            }
        }
        before.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        let record = BatchRecord {
            id: batch.id.clone(),
            actor: batch.actor,
            created_at: batch.created_at,
            finished_at: None,
            counts: BatchCounts::default(),
            rejected: batch.rejected,
            duplicates: batch.duplicates,
            notes: batch.notes,
            retried_by: None,
            undone_by: None,
        };
        let origin = None;
        self.batches.insert(batch.id.clone(), Batch { record, before, origin });
        let answers = batch.commands.iter().map(|new| self.enqueue(new, Some(&batch.id)));
        Ok(BatchCreated::Created(answers.collect()))
    }

    fn redo_batch(
        &mut self,
        batch: NewBatch,
        origin: BatchOrigin,
    ) -> Result<DerivedBatch, StoreError> {
        let same = |one: &&Batch| one.origin.as_ref() == Some(&origin);
        let mut same = self.batches.values().filter(same);
        let running = same.find(|one| !self.counts(&one.record.id).is_finished());
        let allowed = self.still_allowed(&batch.commands, &origin);
        let is_part = origin.kind == RedoKind::Undo && allowed.contains(&true);
        if let Some(running) = running.filter(|_| !is_part) {
            return Ok(DerivedBatch::Running(running.record.id.clone()));
        }
        if !allowed.contains(&true) {
            return Ok(DerivedBatch::Created(vec![None; allowed.len()]));
        }
        let id = batch.id.clone();
        let mut kept = allowed.iter();
        let mut batch = batch;
        batch.commands.retain(|_| kept.next() == Some(&true));
        let BatchCreated::Created(answers) = self.create_batch(batch)? else {
            return Ok(DerivedBatch::Exists);
        };
        if let Some(made) = self.batches.get_mut(&id) {
            made.origin = Some(origin);
        }
        let mut answers = answers.into_iter();
        let answers = allowed.into_iter().map(|kept| if kept { answers.next() } else { None });
        Ok(DerivedBatch::Created(answers.collect()))
    }

    fn still_allowed(&self, commands: &[NewCommand], origin: &BatchOrigin) -> Vec<bool> {
        let commands = commands.iter().map(|new| &new.command);
        match origin.kind {
            RedoKind::Retry => {
                let open = self.retryable(&origin.batch);
                let is_open = |command: &Command| {
                    let mut open = open.iter();
                    open.any(|one| one.target == command.target && one.action == command.action)
                };
                commands.map(is_open).collect()
            }
            RedoKind::Undo => {
                let before = self.before(&origin.batch);
                let is_left = |command: &Command| {
                    let mut before = before.iter();
                    before.any(|one| one.port == command.target && !one.commanded_since)
                };
                commands.map(is_left).collect()
            }
        }
    }

    fn record_direct(&mut self, direct: &DirectRecord) -> Timestamp {
        let DirectRecord { command, attempt, superseded_by } = direct;
        let ended_at = attempt.started_at.plus(attempt.took);
        self.raise(command, ended_at);
        if self.find(|record| record.id == command.id).is_some() {
            return ended_at;
        }
        let command = Command::clone(command);
        let new = NewCommand {
            direct_attempt: Some(attempt.clone()),
            ..NewCommand::new(command, Priority::SCHEDULED, MaxAttempts::ONCE)
        };
        let mut record = new_record(&new, None, None);
        (record.status, record.reason) = (direct.status(), Some(direct.reason()));
        record.evidence = attempt.evidence;
        record.superseded_by = *superseded_by;
        record.attempts = 1;
        record.completed_at = Some(ended_at);
        record.routing_method = direct.routing_method();
        self.attempts.entry(record.id).or_default().insert(0, attempt.clone());
        self.history.push(record);
        self.attempt_ended(&direct.command, attempt.reason, ended_at);
        ended_at
    }
}

/// Whether a read of the board that is `earlier` in the same call serves `command` as well.
fn is_joined_by(earlier: &NewCommand, command: &Command) -> bool {
    earlier.command.class == Class::System
        && !matches!(earlier.due, Due::Scheduled { .. })
        && earlier.command.target.device == command.target.device
        && earlier.command.action.name() == command.action.name()
}

impl CommandQueue for MemoryStore {
    async fn enqueue(&self, command: NewCommand) -> Result<Stored<Enqueued>, StoreError> {
        let mut state = self.lock();
        state.check(std::slice::from_ref(&command))?;
        let answer = state.enqueue(&command, None);
        Ok(Stored { answer, ended_commands: state.ended_commands(command.handed_over_at()) })
    }

    async fn enqueue_all(
        &self,
        commands: Vec<NewCommand>,
    ) -> Result<Stored<Vec<Enqueued>>, StoreError> {
        let mut state = self.lock();
        let now = commands.iter().map(NewCommand::handed_over_at).max().unwrap_or_default();
        state.check(&commands)?;
        let answer = commands.iter().map(|new| state.enqueue(new, None)).collect();
        Ok(Stored { answer, ended_commands: state.ended_commands(now) })
    }

    async fn create_batch(&self, batch: NewBatch) -> Result<Stored<BatchCreated>, StoreError> {
        let mut state = self.lock();
        let now = batch.created_at;
        let answer = state.create_batch(batch)?;
        Ok(Stored { answer, ended_commands: state.ended_commands(now) })
    }

    async fn redo_batch(
        &self,
        batch: NewBatch,
        origin: BatchOrigin,
    ) -> Result<Stored<DerivedBatch>, StoreError> {
        let mut state = self.lock();
        let now = batch.created_at;
        let answer = state.redo_batch(batch, origin)?;
        Ok(Stored { answer, ended_commands: state.ended_commands(now) })
    }

    fn waiting(&self, port: &PortId) -> PortWaiting {
        let state = self.lock();
        let mut waiting = PortWaiting::default();
        // What is for later does not wait before it is due.
        let placed = state.rows.values().filter(|row| row.record.key.is_some());
        for row in placed.filter(|row| row.record.target == *port) {
            if let Some(group) = row.record.action.effect_group() {
                waiting.by_group[group as usize] += 1;
                waiting.sequence_keys += u32::from(row.is_key());
            }
        }
        waiting
    }

    async fn supersede(
        &self,
        newer: Arc<Command>,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        let mut state = self.lock();
        state.raise(&newer, now);
        Ok(state.ended_commands(now))
    }

    async fn record(&self, records: Vec<DirectRecord>) -> Result<EndedCommands, StoreError> {
        let mut state = self.lock();
        let ended = records.iter().map(|direct| state.record_direct(direct)).max();
        Ok(state.ended_commands(ended.unwrap_or_default()))
    }

    async fn cancel(&self, command: CommandId, now: Timestamp) -> Result<Cancelled, StoreError> {
        let mut state = self.lock();
        let Some(found) = state.find(|record| record.id == command) else {
            return Ok(Cancelled::NotFound);
        };
        match (found.status, found.queue_id) {
            (Status::Pending, Some(id)) => {
                state.finish(id, End::from(Reason::Cancelled), now);
                Ok(Cancelled::Cancelled(state.ended_commands(now)))
            }
            (Status::Processing, _) => Ok(Cancelled::InFlight),
            (status, _) => Ok(Cancelled::Finished(status)),
        }
    }

    async fn cancel_batch(
        &self,
        batch: BatchId,
        now: Timestamp,
    ) -> Result<Option<BatchCancelled>, StoreError> {
        let mut state = self.lock();
        if !state.batches.contains_key(&batch) {
            return Ok(None);
        }
        let of_batch = |row: &Row| row.record.batch.as_ref() == Some(&batch);
        for id in state.ids(|row| of_batch(row) && row.is_waiting()) {
            state.finish(id, Reason::Cancelled, now);
        }
        let in_flight = state.ids(of_batch).len() as u64;
        Ok(Some(BatchCancelled { in_flight, ended_commands: state.ended_commands(now) }))
    }
}

impl State {
    /// What is known of a key that is not too old, and since when.
    fn known_request(&self, request: &KeyedRequest) -> Option<(IdempotencyState, Timestamp)> {
        let keyed = self.keys.get(&(request.actor.clone(), request.key.clone()))?;
        if keyed.request.expires_at <= request.at {
            return None;
        }
        let begun = match &keyed.answer {
            _ if keyed.request.fingerprint != request.fingerprint => IdempotencyState::OtherRequest,
            Some(answer) => IdempotencyState::Answered(answer.clone()),
            None if keyed.interrupted => IdempotencyState::Interrupted,
            None => IdempotencyState::Running,
        };
        Some((begun, keyed.request.at))
    }
}

impl RequestKeys for MemoryStore {
    async fn begin_request(&self, request: KeyedRequest) -> Result<IdempotencyState, StoreError> {
        let mut state = self.lock();
        if let Some((begun, _)) = state.known_request(&request) {
            return Ok(begun);
        }
        let name = (request.actor.clone(), request.key.clone());
        state.keys.insert(name, Keyed { request, interrupted: false, answer: None });
        Ok(IdempotencyState::New)
    }

    async fn find_request(
        &self,
        request: KeyedRequest,
    ) -> Result<Option<IdempotencyState>, StoreError> {
        let found = self.lock().known_request(&request);
        Ok(found.map(|(begun, noted_at)| match begun {
            IdempotencyState::Running if noted_at == request.at => IdempotencyState::New,
            begun @ (IdempotencyState::New
            | IdempotencyState::Running
            | IdempotencyState::Answered(_)
            | IdempotencyState::Interrupted
            | IdempotencyState::OtherRequest) => begun,
        }))
    }

    async fn end_request(&self, ended: EndedRequest) -> Result<EndedCommands, StoreError> {
        let EndedRequest { actor, key, answer, records } = ended;
        if let Some(keyed) = self.lock().keys.get_mut(&(actor, key)) {
            keyed.answer.get_or_insert(answer);
        }
        self.record(records).await
    }

    async fn forget_request(&self, actor: String, key: String) -> Result<(), StoreError> {
        let (keys, place) = (&mut self.lock().keys, (actor, key));
        if keys.get(&place).is_some_and(|keyed| keyed.answer.is_none()) {
            keys.remove(&place);
        }
        Ok(())
    }
}

impl AssumedStateStore for MemoryStore {
    async fn correct(
        &self,
        port: PortId,
        change: AssumedStateChange,
        by: Option<String>,
        at: Timestamp,
    ) -> Result<PortStatus, StoreError> {
        let mut state = self.lock();
        let before = state.ports.get(&port).cloned();
        let after = PortStatus::corrected(before, &port, &change, by, at);
        state.ports.insert(port, after.clone());
        Ok(after)
    }
}
