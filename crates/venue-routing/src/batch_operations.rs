//! What is done about commands and batches after they were accepted: withdraw, try anew, take back.

use std::collections::BTreeSet;

use venue_domain::{
    Action, Actor, BatchCancelled, BatchId, BatchOrigin, BatchRecord, Cancelled, Class, Clock,
    CommandId, CommandQueue, CommandRecord, DeviceEntry, DirectTransport, Directory, Locks,
    MaxAttempts, NewCommand, PortId, Priority, Probe, QueueView, RedoKind, Status, StoreError,
};

use snafu::{OptionExt, ensure};

use crate::{
    AcceptedTarget, BatchAnswer, Reach, Rejection, Router,
    batch::StoredRedo,
    error::{NotOfBatchSnafu, UnknownBatchSnafu},
    retry::retries,
    skipped::{Skip, Skipped},
    undo::{UndoContext, restores},
    validate::{ValidCommand, ValidOptions},
};

/// What came of trying a batch anew, or of taking it back: every port is answered for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryReport {
    /// The new batch; `None` where nothing was to be done.
    pub batch: Option<BatchAnswer>,
    /// The ports that were left alone.
    pub skipped: Vec<Skipped>,
    /// How many commands of the old batch still waited and were withdrawn first.
    pub withdrawn: u64,
}

impl RetryReport {
    /// Nothing is done: these ports are left alone.
    #[must_use]
    pub const fn left_alone(skipped: Vec<Skipped>) -> Self {
        Self { batch: None, skipped, withdrawn: 0 }
    }
}

/// Who tries a batch anew or takes it back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// In whose name the new commands are.
    pub actor: Actor,
    /// Whether the locks of TVs hold for them.
    pub locks: Locks,
}

/// A command that is to be accepted for a batch.
struct ManagedCommand {
    target: PortId,
    action: Action,
    priority: Priority,
    max_attempts: MaxAttempts,
}

/// Whether the port says that the action is another one there, such as `power_on` the toggle.
fn is_another_on_port(entry: &DeviceEntry, managed: &ManagedCommand) -> bool {
    let port = entry.port(managed.target.port);
    port.is_some_and(|port| port.actions.nature(&managed.action) != managed.action.nature())
}

/// Why the port is not sent the command, whatever it is asked for: what was a wish is a press there now, which would
/// not set what was there; or its remote has the toggle alone, and no `mute_off`.
fn never(entry: &DeviceEntry, managed: &ManagedCommand, kind: RedoKind) -> Option<Skip> {
    let lacks = entry.port(managed.target.port).is_some_and(|it| it.actions.lacks(&managed.action));
    match (kind, is_another_on_port(entry, managed)) {
        (RedoKind::Retry, is_another) => is_another.then_some(Skip::MayHaveActed),
        (RedoKind::Undo, is_another) => (is_another || lacks).then_some(Skip::OnlyToggles),
    }
}

impl<T, D, C, Q> Router<T, D, C, Q>
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
    Q: CommandQueue,
{
    /// Withdraws a command that waits.
    ///
    /// # Errors
    /// [`Rejection::StoreDown`] or [`Rejection::Store`].
    ///
    /// # Cancel safety
    /// A dropped future may or may not have withdrawn it.
    pub async fn cancel(&self, command: CommandId) -> Result<Cancelled, Rejection> {
        self.ensure_store(Class::Bulk).await?;
        let now = self.parts.clock.now();
        let cancelled = self.parts.store.queue.cancel(command, now).await;
        let cancelled = cancelled.map_err(|error| self.failed(error))?;
        if let Cancelled::Cancelled(ended_commands) = &cancelled {
            self.parts.store.recorder.ended(ended_commands.clone());
        }
        Ok(cancelled)
    }

    /// Withdraws the commands of a batch that wait.
    ///
    /// # Errors
    /// [`Rejection::UnknownBatch`], [`Rejection::StoreDown`] or [`Rejection::Store`].
    ///
    /// # Cancel safety
    /// A dropped future may or may not have withdrawn them.
    pub async fn cancel_batch(&self, batch: BatchId) -> Result<BatchCancelled, Rejection> {
        self.ensure_store(Class::Bulk).await?;
        let now = self.parts.clock.now();
        let cancelled = self.parts.store.queue.cancel_batch(batch.clone(), now).await;
        let cancelled = cancelled.map_err(|error| self.failed(error))?;
        let cancelled = cancelled.context(UnknownBatchSnafu { batch })?;
        self.parts.store.recorder.ended(cancelled.ended_commands.clone());
        Ok(cancelled)
    }

    /// Tries anew, as a batch of its own, what a batch did not deliver and what may be repeated:
    /// never a slot with a newer wish, never a toggle, step or key that may have been sent.
    ///
    /// # Errors
    /// As [`Router::cancel_batch`].
    ///
    /// # Cancel safety
    /// A dropped future may or may not have stored the new batch.
    pub async fn retry_batch<V: QueueView>(
        &self,
        view: &V,
        batch: BatchId,
        asker: Asker,
    ) -> Result<RetryReport, Rejection> {
        self.ensure_store(Class::Bulk).await?;
        self.existing(view, &batch).await?;
        let commands = whole_batch(view, &batch).await?;
        let allowed = view.retryable(batch.clone()).await.map_err(unread)?;
        // What comes between here and the store is found there, in the change that stores them.
        let (again, skipped) = retries(&commands, &allowed, &self.parts.fences);
        let managed = again.into_iter().map(|record| ManagedCommand {
            target: record.target.clone(),
            action: record.action.clone(),
            priority: record.priority,
            max_attempts: record.max_attempts,
        });
        let origin = BatchOrigin { batch, kind: RedoKind::Retry };
        self.redo(view, origin, managed.collect(), skipped, asker).await
    }

    /// Takes a batch back, as far as what was there before is known: what still waits is
    /// withdrawn, and what it changed is restored by a batch of its own. Ports that somebody else
    /// has commanded since are left alone.
    ///
    /// # Errors
    /// As [`Router::cancel_batch`].
    ///
    /// # Cancel safety
    /// A dropped future may or may not have withdrawn commands and stored the new batch.
    pub async fn undo_batch<V: QueueView>(
        &self,
        view: &V,
        batch: BatchId,
        asker: Asker,
    ) -> Result<RetryReport, Rejection> {
        self.undo_part(view, batch, None, asker).await
    }

    /// Takes the part of a batch back that went to `only` these ports, as [`Router::undo_batch`] does; all of it if
    /// none are named. The rest of the batch is left as it is, and can be taken back later.
    ///
    /// # Errors
    /// As [`Router::undo_batch`]; [`Rejection::NotOfBatch`] if nothing of the batch went to these ports.
    ///
    /// # Cancel safety
    /// As [`Router::undo_batch`].
    pub async fn undo_part<V: QueueView>(
        &self,
        view: &V,
        batch: BatchId,
        only: Option<&BTreeSet<PortId>>,
        asker: Asker,
    ) -> Result<RetryReport, Rejection> {
        let withdrawn = match only {
            None => self.cancel_batch(batch.clone()).await?.ended_commands.ended.len() as u64,
            Some(only) => self.cancel_part(view, &batch, only).await?,
        };
        self.existing(view, &batch).await?;
        let mut before = view.before_batch(batch.clone()).await.map_err(unread)?;
        before.retain(|one| only.is_none_or(|only| only.contains(&one.port)));
        let commands = whole_batch(view, &batch).await?;
        let (restored, skipped) = restores(&UndoContext {
            commands: &commands,
            before: &before,
            fences: &self.parts.fences.entries(),
        });
        let managed = restored.into_iter().map(|(target, action)| ManagedCommand {
            target,
            action,
            priority: Priority::BULK,
            max_attempts: MaxAttempts::default(),
        });
        let origin = BatchOrigin { batch, kind: RedoKind::Undo };
        let redone = self.redo(view, origin, managed.collect(), skipped, asker).await?;
        Ok(RetryReport { withdrawn, ..redone })
    }

    /// Withdraws what waits of `batch` for `only` these ports; tells how many.
    async fn cancel_part<V: QueueView>(
        &self,
        view: &V,
        batch: &BatchId,
        only: &BTreeSet<PortId>,
    ) -> Result<u64, Rejection> {
        self.ensure_store(Class::Bulk).await?;
        self.existing(view, batch).await?;
        let mut part = whole_batch(view, batch).await?;
        part.retain(|command| only.contains(&command.target));
        ensure!(!part.is_empty(), NotOfBatchSnafu { batch: batch.clone() });
        let mut withdrawn = 0;
        for waiting in part.iter().filter(|command| command.status == Status::Pending) {
            let cancelled = self.cancel(waiting.id).await?;
            withdrawn += u64::from(matches!(cancelled, Cancelled::Cancelled(_)));
        }
        Ok(withdrawn)
    }

    /// Whether trying `batch` anew, or taking it back, would queue or withdraw anything: what was done once
    /// already is done, unless something of the batch has ended since.
    ///
    /// # Errors
    /// [`Rejection::Store`] where it cannot be read.
    ///
    /// # Cancel safety
    /// Safe: it only reads.
    pub async fn would_redo<V: QueueView>(
        &self,
        view: &V,
        batch: &BatchId,
        kind: RedoKind,
    ) -> Result<bool, Rejection> {
        let commands = whole_batch(view, batch).await?;
        let fences = &self.parts.fences;
        Ok(match kind {
            RedoKind::Retry => {
                let allowed = view.retryable(batch.clone()).await.map_err(unread)?;
                !retries(&commands, &allowed, fences).0.is_empty()
            }
            RedoKind::Undo => {
                let before = view.before_batch(batch.clone()).await.map_err(unread)?;
                let fences = fences.entries();
                let context = UndoContext { commands: &commands, before: &before, fences: &fences };
                !restores(&context).0.is_empty()
                    || commands.iter().any(|command| command.status == Status::Pending)
            }
        })
    }

    async fn redo<V: QueueView>(
        &self,
        view: &V,
        origin: BatchOrigin,
        managed: Vec<ManagedCommand>,
        mut skipped: Vec<Skipped>,
        Asker { actor, locks }: Asker,
    ) -> Result<RetryReport, Rejection> {
        let reach = |port: &PortId| self.reach_of(port.clone());
        let mut commands = Vec::new();
        for one in managed {
            match self.parts.directory.device(&one.target.device) {
                None => skipped.push(Skipped::new(one.target, Skip::UnknownDevice)),
                Some(entry) if let Some(why) = never(&entry, &one, origin.kind) => {
                    skipped.push(Skipped::new(one.target, why));
                }
                Some(_) => match self.lock_on(&reach(&one.target), locks) {
                    Some(lock) => {
                        let locked = Skipped::locked(one.target, lock);
                        if !skipped.contains(&locked) {
                            skipped.push(locked);
                        }
                    }
                    None => commands.push(self.managed_command(one, actor.clone())),
                },
            }
        }
        if commands.is_empty() {
            // Perhaps because the same request came a moment before: then that one is the answer.
            let record = self.existing(view, &origin.batch).await?;
            let made = match origin.kind {
                RedoKind::Retry => record.retried_by,
                RedoKind::Undo => record.undone_by,
            };
            return match made {
                Some(made) if self.existing(view, &made).await?.finished_at.is_none() => {
                    running(view, made, skipped, reach).await
                }
                Some(_) | None => Ok(RetryReport::left_alone(skipped)),
            };
        }
        let why = match origin.kind {
            RedoKind::Retry => Skip::NewerWish,
            RedoKind::Undo => Skip::CommandedSince,
        };
        match self.store_redo(origin, actor, commands).await? {
            StoredRedo::Running(made) => running(view, made, skipped, reach).await,
            StoredRedo::Created { batch, left_out } => {
                skipped.extend(left_out.into_iter().map(|target| Skipped::new(target, why)));
                Ok(RetryReport { batch, skipped, withdrawn: 0 })
            }
        }
    }

    fn managed_command(&self, managed: ManagedCommand, actor: Actor) -> NewCommand {
        let valid =
            ValidCommand { action: managed.action, target: managed.target, class: Class::Bulk };
        let none = std::time::Duration::ZERO;
        let options = ValidOptions {
            priority: managed.priority,
            max_attempts: managed.max_attempts,
            scheduled_at: None,
            wait_for_device: none,
            notes: None,
        };
        self.new_command(valid, &options, actor, none)
    }

    async fn existing<V: QueueView>(
        &self,
        view: &V,
        batch: &BatchId,
    ) -> Result<BatchRecord, Rejection> {
        let found = view.batch(batch.clone()).await.map_err(unread)?;
        found.context(UnknownBatchSnafu { batch: batch.clone() })
    }

    fn failed(&self, error: StoreError) -> Rejection {
        self.note_failure(&error);
        Rejection::Store { source: error }
    }
}

/// The answer of a request that is being carried out as the batch `made` already.
async fn running<V: QueueView>(
    view: &V,
    made: BatchId,
    mut skipped: Vec<Skipped>,
    reach: impl Fn(&PortId) -> Reach,
) -> Result<RetryReport, Rejection> {
    let commands = whole_batch(view, &made).await?;
    let is_made = |port: &PortId| commands.iter().any(|one| one.target == *port);
    skipped.retain(|skipped| skipped.why == Skip::InPart || !is_made(&skipped.target));
    let accepted = commands.into_iter().filter_map(|one| {
        let queue_id = one.queue_id?;
        let reach = reach(&one.target);
        let CommandRecord { target, action, id: command, .. } = one;
        Some(AcceptedTarget { target, reach, action, command, queue_id })
    });
    let batch = BatchAnswer::of_accepted(made, accepted.collect());
    Ok(RetryReport { batch: Some(batch), skipped, withdrawn: 0 })
}

/// All commands of a batch.
async fn whole_batch<V: QueueView>(
    view: &V,
    batch: &BatchId,
) -> Result<Vec<CommandRecord>, Rejection> {
    let mut commands: Vec<CommandRecord> = Vec::new();
    loop {
        let after = commands.last().and_then(|last| last.queue_id);
        let page = view.batch_commands(batch.clone(), after, PAGE).await.map_err(unread)?;
        let is_last = page.len() < PAGE as usize;
        commands.extend(page);
        if is_last {
            return Ok(commands);
        }
    }
}

/// A read that failed says nothing about whether commands can be stored.
const fn unread(error: StoreError) -> Rejection {
    Rejection::Store { source: error }
}

/// So many commands are read at a time.
const PAGE: u32 = 500;
