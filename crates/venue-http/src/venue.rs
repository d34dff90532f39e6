//! What a server shows of registry and schedules, and what it may ask of their owners.

use std::{fmt, future::ready, sync::Arc};

use bytes::Bytes;
use venue_api::{LearnSession, SystemTaskStatus};
use venue_domain::{
    Action, Actor, BackupEntry, BoxFuture, DailyStats, Hostname, LogLine, PlannedCall, PortId,
    ScheduleRun, StatsQuery, StoreError, SystemTask,
};
use venue_registry::{
    DiscoveredDevice, Edit, EditError, Expected, Label, MacAddress, Registry, Unmatched,
};
use venue_routing::{BatchAnswer, Rejection};
use venue_schedule::{
    Planner, ScheduleEdit, ScheduleEditError, Schedules, VenueDocument, VenueDocumentError,
};

use crate::{
    backups::{
        BackupDownload, BackupFileError, BackupFiles, BackupName, BackupUpload, RestoredBackup,
    },
    learning::{LearnControl, LearnRejection, LearnWanted},
    library::{FoundFiles, LibraryControl, LibraryError, LibraryFile, LibraryWanted},
    logos::{LogoControl, LogoError},
    plan_turns::PlanTurns,
};

/// Registry and schedules behind a server.
#[derive(Clone, Debug)]
pub struct VenueServices {
    /// What the venue is made of.
    pub registry: Arc<dyn VenueControl>,
    /// Its schedules.
    pub schedules: Arc<dyn ScheduleControl>,
    /// The turns of what is planned, which the schedules take too.
    pub plan_turns: PlanTurns,
    /// What it does for itself.
    pub system: Arc<dyn SystemControl>,
    /// Who tells of itself on the network.
    pub discovery: Arc<dyn DiscoveryControl>,
    /// What learns infrared keys.
    pub learning: Arc<dyn LearnControl>,
    /// The folder of infrared code files.
    pub library: Arc<dyn LibraryControl>,
    /// The logos of the channels.
    pub logos: Arc<dyn LogoControl>,
    /// The files of the backups.
    pub backups: Arc<dyn BackupFiles>,
}

/// Those who tell of themselves on the network, as HTTP sees them.
pub trait DiscoveryControl: fmt::Debug + Send + Sync {
    /// The boards that are there now, by hostname; `None` if nobody listens.
    fn seen(&self) -> Option<Vec<DiscoveredDevice>>;

    /// From now on `device` is the board `mac`, which answers in place of the one that was known. It inherits
    /// nothing; tells how many commands that waited for the one before were withdrawn.
    ///
    /// # Errors
    /// [`BoardRejection`]; then the board is not accepted.
    ///
    /// # Cancel safety
    /// What waits may have been withdrawn although the board is not accepted.
    fn accept_board<'a>(
        &'a self,
        _device: &'a Hostname,
        _mac: MacAddress,
    ) -> BoxFuture<'a, Result<u64, BoardRejection>> {
        Box::pin(ready(Err(BoardRejection::NoOther)))
    }
}

/// Why another board was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoardRejection {
    /// No other board answers.
    NoOther,
    /// Another one than that which is to be accepted.
    Another {
        /// Its MAC address.
        found: String,
    },
    /// What waits for the one before cannot be withdrawn.
    Store {
        /// Why.
        error: StoreError,
    },
}

/// What the venue does for itself, as HTTP sees it.
pub trait SystemControl: fmt::Debug + Send + Sync {
    /// All tasks.
    fn tasks(&self) -> Vec<SystemTaskStatus>;

    /// One task.
    fn task(&self, task: SystemTask) -> SystemTaskStatus;

    /// Runs a task, behind those that run already.
    ///
    /// # Errors
    /// [`SystemRejection`].
    fn run(&self, task: SystemTask) -> Result<(), SystemRejection>;

    /// The last lines of a device's log, the oldest first.
    fn log(&self, device: Hostname, limit: u32) -> BoxFuture<'_, Result<Vec<LogLine>, StoreError>>;

    /// What ended, the newest day first.
    fn daily_stats(&self, query: StatsQuery) -> BoxFuture<'_, Result<Vec<DailyStats>, StoreError>>;
}

/// Why a task does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemRejection {
    /// The service stops.
    Stopping,
}

impl VenueServices {
    /// Of a service that has its devices elsewhere and no schedules.
    #[must_use]
    pub fn none() -> Self {
        let none = Arc::new(NoVenue);
        Self {
            registry: Arc::clone(&none) as _,
            schedules: Arc::clone(&none) as _,
            plan_turns: PlanTurns::default(),
            system: Arc::clone(&none) as _,
            discovery: Arc::clone(&none) as _,
            learning: Arc::clone(&none) as _,
            library: Arc::clone(&none) as _,
            logos: Arc::clone(&none) as _,
            backups: none,
        }
    }
}

/// The schedules and their owner, as HTTP sees them.
pub trait ScheduleControl: fmt::Debug + Send + Sync {
    /// The schedules as they are now.
    fn schedules(&self) -> Schedules;

    /// Somebody took back a batch: what is to be put back is looked at again.
    fn batch_undone(&self) {}

    /// Makes a change, as far as `planner` may; the answer comes when it is durable.
    ///
    /// # Cancel safety
    /// A change that was begun is made.
    fn edit(
        &self,
        edit: ScheduleEdit,
        planner: Planner,
    ) -> BoxFuture<'_, Result<Schedules, ScheduleRejection>>;

    /// What running a schedule now would send. Nothing is stored.
    fn preview(&self, id: String) -> BoxFuture<'_, Result<SchedulePlan, ScheduleRejection>>;

    /// Makes registry and schedules what a document says, all of it or nothing, and answers when it is
    /// durable and in place. With `dry_run` it only says whether it could.
    ///
    /// # Cancel safety
    /// A change that was begun is made.
    fn apply(&self, apply: Apply) -> BoxFuture<'_, Result<Applied, ApplyRejection>>;

    /// Does at once what a schedule does, whenever it is due.
    ///
    /// # Cancel safety
    /// A dropped future may or may not have stored the batch.
    fn run(
        &self,
        id: String,
        actor: Actor,
    ) -> BoxFuture<'_, Result<ScheduleRunAnswer, ScheduleRejection>>;

    /// What became of the last occurrences of a schedule, the newest first.
    fn runs(
        &self,
        id: String,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<ScheduleRun>, ScheduleRejection>>;
}

/// What became of a schedule that somebody runs at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScheduleRunAnswer {
    /// Its batch; `None` where nothing is sent to any TV.
    pub batch: Option<BatchAnswer>,
    /// The ports of the batch, in its order.
    pub ports: Vec<PortId>,
    /// The ports to which a preset of it sends nothing, with the field of the preset that is why.
    pub undecided: Vec<(PortId, &'static str)>,
    /// The ports that can only toggle and are assumed to be as its presets say.
    pub unchanged: Vec<PortId>,
    /// The selectors of the schedule that match nothing.
    pub unmatched: Vec<Unmatched>,
}

/// What running a schedule now would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchedulePlan {
    /// What is sent to each TV, in the order in which the TVs are told.
    pub targets: Vec<(PortId, Vec<Action>)>,
    /// The TVs that would be rejected, by their place among the targets.
    pub rejected: Vec<(usize, Rejection)>,
    /// The ports to which a preset of it sends nothing, with the field of the preset that is why.
    pub undecided: Vec<(PortId, &'static str)>,
    /// The ports that can only toggle and are assumed to be as its presets say.
    pub unchanged: Vec<PortId>,
    /// The selectors of it that match nothing.
    pub unmatched: Vec<Unmatched>,
}

/// A document that is to be applied.
#[derive(Clone, Debug)]
pub struct Apply {
    /// It.
    pub document: VenueDocument,
    /// Whether what it does not name goes.
    pub prune: bool,
    /// The revision of the whole that it was made for.
    pub expected: Expected,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
}

/// What applying a document has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The revision of the configuration now.
    pub revision: u64,
    /// How many waiting commands were withdrawn with the devices that went.
    pub withdrawn: u64,
}

/// Why a document was not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyRejection {
    /// It does not fit.
    Document {
        /// Why.
        error: VenueDocumentError,
    },
    /// It cannot be stored.
    Store {
        /// Why.
        error: StoreError,
    },
}

/// Why something about a schedule was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleRejection {
    /// It does not fit.
    Edit {
        /// Why.
        error: ScheduleEditError,
    },
    /// Its selectors match nothing now.
    NoTarget {
        /// Why.
        detail: String,
    },
    /// Its batch was not accepted.
    Rejected {
        /// Why.
        rejection: Box<Rejection>,
    },
    /// It cannot be stored or read.
    Store {
        /// Why.
        error: StoreError,
    },
}

/// The registry and its owner, as HTTP sees them.
pub trait VenueControl: fmt::Debug + Send + Sync {
    /// The registry as it is now.
    fn registry(&self) -> Arc<Registry>;

    /// Makes a change; the answer comes when it is durable and in place.
    ///
    /// # Cancel safety
    /// A change that was begun is made.
    fn edit(&self, edit: Edit) -> BoxFuture<'_, Result<Edited, EditRejection>>;

    /// What would be sent for each of these, in this order, if they were accepted now. Sends nothing.
    fn plan(&self, commands: &[(PortId, Action)]) -> Vec<PlannedCall>;
}

/// What came of an edit.
#[derive(Clone, Debug)]
pub struct Edited {
    /// The registry with it.
    pub registry: Arc<Registry>,
    /// How many commands were withdrawn because their device went.
    pub withdrawn: u64,
}

/// Why an edit was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditRejection {
    /// It does not fit.
    Edit {
        /// Why.
        error: EditError,
    },
    /// It cannot be stored.
    Store {
        /// Why.
        error: StoreError,
    },
}

/// A registry with nothing in it, which cannot be edited: of a service that has its devices elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoVenue;

impl VenueControl for NoVenue {
    fn registry(&self) -> Arc<Registry> {
        Arc::default()
    }

    fn edit(&self, _edit: Edit) -> BoxFuture<'_, Result<Edited, EditRejection>> {
        Box::pin(async { Err(EditRejection::Store { error: StoreError::Unavailable }) })
    }

    fn plan(&self, commands: &[(PortId, Action)]) -> Vec<PlannedCall> {
        commands.iter().map(|_| PlannedCall::default()).collect()
    }
}

impl ScheduleControl for NoVenue {
    fn schedules(&self) -> Schedules {
        Schedules::default()
    }

    fn edit(
        &self,
        _edit: ScheduleEdit,
        _planner: Planner,
    ) -> BoxFuture<'_, Result<Schedules, ScheduleRejection>> {
        Box::pin(async { Err(ScheduleRejection::Store { error: StoreError::Unavailable }) })
    }

    fn preview(&self, _id: String) -> BoxFuture<'_, Result<SchedulePlan, ScheduleRejection>> {
        Box::pin(async { Err(ScheduleRejection::Store { error: StoreError::Unavailable }) })
    }

    fn apply(&self, _apply: Apply) -> BoxFuture<'_, Result<Applied, ApplyRejection>> {
        Box::pin(async { Err(ApplyRejection::Store { error: StoreError::Unavailable }) })
    }

    fn run(
        &self,
        _id: String,
        _: Actor,
    ) -> BoxFuture<'_, Result<ScheduleRunAnswer, ScheduleRejection>> {
        Box::pin(async { Err(ScheduleRejection::Store { error: StoreError::Unavailable }) })
    }

    fn runs(
        &self,
        _: String,
        _: u32,
    ) -> BoxFuture<'_, Result<Vec<ScheduleRun>, ScheduleRejection>> {
        Box::pin(async { Err(ScheduleRejection::Store { error: StoreError::Unavailable }) })
    }
}

impl DiscoveryControl for NoVenue {
    fn seen(&self) -> Option<Vec<DiscoveredDevice>> {
        None
    }
}

impl LearnControl for NoVenue {
    fn begin(&self, _wanted: LearnWanted) -> Result<LearnSession, LearnRejection> {
        Err(LearnRejection::UnknownDevice)
    }

    fn session(&self, _id: &str) -> Option<LearnSession> {
        None
    }

    fn end(&self, _id: &str) -> Option<LearnSession> {
        None
    }
}

impl LibraryControl for NoVenue {
    fn find(&self, _: LibraryWanted) -> BoxFuture<'_, Option<Result<FoundFiles, LibraryError>>> {
        Box::pin(ready(None))
    }

    fn read(&self, _: String) -> BoxFuture<'_, Result<(LibraryFile, String), LibraryError>> {
        Box::pin(ready(Err(LibraryError::NoFolder)))
    }
}

impl LogoControl for NoVenue {
    fn channels(&self) -> BoxFuture<'_, Result<Vec<Label>, LogoError>> {
        Box::pin(ready(Ok(Vec::new())))
    }

    fn read(&self, _: Label) -> BoxFuture<'_, Result<Option<Bytes>, LogoError>> {
        Box::pin(ready(Ok(None)))
    }

    fn write(&self, _: Label, _: Bytes) -> BoxFuture<'_, Result<(), LogoError>> {
        let reason = "there is no place for them".to_owned();
        Box::pin(ready(Err(LogoError::Unusable { reason })))
    }

    fn remove(&self, _: Label) -> BoxFuture<'_, Result<bool, LogoError>> {
        Box::pin(ready(Ok(false)))
    }
}

impl BackupFiles for NoVenue {
    fn download(&self, name: BackupName) -> BoxFuture<'_, Result<BackupDownload, BackupFileError>> {
        Box::pin(ready(Err(BackupFileError::Unknown { name })))
    }

    fn upload(
        &self,
        _: BackupName,
        _: BackupUpload,
    ) -> BoxFuture<'_, Result<BackupEntry, BackupFileError>> {
        Box::pin(ready(Err(BackupFileError::Store { error: StoreError::Unavailable })))
    }

    fn restore(&self, name: BackupName) -> BoxFuture<'_, Result<RestoredBackup, BackupFileError>> {
        Box::pin(ready(Err(BackupFileError::Unknown { name })))
    }
}

impl SystemControl for NoVenue {
    fn tasks(&self) -> Vec<SystemTaskStatus> {
        Vec::new()
    }

    fn task(&self, task: SystemTask) -> SystemTaskStatus {
        SystemTaskStatus {
            task: task.name().to_owned(),
            waiting: false,
            running: false,
            every_s: None,
            cron: None,
            zone: None,
            last_run: None,
            next_run: None,
            failed: false,
            result: serde_json::Value::Null,
        }
    }

    fn run(&self, _task: SystemTask) -> Result<(), SystemRejection> {
        Err(SystemRejection::Stopping)
    }

    fn log(&self, _: Hostname, _: u32) -> BoxFuture<'_, Result<Vec<LogLine>, StoreError>> {
        Box::pin(async { Err(StoreError::Unavailable) })
    }

    fn daily_stats(&self, _: StatsQuery) -> BoxFuture<'_, Result<Vec<DailyStats>, StoreError>> {
        Box::pin(async { Err(StoreError::Unavailable) })
    }
}
