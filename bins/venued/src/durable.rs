//! The durable side of the daemon: the store, the scheduler that works it off, and the history.

mod history;
mod late;
mod marker;
mod view;

use std::{path::PathBuf, sync::Arc, time::Duration};

use esphome_pool::{DeviceHandle, DeviceState};
use tokio::{sync::watch, task::JoinHandle, time::sleep};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use venue_domain::{Aftermath, DirectRecord, Fences, Hostname, OrderClock, Recorder, StoreGauge};
use venue_http::QueueSide;
use venue_lane::Lanes;
use venue_queue::{SqliteStore, StoreConfig};
use venue_routing::Durable;
use venue_scheduler::{Scheduler, SchedulerConfig, SchedulerParts, Waker, Waking, Work};

use crate::{clock::SystemClock, config::StoreFiles};

use history::History;
use marker::FileMarker;
use view::Control;

pub(crate) use late::LateStore;

/// The queue as the router sees it.
pub(crate) type Queue = Waking<LateStore>;

/// What stores commands and works them off.
#[derive(Debug)]
pub(crate) struct DurableSide {
    store: LateStore,
    scheduler: Arc<Scheduler>,
    gauge: Arc<StoreGauge>,
    marker: FileMarker,
    history: History,
    tasks: TaskTracker,
    stop: CancellationToken,
    recording: JoinHandle<()>,
}

impl DurableSide {
    /// Starts the scheduler over a store that is opened in the background: a daemon whose database
    /// cannot be used serves in direct-only mode, and tries again.
    pub(crate) fn start(
        files: StoreFiles,
        lanes: Arc<Lanes<DeviceHandle>>,
        fences: Arc<Fences>,
        order: Arc<OrderClock>,
    ) -> Self {
        let (store, gauge) = (LateStore::default(), Arc::new(StoreGauge::down()));
        let history = History::default();
        let StoreFiles { path, runtime } = files;
        let marker = FileMarker::new(&path, runtime.as_deref());
        let parts = SchedulerParts {
            queue: Arc::new(store.clone()),
            transport: lanes,
            clock: SystemClock,
            fences,
            order,
            gauge: Arc::clone(&gauge),
            recorder: Arc::new(history.clone()),
            marker: Arc::new(marker.clone()),
            chance: SchedulerParts::<LateStore, (), SystemClock>::random(),
        };
        let scheduler = Arc::new(Scheduler::start(parts, SchedulerConfig::default()));
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let opening = open(path, store.clone(), scheduler.waker().clone());
        tasks.spawn(stop.clone().run_until_cancelled_owned(opening));
        tasks.spawn(
            stop.clone().run_until_cancelled_owned(tell(scheduler.watch(), history.clone())),
        );
        let queue = Waking::new(store.clone(), scheduler.waker().clone());
        let recording = history.clone().run(queue, Arc::clone(&gauge), stop.clone());
        let recording = tokio::spawn(recording);
        Self { store, scheduler, gauge, marker, history, tasks, stop, recording }
    }

    /// What the router stores through.
    pub(crate) fn for_router(&self) -> Durable<Queue> {
        Durable {
            queue: Waking::new(self.store.clone(), self.scheduler.waker().clone()),
            gauge: Arc::clone(&self.gauge),
            recorder: Arc::new(Routed {
                history: self.history.clone(),
                waker: self.scheduler.waker().clone(),
            }),
            marker: Arc::new(self.marker.clone()),
        }
    }

    /// What HTTP shows of it.
    pub(crate) fn for_http(&self) -> QueueSide<LateStore, Control> {
        QueueSide { view: self.store.clone(), control: Control::new(Arc::clone(&self.scheduler)) }
    }

    /// Tells the scheduler when `device` has a session again.
    pub(crate) fn follow(&self, hostname: Hostname, device: &DeviceHandle) {
        let (mut states, waker) = (device.watch(), self.scheduler.waker().clone());
        let following = async move {
            while states.changed().await.is_ok() {
                if matches!(*states.borrow_and_update(), DeviceState::Online(_)) {
                    waker.session(hostname.clone());
                }
            }
        };
        self.tasks.spawn(self.stop.clone().run_until_cancelled_owned(following));
    }

    /// Hands out nothing more, lets what is in flight end, and stores what has ended.
    pub(crate) async fn stop(self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::warn!(%error, "the scheduler did not stop in order");
        }
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        if self.recording.await.is_err() {
            tracing::warn!("the history did not end in order");
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

/// Tells the history whenever the scheduler changes: the store may be back.
async fn tell(mut work: watch::Receiver<Work>, history: History) {
    while work.changed().await.is_ok() {
        history.look();
    }
}

/// Opens the store, and tries again until it can.
async fn open(path: PathBuf, store: LateStore, waker: Waker) {
    loop {
        let file = path.clone();
        let opened =
            tokio::task::spawn_blocking(move || SqliteStore::open(&file, StoreConfig::default()));
        match opened.await {
            Ok(Ok(opened)) => {
                tracing::info!(path = %path.display(), "the store is open");
                store.set(opened);
                return waker.store_replaced();
            }
            Ok(Err(error)) => {
                let error = snafu::Report::from_error(error).to_string();
                tracing::error!(error, "the store cannot be opened: direct commands only");
            }
            Err(_) => tracing::error!("the store failed while it was opened"),
        }
        sleep(OPEN_AGAIN).await;
    }
}

/// How long to wait before a store that could not be opened is tried again.
const OPEN_AGAIN: Duration = Duration::from_secs(5);
