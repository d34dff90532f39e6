//! What routing asks of the store in memory.

use std::sync::Arc;

use venue_domain::{
    Aftermath, BatchCancelled, BatchCounts, BatchCreated, BatchId, BatchRecord, Begun,
    BeliefChange, BeliefStore, Cancelled, Class, Command, CommandId, CommandQueue, DirectRecord,
    Due, Enqueued, KeyedRequest, MaxAttempts, NewBatch, NewCommand, PortId, PortStatus,
    PortWaiting, Priority, QueueId, Reason, RequestKeys, Status, StoreError, Stored, StoredAnswer,
    Timestamp,
};

use super::{
    MemoryStore,
    state::{Batch, End, Keyed, Row, State, new_record},
};
use crate::turns::flow;

impl State {
    fn enqueue(
        &mut self,
        new: &NewCommand,
        batch: Option<&BatchId>,
    ) -> Result<Enqueued, StoreError> {
        let command = &new.command;
        if let Some(waiting) = self.same_system_task(command) {
            return Ok(waiting);
        }
        if self.find(|record| record.id == command.id).is_some() {
            return Err(StoreError::Invalid { rule: "a command is stored once".into() });
        }
        self.last_id += 1;
        let id = QueueId::new(self.last_id);
        let mut record = new_record(new, Some(id), batch);
        let ready = new.due == Due::Now;
        let mut turn = 0;
        match new.due {
            Due::Now => {}
            Due::At(at) => record.due_at = at,
            Due::Scheduled(at) => {
                (record.due_at, record.scheduled_at, record.key) = (at, Some(at), None);
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
        let scheduled = record.key.is_none();
        self.rows.insert(
            id,
            Row { record, ready, turn, claims: 0, released: false, lease_until, wait_for_device },
        );
        if scheduled {
            return Ok(Enqueued::Waiting { queue_id: id });
        }
        self.raise(command, new.handed_over_at());
        Ok(match self.fences.superseded_by(command) {
            Some(by) => Enqueued::Superseded { queue_id: id, by },
            None => Enqueued::Waiting { queue_id: id },
        })
    }

    fn same_system_task(&self, command: &Command) -> Option<Enqueued> {
        let waiting = self.rows.iter().find(|(_, row)| {
            command.class == Class::System
                && row.is_waiting()
                && row.record.class == Class::System
                && row.record.target.device == command.target.device
                && row.record.action.name() == command.action.name()
        });
        let (id, row) = waiting?;
        Some(Enqueued::AlreadyWaiting { queue_id: *id, command: row.record.id })
    }

    fn create_batch(&mut self, batch: NewBatch) -> Result<BatchCreated, StoreError> {
        if self.batches.contains_key(&batch.id) {
            return Ok(BatchCreated::Exists);
        }
        let mut before = Vec::new();
        for new in &batch.commands {
            let port = &new.command.target;
            if before.iter().all(|(known, _)| known != port) {
                before.push((port.clone(), self.ports.get(port).cloned()));
            }
        }
        before.sort_by(|(one, _), (other, _)| one.cmp(other));
        let record = BatchRecord {
            id: batch.id.clone(),
            actor: batch.actor,
            created_at: batch.created_at,
            finished_at: None,
            counts: BatchCounts::default(),
            rejected: batch.rejected,
            duplicates: batch.duplicates,
            notes: batch.notes,
        };
        self.batches.insert(batch.id.clone(), Batch { record, before });
        let answers = batch.commands.iter().map(|new| self.enqueue(new, Some(&batch.id)));
        answers.collect::<Result<_, _>>().map(BatchCreated::Created)
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
        record.status = attempt.reason.status();
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

impl CommandQueue for MemoryStore {
    async fn enqueue(&self, command: NewCommand) -> Result<Stored<Enqueued>, StoreError> {
        let mut state = self.lock();
        let answer = state.enqueue(&command, None)?;
        Ok(Stored { answer, aftermath: state.aftermath(command.handed_over_at()) })
    }

    async fn enqueue_all(
        &self,
        commands: Vec<NewCommand>,
    ) -> Result<Stored<Vec<Enqueued>>, StoreError> {
        let mut state = self.lock();
        let now = commands.iter().map(NewCommand::handed_over_at).max().unwrap_or_default();
        let answers = commands.iter().map(|new| state.enqueue(new, None));
        let answer = answers.collect::<Result<_, _>>()?;
        Ok(Stored { answer, aftermath: state.aftermath(now) })
    }

    async fn create_batch(&self, batch: NewBatch) -> Result<Stored<BatchCreated>, StoreError> {
        let mut state = self.lock();
        let now = batch.created_at;
        let answer = state.create_batch(batch)?;
        Ok(Stored { answer, aftermath: state.aftermath(now) })
    }

    fn waiting(&self, port: &PortId) -> PortWaiting {
        let state = self.lock();
        let mut waiting = PortWaiting::default();
        for row in state.rows.values().filter(|row| row.record.target == *port) {
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
    ) -> Result<Aftermath, StoreError> {
        let mut state = self.lock();
        state.raise(&newer, now);
        Ok(state.aftermath(now))
    }

    async fn record(&self, records: Vec<DirectRecord>) -> Result<Aftermath, StoreError> {
        let mut state = self.lock();
        let ended = records.iter().map(|direct| state.record_direct(direct)).max();
        Ok(state.aftermath(ended.unwrap_or_default()))
    }

    async fn cancel(&self, command: CommandId, now: Timestamp) -> Result<Cancelled, StoreError> {
        let mut state = self.lock();
        let Some(found) = state.find(|record| record.id == command) else {
            return Ok(Cancelled::NotFound);
        };
        match (found.status, found.queue_id) {
            (Status::Pending, Some(id)) => {
                state.finish(id, End::from(Reason::Cancelled), now);
                Ok(Cancelled::Cancelled(state.aftermath(now)))
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
        Ok(Some(BatchCancelled { in_flight, aftermath: state.aftermath(now) }))
    }
}

impl RequestKeys for MemoryStore {
    async fn begin_request(&self, request: KeyedRequest) -> Result<Begun, StoreError> {
        let mut state = self.lock();
        let name = (request.actor.clone(), request.key.clone());
        let known = state.keys.get(&name).filter(|keyed| keyed.request.expires_at > request.at);
        let Some(keyed) = known else {
            state.keys.insert(name, Keyed { request, interrupted: false, answer: None });
            return Ok(Begun::New);
        };
        Ok(match &keyed.answer {
            _ if keyed.request.fingerprint != request.fingerprint => Begun::OtherRequest,
            Some(answer) => Begun::Answered(answer.clone()),
            None if keyed.interrupted => Begun::Interrupted,
            None => Begun::Running,
        })
    }

    async fn end_request(
        &self,
        actor: String,
        key: String,
        answer: StoredAnswer,
    ) -> Result<(), StoreError> {
        if let Some(keyed) = self.lock().keys.get_mut(&(actor, key)) {
            keyed.answer.get_or_insert(answer);
        }
        Ok(())
    }

    async fn forget_request(&self, actor: String, key: String) -> Result<(), StoreError> {
        let (keys, place) = (&mut self.lock().keys, (actor, key));
        if keys.get(&place).is_some_and(|keyed| keyed.answer.is_none()) {
            keys.remove(&place);
        }
        Ok(())
    }
}

impl BeliefStore for MemoryStore {
    async fn correct(
        &self,
        port: PortId,
        change: BeliefChange,
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
