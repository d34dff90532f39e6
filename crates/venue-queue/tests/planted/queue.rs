//! What goes in, and what is withdrawn.

use std::sync::Arc;

use venue_domain::{
    Action, AssumedStateChange, AssumedStateStore, BatchCancelled, BatchCreated, BatchId,
    BatchOrigin, Cancelled, Command, CommandId, CommandQueue, CustomAction, DerivedBatch,
    DirectRecord, EndedCommands, EndedRequest, Enqueued, IdempotencyState, KeyedRequest, Nature,
    NewBatch, NewCommand, OrderKey, Parameters, PortId, PortStatus, PortWaiting, Priority,
    QueueView, Reason, RequestKeys, StoreError, Stored, Timestamp,
};

use crate::{
    faults::Fault,
    store::{Planted, as_they_are},
};

impl Planted {
    /// A command as the store in memory takes it.
    fn taken(&self, new: NewCommand) -> NewCommand {
        let mut taken = new.clone();
        let mut notes = self.notes();
        notes.accepted = notes.accepted.max(Some(new.command.key));
        notes.meant.insert(new.command.id, new);
        if self.has(Fault::PriorityIgnored) {
            taken.priority = Priority::default();
        }
        if self.has(Fault::SequenceIgnored) && taken.command.nature() == Nature::Sequence {
            taken.command.action = Action::parse("volume_up", &Parameters::default()).unwrap();
        }
        if let Action::Custom(own) = taken.command.action.clone()
            && self.has(Fault::OwnNatureForgotten)
        {
            let kept = CustomAction::new(own.name(), Nature::Absolute, own.effect_group());
            taken.command.action = kept.unwrap().into();
        }
        if self.has(Fault::PortsFoldedOver) {
            let port = i64::from(taken.command.target.port) % 8;
            taken.command.target.port = port.try_into().unwrap();
        }
        taken
    }

    /// Believes of the port of a record what was wished, whether it was delivered or not.
    async fn believe(&self, record: &DirectRecord) -> Result<(), StoreError> {
        let (port, at) = (&record.command.target, record.attempt.started_at);
        if record.attempt.reason == Reason::Delivered {
            self.notes().assumed.remove(port);
        } else if record.attempt.may_have_acted() {
            let known = self.inner.port_status(Some(port.device.clone())).await?;
            let before = known.into_iter().find(|status| status.port == *port);
            if let Some(after) = PortStatus::after(before, port, &record.command.action, at) {
                self.notes().assumed.insert(port.clone(), after);
            }
        }
        Ok(())
    }
}

impl CommandQueue for Planted {
    async fn enqueue(&self, command: NewCommand) -> Result<Stored<Enqueued>, StoreError> {
        let empty = self.inner.open_commands(None, None, 1).await?.is_empty();
        let mut stored = self.inner.enqueue(self.taken(command)).await?;
        let told = self.notes().told.replace(stored.answer.queue_id());
        if let (true, Some(told)) = (empty && self.has(Fault::QueueIdUsedTwice), told) {
            stored.answer = Enqueued::Waiting { queue_id: told };
        }
        Ok(stored)
    }

    async fn enqueue_all(
        &self,
        commands: Vec<NewCommand>,
    ) -> Result<Stored<Vec<Enqueued>>, StoreError> {
        if !self.has(Fault::PartOfACallIsStored) {
            let commands = commands.into_iter().map(|new| self.taken(new)).collect();
            return self.inner.enqueue_all(commands).await;
        }
        let mut all = Stored { answer: Vec::new(), ended_commands: EndedCommands::default() };
        for command in commands {
            let one = self.enqueue(command).await?;
            all.answer.push(one.answer);
            all.ended_commands.ended.extend(one.ended_commands.ended);
        }
        Ok(all)
    }

    async fn create_batch(&self, mut batch: NewBatch) -> Result<Stored<BatchCreated>, StoreError> {
        batch.commands = batch.commands.into_iter().map(|new| self.taken(new)).collect();
        self.inner.create_batch(batch).await
    }

    async fn redo_batch(
        &self,
        batch: NewBatch,
        origin: BatchOrigin,
    ) -> Result<Stored<DerivedBatch>, StoreError> {
        if !self.has(Fault::RedoneTwice) {
            return self.inner.redo_batch(batch, origin).await;
        }
        let Stored { answer, ended_commands } = self.inner.create_batch(batch).await?;
        let answer = match answer {
            BatchCreated::Created(all) => {
                DerivedBatch::Created(all.into_iter().map(Some).collect())
            }
            BatchCreated::Exists => DerivedBatch::Exists,
        };
        Ok(Stored { answer, ended_commands })
    }

    fn waiting(&self, port: &PortId) -> PortWaiting {
        self.inner.waiting(port)
    }

    async fn supersede(
        &self,
        newer: Arc<Command>,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        if self.has(Fault::StaleStaysClaimable) {
            return Ok(EndedCommands::default());
        }
        self.inner.supersede(newer, now).await
    }

    async fn record(&self, mut records: Vec<DirectRecord>) -> Result<EndedCommands, StoreError> {
        for record in &mut records {
            {
                let mut notes = self.notes();
                notes.accepted = notes.accepted.max(Some(record.command.key));
            }
            if self.has(Fault::UnknownIsBelieved) {
                self.believe(record).await?;
            }
            if self.has(Fault::RecordRaisesNoFence) {
                let key = OrderKey::ORIGIN;
                record.command = Arc::new(Command { key, ..Command::clone(&record.command) });
            }
        }
        self.inner.record(records).await
    }

    async fn cancel(&self, command: CommandId, now: Timestamp) -> Result<Cancelled, StoreError> {
        let cancelled = self.inner.cancel(command, now).await?;
        if self.has(Fault::CancelledInFlight) && cancelled == Cancelled::InFlight {
            return Ok(Cancelled::Cancelled(EndedCommands::default()));
        }
        Ok(cancelled)
    }

    as_they_are! {
        cancel_batch(batch: BatchId, now: Timestamp) -> Option<BatchCancelled>;
    }
}

impl Planted {
    /// The key as the store in memory knows it.
    fn kept(&self, key: &str) -> String {
        let opened = if self.has(Fault::KeyForgottenAtRestart) { self.notes().opened } else { 0 };
        format!("{key} {opened}")
    }

    fn asked(&self, mut request: KeyedRequest) -> KeyedRequest {
        request.key = self.kept(&request.key);
        if self.has(Fault::KeyAnswersAnother) {
            request.fingerprint.clear();
        }
        request
    }
}

impl RequestKeys for Planted {
    async fn begin_request(&self, request: KeyedRequest) -> Result<IdempotencyState, StoreError> {
        self.inner.begin_request(self.asked(request)).await
    }

    async fn find_request(
        &self,
        request: KeyedRequest,
    ) -> Result<Option<IdempotencyState>, StoreError> {
        self.inner.find_request(self.asked(request)).await
    }

    async fn end_request(&self, mut ended: EndedRequest) -> Result<EndedCommands, StoreError> {
        ended.key = self.kept(&ended.key);
        if self.has(Fault::AnswerWithoutItsRecords) {
            ended.records.clear();
        }
        self.inner.end_request(ended).await
    }

    async fn forget_request(&self, actor: String, key: String) -> Result<(), StoreError> {
        self.inner.forget_request(actor, self.kept(&key)).await
    }
}

impl AssumedStateStore for Planted {
    as_they_are! {
        correct(port: PortId, change: AssumedStateChange, by: Option<String>, at: Timestamp) -> PortStatus;
    }
}
