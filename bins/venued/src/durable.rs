//! The durable side of the daemon: the store, the scheduler that works it off, and the history.

mod aside;
mod auditor;
mod backup_files;
mod backup_folder;
mod backup_plan;
mod backups;
mod control;
mod following;
mod handle;
mod log;
mod restoring;
mod stalled;
mod supervisor;
mod thinning;

use std::{sync::Arc, time::Duration};

use esphome_pool::{DeviceHandle, Pool};
use futures_util::FutureExt;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use venue_domain::{
    BoxFuture, Clock, Fences, Hostname, LaneStore, OrderClock, StoreAvailability, StoreError,
    WorkQueue,
};
use venue_http::QueueService;
use venue_lane::{Lanes, esphome::Esphome};
use venue_queue::{FileMarker, LockError, StoreLock};
use venue_routing::StoreHandles;
use venue_scheduler::{
    HistoryRecorder, NotifyingQueue, NotifyingRecorder, Scheduler, SchedulerConfig, SchedulerParts,
    SchedulerState, Waker,
};

use crate::{
    clock::{ClockService, SystemClock},
    config::StoreFiles,
    configuration::{ConfigService, Owner},
    discovery::Discovery,
    service_manager,
    supervise::Supervisor,
    system_transport::SystemTransport,
    watch::{EventPublisher, PAUSED},
};

use aside::Aside;
use backup_folder::BackupFolder;
pub(crate) use control::Control;
use following::SessionFollower;
use log::LogWatch;
use supervisor::StoreSupervisor;

pub(crate) use auditor::Auditor;
pub(crate) use backup_files::Files;
pub use backup_plan::{BackupFolderPlan, BackupPlan};
pub use handle::StoreHandle;
pub use thinning::Keep;

/// What has ended on its way into the history, told to those who watch.
type History = HistoryRecorder<EventPublisher, SystemClock>;

/// The queue as the router sees it.
pub type Queue = NotifyingQueue<StoreHandle>;

/// What the durable side has in common with the rest of the daemon.
pub(crate) struct Shared {
    pub(crate) lanes: Arc<Lanes<Esphome>>,
    pub(crate) pool: Arc<Pool>,
    pub(crate) fences: Arc<Fences>,
    pub(crate) order: Arc<OrderClock>,
    pub(crate) clock: ClockService,
    pub(crate) supervisor: Supervisor,
}

/// What stores commands and works them off.
#[derive(Debug)]
pub(crate) struct DurableSide {
    clock: ClockService,
    store: StoreHandle,
    transport: Arc<SystemTransport>,
    scheduler: Arc<Scheduler>,
    availability: Arc<StoreAvailability>,
    marker: FileMarker,
    backups: Files,
    history: History,
    configuration: ConfigService,
    publisher: EventPublisher,
    auditor: Auditor,
    auditing: JoinHandle<()>,
    tasks: TaskTracker,
    stop: CancellationToken,
    recording: JoinHandle<()>,
    supervisor: Supervisor,
}

impl DurableSide {
    /// Starts the scheduler over a store that is opened in the background: a daemon whose database
    /// cannot be used serves in direct-only mode, and tries again. Fails only if another daemon uses
    /// the database.
    pub(crate) fn start(
        files: StoreFiles,
        config: SchedulerConfig,
        shared: Shared,
    ) -> Result<Self, LockError> {
        let Shared { lanes, pool, fences, order, clock, supervisor } = shared;
        let publisher = supervisor.publisher();
        let lock = match StoreLock::take(&files.path) {
            Err(error @ LockError::InUse { .. }) => return Err(error),
            // The folder may be usable later.
            other => other.ok(),
        };
        let (store, availability) =
            (StoreHandle::new(publisher.clone()), Arc::new(StoreAvailability::opening()));
        let history = History::new(publisher.clone(), SystemClock, store.unrecorded().clone());
        let StoreFiles { path, runtime, backups } = files;
        let marker = FileMarker::new(&path, runtime.as_deref());
        let outranked = clock.clone();
        marker.follow(move || outranked.may_be_outranked());
        lanes.observe(Arc::new(history.clone()));
        let recalled = Arc::clone(&lanes);
        let transport = Arc::new(SystemTransport::new(lanes, pool, store.clone()));
        let parts = SchedulerParts {
            queue: Arc::new(store.clone()),
            transport: Arc::clone(&transport),
            clock: SystemClock,
            fences,
            order,
            availability: Arc::clone(&availability),
            recorder: Arc::new(history.clone()),
            marker: Arc::new(marker.clone()),
            jitter: SchedulerParts::<StoreHandle, (), SystemClock>::random(),
        };
        let scheduler = Arc::new(Scheduler::start(parts, config));
        let routed = NotifyingRecorder::new(history.clone(), scheduler.waker().clone());
        let (configuration, owner) =
            ConfigService::start(&path, store.clone(), Arc::new(routed), publisher.clone());
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let (files, backups) = Files::start(&path, backups, &configuration, &availability);
        let store_supervisor = StoreSupervisor {
            backups,
            path,
            store: store.clone(),
            availability: Arc::clone(&availability),
            marker: marker.clone(),
            clock: clock.clone(),
            waker: scheduler.waker().clone(),
            scheduler_state: scheduler.watch(),
            lock,
            publisher: publisher.clone(),
            log: LogWatch::default(),
            aside: Aside::default(),
        };
        let queue = NotifyingQueue::new(store.clone(), scheduler.waker().clone());
        let recording =
            (history.clone(), queue, store.clone(), Arc::clone(&availability), stop.clone());
        let recording = tokio::spawn(record(supervisor.clone(), recording));
        let (auditor, writer) = Auditor::new(store.clone(), publisher.clone());
        let auditing = tokio::spawn(write_audit_log(supervisor.clone(), (writer, stop.clone())));
        let side = Self {
            clock,
            store,
            transport,
            scheduler,
            backups: files,
            availability,
            marker,
            history,
            configuration,
            publisher,
            auditor,
            auditing,
            tasks,
            stop,
            recording,
            supervisor,
        };
        side.keep_tasks(store_supervisor, owner, recalled);
        Ok(side)
    }

    /// Runs what works behind the answers until the store is closed.
    fn keep_tasks(
        &self,
        store_supervisor: StoreSupervisor,
        owner: Owner,
        recalled: Arc<Lanes<Esphome>>,
    ) {
        self.keep("the supervisor of the database", store_supervisor, |one| Box::pin(one.run()));
        if let Some(folder) = BackupFolder::of(self.backups.kept(), &self.publisher) {
            self.keep("what copies backups away", folder, |folder| Box::pin(folder.run()));
        }
        self.keep(
            "what ends the wait for the database",
            Arc::clone(&self.availability),
            |availability| Box::pin(stalled::end_wait(availability)),
        );
        let noticing =
            (self.store.clone(), Arc::clone(&self.availability), self.scheduler.waker().clone());
        self.keep(
            "what notices a database that hangs",
            noticing,
            |(store, availability, waker)| Box::pin(stalled::notice(store, availability, waker)),
        );
        self.keep("the owner of the configuration", owner, |owner| {
            Box::pin(owner.run().map(|_| ()))
        });
        let telling = (self.scheduler.watch(), self.history.clone(), self.publisher.clone());
        self.keep("what tells the mode", telling, |(state, history, publisher)| {
            Box::pin(report_state(state, history, publisher))
        });
        let availability = Arc::clone(&self.availability);
        let recalling = (self.scheduler.watch(), self.store.clone(), recalled, availability);
        self.keep(
            "what tells the lanes of before",
            recalling,
            |(state, store, lanes, availability)| {
                Box::pin(recall(state, store, lanes, availability))
            },
        );
        let telling = (self.publisher.clone(), self.store.clone());
        self.keep("what tells of batches", telling, |(publisher, store)| {
            Box::pin(publisher.publish_progress(store))
        });
        let watching = (self.clock.clone(), self.publisher.clone());
        self.keep("the clock", watching, |(clock, publisher)| {
            Box::pin(clock.run(|set| publisher.clock(set)))
        });
        let moving = (self.store.clone(), self.scheduler.waker().clone());
        self.keep("what moves with the clock", moving, |(store, waker)| {
            Box::pin(move_wishes(store, waker))
        });
    }

    /// What the router stores through.
    pub(crate) fn for_router(&self) -> StoreHandles<Queue> {
        StoreHandles {
            queue: NotifyingQueue::new(self.store.clone(), self.scheduler.waker().clone()),
            availability: Arc::clone(&self.availability),
            recorder: Arc::new(NotifyingRecorder::new(
                self.history.clone(),
                self.scheduler.waker().clone(),
            )),
            marker: Arc::new(self.marker.clone()),
        }
    }

    /// The store.
    pub(crate) fn store(&self) -> StoreHandle {
        self.store.clone()
    }

    /// What asks devices for what is no infrared.
    pub(crate) fn system_transport(&self) -> Arc<SystemTransport> {
        Arc::clone(&self.transport)
    }

    /// What owns the configuration of the venue.
    pub(crate) const fn configuration(&self) -> &ConfigService {
        &self.configuration
    }

    /// What keeps the clock.
    pub(crate) const fn clock(&self) -> &ClockService {
        &self.clock
    }

    /// What remembers who did what.
    pub(crate) fn auditor(&self) -> Auditor {
        self.auditor.clone()
    }

    /// What HTTP shows of it.
    pub(crate) fn for_http(&self) -> QueueService<StoreHandle, Control> {
        let (store, backups) = (self.store.clone(), Arc::clone(self.backups.kept()));
        let control = Control::new(Arc::clone(&self.scheduler), store, backups);
        QueueService { view: self.store.clone(), control }
    }

    /// The files of the backups.
    pub(crate) fn backup_files(&self) -> Files {
        self.backups.clone()
    }

    /// What tells the scheduler, from then on, whenever a device has a session again.
    pub(crate) fn follower(
        &self,
        discovery: Discovery,
    ) -> impl Fn(Hostname, &DeviceHandle) + Send + Sync + use<> {
        let (waker, publisher) = (self.scheduler.waker().clone(), self.publisher.clone());
        let (sender, follower) = SessionFollower::new(waker, publisher, discovery);
        self.keep("what follows the sessions", follower, |follower| Box::pin(follower.run()));
        move |hostname, device| sender.follow(hostname, device)
    }

    /// What hands out what waits.
    pub(crate) fn scheduler(&self) -> Arc<Scheduler> {
        Arc::clone(&self.scheduler)
    }

    /// Runs what `run` makes of `state` until the store is closed, and anew should it panic.
    pub(crate) fn keep<S: Send + 'static>(
        &self,
        task: &'static str,
        state: S,
        run: impl for<'a> Fn(&'a mut S) -> BoxFuture<'a, ()> + Send + Sync + 'static,
    ) {
        self.spawn(self.supervisor.clone().keep(task, state, run));
    }

    /// Runs a task until the store is closed that cannot be begun anew: should it panic, the daemon ends.
    pub(crate) fn need(&self, task: &'static str, run: impl Future<Output = ()> + Send + 'static) {
        self.spawn(self.supervisor.clone().need(task, run));
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(self.stop.clone().run_until_cancelled_owned(task));
    }

    /// Hands out nothing more, lets what is in flight end, and stores what has ended.
    pub(crate) async fn stop(self) {
        self.transport.stop();
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::warn!(%error, "the scheduler did not stop in order");
        }
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        // A disk that does not answer must not keep the service from ending: what is acknowledged is durable.
        let by = Instant::now() + WRITING;
        ends_by(by, "the history", self.recording).await;
        ends_by(by, "the audit log", self.auditing).await;
        if timeout_at(by, self.store.close()).await.is_err() {
            tracing::warn!("the database is not closed: the disk does not answer");
        }
        if timeout(CLOSING, self.clock.close()).await.is_err() {
            tracing::warn!("where the clock ended is not kept: the disk does not answer");
        }
    }
}

/// Waits for the end of a task that writes down what is left.
async fn ends_by(by: Instant, name: &str, task: JoinHandle<()>) {
    match timeout_at(by, task).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) => tracing::warn!("{name} did not end in order"),
        Err(_) => tracing::warn!("the end of {name} is lost: the disk does not answer"),
    }
}

/// What is left is stored within so long at a stop: more than a disk takes that answers.
const WRITING: Duration = Duration::from_secs(2);

/// What is written down at the end has so long.
const CLOSING: Duration = Duration::from_millis(500);

/// Moves what is wished for a wall time whenever the wall clock was set. A store that is down is
/// told of it by the scheduler when it is back.
async fn move_wishes(store: &StoreHandle, waker: &Waker) {
    let mut offsets = SystemClock.watch();
    while offsets.changed().await.is_ok() {
        let offset = *offsets.borrow_and_update();
        match store.move_wishes(offset).await {
            Ok(0) | Err(StoreError::Unavailable) => {}
            Ok(moved) => {
                tracing::info!(moved, "what is wished for a time of day was moved with the clock");
            }
            Err(error) => {
                tracing::warn!(%error, "what is wished for a time of day is not moved yet");
                sleep(AGAIN).await;
                offsets.mark_changed();
                continue;
            }
        }
        waker.wishes_moved();
    }
}

/// After a store that failed.
const AGAIN: Duration = Duration::from_secs(1);

/// Tells the lanes what was stored of the time before, as soon as the queue is recovered: what was in
/// flight until then is part of it.
async fn recall(
    state: &mut watch::Receiver<SchedulerState>,
    store: &StoreHandle,
    lanes: &Lanes<Esphome>,
    availability: &StoreAvailability,
) {
    loop {
        let is_recovered = |state: &SchedulerState| {
            matches!(state, SchedulerState::Running | SchedulerState::Paused)
        };
        let recovered = state.wait_for(is_recovered).await;
        // Without a scheduler nothing is recovered any more.
        if recovered.map(drop).is_err() {
            return;
        }
        let now = SystemClock.now();
        match store.lane_memory(now).await {
            Ok(memories) => {
                lanes.recall(memories, now);
                return availability.opening_ended();
            }
            Err(error) => {
                tracing::warn!(%error, "what was sent before cannot be read: every port rests");
            }
        }
        sleep(AGAIN).await;
    }
}

/// Tells the history whenever the scheduler changes, since the store may be back, and systemd.
async fn report_state(
    state: &mut watch::Receiver<SchedulerState>,
    history: &History,
    publisher: &EventPublisher,
) {
    while state.changed().await.is_ok() {
        history.look();
        let (mode, words) = match *state.borrow_and_update() {
            SchedulerState::Starting => {
                ("direct_only", "direct commands only: the queue is being recovered")
            }
            SchedulerState::Running => ("normal", "all commands"),
            SchedulerState::Paused => (PAUSED, "direct commands; the queue is paused"),
            SchedulerState::StoreDown => ("direct_only", "direct commands only: the store is down"),
            SchedulerState::Stopping => ("stopping", "stopping"),
        };
        service_manager::status(words);
        publisher.works(mode, words);
    }
}

type Recording = (History, Queue, StoreHandle, Arc<StoreAvailability>, CancellationToken);

/// Writes the history until the store is closed.
fn record(supervisor: Supervisor, recording: Recording) -> impl Future<Output = ()> + Send {
    supervisor.keep("the history", recording, |(history, queue, lanes, availability, stop)| {
        Box::pin(history.run(queue, lanes, availability, stop.cancelled()))
    })
}

/// Writes the audit log until the store is closed.
fn write_audit_log(
    supervisor: Supervisor,
    writing: (auditor::AuditWriter, CancellationToken),
) -> impl Future<Output = ()> + Send {
    supervisor.keep("the audit log", writing, |(writer, stop)| Box::pin(writer.run(stop)))
}
