//! Into the queue: one command, behind a direct try or at once.

use std::{sync::Arc, time::Duration};

use venue_domain::{
    Actor, Attempt, Clock, Command, CommandId, CommandQueue, Delivery, DirectTransport, Directory,
    Due, Enqueued, NewCommand, OrderKey, OrderMemory, Outcome, Patience, Probe, StoreError, Stored,
    Timestamp,
};

use crate::{
    Answer, Handling, Rejection, Router,
    acceptance::accept_once_stored,
    lifetime,
    validate::{ValidCommand, ValidOptions},
};

impl<T, D, C, Q> Router<T, D, C, Q>
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
    Q: CommandQueue,
{
    /// Stores one command that is not tried directly, due `delay` from now or when it is scheduled.
    pub(crate) async fn submit_queued(
        &self,
        valid: ValidCommand,
        options: ValidOptions,
        actor: Actor,
        delay: Duration,
    ) -> Result<Answer, Rejection> {
        let new = self.new_command(valid, &options, actor, delay);
        let command = Arc::new(new.command.clone());
        let patience = new.patience(self.parts.clock.now());
        let storing = self.parts.store.queue.enqueue(new.clone());
        match accept_once_stored(&self.parts.fences, [&new], storing, |_| true).await {
            Ok(stored) => Ok(self.queued(command, stored, None, patience)),
            Err(error) => {
                self.note_failure(&error);
                Err(Rejection::Store { source: error })
            }
        }
    }

    /// A command on its way into the queue. One that is due raises its fences when the store has it
    /// ([`accept_once_stored`]); a scheduled one when it becomes due.
    pub(crate) fn new_command(
        &self,
        valid: ValidCommand,
        options: &ValidOptions,
        actor: Actor,
        delay: Duration,
    ) -> NewCommand {
        let now = self.parts.clock.now();
        let life = lifetime(&valid.action, valid.class);
        let scheduled_at = options.scheduled_at.filter(|at| *at > now);
        let (command, due, lives_from) = if let Some(at) = scheduled_at {
            // Its place in the order is that of its instant, until it is promoted.
            let key = OrderKey { instant: at, sequence: 0 };
            (self.command(valid, actor, key), Due::Scheduled(at), at)
        } else {
            let at = now.plus(delay);
            let due = if delay.is_zero() { Due::Now } else { Due::At(at) };
            (self.placed(valid, actor), due, at)
        };
        let command = Command { expires_at: lives_from.plus(life), ..command };
        assemble(command, options, due, None, life)
    }

    /// Stores a command that was tried directly, or whose port has to rest.
    pub(crate) async fn enqueue_after(
        &self,
        command: Arc<Command>,
        options: ValidOptions,
        wait: Duration,
        tried: Option<Attempt>,
        delivery: &Delivery,
    ) -> Result<Answer, StoreError> {
        let now = self.parts.clock.now();
        // What waits for the device to come back is not tried all at the same time.
        let wait = if tried.is_some() { jittered(wait, command.id) } else { wait };
        let due = if wait.is_zero() { Due::Now } else { Due::At(now.plus(wait)) };
        let first_try = match delivery {
            Delivery::Ended { outcome, .. } => Some(outcome.clone()),
            Delivery::Superseded { .. } => None,
        };
        let first_try = first_try.filter(|_| tried.is_some());
        let life = life_left(&command, now);
        let new = assemble((*command).clone(), &options, due, tried, life);
        let patience = new.patience(now);
        let stored = self.parts.store.queue.enqueue(new).await?;
        Ok(self.queued(command, stored, first_try, patience))
    }

    /// Stores a key that has to stay behind earlier ones of its port.
    pub(crate) async fn enqueue_behind(
        &self,
        command: Arc<Command>,
        options: ValidOptions,
    ) -> Result<Answer, StoreError> {
        let now = self.parts.clock.now();
        let life = life_left(&command, now);
        let new = assemble((*command).clone(), &options, Due::Now, None, life);
        let patience = new.patience(now);
        let stored = self.parts.store.queue.enqueue(new).await?;
        Ok(self.queued(command, stored, None, patience))
    }

    /// The answer to a command that was handed to the queue.
    fn queued(
        &self,
        command: Arc<Command>,
        stored: Stored<Enqueued>,
        first_try: Option<Outcome>,
        patience: Patience,
    ) -> Answer {
        self.parts.store.recorder.ended(stored.aftermath);
        let handling = match stored.answer {
            Enqueued::Waiting { queue_id } | Enqueued::AlreadyWaiting { queue_id, .. } => {
                Handling::Queued { queue_id, first_try, patience }
            }
            Enqueued::Superseded { by, .. } => Handling::Direct(Delivery::Superseded { by }),
        };
        let order = OrderMemory::Stored;
        Answer { command, handling, durable: true, order, retry_after: None }
    }
}

pub(crate) fn assemble(
    command: Command,
    options: &ValidOptions,
    due: Due,
    direct_attempt: Option<Attempt>,
    life: Duration,
) -> NewCommand {
    NewCommand {
        due,
        direct_attempt,
        wait_for_device: options.wait_for_device.min(life),
        notes: options.notes.clone(),
        ..NewCommand::new(command, options.priority, options.max_attempts)
    }
}

/// `wait`, up to a fifth longer or shorter.
fn jittered(wait: Duration, command: CommandId) -> Duration {
    wait.mul_f64(0.8 + 0.4 * command.chance())
}

fn life_left(command: &Command, now: Timestamp) -> Duration {
    let ms = command.expires_at.unix_ms().saturating_sub(now.unix_ms());
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
