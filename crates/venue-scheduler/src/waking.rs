//! A queue that wakes the scheduler for what it has stored.

use std::sync::Arc;

use venue_domain::{
    Aftermath, BatchCancelled, BatchCreated, BatchId, BatchOrigin, BatchRedone, Cancelled, Command,
    CommandId, CommandQueue, DirectRecord, Due, Enqueued, NewBatch, NewCommand, PortId,
    PortWaiting, StoreError, Stored, Timestamp, Upcoming,
};

use crate::waker::{Arrival, Waker};

/// The queue `Q`, which tells a [`Waker`] what it has stored, withdrawn, and when it failed. A
/// router that is given this one needs to know nothing of a scheduler.
#[derive(Clone, Debug)]
pub struct Waking<Q> {
    queue: Q,
    waker: Waker,
}

impl<Q> Waking<Q> {
    /// `queue`, with `waker` to be told.
    #[must_use]
    pub const fn new(queue: Q, waker: Waker) -> Self {
        Self { queue, waker }
    }

    /// The queue itself.
    #[must_use]
    pub const fn queue(&self) -> &Q {
        &self.queue
    }

    fn noted<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if result.as_ref().is_err_and(StoreError::is_down) {
            self.waker.store_failed();
        }
        result
    }

    fn stored(&self, new: &Announced, enqueued: &Enqueued) {
        let Enqueued::Waiting { queue_id } = enqueued else { return };
        if let Some(command) = &new.scheduled {
            let (queue_id, due_at) = (*queue_id, new.arrival.due_at);
            self.waker.scheduled(Upcoming { queue_id, due_at, command: command.clone() });
        }
        self.waker.arrived(new.arrival.clone());
    }

    /// Tells what became of an answer that may have been stored although it is not known.
    fn perhaps<T>(
        &self,
        announced: &[Announced],
        result: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if matches!(result, Err(StoreError::Interrupted)) {
            announced.iter().for_each(|new| self.waker.arrived(new.arrival.clone()));
        }
        self.noted(result)
    }
}

/// What is told of a command once it is stored.
struct Announced {
    arrival: Arrival,
    /// The command, if it is for later.
    scheduled: Option<Command>,
}

impl From<&NewCommand> for Announced {
    fn from(new: &NewCommand) -> Self {
        let command = &new.command;
        let (due_at, scheduled) = match new.due {
            Due::Now => (command.accepted_at, None),
            Due::At(at) => (at, None),
            Due::Scheduled { at, .. } => (at, Some(command.clone())),
        };
        let device = command.target.device.clone();
        let arrival =
            Arrival { device, due_at, expires_at: command.expires_at, priority: new.priority };
        Self { arrival, scheduled }
    }
}

impl<Q: CommandQueue> CommandQueue for Waking<Q> {
    async fn enqueue(&self, command: NewCommand) -> Result<Stored<Enqueued>, StoreError> {
        let announced = [Announced::from(&command)];
        let stored = self.perhaps(&announced, self.queue.enqueue(command).await)?;
        announced.iter().for_each(|new| self.stored(new, &stored.answer));
        Ok(stored)
    }

    async fn enqueue_all(
        &self,
        commands: Vec<NewCommand>,
    ) -> Result<Stored<Vec<Enqueued>>, StoreError> {
        let announced: Vec<Announced> = commands.iter().map(Announced::from).collect();
        let stored = self.perhaps(&announced, self.queue.enqueue_all(commands).await)?;
        announced.iter().zip(&stored.answer).for_each(|(new, answer)| self.stored(new, answer));
        Ok(stored)
    }

    async fn create_batch(&self, batch: NewBatch) -> Result<Stored<BatchCreated>, StoreError> {
        let announced: Vec<Announced> = batch.commands.iter().map(Announced::from).collect();
        let stored = self.perhaps(&announced, self.queue.create_batch(batch).await)?;
        if let BatchCreated::Created(answers) = &stored.answer {
            announced.iter().zip(answers).for_each(|(new, answer)| self.stored(new, answer));
        }
        Ok(stored)
    }

    async fn redo_batch(
        &self,
        batch: NewBatch,
        origin: BatchOrigin,
    ) -> Result<Stored<BatchRedone>, StoreError> {
        let announced: Vec<Announced> = batch.commands.iter().map(Announced::from).collect();
        let stored = self.perhaps(&announced, self.queue.redo_batch(batch, origin).await)?;
        if let BatchRedone::Created(answers) = &stored.answer {
            for (new, answer) in announced.iter().zip(answers) {
                if let Some(answer) = answer {
                    self.stored(new, answer);
                }
            }
        }
        Ok(stored)
    }

    fn waiting(&self, port: &PortId) -> PortWaiting {
        // Counted twice at worst, while the store takes it over: then it is asked once too often.
        let (mut waiting, owed) = (self.queue.waiting(port), self.waker.owed(port));
        for (count, more) in waiting.by_group.iter_mut().zip(owed.by_group) {
            *count += more;
        }
        waiting.sequence_keys += owed.sequence_keys;
        waiting
    }

    async fn supersede(
        &self,
        newer: Arc<Command>,
        now: Timestamp,
    ) -> Result<Aftermath, StoreError> {
        self.noted(self.queue.supersede(newer, now).await)
    }

    async fn record(&self, records: Vec<DirectRecord>) -> Result<Aftermath, StoreError> {
        self.noted(self.queue.record(records).await)
    }

    async fn cancel(&self, command: CommandId, now: Timestamp) -> Result<Cancelled, StoreError> {
        let cancelled = self.noted(self.queue.cancel(command, now).await)?;
        if let Cancelled::Cancelled(aftermath) = &cancelled {
            self.waker.ended(aftermath);
        }
        Ok(cancelled)
    }

    async fn cancel_batch(
        &self,
        batch: BatchId,
        now: Timestamp,
    ) -> Result<Option<BatchCancelled>, StoreError> {
        let cancelled = self.noted(self.queue.cancel_batch(batch, now).await)?;
        if let Some(cancelled) = &cancelled {
            self.waker.ended(&cancelled.aftermath);
        }
        Ok(cancelled)
    }
}
