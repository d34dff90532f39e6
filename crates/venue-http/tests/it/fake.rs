//! A venue of two devices whose transport answers as it was told, and a server over it.

use std::{
    net::SocketAddr,
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::{
    net::TcpListener,
    sync::{Notify, Semaphore},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use venue_auth::LimitConfig;
use venue_domain::{
    AdvertisedAction, AdvertisedArgument, AdvertisedEntity, AssumedStateStore, BackupControl,
    Capabilities, Clock, Command, CommandQueue, Delivery, DeviceEntry, DeviceSnapshot,
    DirectTransport, Directory, Evidence, Fences, Firmware, Hostname, LaneSnapshot, Outcome,
    PortEntry, PortRest, Presence, Probe, ProbeOutcome, QueueControl, QueueView, RequestKeys,
    Timestamp,
};
use venue_http::{
    Auth, Config, QueueService, ServeError, Services, Telemetry, VenueServices, serve,
};
use venue_routing::{Router, RouterParts, Timeouts};

/// What the transport does, and what was asked of it.
pub(crate) struct Script {
    pub(crate) delivery: Mutex<Delivery>,
    pub(crate) probe: Mutex<ProbeOutcome>,
    /// Every command that reached the transport.
    pub(crate) asked: Mutex<Vec<Arc<Command>>>,
    /// Signalled when a command reaches the transport.
    pub(crate) entered: Notify,
    /// Signalled when a command leaves the transport.
    pub(crate) left: Notify,
    /// A command takes one before it ends.
    pub(crate) permits: Semaphore,
    pub(crate) panics: Mutex<bool>,
    /// The ports that take no channel yet.
    pub(crate) resting: Mutex<Vec<PortRest>>,
    /// Where the clock stands still.
    pub(crate) began: Instant,
}

impl Script {
    /// Delivers, holding every command until it is given a permit.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            delivery: Mutex::new(ended(Outcome::Delivered(Evidence::Reply))),
            probe: Mutex::new(ProbeOutcome::Answered { round_trip: Duration::from_millis(4) }),
            asked: Mutex::default(),
            entered: Notify::new(),
            left: Notify::new(),
            permits: Semaphore::new(0),
            panics: Mutex::new(false),
            resting: Mutex::default(),
            began: Instant::now(),
        })
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|command| command.action.to_string()).collect()
    }
}

pub(crate) struct Fake(pub(crate) Arc<Script>);

impl DirectTransport for Fake {
    async fn deliver(&self, command: Arc<Command>, _deadline: Instant) -> Delivery {
        self.0.asked.lock().unwrap().push(command);
        self.0.entered.notify_one();
        assert!(!*self.0.panics.lock().unwrap(), "as the script wants");
        self.0.permits.acquire().await.unwrap().forget();
        self.0.left.notify_one();
        self.0.delivery.lock().unwrap().clone()
    }
}

impl Probe for Fake {
    async fn ping(&self, _device: &Hostname, _deadline: Instant) -> ProbeOutcome {
        *self.0.probe.lock().unwrap()
    }

    fn snapshot(&self, device: &Hostname) -> Option<DeviceSnapshot> {
        let online = device.as_str() == "ir-1";
        let presence = if online {
            Presence::Online { since: Duration::from_secs(60) }
        } else {
            Presence::Offline {
                since: Duration::from_secs(90),
                cause: "connection refused".into(),
                next_try: Duration::from_millis(16_200),
            }
        };
        Some(DeviceSnapshot {
            device: device.clone(),
            presence,
            last_contact: online.then_some(Duration::from_millis(1_500)),
            address: Some("127.0.0.1:6053".parse().unwrap()),
            firmware: online.then(firmware),
            lane: LaneSnapshot {
                resting: self.0.resting.lock().unwrap().clone(),
                ..LaneSnapshot::default()
            },
        })
    }

    fn capabilities(&self, device: &Hostname) -> Option<Capabilities> {
        (device.as_str() == "ir-1").then(|| Capabilities {
            omitted: 0,
            firmware: firmware(),
            actions: vec![AdvertisedAction {
                name: "tv_channel".into(),
                arguments: vec![AdvertisedArgument { name: "port".into(), kind: "int" }],
                replies: true,
            }],
            entities: vec![AdvertisedEntity {
                kind: "text_sensor",
                name: "capabilities".into(),
                object_id: "ir_capabilities_payload".into(),
            }],
        })
    }
}

fn firmware() -> Firmware {
    Firmware {
        esphome_version: "2026.10.2".into(),
        api_version: (1, 14),
        model: "esp01_1m".into(),
        project_name: "smartvenue.blaster".into(),
        project_version: "2".into(),
        compilation_time: "2026-10-20 09:15:00 +0200".into(),
        mac: Some("a1:b2:c3:d4:e5:f6".into()),
        friendly_name: "Bar".into(),
    }
}

pub(crate) struct TwoDevices;

impl TwoDevices {
    fn entry(hostname: &str) -> Arc<DeviceEntry> {
        Arc::new(DeviceEntry {
            name: Some("Main bar".into()),
            ports: vec![PortEntry {
                name: Some("TV 7".into()),
                zone: Some("bar".into()),
                default_channel: Some("060".parse().unwrap()),
                line_up: [("fox-1".parse().unwrap(), "501".parse().unwrap())].into_iter().collect(),
                ..PortEntry::new(2.try_into().unwrap())
            }],
            ..DeviceEntry::blaster(hostname.parse().unwrap())
        })
    }
}

impl Directory for TwoDevices {
    fn device(&self, device: &Hostname) -> Option<Arc<DeviceEntry>> {
        matches!(device.as_str(), "ir-1" | "ir-2").then(|| Self::entry(device.as_str()))
    }

    fn devices(&self) -> Vec<Arc<DeviceEntry>> {
        vec![Self::entry("ir-1"), Self::entry("ir-2")]
    }
}

/// A clock that stands still.
pub(crate) struct Still(pub(crate) Instant);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(1_790_000_000_000)
    }

    fn instant(&self) -> Instant {
        self.0
    }
}

/// A running server over the scripted venue.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) script: Arc<Script>,
    stop: CancellationToken,
    ended: JoinHandle<Result<(), ServeError>>,
}

impl Server {
    /// Delivers at once, with the documented limits.
    pub(crate) async fn start() -> Self {
        let server = Self::with(Config::default()).await;
        server.script.permits.add_permits(1_000);
        server
    }

    /// Holds every command until the script gives a permit.
    pub(crate) async fn with(config: Config) -> Self {
        Self::of_venue(config, VenueServices::none()).await
    }

    /// A server of a venue that has these services.
    pub(crate) async fn of_venue(config: Config, venue: VenueServices) -> Self {
        let (script, fences) = (Script::new(), Arc::new(Fences::new()));
        let (transport, clock) = (Fake(Arc::clone(&script)), Still(script.began));
        let parts = RouterParts::direct_only(transport, TwoDevices, clock, fences);
        let router = Router::new(parts, Timeouts::default());
        Self::serving(router, QueueService::none(), venue, config, script).await
    }

    /// A server of `router`, whose transport follows `script`.
    pub(crate) async fn serving<Q, V, K>(
        router: Router<Fake, TwoDevices, Still, Q>,
        queue: QueueService<V, K>,
        venue: VenueServices,
        config: Config,
        script: Arc<Script>,
    ) -> Self
    where
        Q: CommandQueue + 'static,
        V: QueueView + AssumedStateStore + RequestKeys + Clone + 'static,
        K: QueueControl + BackupControl + 'static,
    {
        Self::limited(router, queue, venue, config, script, unlimited()).await
    }

    /// The same, with limits.
    pub(crate) async fn limited<Q, V, K>(
        router: Router<Fake, TwoDevices, Still, Q>,
        queue: QueueService<V, K>,
        venue: VenueServices,
        config: Config,
        script: Arc<Script>,
        limits: LimitConfig,
    ) -> Self
    where
        Q: CommandQueue + 'static,
        V: QueueView + AssumedStateStore + RequestKeys + Clone + 'static,
        K: QueueControl + BackupControl + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let auth = Auth::open(limits, Instant::now());
        let services = Services { queue, venue, auth, watch: Telemetry::none() };
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let ended = tokio::spawn(serve(listener, Arc::new(router), services, config, stopped));
        Self { address, script, stop, ended }
    }

    pub(crate) fn answering(self, outcome: Outcome) -> Self {
        self.delivering(ended(outcome))
    }

    pub(crate) fn delivering(self, delivery: Delivery) -> Self {
        *self.script.delivery.lock().unwrap() = delivery;
        self
    }

    pub(crate) fn begin_stop(&self) {
        self.stop.cancel();
    }

    /// Stops and waits for the end.
    pub(crate) async fn stopped(self) {
        self.stop.cancel();
        self.ended.await.unwrap().unwrap();
    }
}

fn ended(outcome: Outcome) -> Delivery {
    Delivery::Ended { outcome, took: Duration::from_millis(7) }
}

/// Limits that no test of something else meets.
pub(crate) fn unlimited() -> LimitConfig {
    let many = NonZeroU32::MAX;
    LimitConfig { commands: many, bulk: many, failures: many, global: many, actors: 64 }
}
