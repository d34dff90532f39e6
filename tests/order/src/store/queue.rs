//! What the router asks of the store.

use std::sync::Arc;

use venue_domain::{
    BatchCancelled, BatchCreated, BatchId, BatchOrigin, Cancelled, Command, CommandId,
    CommandQueue, DerivedBatch, DirectRecord, EndedCommands, Enqueued, NewBatch, NewCommand,
    PortId, PortWaiting, StoreError, Stored, Timestamp,
};

use super::{Keeps, Store};
use crate::flaw::Flaw;

impl<S: Keeps> CommandQueue for Store<S> {
    async fn enqueue(&self, command: NewCommand) -> Result<Stored<Enqueued>, StoreError> {
        let new = self.noted(command);
        if self.is_flawed(Flaw::PressesJoined)
            && let Some(waiting) = self.same_press(&new).await
        {
            return Ok(Stored { answer: waiting, ended_commands: EndedCommands::default() });
        }
        let (inner, asked) = (self.inner.clone(), new.clone());
        let stored = self.call(async move { inner.enqueue(asked).await }).await;
        let stored = stored.inspect_err(|_| self.refused(&new))?;
        Ok(Stored {
            answer: self.stored(&new, stored.answer),
            ended_commands: stored.ended_commands,
        })
    }

    async fn enqueue_all(
        &self,
        _commands: Vec<NewCommand>,
    ) -> Result<Stored<Vec<Enqueued>>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn create_batch(&self, batch: NewBatch) -> Result<Stored<BatchCreated>, StoreError> {
        let commands: Vec<_> = batch.commands.into_iter().map(|new| self.noted(new)).collect();
        let batch = NewBatch { commands: commands.clone(), ..batch };
        let inner = self.inner.clone();
        let stored = self.call(async move { inner.create_batch(batch).await }).await;
        let stored = stored.inspect_err(|_| commands.iter().for_each(|new| self.refused(new)))?;
        let answer = match stored.answer {
            BatchCreated::Created(answers) => {
                let answers = commands.iter().zip(answers);
                BatchCreated::Created(answers.map(|(new, one)| self.stored(new, one)).collect())
            }
            BatchCreated::Exists => BatchCreated::Exists,
        };
        Ok(Stored { answer, ended_commands: stored.ended_commands })
    }

    async fn redo_batch(
        &self,
        batch: NewBatch,
        origin: BatchOrigin,
    ) -> Result<Stored<DerivedBatch>, StoreError> {
        let commands: Vec<_> = batch.commands.into_iter().map(|new| self.noted(new)).collect();
        let batch = NewBatch { commands: commands.clone(), ..batch };
        // Whoever does the same at once has come as far.
        tokio::task::yield_now().await;
        let (inner, twice) = (self.inner.clone(), self.is_flawed(Flaw::RedoneTwice));
        let redo = async move {
            if !twice {
                return inner.redo_batch(batch, origin).await;
            }
            let Stored { answer, ended_commands } = inner.create_batch(batch).await?;
            let answer = match answer {
                BatchCreated::Created(all) => {
                    DerivedBatch::Created(all.into_iter().map(Some).collect())
                }
                BatchCreated::Exists => DerivedBatch::Exists,
            };
            Ok(Stored { answer, ended_commands })
        };
        let stored = self.call(redo).await;
        let stored = stored.inspect_err(|_| commands.iter().for_each(|new| self.refused(new)))?;
        let answer = match stored.answer {
            DerivedBatch::Created(answers) => {
                let told = commands.iter().zip(answers).map(|(new, one)| match one {
                    Some(one) => Some(self.stored(new, one)),
                    None => {
                        self.refused(new);
                        None
                    }
                });
                DerivedBatch::Created(told.collect())
            }
            answer @ (DerivedBatch::Running(_) | DerivedBatch::Exists) => {
                commands.iter().for_each(|new| self.refused(new));
                answer
            }
        };
        Ok(Stored { answer, ended_commands: stored.ended_commands })
    }

    fn waiting(&self, port: &PortId) -> PortWaiting {
        let waiting = self.inner.waiting(port);
        if self.is_flawed(Flaw::KeysDoNotJoin) {
            return PortWaiting { sequence_keys: 0, ..waiting };
        }
        waiting
    }

    async fn supersede(
        &self,
        newer: Arc<Command>,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        self.ledger.wish(&newer, None, true);
        if self.is_flawed(Flaw::NothingSupersededBefore) {
            return Ok(EndedCommands::default());
        }
        let disguised =
            self.flaw.map_or_else(|| Some((*newer).clone()), |flaw| flaw.disguise(&newer));
        let Some(asked) = disguised.map(Arc::new) else { return Ok(EndedCommands::default()) };
        let inner = self.inner.clone();
        let ended_commands = self.call(async move { inner.supersede(asked, now).await }).await?;
        self.follow(&newer);
        Ok(ended_commands)
    }

    async fn record(&self, records: Vec<DirectRecord>) -> Result<EndedCommands, StoreError> {
        let (inner, asked) = (self.inner.clone(), records.clone());
        let ended_commands = self.call(async move { inner.record(asked).await }).await?;
        records.iter().for_each(|record| self.follow(&record.command));
        Ok(ended_commands)
    }

    async fn cancel(&self, command: CommandId, now: Timestamp) -> Result<Cancelled, StoreError> {
        let inner = self.inner.clone();
        self.call(async move { inner.cancel(command, now).await }).await
    }

    async fn cancel_batch(
        &self,
        batch: BatchId,
        now: Timestamp,
    ) -> Result<Option<BatchCancelled>, StoreError> {
        let inner = self.inner.clone();
        self.call(async move { inner.cancel_batch(batch, now).await }).await
    }
}
