//! The direct path: accept, clear the way, try, and what follows.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use venue_domain::{
    Action, Actor, Attempt, Clock, Command, CommandId, CommandQueue, Delivery, DirectRecord,
    DirectTransport, Directory, EffectGroup, Nature, OrderKey, PortWaiting, Probe, Reason,
    StoreError,
};

use crate::{
    Answer, Fallback, Rejection, Router, fallback, lifetime,
    policy::Store,
    validate::{ValidCommand, ValidOptions},
};

/// What waits in the queue for the port of a direct command.
enum Way {
    /// Nothing that the command has to mind, or nothing any more.
    Clear,
    /// Earlier keys of a sequence: the command joins the queue behind them.
    Join,
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
        let command = self.placed(valid, actor);
        self.parts.fences.raise(&command);
        Arc::new(command)
    }

    /// Gives the command its place in the order; it raises no fence yet.
    pub(crate) fn placed(&self, valid: ValidCommand, actor: Actor) -> Command {
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
            expires_at: now.plus(lifetime(&valid.action, valid.class)),
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
        self.record(&command, &delivery);
        self.ended(command, delivery)
    }

    /// Tries `command`, and puts it into the queue where the outcome allows it.
    pub(crate) async fn direct_then_queue(
        &self,
        command: Arc<Command>,
        options: ValidOptions,
        deadline: Instant,
    ) -> Result<Answer, Rejection> {
        match self.clear_the_way(&command).await? {
            Way::Clear => {}
            Way::Join => return self.join(command, options, deadline).await,
        }
        let delivery = self.attempt(&command, deadline).await;
        let follows = fallback(&command.action, &delivery);
        let delivery = self.overtaken(&command, follows).unwrap_or(delivery);
        // Tried again it would come after a later key, which may be on its way already.
        let too_late = self.parts.fences.has_later_key(&command);
        let (wait, tried) = match fallback(&command.action, &delivery) {
            _ if too_late => {
                self.record(&command, &delivery);
                return Ok(self.ended(command, delivery));
            }
            Fallback::Answer => {
                self.record(&command, &delivery);
                return Ok(self.ended(command, delivery));
            }
            Fallback::Retry { after } => (after, Some(self.attempt_of(&delivery))),
            Fallback::Wait { for_at_least } => (for_at_least, None),
        };
        match self.enqueue_after(Arc::clone(&command), options, wait, tried, &delivery).await {
            Ok(answer) => Ok(answer),
            // What cannot be stored is told as it is.
            Err(error) => {
                self.note_failure(&error);
                self.record(&command, &delivery);
                Ok(self.ended(command, delivery))
            }
        }
    }

    /// Puts a key behind the earlier ones of its port. Without a store it does not wait for them:
    /// they are too late when it is back.
    async fn join(
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
        if self.store() == Store::Up || error == StoreError::Interrupted {
            return Err(Rejection::Store { source: error });
        }
        self.parts.fences.pass_the_queue(&command);
        self.parts.store.marker.set().await;
        Ok(self.direct(command, deadline).await)
    }

    /// Sees to it that nothing that waits for the port comes to life behind `command`, durably and
    /// before its first byte (command-semantics, section 4, rule 8).
    async fn clear_the_way(&self, command: &Arc<Command>) -> Result<Way, Rejection> {
        let waiting = self.parts.store.queue.waiting(&command.target);
        if command.action.nature() == Nature::Sequence && waiting.sequence_keys > 0 {
            return Ok(Way::Join);
        }
        if !replaces_something(command, &waiting) {
            return Ok(Way::Clear);
        }
        let now = self.parts.clock.now();
        match self.parts.store.queue.supersede(Arc::clone(command), now).await {
            Ok(aftermath) => {
                self.parts.store.recorder.ended(aftermath);
                Ok(Way::Clear)
            }
            Err(error) => {
                self.note_failure(&error);
                // Without a store nothing queued is sent, and the fences in memory are merged into
                // it before anything is (rules 5 and 6).
                if self.store() == Store::Down {
                    self.parts.store.marker.set().await;
                    Ok(Way::Clear)
                } else {
                    Err(Rejection::Store { source: error })
                }
            }
        }
    }

    /// Makes durable, before the first byte of a direct command of an outage, that the store does not
    /// know it (rule 7).
    pub(crate) async fn remember_the_outage(
        &self,
        command: &Arc<Command>,
    ) -> Result<(), Rejection> {
        self.parts.store.marker.set().await;
        if self.store() == Store::Up {
            // It is back since the route was chosen: perhaps without the fences of this command.
            self.clear_the_way(command).await?;
        }
        Ok(())
    }

    /// What was overtaken while it was tried is not stored to be tried again: the store may not
    /// know the newer one yet, and after a kill nobody would.
    fn overtaken(&self, command: &Command, follows: Fallback) -> Option<Delivery> {
        if follows == Fallback::Answer {
            return None;
        }
        self.parts.fences.superseded_by(command).map(|by| Delivery::Superseded { by })
    }

    /// Hands what has ended to the history, behind the answer.
    fn record(&self, command: &Arc<Command>, delivery: &Delivery) {
        let superseded_by = match delivery {
            Delivery::Superseded { by } => Some(by.command),
            Delivery::Ended { .. } => None,
        };
        let attempt = self.attempt_of(delivery);
        let command = Arc::clone(command);
        self.parts.store.recorder.record(DirectRecord { command, attempt, superseded_by });
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

/// Whether `command` outranks something of what waits for its port.
fn replaces_something(command: &Command, waiting: &PortWaiting) -> bool {
    let Some(own) = command.effect_group() else { return false };
    // Power-off outranks every wish of its port.
    let everything = command.action == Action::PowerOff;
    let groups = EffectGroup::ALL.into_iter().zip(waiting.by_group);
    groups.into_iter().any(|(group, count)| count > 0 && (everything || group == own))
}
