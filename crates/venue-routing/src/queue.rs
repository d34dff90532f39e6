//! Into the queue: one command, behind a direct try or at once.

use std::{sync::Arc, time::Duration};

use venue_domain::{
    Actor, Attempt, Clock, Command, CommandId, CommandQueue, Delivery, DirectRecord,
    DirectTransport, Directory, Due, Enqueued, NewCommand, OrderDurability, OrderKey, Outcome,
    Patience, Probe, StoreError, Stored, Timestamp, WaitsFor,
};

use crate::{
    Answer, Handling, Reach, Rejection, Router,
    acceptance::accept_once_stored,
    validate::{ValidCommand, ValidOptions, life_of},
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
        let waits = (new.patience(self.parts.clock.now()), new.waits_for());
        let storing = self.parts.store.queue.enqueue(new.clone());
        let is_stored = |stored: &Stored<Enqueued>, _| match stored.answer {
            Enqueued::Waiting { .. } | Enqueued::Superseded { .. } => true,
            Enqueued::AlreadyWaiting { .. } => false,
        };
        match accept_once_stored(&self.parts.fences, [&new], storing, is_stored).await {
            Ok(stored) => Ok(self.queued(command, stored, None, waits)),
            Err(error) => {
                self.note_failure(&error);
                if error == StoreError::Interrupted {
                    return Ok(self.perhaps_queued(command, None, None));
                }
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
        let life = life_of(&valid, options.is_scheduled());
        let offset = self.parts.clock.offset();
        let scheduled_at = options.scheduled_at.map(|wish| (offset.wished(wish), wish));
        let scheduled_at = scheduled_at.filter(|(at, _)| *at > now);
        let (command, due, lives_from) = if let Some((at, wish)) = scheduled_at {
            // Its place in the order is that of its instant, until it is promoted.
            let key = OrderKey::at(at, 0);
            (self.command(valid, actor, key), Due::Scheduled { at, wish: Some(wish) }, at)
        } else {
            let at = now.plus(delay);
            let due = if delay.is_zero() { Due::Now } else { Due::At(at) };
            (self.with_order_key(valid, actor), due, at)
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
        first_try: Option<Outcome>,
    ) -> Result<Answer, StoreError> {
        let now = self.parts.clock.now();
        // What waits for the device to come back is not tried all at the same time.
        let wait = if tried.is_some() { jittered(wait, command.id) } else { wait };
        let due = if wait.is_zero() { Due::Now } else { Due::At(now.plus(wait)) };
        let took = tried.as_ref().map_or(Duration::ZERO, |attempt| attempt.took);
        let life = life_left(&command, now);
        let new = assemble((*command).clone(), &options, due, tried, life);
        let waits = (new.patience(now), new.waits_for());
        let stored = self.parts.store.queue.enqueue(new).await?;
        let mut answer = self.queued(command, stored, first_try.clone(), waits);
        // Found to be replaced only now: nothing of it is in flight, but its first try may have acted.
        if let (Handling::Direct(Delivery::Superseded { by }), Some(Outcome::Unknown(unknown))) =
            (&answer.handling, first_try)
        {
            answer.handling = Handling::Overtaken { unknown, took, by: *by };
        }
        Ok(answer)
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
        let waits = (new.patience(now), new.waits_for());
        let stored = self.parts.store.queue.enqueue(new).await?;
        Ok(self.queued(command, stored, None, waits))
    }

    /// The answer to a command of which the store did not say whether it has it.
    pub(crate) fn perhaps_queued(
        &self,
        command: Arc<Command>,
        first_try: Option<Outcome>,
        record: Option<DirectRecord>,
    ) -> Answer {
        let (handling, order) = (Handling::PerhapsQueued { first_try }, self.order_durability());
        let reach = Reach::itself(command.target.clone());
        Answer { command, reach, handling, durable: false, order, retry_after: None, record }
    }

    /// The answer to a command that was handed to the queue.
    fn queued(
        &self,
        command: Arc<Command>,
        stored: Stored<Enqueued>,
        first_try: Option<Outcome>,
        (patience, waits_for): (Patience, WaitsFor),
    ) -> Answer {
        self.parts.store.recorder.ended(stored.ended_commands);
        let mut command = command;
        let handling = match stored.answer {
            Enqueued::Waiting { queue_id } => {
                Handling::Queued { queue_id, first_try, patience, waits_for }
            }
            // The one that waits is told, as it is stored: of the other there is nothing to be read.
            Enqueued::AlreadyWaiting { queue_id, waiting } => {
                let now = self.parts.clock.now();
                let (patience, waits_for) = (waiting.patience(now), waiting.waits_for(now));
                let told = Arc::make_mut(&mut command);
                (told.id, told.accepted_at) = (waiting.id, waiting.created_at);
                told.expires_at = waiting.expires_at;
                Handling::Queued { queue_id, first_try, patience, waits_for }
            }
            Enqueued::Superseded { by, .. } => Handling::Direct(Delivery::Superseded { by }),
        };
        let order = OrderDurability::Stored;
        let reach = Reach::itself(command.target.clone());
        Answer { command, reach, handling, durable: true, order, retry_after: None, record: None }
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
