//! What every request of a server shares.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use venue_domain::{
    AssumedStateStore, BackupControl, Clock, CommandQueue, DirectTransport, Directory, Probe,
    QueueControl, QueueView, RequestKeys, Timestamp, WallOffset, WallTime,
};
use venue_routing::Router;

use crate::{
    auth::Auth,
    backups::BackupFiles,
    batch_name_lock::BatchNameLocks,
    config::Config,
    learning::LearnControl,
    library::LibraryControl,
    load::LoadWatch,
    logos::LogoControl,
    origin_check::HostPolicy,
    plan_turns::PlanTurns,
    queue_service::QueueService,
    request_keys::Keys,
    services::{Services, Telemetry},
    venue::{DiscoveryControl, ScheduleControl, SystemControl, VenueControl, VenueServices},
};

/// The types that a server is made of, so that a handler names one instead of six.
pub(crate) trait AppTypes: Sized + 'static {
    type Transport: DirectTransport + Probe + 'static;
    type Directory: Directory + 'static;
    type Clock: Clock + 'static;
    type Queue: CommandQueue + 'static;
    type View: QueueView + AssumedStateStore + RequestKeys + Clone + 'static;
    type Control: QueueControl + BackupControl + 'static;
}

impl<T, D, C, Q, V, K> AppTypes for (T, D, C, Q, V, K)
where
    T: DirectTransport + Probe + 'static,
    D: Directory + 'static,
    C: Clock + 'static,
    Q: CommandQueue + 'static,
    V: QueueView + AssumedStateStore + RequestKeys + Clone + 'static,
    K: QueueControl + BackupControl + 'static,
{
    type Transport = T;
    type Directory = D;
    type Clock = C;
    type Queue = Q;
    type View = V;
    type Control = K;
}

/// The router of a site.
pub(crate) type RouterOf<S> = Router<
    <S as AppTypes>::Transport,
    <S as AppTypes>::Directory,
    <S as AppTypes>::Clock,
    <S as AppTypes>::Queue,
>;

/// What every request of a server shares.
pub(crate) struct App<S: AppTypes> {
    pub(crate) router: Arc<RouterOf<S>>,
    pub(crate) queue: QueueService<S::View, S::Control>,
    pub(crate) venue: Arc<dyn VenueControl>,
    pub(crate) schedules: Arc<dyn ScheduleControl>,
    pub(crate) system: Arc<dyn SystemControl>,
    pub(crate) discovery: Arc<dyn DiscoveryControl>,
    pub(crate) learning: Arc<dyn LearnControl>,
    pub(crate) library: Arc<dyn LibraryControl>,
    pub(crate) logos: Arc<dyn LogoControl>,
    pub(crate) backups: Arc<dyn BackupFiles>,
    pub(crate) auth: Auth,
    pub(crate) watch: Telemetry,
    /// Places for those who watch events.
    pub(crate) watchers: Arc<Semaphore>,
    pub(crate) config: Config,
    pub(crate) hosts: HostPolicy,
    pub(crate) started_at: Timestamp,
    pub(crate) keys: Arc<Keys>,
    pub(crate) names: Arc<BatchNameLocks>,
    /// Presets are run one after the other.
    pub(crate) plan_turns: PlanTurns,
    pub(crate) load: LoadWatch,
    pub(crate) stop: Stop,
}

impl<S: AppTypes> App<S> {
    pub(crate) fn new(
        router: Arc<RouterOf<S>>,
        services: Services<S::View, S::Control>,
        config: Config,
        hosts: HostPolicy,
    ) -> Self {
        let started_at = router.clock().now();
        let (keys, names) = (Arc::default(), Arc::default());
        let (load, stop) = (LoadWatch::default(), Stop::default());
        let Services { queue, venue, auth, watch } = services;
        let VenueServices {
            registry: venue,
            schedules,
            plan_turns,
            system,
            discovery,
            learning,
            library,
            logos,
            backups,
        } = venue;
        let watchers = Arc::new(Semaphore::new(config.max_watchers));
        Self {
            router,
            queue,
            venue,
            schedules,
            system,
            discovery,
            learning,
            library,
            logos,
            backups,
            auth,
            watch,
            watchers,
            config,
            hosts,
            started_at,
            keys,
            plan_turns,
            names,
            load,
            stop,
        }
    }

    /// What people are shown of a point in venue time, and what of what they wish lies there.
    pub(crate) fn wall(&self) -> WallOffset {
        self.router.clock().offset()
    }

    /// What the wall clock shows.
    pub(crate) fn shown(&self) -> WallTime {
        self.wall().shown(self.now())
    }

    /// What the wall clock shows, for those who compute with a calendar.
    pub(crate) fn calendar(&self) -> Timestamp {
        self.shown().for_calendar()
    }

    /// Venue time.
    pub(crate) fn now(&self) -> Timestamp {
        self.router.clock().now()
    }
}

/// The two steps of stopping, and the tasks that they wait for.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    /// Begun: nothing new is taken.
    pub(crate) begun: CancellationToken,
    /// The grace is over: what still runs is cut off.
    pub(crate) cut_off: CancellationToken,
    /// Connections and requests.
    pub(crate) tasks: TaskTracker,
}
