//! What goes into the queue: stored, and then published.

use std::sync::Arc;

use venue_domain::{
    BatchCancelled, BatchCreated, BatchId, BatchOrigin, Cancelled, Command, CommandId,
    CommandQueue, DerivedBatch, DirectRecord, EndedCommands, Enqueued, NewBatch, NewCommand,
    PortId, PortWaiting, StoreError, Stored, Timestamp,
};

use super::StoreHandle;

impl CommandQueue for StoreHandle {
    async fn enqueue(&self, command: NewCommand) -> Result<Stored<Enqueued>, StoreError> {
        let stored = self.checked(self.store()?.enqueue(command.clone()).await)?;
        self.0.publisher.queued(&command, &stored.answer);
        Ok(stored)
    }

    async fn enqueue_all(
        &self,
        commands: Vec<NewCommand>,
    ) -> Result<Stored<Vec<Enqueued>>, StoreError> {
        let stored = self.checked(self.store()?.enqueue_all(commands.clone()).await)?;
        for (new, answer) in commands.iter().zip(&stored.answer) {
            self.0.publisher.queued(new, answer);
        }
        Ok(stored)
    }

    async fn create_batch(&self, batch: NewBatch) -> Result<Stored<BatchCreated>, StoreError> {
        let stored = self.checked(self.store()?.create_batch(batch.clone()).await)?;
        if let BatchCreated::Created(answers) = &stored.answer {
            self.0.publisher.batch(&batch, answers);
        }
        Ok(stored)
    }

    async fn redo_batch(
        &self,
        batch: NewBatch,
        origin: BatchOrigin,
    ) -> Result<Stored<DerivedBatch>, StoreError> {
        let stored = self.checked(self.store()?.redo_batch(batch.clone(), origin).await)?;
        if let DerivedBatch::Created(answers) = &stored.answer {
            let kept = batch.commands.iter().zip(answers);
            let kept = kept.filter_map(|(new, answer)| Some((new.clone(), answer.clone()?)));
            let (commands, answers): (Vec<_>, Vec<_>) = kept.unzip();
            if !answers.is_empty() {
                self.0.publisher.batch(&NewBatch { commands, ..batch }, &answers);
            }
        }
        Ok(stored)
    }

    fn waiting(&self, port: &PortId) -> PortWaiting {
        self.store().map(|store| store.waiting(port)).unwrap_or_default()
    }

    async fn supersede(
        &self,
        newer: Arc<Command>,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        self.checked(self.store()?.supersede(newer, now).await)
    }

    async fn record(&self, records: Vec<DirectRecord>) -> Result<EndedCommands, StoreError> {
        self.checked(self.store()?.record(records).await)
    }

    async fn cancel(&self, command: CommandId, now: Timestamp) -> Result<Cancelled, StoreError> {
        self.checked(self.store()?.cancel(command, now).await)
    }

    async fn cancel_batch(
        &self,
        batch: BatchId,
        now: Timestamp,
    ) -> Result<Option<BatchCancelled>, StoreError> {
        self.checked(self.store()?.cancel_batch(batch, now).await)
    }
}
