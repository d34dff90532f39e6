//! A schedule that fires, or a preset that is run: several steps for many ports, as one batch.

use std::time::Duration;

use snafu::ensure;
use venue_domain::{
    Action, Actor, BatchId, Class, Clock, Command, CommandQueue, DirectTransport, Directory, Due,
    LATE_AFTER, Locks, NewCommand, OrderKey, PortId, Probe, Timestamp,
};

use crate::{
    BatchAnswer, BatchCheck, CheckedCommand, QueueOptions, Rejection, Router,
    batch::ValidatedTargets,
    error::{NoTargetSnafu, TooManyTargetsSnafu},
    queue::assemble,
    taken_sources::{FiredStep, FiredSteps, TakenSources},
    validate::{ValidCommand, ValidOptions, check_notes},
};

/// What a schedule does at one of its occurrences, or a preset when it is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// The batch's name. It names the occurrence: whatever fires the same one again is refused with
    /// [`Rejection::BatchExists`].
    pub batch: BatchId,
    /// What is done where.
    pub targets: Vec<TargetSteps>,
    /// How many targets were refused before: they count among the rejected ones of the batch.
    pub refused: usize,
    /// When it was due. A step that is fired more than [`LATE_AFTER`] behind its time has the place
    /// in the order of its due time, and replaces nothing that was wished since.
    pub due: Timestamp,
    /// Whether a schedule wants it; otherwise somebody does, now, and it goes before what schedules want.
    pub scheduled: bool,
    /// In whose name.
    pub actor: Actor,
    /// Kept with the batch and its commands.
    pub notes: Option<String>,
}

/// What is done on one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetSteps {
    /// Where.
    pub target: PortId,
    /// The actions, each so long after the firing.
    pub steps: Vec<(Duration, Action)>,
}

impl<T, D, C, Q> Router<T, D, C, Q>
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
    Q: CommandQueue,
{
    /// Puts one command per step and target into the queue, as a batch: all that can be accepted, or
    /// none.
    ///
    /// # Errors
    /// [`Rejection`] where the batch as a whole is wrong, exists, or cannot be stored; a wrong target is
    /// part of the answer.
    ///
    /// # Cancel safety
    /// A dropped future may or may not have stored the batch.
    pub async fn fire(&self, firing: Firing) -> Result<BatchAnswer, Rejection> {
        self.ensure_store(Class::Bulk).await?;
        let count: usize = firing.targets.iter().map(|target| target.steps.len()).sum();
        ensure!(count > 0, NoTargetSnafu);
        ensure!(count <= MAX_COMMANDS, TooManyTargetsSnafu { count, limit: MAX_COMMANDS });
        let options = QueueOptions {
            // Whatever is done on a schedule yields to what somebody does by hand.
            scheduled_at: firing.scheduled.then(|| self.parts.clock.offset().shown(firing.due)),
            notes: firing.notes.clone(),
            ..QueueOptions::default()
        };
        check_notes(options.notes.as_deref())?;
        let FiredSteps { accepted, rejected, shared } = self.sort_steps(&firing, &options);
        let mut sorted = ValidatedTargets {
            rejected,
            shared,
            unread: firing.refused,
            ..ValidatedTargets::default()
        };
        for FiredStep { offset, place, valid, reach, options, .. } in accepted {
            sorted.commands.push(self.of_step(&firing, offset, place, valid, &options));
            sorted.reaches.push(reach);
        }
        self.store_batch(firing.batch, firing.actor, firing.notes, sorted).await
    }

    /// What [`Router::fire`] would make of `firing` now. Nothing is stored.
    #[must_use]
    pub fn check_fire(&self, firing: &Firing) -> BatchCheck {
        let steps = self.sort_steps(firing, &QueueOptions::default());
        let FiredSteps { accepted, rejected, shared } = steps;
        let accepted = accepted.into_iter().map(|FiredStep { index, valid, reach, .. }| {
            let ValidCommand { action, target, .. } = valid;
            CheckedCommand { index, target, reach, action }
        });
        BatchCheck { accepted: accepted.collect(), rejected, duplicates: Vec::new(), shared }
    }

    /// The commands of each target: all of its steps, or none. What a source receives for a target already is not
    /// sent once more for another one; and a target that wants something else of it at the same time is rejected.
    fn sort_steps(&self, firing: &Firing, options: &QueueOptions) -> FiredSteps {
        let mut sorted = FiredSteps::default();
        let mut taken = TakenSources::default();
        for (index, target) in firing.targets.iter().enumerate() {
            let steps = self.of_target(index, target, firing.due, options);
            let sorted_target = steps.and_then(|steps| {
                taken.conflict(&steps, &sorted.accepted)?;
                Ok(steps)
            });
            match sorted_target {
                Ok(steps) => taken.take(steps, &mut sorted),
                Err(rejection) => sorted.rejected.push((index, rejection)),
            }
        }
        sorted
    }

    fn of_target(
        &self,
        index: usize,
        TargetSteps { target, steps }: &TargetSteps,
        due: Timestamp,
        options: &QueueOptions,
    ) -> Result<Vec<FiredStep>, Rejection> {
        let mut fired = Vec::with_capacity(steps.len());
        for (place, (offset, action)) in (1..).zip(steps) {
            let bulk = Some(Class::Bulk);
            let (valid, reach) = self.validate(action.clone(), target.clone(), bulk)?;
            let options = ValidOptions::new(options, &action.in_class(Class::Bulk))?;
            // Whoever runs it: a preset and a schedule were made without a thought of the party.
            let at = due.plus(*offset).max(self.parts.clock.now());
            let at = self.parts.clock.offset().shown(at);
            self.admit(&valid, &reach, at, Locks::Hold)?;
            fired.push(FiredStep { index, offset: *offset, place, valid, reach, options });
        }
        Ok(fired)
    }

    fn of_step(
        &self,
        firing: &Firing,
        offset: Duration,
        place: u64,
        valid: ValidCommand,
        options: &ValidOptions,
    ) -> NewCommand {
        let (now, at) = (self.parts.clock.now(), firing.due.plus(offset));
        let life = valid.action.in_class(valid.class).life;
        let actor = firing.actor.clone();
        let key = OrderKey::at(at, place);
        let (command, due, lives_from) = if at > now {
            (self.command(valid, actor, key), Due::Scheduled { at, wish: None }, at)
        } else if at.plus(LATE_AFTER) < now {
            (self.command(valid, actor, key), Due::Now, now)
        } else {
            (self.with_order_key(valid, actor), Due::Now, now)
        };
        let command = Command { expires_at: lives_from.plus(life), ..command };
        assemble(command, options, due, None, life)
    }
}

/// So many commands one firing may be: the steps of a whole venue.
const MAX_COMMANDS: usize = 20_000;
