//! The daemon: wires the parts together, serves until it is told to stop, and stops in order.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use esphome_pool::Pool;
use futures_util::FutureExt;
use snafu::ResultExt;
use tokio::{sync::watch, time::timeout};
use venue_auth::{LimitConfig, LocalAdmins};
use venue_domain::{Clock, Configuration, Fences, OrderClock};
use venue_http::{Auth, Listeners, Services, Telemetry, VenueServices};
use venue_lane::{KnownPast, Lanes, LanesConfig};
use venue_registry::Registry;
use venue_routing::{Router, RouterParts};
use venue_scheduler::SchedulerConfig;

use crate::{
    alerts::AlertMonitor,
    boards::KnownBoards,
    certificates::Certificates,
    clock::{ClockService, SystemClock},
    config::Config,
    configuration::ConfigService,
    discovery::Discovery,
    durable::{Control, DurableSide, Shared, StoreHandle},
    ends::EndWatch,
    entrance::{self, Entrance},
    error::{RunError, TaskSnafu},
    infrared_library::Library,
    learning::Learning,
    local_socket::LocalSocket,
    logo_watch::LogoWatch,
    logos::Logos,
    people::{LivePeople, UsesKeeper},
    registry::{Follow, LiveRegistry, Sessions},
    router::{self, VenueLanes, VenueRouter},
    schedules::ScheduleService,
    service_manager,
    setup::{LiveSetup, NewVenue},
    start_error::{DeviceSnafu, StartError, StoreSnafu},
    supervise::Supervisor,
    tasks::{TaskPlan, Tasks},
    tokens::LiveTokens,
    watch::EventPublisher,
    webhook::Webhook,
};

/// What happens, and whom to tell.
#[derive(Debug)]
struct Watching {
    publisher: EventPublisher,
    device_patience: Duration,
    webhooks: Vec<Webhook>,
    certificates: Option<Certificates>,
}

impl Watching {
    /// Starts those who watch; they end with the store.
    fn start(
        self,
        router: &Arc<VenueRouter>,
        registry: &LiveRegistry,
        durable: &DurableSide,
    ) -> Telemetry {
        let (active_alerts, alerts) = watch::channel(Arc::default());
        let alert_monitor = AlertMonitor {
            publisher: self.publisher.clone(),
            router: Arc::clone(router),
            registry: registry.clone(),
            store: durable.store(),
            control: durable.for_http().control,
            scheduler: durable.scheduler(),
            device_patience: self.device_patience,
            jumps: durable.clock().jumps(),
            active_alerts,
        };
        durable.keep("what raises alerts", alert_monitor, |alert_monitor| {
            Box::pin(alert_monitor.run())
        });
        if let Some(certificates) = self.certificates {
            let state = (certificates, self.publisher.clone());
            durable.keep("what reads the certificate", state, |(certificates, publisher)| {
                Box::pin(certificates.keep(publisher))
            });
        }
        for hook in self.webhooks {
            let hook = (hook, self.publisher.hub());
            durable.keep("a webhook", hook, |(hook, hub)| Box::pin(hook.run(hub)));
        }
        Telemetry { hub: self.publisher.hub(), metrics: self.publisher.metrics(), alerts }
    }

    /// Serves until `served` ends, where there is nobody to tell what happens.
    async fn alone<T>(self, served: impl Future<Output = T>) -> T {
        let certificates = async {
            if let Some(mut certificates) = self.certificates {
                certificates.keep(&self.publisher).await;
            }
            std::future::pending().await
        };
        tokio::select! {
            served = served => served,
            ended = certificates => ended,
        }
    }
}

/// A daemon that listens and connects, and is about to serve.
#[derive(Debug)]
pub struct Daemon {
    listeners: Listeners,
    /// The file of the socket, which goes when nobody listens at it any more.
    local: Option<LocalSocket>,
    auth: Auth,
    watching: Watching,
    supervisor: Supervisor,
    tasks: TaskPlan,
    discovery: Discovery,
    folders: Folders,
    address: SocketAddr,
    http: venue_http::Config,
    registry: LiveRegistry,
    pool: Arc<Pool>,
    lanes: VenueLanes,
    router: Arc<VenueRouter>,
    /// What stores its commands; nothing by configuration. While it is down the router is in direct-only mode.
    durable: Option<Box<DurableSide>>,
}

impl Daemon {
    /// Takes the HTTP address, then starts connecting to all devices. Needs a tokio runtime.
    ///
    /// The address comes first: a second daemon on the same machine fails before it takes a
    /// session slot from any device.
    ///
    /// # Errors
    /// [`StartError`].
    ///
    /// # Cancel safety
    /// Nothing is left behind.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let Entrance { listeners, address, local, certificates } = entrance::open(&config).await?;
        // The code is there before the database is.
        let new_venue = NewVenue::offered(&config, address);
        let fences = Arc::new(Fences::default());
        // Without a store by configuration nobody ever tells what was sent before.
        let past = if config.store.is_some() { KnownPast::Recalled } else { KnownPast::Nothing };
        let lanes = LanesConfig { past, ..LanesConfig::default() };
        let lanes = Arc::new(Lanes::new(Arc::clone(&fences), lanes));
        let order = Arc::new(OrderClock::new());
        let clock = ClockService::start_for(config.store.as_ref(), &order).await;
        let (base, fixed, logos) = (config.base(), config.sessions(), config.logos());
        // The least times of the file: what is edited later may only be waited for a little longer.
        let (known, _) = Registry::read(&Configuration::default(), &base);
        let air_time = known.least_timing();
        let scheduling = SchedulerConfig { air_time, ..SchedulerConfig::default() };
        let publisher = EventPublisher::new();
        let supervisor = Supervisor::new(publisher.clone());
        let pool = Arc::new(Pool::new(config.pool));
        let boards = KnownBoards::read(config.store.as_ref().map(|files| files.path.as_path()));
        let discovery = match config.discovery {
            Some(port) => Discovery::start(port, Arc::clone(&pool), boards.clone()),
            None => Discovery::none(Arc::clone(&pool), boards.clone()),
        };
        let durable = config.store.map(|files| {
            let (lanes, fences, order) = (lanes.clone(), Arc::clone(&fences), Arc::clone(&order));
            let (pool, supervisor) = (Arc::clone(&pool), supervisor.clone());
            let shared = Shared { lanes, pool, fences, order, clock: clock.clone(), supervisor };
            let side = DurableSide::start(files, scheduling, shared);
            side.map(Box::new).context(StoreSnafu)
        });
        let durable = durable.transpose()?;
        let config_service = durable.as_ref().map(|durable| durable.configuration().clone());
        let discovery = discovery.keeping(config_service.clone());
        let tokens = LiveTokens::new(config_service.clone(), !listeners.local.is_empty());
        let (people, uses) = LivePeople::new(tokens.clone(), config_service.clone());
        let registry = LiveRegistry::new(base, config_service.clone(), Arc::clone(&lanes));
        let setup = new_venue.zip(config_service).map(|(new_venue, config_service)| {
            new_venue.set_up(&tokens, &people, &registry, config_service)
        });
        let follow: Follow = match &durable {
            Some(durable) => Box::new(durable.follower(discovery.clone())),
            None => Box::new(|_, _| {}),
        };
        let (lanes_too, pool_too) = (Arc::clone(&lanes), Arc::clone(&pool));
        let sessions = Sessions::new(pool_too, lanes_too, boards.clone(), fixed, follow);
        let devices = sessions.open_all(&registry.registry()).context(DeviceSnafu)?;
        tracing::info!(devices, "sessions are being opened");
        if let Some(durable) = &durable {
            // What it has begun with the sessions when it panics, nobody could take up.
            let following = registry.clone().follow(sessions, publisher.clone());
            durable.need("what fits sessions to the registry", following);
            keep_followers(durable, &registry, &tokens, boards, &publisher, logos.clone());
            keep_accounts(durable, uses, setup.clone());
        }
        let rules = (config.limits, config.require_tokens, config.admin_group);
        let auth = guard(rules, tokens, people, setup, durable.as_deref());
        let (transport, directory, clock) = (Arc::clone(&lanes), registry.clone(), SystemClock);
        let store = match &durable {
            Some(durable) => durable.for_router(),
            None => router::without_store(StoreHandle::none(publisher.clone())),
        };
        let parts = RouterParts { transport, directory, clock, fences, order, store };
        let router = Arc::new(Router::new(parts, config.timeouts));
        let (device_patience, webhooks) = (config.device_offline_after, config.webhooks);
        let watching = Watching { publisher, device_patience, webhooks, certificates };
        Ok(Self {
            watching,
            supervisor,
            tasks: config.tasks,
            discovery,
            folders: Folders { library: Library::new(config.infrared_library), logos },
            listeners,
            local,
            auth,
            address,
            http: config.http,
            registry,
            pool,
            lanes,
            router,
            durable,
        })
    }

    /// Where HTTP is served, the first of several.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The sessions.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The registry, alive.
    #[must_use]
    pub fn registry(&self) -> LiveRegistry {
        self.registry.clone()
    }

    /// What takes commands without HTTP.
    #[must_use]
    pub fn router(&self) -> Arc<VenueRouter> {
        Arc::clone(&self.router)
    }

    /// What it stores commands in; `None` without a store.
    #[must_use]
    pub fn store(&self) -> Option<StoreHandle> {
        self.durable.as_ref().map(|durable| durable.store())
    }

    /// What owns the configuration of the venue; `None` without a store.
    #[must_use]
    pub fn configuration(&self) -> Option<ConfigService> {
        self.durable.as_ref().map(|durable| durable.configuration().clone())
    }

    /// Serves until `stop` completes. Then nothing new is taken; what is in flight has 3 s to
    /// finish; lanes and sessions are closed in order within half a second.
    ///
    /// # Errors
    /// [`RunError`].
    ///
    /// # Cancel safety
    /// A dropped future stops accepting; the sessions close with the pool.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), RunError> {
        let Self {
            listeners,
            local: _file,
            auth,
            watching,
            supervisor,
            tasks,
            discovery,
            folders,
            http,
            registry,
            pool,
            lanes,
            router,
            durable,
            address: _,
        } = self;

        let stop = async {
            tokio::select! {
                () = stop => {}
                () = service_manager::watchdog() => {}
                _ = supervisor.failed() => {}
            }
            service_manager::stopping();
        };
        let learning =
            Learning::new(Arc::clone(&pool), Arc::clone(&lanes), watching.publisher.clone());
        let common = VenueServices {
            registry: Arc::new(registry.clone()),
            discovery: Arc::new(discovery),
            learning: Arc::new(learning),
            library: Arc::new(folders.library),
            logos: Arc::new(folders.logos),
            ..VenueServices::none()
        };
        service_manager::ready();
        let served = match durable {
            Some(durable) => {
                let queue = durable.for_http();
                let schedules = Arc::new(ScheduleService {
                    config_service: durable.configuration().clone(),
                    registry: registry.clone(),
                    router: Arc::clone(&router),
                    store: durable.store(),
                    publisher: watching.publisher.clone(),
                    turns: common.plan_turns.clone(),
                    undone: Arc::default(),
                });
                keep_schedules(&durable, &schedules);
                let system = Arc::new(keep_tasks(&durable, &router, tasks, &watching.publisher));
                let backups = Arc::new(durable.backup_files());
                let venue = VenueServices { schedules, system, backups, ..common };
                let watch = watching.start(&router, &registry, &durable);
                let services = Services { queue, venue, auth, watch };
                let served = venue_http::serve(listeners, router, services, http, stop).await;
                durable.stop().await;
                served
            }
            None => {
                let services = without_store(watching.publisher.clone(), common, auth);
                watching.alone(venue_http::serve(listeners, router, services, http, stop)).await
            }
        };
        close(&lanes, &pool).await;
        match supervisor.failure() {
            Some(task) => TaskSnafu { task }.fail(),
            None => Ok(served?),
        }
    }
}

/// Closes lanes and sessions in order.
async fn close(lanes: &VenueLanes, pool: &Pool) {
    if timeout(CLOSING, lanes.shutdown()).await.is_err() {
        tracing::warn!("a command was still in flight: its outcome is unknown");
    }
    pool.shutdown(CLOSING).await;
    tracing::info!("stopped");
}

/// What a server has beside its router where there is no store.
fn without_store(
    publisher: EventPublisher,
    venue: VenueServices,
    auth: Auth,
) -> Services<StoreHandle, Control> {
    let queue = Control::none(StoreHandle::none(publisher));
    Services { queue, venue, auth, watch: Telemetry::none() }
}

/// The folders with files of people, beside what the daemon keeps for itself.
#[derive(Debug)]
struct Folders {
    library: Library,
    logos: Logos,
}

/// What stands before the router.
fn guard(
    (limits, require_tokens, group): (LimitConfig, bool, Option<u32>),
    tokens: LiveTokens,
    people: LivePeople,
    setup: Option<LiveSetup>,
    durable: Option<&DurableSide>,
) -> Auth {
    let mut auth = Auth::open(limits, SystemClock.instant());
    auth.tokens = tokens.tokens();
    auth.require_tokens = require_tokens;
    auth.local_admins = LocalAdmins { own_uid: rustix::process::getuid().as_raw(), group };
    auth.control = Arc::new(tokens);
    auth.people = Arc::new(people);
    if let Some(setup) = setup {
        auth.setup = Arc::new(setup);
    }
    if let Some(durable) = durable {
        auth.audit = Arc::new(durable.auditor());
    }
    auth
}

/// Keeps when each session was used, for its end; tells the code of set-up, and closes it with the first account.
fn keep_accounts(durable: &DurableSide, uses: UsesKeeper, setup: Option<LiveSetup>) {
    durable.keep("what keeps the use of sessions", uses, |uses| Box::pin(UsesKeeper::run(uses)));
    if let Some(setup) = setup {
        durable.keep("what keeps set-up", setup, |setup| Box::pin(setup.follow()));
    }
}

/// Starts those who follow the configuration, and the boards that were seen.
fn keep_followers(
    durable: &DurableSide,
    registry: &LiveRegistry,
    tokens: &LiveTokens,
    boards: KnownBoards,
    publisher: &EventPublisher,
    logos: Logos,
) {
    let logos = LogoWatch::new(logos, registry.clone());
    durable.keep("what removes logos with their channels", logos, |logos| Box::pin(logos.run()));
    durable.keep("what follows tokens", tokens.clone(), |tokens| Box::pin(tokens.follow()));
    let ends = EndWatch::new(registry.clone(), publisher.clone());
    durable.keep("what tells that locks and maintenance end", ends, |ends| Box::pin(ends.run()));
    durable.keep("what keeps the boards that were seen", boards, |boards| {
        Box::pin(boards.clone().keep())
    });
}

/// For lanes, and again for sessions, after HTTP has finished: neither waits for anybody any
/// longer, except for a device that does not answer.
const CLOSING: Duration = Duration::from_millis(250);

/// Runs the system tasks for as long as the daemon runs.
fn keep_tasks(
    durable: &DurableSide,
    router: &Arc<VenueRouter>,
    plan: TaskPlan,
    publisher: &EventPublisher,
) -> Tasks {
    let (tasks, running) = Tasks::new(
        plan,
        Arc::clone(router),
        durable.system_transport(),
        durable.store(),
        durable.clock().clone(),
        publisher.system_commands(),
    );
    durable.keep("the system tasks", running, |runner| Box::pin(runner.run()));
    tasks
}

/// Fires the schedules for as long as the daemon runs.
fn keep_schedules(durable: &DurableSide, schedules: &ScheduleService) {
    durable.keep("the schedules", schedules.clone(), |schedules| {
        Box::pin(schedules.run().map(|_| ()))
    });
}
