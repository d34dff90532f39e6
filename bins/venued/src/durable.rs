//! The durable side of the daemon: the store, the scheduler that works it off, and the history.

mod auditor;
mod backups;
mod history;
mod keeper;
mod late;
mod marker;
mod telling;
mod view;

use std::sync::Arc;

use esphome_pool::{DeviceHandle, DeviceState, Pool};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use venue_domain::{Aftermath, DirectRecord, Fences, Hostname, OrderClock, Recorder, StoreGauge};
use venue_http::QueueSide;
use venue_lane::Lanes;
use venue_queue::{LockError, StoreLock};
use venue_routing::Durable;
use venue_scheduler::{Scheduler, SchedulerConfig, SchedulerParts, Waker, Waking, Work};

use crate::{
    clock::SystemClock, config::StoreFiles, configuration::ConfigurationKeeper,
    discovery::Discovery, service_manager, system_transport::SystemTransport, watch::Told,
};

use backups::Backups;
use history::History;
use keeper::Keeper;
use marker::FileMarker;
pub(crate) use view::Control;

pub(crate) use auditor::Auditor;
pub use backups::BackupPlan;
pub use late::LateStore;
pub use telling::Telling;

/// The queue as the router sees it.
pub type Queue = Waking<Telling>;

/// What stores commands and works them off.
#[derive(Debug)]
pub(crate) struct DurableSide {
    store: LateStore,
    transport: Arc<SystemTransport>,
    scheduler: Arc<Scheduler>,
    gauge: Arc<StoreGauge>,
    marker: FileMarker,
    backups: Arc<Backups>,
    history: History,
    configuration: ConfigurationKeeper,
    told: Told,
    auditor: Auditor,
    auditing: JoinHandle<()>,
    tasks: TaskTracker,
    stop: CancellationToken,
    recording: JoinHandle<()>,
}

impl DurableSide {
    /// Starts the scheduler over a store that is opened in the background: a daemon whose database
    /// cannot be used serves in direct-only mode, and tries again. Fails only if another daemon uses
    /// the database.
    pub(crate) fn start(
        files: StoreFiles,
        config: SchedulerConfig,
        lanes: Arc<Lanes<DeviceHandle>>,
        pool: Arc<Pool>,
        fences: Arc<Fences>,
        order: Arc<OrderClock>,
        told: Told,
    ) -> Result<Self, LockError> {
        let lock = match StoreLock::take(&files.path) {
            Err(error @ LockError::InUse { .. }) => return Err(error),
            // The folder may be usable later.
            other => other.ok(),
        };
        let (store, gauge) = (LateStore::default(), Arc::new(StoreGauge::down()));
        let history = History::new(told.clone());
        let StoreFiles { path, runtime, backups } = files;
        let marker = FileMarker::new(&path, runtime.as_deref());
        let transport = Arc::new(SystemTransport::new(lanes, pool, store.clone()));
        let parts = SchedulerParts {
            queue: Arc::new(store.clone()),
            transport: Arc::clone(&transport),
            clock: SystemClock,
            fences,
            order,
            gauge: Arc::clone(&gauge),
            recorder: Arc::new(history.clone()),
            marker: Arc::new(marker.clone()),
            chance: SchedulerParts::<LateStore, (), SystemClock>::random(),
        };
        let scheduler = Arc::new(Scheduler::start(parts, config));
        let routed = Routed { history: history.clone(), waker: scheduler.waker().clone() };
        let (configuration, owner) =
            ConfigurationKeeper::start(&path, store.clone(), Arc::new(routed));
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let backups = Arc::new(Backups::new(&path, backups));
        let keeper = Keeper {
            backups: Arc::clone(&backups),
            path,
            store: store.clone(),
            gauge: Arc::clone(&gauge),
            marker: marker.clone(),
            waker: scheduler.waker().clone(),
            work: scheduler.watch(),
            lock,
        };
        tasks.spawn(stop.clone().run_until_cancelled_owned(keeper.run()));
        tasks.spawn(stop.clone().run_until_cancelled_owned(owner));
        tasks.spawn(stop.clone().run_until_cancelled_owned(tell(
            scheduler.watch(),
            history.clone(),
            told.clone(),
        )));
        tasks.spawn(
            stop.clone().run_until_cancelled_owned(told.clone().tell_progress(store.clone())),
        );
        let telling = Telling::new(store.clone(), told.clone());
        let queue = Waking::new(telling, scheduler.waker().clone());
        let recording = history.clone().run(queue, Arc::clone(&gauge), stop.clone());
        let recording = tokio::spawn(recording);
        let (auditor, writing) = Auditor::new(store.clone(), stop.clone());
        let auditing = tokio::spawn(writing);
        Ok(Self {
            store,
            transport,
            scheduler,
            gauge,
            marker,
            backups,
            history,
            configuration,
            told,
            auditor,
            auditing,
            tasks,
            stop,
            recording,
        })
    }

    /// What the router stores through.
    pub(crate) fn for_router(&self) -> Durable<Queue> {
        Durable {
            queue: Waking::new(
                Telling::new(self.store.clone(), self.told.clone()),
                self.scheduler.waker().clone(),
            ),
            gauge: Arc::clone(&self.gauge),
            recorder: Arc::new(Routed {
                history: self.history.clone(),
                waker: self.scheduler.waker().clone(),
            }),
            marker: Arc::new(self.marker.clone()),
        }
    }

    /// The store.
    pub(crate) fn store(&self) -> LateStore {
        self.store.clone()
    }

    /// What asks devices for what is no infrared.
    pub(crate) fn system_transport(&self) -> Arc<SystemTransport> {
        Arc::clone(&self.transport)
    }

    /// What owns the configuration of the venue.
    pub(crate) const fn configuration(&self) -> &ConfigurationKeeper {
        &self.configuration
    }

    /// What remembers who did what.
    pub(crate) fn auditor(&self) -> Auditor {
        self.auditor.clone()
    }

    /// What HTTP shows of it.
    pub(crate) fn for_http(&self) -> QueueSide<LateStore, Control> {
        let (store, backups) = (self.store.clone(), Arc::clone(&self.backups));
        let control = Control::new(Arc::clone(&self.scheduler), store, backups);
        QueueSide { view: self.store.clone(), control }
    }

    /// What tells the scheduler, from then on, whenever a device has a session again.
    pub(crate) fn follower(
        &self,
        discovery: Discovery,
    ) -> impl Fn(Hostname, &DeviceHandle) + Send + Sync + use<> {
        let (waker, told) = (self.scheduler.waker().clone(), self.told.clone());
        let (tasks, stop) = (self.tasks.clone(), self.stop.clone());
        move |hostname, device| {
            let (mut states, waker, told) = (device.watch(), waker.clone(), told.clone());
            let discovery = discovery.clone();
            // Ends with the device, too.
            let following = async move {
                while states.changed().await.is_ok() {
                    let state = states.borrow_and_update().clone();
                    discovery.follow(&hostname, &state);
                    told.device(&hostname, &state);
                    if matches!(state, DeviceState::Online(_)) {
                        waker.session(hostname.clone());
                    }
                }
            };
            tasks.spawn(stop.clone().run_until_cancelled_owned(following));
        }
    }

    /// Runs `task` until the store is closed.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
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
        if self.recording.await.is_err() {
            tracing::warn!("the history did not end in order");
        }
        if self.auditing.await.is_err() {
            tracing::warn!("the audit trail did not end in order");
        }
        self.store.close().await;
    }
}

/// The history as the router sees it: what ends with a change of the router's, the scheduler has to
/// know as well.
#[derive(Debug)]
struct Routed {
    history: History,
    waker: Waker,
}

impl Recorder for Routed {
    fn record(&self, record: DirectRecord) {
        self.history.record(record);
    }

    fn ended(&self, aftermath: Aftermath) {
        self.waker.ended(&aftermath);
        self.history.ended(aftermath);
    }
}

/// Tells the history whenever the scheduler changes, since the store may be back, and systemd.
async fn tell(mut work: watch::Receiver<Work>, history: History, told: Told) {
    while work.changed().await.is_ok() {
        history.look();
        let (mode, words) = match *work.borrow_and_update() {
            Work::Starting => {
                ("direct_only", "direct commands only: the store is being taken over")
            }
            Work::Running => ("normal", "all commands"),
            Work::Paused => ("paused", "direct commands; the queue is paused"),
            Work::StoreDown => ("direct_only", "direct commands only: the store is down"),
            Work::Stopping => ("stopping", "stopping"),
        };
        service_manager::status(words);
        told.works(mode, words);
    }
}
