//! The direct path: accept, clear the way, try, and what follows.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use venue_domain::{
    Action, Actor, Attempt, Clock, Command, CommandId, CommandQueue, Delivery, DirectRecord,
    DirectTransport, Directory, EffectGroup, Nature, NotSent, OrderKey, Outcome, PortWaiting,
    Probe, Reason, StoreError,
};

use crate::{
    Answer, Fallback, Rejection, Router,
    answer::Ending,
    fallback,
    policy::Store,
    validate::{CommandOptions, ValidCommand, ValidOptions},
};

/// What waits in the queue for the port of a direct command.
enum Ahead {
    /// Nothing that the command has to mind, or nothing any more.
    Nothing,
    /// Earlier keys of a sequence: the command joins the queue behind them.
    EarlierKeys,
}

impl<T, D, C, Q> Router<T, D, C, Q>
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
    Q: CommandQueue,
{
    /// Gives the command its place in the order and raises its fences.
    pub(crate) fn accept(&self, valid: ValidCommand, actor: Actor) -> Arc<Command> {
        let command = self.with_order_key(valid, actor);
        self.parts.fences.raise(&command);
        Arc::new(command)
    }

    /// Gives the command its place in the order; it raises no fence yet.
    pub(crate) fn with_order_key(&self, valid: ValidCommand, actor: Actor) -> Command {
        let now = self.parts.clock.now();
        // What was wished for an earlier instant comes before this one.
        self.parts.fences.promote_due();
        let key = self.parts.order.next(now);
        self.command(valid, actor, key)
    }

    /// A command that was accepted now, and has raised no fence yet.
    pub(crate) fn command(&self, valid: ValidCommand, actor: Actor, key: OrderKey) -> Command {
        let now = self.parts.clock.now();
        Command {
            id: CommandId::generate(),
            expires_at: now.plus(valid.action.in_class(valid.class).life),
            action: valid.action,
            target: valid.target,
            class: valid.class,
            actor,
            accepted_at: now,
            key,
        }
    }

    /// Tries `command` and tells how it ended.
    pub(crate) async fn direct(&self, command: Arc<Command>, deadline: Instant) -> Answer {
        let delivery = self.attempt(&command, deadline).await;
        let ending = self.ending(&command, delivery);
        self.end(command, ending)
    }

    /// Records how `command` ended, and tells it.
    fn end(&self, command: Arc<Command>, ending: Ending) -> Answer {
        let record = self.record(&command, &ending);
        self.ended(command, ending, record)
    }

    /// Tries `command`, and puts it into the queue where the outcome allows it.
    pub(crate) async fn direct_then_queue(
        &self,
        command: Arc<Command>,
        options: ValidOptions,
        deadline: Instant,
    ) -> Result<Answer, Rejection> {
        match self.supersede_waiting(&command).await? {
            Ahead::Nothing => {}
            Ahead::EarlierKeys => return self.queue_behind_keys(command, options, deadline).await,
        }
        let mut delivery = self.attempt(&command, deadline).await;
        // Removed meanwhile: it is withdrawn with everything else that waited for its device.
        let is_gone = self.parts.directory.device(&command.target.device).is_none();
        if is_gone && let Delivery::Ended { outcome: Outcome::NotSent(reason), .. } = &mut delivery
        {
            *reason = NotSent::Offline;
        }
        let ending = self.ending(&command, delivery);
        // Tried again it would come after a newer wish, or after a later key that may be on its way
        // already; the store may not know of either yet, and after a kill nobody would.
        let too_late = ending.by.is_some() || self.parts.fences.has_later_key(&command);
        let (wait, tried) = match fallback(&command.action, &ending.delivery) {
            _ if too_late || is_gone => return Ok(self.end(command, ending)),
            Fallback::Answer => return Ok(self.end(command, ending)),
            Fallback::Retry { after } => (after, Some(self.attempt_of(&ending.delivery))),
            Fallback::Wait { for_at_least } => (for_at_least, None),
        };
        let first_try = first_try(&ending.delivery).filter(|_| tried.is_some());
        let storing =
            self.enqueue_after(Arc::clone(&command), options, wait, tried, first_try.clone());
        match storing.await {
            Ok(answer) => Ok(answer),
            Err(error) => {
                self.note_failure(&error);
                if error == StoreError::Interrupted {
                    // Where the store has it, it knows better how it ends.
                    let record = self.record(&command, &ending);
                    return Ok(self.perhaps_queued(command, first_try, Some(record)));
                }
                // What cannot be stored is told as it is.
                Ok(self.end(command, ending))
            }
        }
    }

    /// Sends a code that a person tries: now or not at all, and never through the queue (docs/semantics.md,
    /// rule 1.17).
    pub(crate) async fn try_once(
        &self,
        valid: ValidCommand,
        wished: CommandOptions,
        deadline: Instant,
    ) -> Result<Answer, Rejection> {
        let command = self.accept(valid, wished.actor);
        if wished.direct_only || self.store() == Store::Down {
            self.mark_outage(&command).await?;
        } else if matches!(self.supersede_waiting(&command).await?, Ahead::EarlierKeys) {
            // It goes neither before the keys that wait nor, being a try, behind them.
            let outcome = Outcome::NotSent(NotSent::LaneBusy);
            let delivery = Delivery::Ended { outcome, took: Duration::ZERO };
            let ending = self.ending(&command, delivery);
            return Ok(self.end(command, ending));
        }
        Ok(self.direct(command, deadline).await)
    }

    /// Puts a key behind the earlier ones of its port. Without a store it does not wait for them:
    /// they are too late when it is back.
    async fn queue_behind_keys(
        &self,
        command: Arc<Command>,
        options: ValidOptions,
        deadline: Instant,
    ) -> Result<Answer, Rejection> {
        let error = match self.enqueue_behind(Arc::clone(&command), options).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        self.note_failure(&error);
        // What may be stored must not be sent beside it.
        if error == StoreError::Interrupted {
            return Ok(self.perhaps_queued(command, None, None));
        }
        if self.store() == Store::Up {
            return Err(Rejection::Store { source: error });
        }
        self.parts.fences.bypass_queue(&command);
        self.parts.store.marker.set().await;
        Ok(self.direct(command, deadline).await)
    }

    /// Sees to it that nothing that waits for the port, and nothing that is sent once more in it, comes
    /// behind `command`, durably and before its first byte (docs/semantics.md, rules 3.20 and 3.33).
    async fn supersede_waiting(&self, command: &Arc<Command>) -> Result<Ahead, Rejection> {
        let waiting = self.parts.store.queue.waiting(&command.target);
        if command.action.nature() == Nature::Sequence && waiting.sequence_keys > 0 {
            return Ok(Ahead::EarlierKeys);
        }
        // What is sent once more because of a late command is an older wish that waits as well.
        let repeats = || self.parts.transport.may_repeat_older(command);
        if !replaces_something(command, &waiting) && !repeats() {
            return Ok(Ahead::Nothing);
        }
        let now = self.parts.clock.now();
        match self.parts.store.queue.supersede(Arc::clone(command), now).await {
            Ok(ended_commands) => {
                self.parts.store.recorder.ended(ended_commands);
                Ok(Ahead::Nothing)
            }
            Err(error) => {
                self.note_failure(&error);
                // Without a store nothing queued is sent, and the fences in memory are merged into
                // it before anything is (docs/semantics.md, rules 3.15 and 3.16).
                if self.store() == Store::Down {
                    self.parts.store.marker.set().await;
                    Ok(Ahead::Nothing)
                } else {
                    Err(Rejection::Store { source: error })
                }
            }
        }
    }

    /// Makes durable, before the first byte of a direct command of an outage, that the store does not
    /// know it (docs/semantics.md, rule 3.17).
    pub(crate) async fn mark_outage(&self, command: &Arc<Command>) -> Result<(), Rejection> {
        self.parts.store.marker.set().await;
        if self.store() == Store::Up {
            // It is back since the route was chosen: perhaps without the fences of this command.
            self.supersede_waiting(command).await?;
        }
        Ok(())
    }

    /// How `command` ended, and whether a newer one was accepted before that was known. Looked at once, so
    /// that what is recorded is what is told.
    fn ending(&self, command: &Command, delivery: Delivery) -> Ending {
        match delivery {
            Delivery::Superseded { by } => Ending { delivery, by: Some(by) },
            // It may have been sent: that it is replaced as well does not undo it.
            Delivery::Ended { outcome: Outcome::Unknown(_), .. } => {
                Ending { delivery, by: self.parts.fences.superseded_by(command) }
            }
            Delivery::Ended { outcome: Outcome::NotSent(_), .. } => {
                let by = self.parts.fences.superseded_by(command);
                Ending { delivery: by.map_or(delivery, |by| Delivery::Superseded { by }), by }
            }
            Delivery::Ended { outcome: Outcome::Delivered(_) | Outcome::Refused(_), .. } => {
                Ending { delivery, by: None }
            }
        }
    }

    /// Hands what has ended to the history, behind the answer; tells what that is.
    fn record(&self, command: &Arc<Command>, ending: &Ending) -> DirectRecord {
        let superseded_by = ending.by.map(|by| by.command);
        let attempt = self.attempt_of(&ending.delivery);
        let command = Arc::clone(command);
        let record = DirectRecord { command, attempt, superseded_by };
        self.parts.store.recorder.record(record.clone());
        record
    }

    fn attempt_of(&self, delivery: &Delivery) -> Attempt {
        let now = self.parts.clock.now();
        let (reason, evidence, detail, took) = match delivery {
            Delivery::Superseded { .. } => (Reason::Superseded, None, None, Duration::ZERO),
            Delivery::Ended { outcome, took } => {
                (Reason::from(outcome), outcome.evidence(), outcome.detail(), *took)
            }
        };
        Attempt { started_at: now.minus(took), took, reason, evidence, detail }
    }
}

/// Why it was not delivered directly.
fn first_try(delivery: &Delivery) -> Option<Outcome> {
    match delivery {
        Delivery::Ended { outcome, .. } => Some(outcome.clone()),
        Delivery::Superseded { .. } => None,
    }
}

/// Whether `command` outranks something of what waits for its port.
fn replaces_something(command: &Command, waiting: &PortWaiting) -> bool {
    let Some(own) = command.effect_group() else { return false };
    // Power-off outranks every wish of its port.
    let everything = command.action == Action::PowerOff;
    let groups = EffectGroup::ALL.into_iter().zip(waiting.by_group);
    groups.into_iter().any(|(group, count)| count > 0 && (everything || group == own))
}
