//! A queue that wakes the scheduler for what it has stored, and lets nobody wait for good.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::time::timeout;
use venue_domain::{
    BatchCancelled, BatchCreated, BatchId, BatchOrigin, Cancelled, Command, CommandId,
    CommandQueue, DerivedBatch, DirectRecord, Due, EndedCommands, Enqueued, NewBatch, NewCommand,
    PortId, PortWaiting, QueueId, ScheduledCommand, StoreError, Stored, Timestamp, WallTime,
};

use crate::waker::{Arrival, Waker};

/// The queue `Q`, which wakes a scheduler for what it has stored or withdrawn, and when it failed. A
/// router that is given this one needs to know nothing of a scheduler.
///
/// A store may hang instead of failing, such as one on a disk that does not answer. Then each call
/// ends as [`StoreError::Interrupted`] while whoever asked can still be answered in time; the store
/// counts as failed, and what it does later all the same is noted then.
#[derive(Clone, Debug)]
pub struct NotifyingQueue<Q> {
    queue: Q,
    waker: Waker,
}

impl<Q> NotifyingQueue<Q> {
    /// `queue`, which notifies `waker`.
    #[must_use]
    pub const fn new(queue: Q, waker: Waker) -> Self {
        Self { queue, waker }
    }

    /// The queue itself.
    #[must_use]
    pub const fn queue(&self) -> &Q {
        &self.queue
    }

    /// Waits for `call` so long. What it answers later is for `late`.
    async fn within<T: Send + 'static>(
        &self,
        bound: Duration,
        call: impl Future<Output = Result<T, StoreError>> + Send + 'static,
        late: impl FnOnce(&Waker, T) + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut call = Box::pin(call);
        if let Ok(answer) = timeout(bound, &mut call).await {
            return self.noted(answer);
        }
        let waker = self.waker.clone();
        // Nobody waits for it any more; it ends with the runtime, should the store never answer.
        tokio::spawn(async move {
            if let Ok(answer) = call.await {
                late(&waker, answer);
            }
        });
        self.noted(Err(StoreError::Interrupted))
    }

    fn noted<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if result.as_ref().is_err_and(StoreError::is_down) {
            self.waker.store_failed();
        }
        result
    }

    /// Stores commands: `call` does it, `answers` says what became of each of `announced`.
    async fn store<T: Send + 'static>(
        &self,
        bound: Duration,
        announced: Vec<Announced>,
        call: impl Future<Output = Result<Stored<T>, StoreError>> + Send + 'static,
        answers: fn(&T) -> Vec<Option<&Enqueued>>,
    ) -> Result<Stored<T>, StoreError> {
        let announced = Arc::new(announced);
        let notify = move |waker: &Waker, announced: &[Announced], answer: &T| {
            for (new, answer) in announced.iter().zip(answers(answer)) {
                if let Some(Enqueued::Waiting { queue_id }) = answer {
                    new.notify(waker, *queue_id);
                }
            }
        };
        let known = Arc::clone(&announced);
        let late = move |waker: &Waker, stored: Stored<T>| {
            notify(waker, &known, &stored.answer);
            ended_late(waker, stored.ended_commands);
        };
        let stored = self.within(bound, call, late).await;
        match &stored {
            Ok(stored) => notify(&self.waker, &announced, &stored.answer),
            // It may have been stored although that is not known.
            Err(StoreError::Interrupted) => {
                announced.iter().for_each(|new| self.waker.arrived(new.arrival.clone()));
            }
            Err(_) => {}
        }
        stored
    }
}

fn ended_late(waker: &Waker, ended_commands: EndedCommands) {
    waker.ended(&ended_commands);
    waker.ended_late(ended_commands);
}

/// What is announced of a command once it is stored.
struct Announced {
    arrival: Arrival,
    /// The command, if it is for later.
    scheduled: Option<(Command, Option<WallTime>)>,
}

impl From<&NewCommand> for Announced {
    fn from(new: &NewCommand) -> Self {
        let command = &new.command;
        let (due_at, scheduled) = match new.due {
            Due::Now => (command.accepted_at, None),
            Due::At(at) => (at, None),
            Due::Scheduled { at, wish } => (at, Some((command.clone(), wish))),
        };
        let device = command.target.device.clone();
        let arrival =
            Arrival { device, due_at, expires_at: command.expires_at, priority: new.priority };
        Self { arrival, scheduled }
    }
}

impl Announced {
    /// It is stored, and waits.
    fn notify(&self, waker: &Waker, queue_id: QueueId) {
        if let Some((command, wish)) = self.scheduled.clone() {
            waker.scheduled(ScheduledCommand {
                queue_id,
                due_at: self.arrival.due_at,
                wish,
                command,
            });
        }
        waker.arrived(self.arrival.clone());
    }
}

impl<Q: CommandQueue + Clone + 'static> CommandQueue for NotifyingQueue<Q> {
    async fn enqueue(&self, command: NewCommand) -> Result<Stored<Enqueued>, StoreError> {
        let (queue, announced) = (self.queue.clone(), vec![Announced::from(&command)]);
        let call = async move { queue.enqueue(command).await };
        self.store(ENQUEUE_WAIT, announced, call, |answer| vec![Some(answer)]).await
    }

    async fn enqueue_all(
        &self,
        commands: Vec<NewCommand>,
    ) -> Result<Stored<Vec<Enqueued>>, StoreError> {
        let (queue, announced) = (self.queue.clone(), announce(&commands));
        let call = async move { queue.enqueue_all(commands).await };
        self.store(WAIT, announced, call, |answers| answers.iter().map(Some).collect()).await
    }

    async fn create_batch(&self, batch: NewBatch) -> Result<Stored<BatchCreated>, StoreError> {
        let (queue, announced) = (self.queue.clone(), announce(&batch.commands));
        let call = async move { queue.create_batch(batch).await };
        self.store(WAIT, announced, call, created).await
    }

    async fn redo_batch(
        &self,
        batch: NewBatch,
        origin: BatchOrigin,
    ) -> Result<Stored<DerivedBatch>, StoreError> {
        let (queue, announced) = (self.queue.clone(), announce(&batch.commands));
        let call = async move { queue.redo_batch(batch, origin).await };
        self.store(WAIT, announced, call, redone).await
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
    ) -> Result<EndedCommands, StoreError> {
        let queue = self.queue.clone();
        let call = async move { queue.supersede(newer, now).await };
        self.within(SUPERSEDE_WAIT, call, ended_late).await
    }

    async fn record(&self, records: Vec<DirectRecord>) -> Result<EndedCommands, StoreError> {
        let queue = self.queue.clone();
        let call = async move { queue.record(records).await };
        self.within(RECORD_WAIT, call, ended_late).await
    }

    async fn cancel(&self, command: CommandId, now: Timestamp) -> Result<Cancelled, StoreError> {
        let queue = self.queue.clone();
        let call = async move { queue.cancel(command, now).await };
        let late = |waker: &Waker, cancelled| {
            if let Cancelled::Cancelled(ended_commands) = cancelled {
                ended_late(waker, ended_commands);
            }
        };
        let cancelled = self.within(WAIT, call, late).await?;
        if let Cancelled::Cancelled(ended_commands) = &cancelled {
            self.waker.ended(ended_commands);
        }
        Ok(cancelled)
    }

    async fn cancel_batch(
        &self,
        batch: BatchId,
        now: Timestamp,
    ) -> Result<Option<BatchCancelled>, StoreError> {
        let queue = self.queue.clone();
        let call = async move { queue.cancel_batch(batch, now).await };
        let late = |waker: &Waker, cancelled: Option<BatchCancelled>| {
            if let Some(cancelled) = cancelled {
                ended_late(waker, cancelled.ended_commands);
            }
        };
        let cancelled = self.within(WAIT, call, late).await?;
        if let Some(cancelled) = &cancelled {
            self.waker.ended(&cancelled.ended_commands);
        }
        Ok(cancelled)
    }
}

fn created(answer: &BatchCreated) -> Vec<Option<&Enqueued>> {
    match answer {
        BatchCreated::Created(answers) => answers.iter().map(Some).collect(),
        BatchCreated::Exists => Vec::new(),
    }
}

fn redone(answer: &DerivedBatch) -> Vec<Option<&Enqueued>> {
    match answer {
        DerivedBatch::Created(answers) => answers.iter().map(Option::as_ref).collect(),
        DerivedBatch::Running(_) | DerivedBatch::Exists => Vec::new(),
    }
}

fn announce(commands: &[NewCommand]) -> Vec<Announced> {
    commands.iter().map(Announced::from).collect()
}

/// How long a direct command waits for what it replaces to be superseded: the rest of its 3 s is for
/// the mark of the outage and for the device.
const SUPERSEDE_WAIT: Duration = Duration::from_secs(1);

/// How long whoever pressed waits for the commit of a command, which does not count in the 3 s.
const ENQUEUE_WAIT: Duration = Duration::from_secs(2);

/// Nobody waits for the history; but it shows first that the store hangs.
const RECORD_WAIT: Duration = Duration::from_millis(1_500);

/// How long any other caller waits: more than any load takes.
const WAIT: Duration = Duration::from_secs(5);
