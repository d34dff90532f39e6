//! Many targets at once.

use std::collections::{HashMap, HashSet};

use venue_domain::{
    Action, Actor, BatchCreated, BatchId, BatchOrigin, Class, Clock, Command, CommandId,
    CommandQueue, DerivedBatch, DirectTransport, Directory, Enqueued, Locks, NewBatch, NewCommand,
    PortId, Probe, QueueId, Stored,
};

use snafu::ensure;

use crate::{
    QueueOptions, Reach, Rejection, Route, Router,
    acceptance::accept_once_stored,
    error::{
        BatchExistsSnafu, NoTargetSnafu, NotQueueableSnafu, StoreDownSnafu, TooManyTargetsSnafu,
    },
    route,
    validate::{ValidCommand, ValidOptions},
};

/// The same action for many ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkRequest {
    /// What to do.
    pub action: Action,
    /// Where to. They are a set: a port that is named twice counts once.
    pub targets: Vec<PortId>,
    /// How many targets the caller was refused before, because nobody could read them: they count among
    /// the rejected ones of the batch.
    pub unread: usize,
    /// The batch's name, if the caller gives one.
    pub batch_id: Option<BatchId>,
    /// What is wished of the queue.
    pub queue: QueueOptions,
    /// Who asks.
    pub actor: Actor,
    /// Whether the locks of TVs hold for it.
    pub locks: Locks,
}

impl BulkRequest {
    /// `action` for `targets`, with nothing else wished.
    #[must_use]
    pub fn new(action: Action, targets: Vec<PortId>) -> Self {
        let (queue, actor, locks) = (QueueOptions::default(), Actor::default(), Locks::default());
        Self { action, targets, unread: 0, batch_id: None, queue, actor, locks }
    }
}

/// What became of a bulk request: every target is answered for. Where none was accepted there is no
/// batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchAnswer {
    /// The batch's name.
    pub batch: BatchId,
    /// What was accepted, in the order of the targets.
    pub accepted: Vec<AcceptedTarget>,
    /// What was not, by its place among the targets.
    pub rejected: Vec<(usize, Rejection)>,
    /// Targets that had been named before, by their place among the targets.
    pub duplicates: Vec<usize>,
    /// What needs no command of its own, because the same source receives it for another target.
    pub shared: Vec<SharedCommand>,
}

/// What one target would be sent, and another one is: both show the source that receives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedCommand {
    /// The place among the targets of the one that has no command of its own.
    pub index: usize,
    /// Which port was asked, and the source that receives it.
    pub reach: Reach,
    /// What is sent.
    pub action: Action,
    /// The place among the accepted commands of the one that is sent.
    pub of: usize,
}

/// A target that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedTarget {
    /// Where it is sent.
    pub target: PortId,
    /// Which port was asked, and which screens change beside it.
    pub reach: Reach,
    /// What is to be sent; `default_channel` is the channel that it means there.
    pub action: Action,
    /// The command's name.
    pub command: CommandId,
    /// Its name in the queue.
    pub queue_id: QueueId,
}

/// What would become of a bulk request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchCheck {
    /// What would be accepted, in the order of the targets.
    pub accepted: Vec<CheckedCommand>,
    /// What would not be, by its place among the targets.
    pub rejected: Vec<(usize, Rejection)>,
    /// Targets that had been named before, by their place among the targets.
    pub duplicates: Vec<usize>,
    /// What would need no command of its own.
    pub shared: Vec<SharedCommand>,
}

/// A command that would be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedCommand {
    /// The place of its target among the targets.
    pub index: usize,
    /// Where it would be sent.
    pub target: PortId,
    /// Which port was asked, and which screens change beside it.
    pub reach: Reach,
    /// What would be sent.
    pub action: Action,
}

impl BatchAnswer {
    /// A batch of which every target was accepted.
    pub(crate) fn of_accepted(batch: BatchId, accepted: Vec<AcceptedTarget>) -> Self {
        let (rejected, duplicates, shared) = (Vec::new(), Vec::new(), Vec::new());
        Self { batch, accepted, rejected, duplicates, shared }
    }
}

/// What becomes of each target of a bulk request.
#[derive(Default)]
struct SortedTargets {
    accepted: Vec<(usize, ValidCommand, Reach)>,
    rejected: Vec<(usize, Rejection)>,
    duplicates: Vec<usize>,
    shared: Vec<SharedCommand>,
}

/// What is stored of a bulk request, and what is not.
#[derive(Default)]
pub(crate) struct ValidatedTargets {
    pub(crate) commands: Vec<NewCommand>,
    /// What each of the commands reaches.
    pub(crate) reaches: Vec<Reach>,
    pub(crate) rejected: Vec<(usize, Rejection)>,
    pub(crate) duplicates: Vec<usize>,
    pub(crate) shared: Vec<SharedCommand>,
    /// Targets that were refused before.
    pub(crate) unread: usize,
}

impl<T, D, C, Q> Router<T, D, C, Q>
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
    Q: CommandQueue,
{
    /// Puts one command per target into the queue, as a batch: all that can be accepted, or none.
    ///
    /// # Errors
    /// [`Rejection`] where the request as a whole is wrong or cannot be stored; a wrong target is
    /// part of the answer.
    ///
    /// # Cancel safety
    /// A dropped future may or may not have stored the batch.
    pub async fn submit_batch(&self, request: BulkRequest) -> Result<BatchAnswer, Rejection> {
        self.ensure_store(Class::Bulk).await?;
        let options = whole(&request)?;
        let validated = self.validate_targets(&request, &options);
        let batch = request.batch_id.unwrap_or_else(BatchId::generate);
        self.store_batch(batch, request.actor, options.notes, validated).await
    }

    /// Checks a bulk request as [`Router::submit_batch`] does, and stores nothing.
    ///
    /// # Errors
    /// As [`Router::submit_batch`], but for what the store would say.
    pub fn check_batch(&self, request: &BulkRequest) -> Result<BatchCheck, Rejection> {
        let options = whole(request)?;
        let SortedTargets { accepted, rejected, duplicates, shared } =
            self.sort_targets(request, &options);
        let checked = |(index, ValidCommand { target, action, .. }, reach)| CheckedCommand {
            index,
            target,
            reach,
            action,
        };
        let accepted = accepted.into_iter().map(checked).collect();
        Ok(BatchCheck { accepted, rejected, duplicates, shared })
    }

    /// Whether what is asked for can be stored; straight after a start that is waited for.
    pub(crate) async fn ensure_store(&self, class: Class) -> Result<(), Rejection> {
        self.store_settled().await;
        match route(class, self.store(), &self.timeouts) {
            Route::RefuseStoreDown => StoreDownSnafu { class }.fail(),
            Route::Direct { .. }
            | Route::DirectThenQueue { .. }
            | Route::Queue
            | Route::QueueDeferred { .. } => Ok(()),
        }
    }

    fn validate_targets(&self, request: &BulkRequest, options: &ValidOptions) -> ValidatedTargets {
        let SortedTargets { accepted, rejected, duplicates, shared } =
            self.sort_targets(request, options);
        let (mut commands, mut reaches) = (Vec::new(), Vec::new());
        for (_, valid, reach) in accepted {
            let (actor, none) = (request.actor.clone(), std::time::Duration::ZERO);
            commands.push(self.new_command(valid, options, actor, none));
            reaches.push(reach);
        }
        ValidatedTargets { commands, reaches, rejected, duplicates, shared, unread: request.unread }
    }

    /// Says of each target what becomes of it. What one source would receive for several of its screens is one
    /// command: a step that three TVs show is one press.
    fn sort_targets(&self, request: &BulkRequest, options: &ValidOptions) -> SortedTargets {
        let mut sorted = SortedTargets::default();
        let mut asked = HashSet::new();
        let mut receivers = HashMap::new();
        for (index, target) in request.targets.iter().enumerate() {
            let (valid, reach) = match self.validate_target(request, target, options) {
                Ok(valid) => valid,
                Err(rejection) => {
                    sorted.rejected.push((index, rejection));
                    continue;
                }
            };
            if !asked.insert(target.clone()) {
                sorted.duplicates.push(index);
            } else if let Some(of) = receivers.get(&valid.target) {
                let shared = SharedCommand { index, reach, action: valid.action, of: *of };
                sorted.shared.push(shared);
            } else {
                receivers.insert(valid.target.clone(), sorted.accepted.len());
                sorted.accepted.push((index, valid, reach));
            }
        }
        sorted
    }

    fn validate_target(
        &self,
        request: &BulkRequest,
        target: &PortId,
        options: &ValidOptions,
    ) -> Result<(ValidCommand, Reach), Rejection> {
        let bulk = Some(Class::Bulk);
        let (valid, reach) = self.validate(request.action.clone(), target.clone(), bulk)?;
        // What the action is on this port may live shorter.
        let life = valid.action.in_class(valid.class).life;
        options.wait_within(valid.action.name(), life)?;
        self.admit(&valid, &reach, self.due(options), request.locks)?;
        Ok((valid, reach))
    }

    /// Stores what was accepted; a batch without a command is none.
    pub(crate) async fn store_batch(
        &self,
        id: BatchId,
        actor: Actor,
        notes: Option<String>,
        validated: ValidatedTargets,
    ) -> Result<BatchAnswer, Rejection> {
        let ValidatedTargets { commands, reaches, rejected, duplicates, shared, unread } =
            validated;
        if commands.is_empty() {
            let accepted = Vec::new();
            return Ok(BatchAnswer { batch: id, accepted, rejected, duplicates, shared });
        }
        let named: Vec<(PortId, Action, CommandId)> = commands
            .iter()
            .map(|NewCommand { command, .. }| {
                (command.target.clone(), command.action.clone(), command.id)
            })
            .collect();
        let without_command: HashSet<usize> = shared.iter().map(|shared| shared.index).collect();
        let batch = NewBatch {
            id: id.clone(),
            actor,
            created_at: self.parts.clock.now(),
            commands,
            rejected: (rejected.len() + unread) as u64,
            duplicates: (duplicates.len() + without_command.len()) as u64,
            notes,
        };
        let pending = batch.commands.clone();
        let storing = self.parts.store.queue.create_batch(batch);
        let is_new =
            |stored: &Stored<BatchCreated>, _| matches!(stored.answer, BatchCreated::Created(_));
        let created = accept_once_stored(&self.parts.fences, &pending, storing, is_new).await;
        let created = created.map(|created| {
            self.parts.store.recorder.ended(created.ended_commands);
            created.answer
        });
        match created {
            Ok(BatchCreated::Created(stored)) => {
                let accepted = named.into_iter().zip(reaches).zip(&stored);
                let accepted = accepted.map(|(((target, action, command), reach), one)| {
                    AcceptedTarget { target, reach, action, command, queue_id: one.queue_id() }
                });
                let accepted = accepted.collect();
                Ok(BatchAnswer { batch: id, accepted, rejected, duplicates, shared })
            }
            Ok(BatchCreated::Exists) => BatchExistsSnafu { batch: id }.fail(),
            Err(error) => {
                self.note_failure(&error);
                Err(Rejection::Store { source: error })
            }
        }
    }

    /// Stores a batch that is made from another one, as far as nothing came between.
    pub(crate) async fn store_redo(
        &self,
        origin: BatchOrigin,
        actor: Actor,
        commands: Vec<NewCommand>,
    ) -> Result<StoredRedo, Rejection> {
        let id = BatchId::generate();
        let notes = format!("{} of {}", origin.kind.name(), origin.batch);
        let batch = NewBatch {
            id: id.clone(),
            actor,
            created_at: self.parts.clock.now(),
            commands: commands.clone(),
            rejected: 0,
            duplicates: 0,
            notes: Some(notes),
        };
        let storing = self.parts.store.queue.redo_batch(batch, origin);
        let is_stored = |stored: &Stored<DerivedBatch>, place: usize| match &stored.answer {
            DerivedBatch::Created(answers) => answers.get(place).is_some_and(Option::is_some),
            DerivedBatch::Running(_) | DerivedBatch::Exists => false,
        };
        let stored = accept_once_stored(&self.parts.fences, &commands, storing, is_stored).await;
        let stored = stored.map_err(|source| {
            self.note_failure(&source);
            Rejection::Store { source }
        })?;
        self.parts.store.recorder.ended(stored.ended_commands);
        match stored.answer {
            DerivedBatch::Created(answers) => {
                let reach = |port: &PortId| self.reach_of(port.clone());
                Ok(created(id, commands, answers, reach))
            }
            DerivedBatch::Running(running) => Ok(StoredRedo::Running(running)),
            DerivedBatch::Exists => BatchExistsSnafu { batch: id }.fail(),
        }
    }
}

/// What is stored of a batch that is made from another one.
pub(crate) enum StoredRedo {
    /// The new batch, and the ports that were left out; `None` where all of them were.
    Created { batch: Option<BatchAnswer>, left_out: Vec<PortId> },
    /// The same is being done by this batch already.
    Running(BatchId),
}

fn created(
    id: BatchId,
    commands: Vec<NewCommand>,
    answers: Vec<Option<Enqueued>>,
    reach: impl Fn(&PortId) -> Reach,
) -> StoredRedo {
    let (mut accepted, mut left_out) = (Vec::new(), Vec::new());
    for (NewCommand { command, .. }, answer) in commands.into_iter().zip(answers) {
        let Command { target, action, id: command, .. } = command;
        match answer.map(|stored| stored.queue_id()) {
            Some(queue_id) => {
                let reach = reach(&target);
                accepted.push(AcceptedTarget { target, reach, action, command, queue_id });
            }
            None => left_out.push(target),
        }
    }
    let is_stored = !accepted.is_empty();
    let batch = BatchAnswer::of_accepted(id, accepted);
    StoredRedo::Created { batch: is_stored.then_some(batch), left_out }
}

/// Checks what is the same for all targets.
fn whole(request: &BulkRequest) -> Result<ValidOptions, Rejection> {
    let count = request.targets.len() + request.unread;
    ensure!(count > 0, NoTargetSnafu);
    ensure!(count <= MAX_TARGETS, TooManyTargetsSnafu { count, limit: MAX_TARGETS });
    let action = &request.action;
    if let Some(instead) = asked_elsewhere(action) {
        return NotQueueableSnafu { action: action.name(), instead }.fail();
    }
    let spec = action.in_class(Class::Bulk);
    let options = ValidOptions::new(&request.queue, &spec)?;
    options.wait_within(action.name(), spec.life)?;
    Ok(options)
}

/// Why `action` is none of a bulk request, and how it is asked for; `None` where it is one.
const fn asked_elsewhere(action: &Action) -> Option<&'static str> {
    Some(match action {
        Action::DiagnosticSignal(_) => "POST /{hostname}/diagnostic sends it to one device",
        Action::Ping => "POST /{hostname}/command sends it to one device",
        Action::Health => "GET /{hostname}/health asks one device",
        Action::Status => "GET /api/v1/devices shows it for all devices",
        Action::Capabilities => "GET /{hostname}/capabilities shows them for one device",
        Action::RefreshCapabilities => {
            "POST /system/refresh-capabilities asks all devices that are online"
        }
        Action::HealthCheck => "POST /api/v1/system/tasks/health_sweep/run checks all devices",
        Action::FirmwareCheck => "POST /api/v1/system/tasks/firmware_check/run checks all devices",
        Action::CollectLogs => {
            "POST /api/v1/system/tasks/log_collection/run collects those of all devices"
        }
        Action::Statistics => "GET /api/v1/statistics shows them for all devices",
        Action::Power
        | Action::PowerOn
        | Action::PowerOff
        | Action::Mute
        | Action::MuteOn
        | Action::MuteOff
        | Action::Input(_)
        | Action::Channel(_)
        | Action::NamedChannel(_)
        | Action::DefaultChannel
        | Action::ChannelUp
        | Action::ChannelDown
        | Action::Number(_)
        | Action::VolumeUp
        | Action::VolumeDown
        | Action::Steps(..)
        | Action::Navigate(_)
        | Action::Custom(_) => return None,
    })
}

/// So many targets one request may have; a venue of 1000 TVs twice over.
const MAX_TARGETS: usize = 2_000;
