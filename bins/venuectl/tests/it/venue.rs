//! A venue with one device in each state, whose transport answers as it was told, and a server
//! over it.

use std::{
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, Sender},
    },
    time::{Duration, Instant},
};

use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    sync::Semaphore,
};
use venue_auth::LimitConfig;
use venue_domain::{
    AdvertisedAction, AdvertisedArgument, AdvertisedEntity, AssumedStateStore, BackupControl,
    Capabilities, Clock, Command, CommandQueue, Delivery, DeviceEntry, DeviceSnapshot,
    DirectTransport, Directory, Evidence, Fences, Firmware, Hostname, LaneSnapshot, Misconfigured,
    Outcome, PortEntry, Presence, Probe, ProbeOutcome, QueueControl, QueueView, RequestKeys,
    Timestamp,
};
use venue_http::{Auth, Config, QueueService, Services, Telemetry, VenueServices, serve};
use venue_routing::{Router, RouterParts, StoreHandles, Timeouts};

/// A running server over the scripted venue; it ends when dropped.
pub(crate) struct Venue {
    pub(crate) url: String,
    script: Arc<Script>,
    entered: Receiver<Arc<Command>>,
    left: Receiver<()>,
    runtime: Runtime,
}

struct Script {
    delivery: Mutex<Delivery>,
    probe: Mutex<ProbeOutcome>,
    entered: Mutex<Sender<Arc<Command>>>,
    left: Mutex<Sender<()>>,
    /// A command takes one before it ends.
    permits: Semaphore,
}

impl Venue {
    /// Delivers at once.
    pub(crate) fn open() -> Self {
        let venue = Self::held(Config::default());
        venue.let_go();
        venue
    }

    /// Holds every command until it is released.
    pub(crate) fn held(config: Config) -> Self {
        Self::over(StoreHandles::none(), QueueService::none(), config)
    }

    /// As [`Venue::held`], with a queue.
    pub(crate) fn over<Q, V, K>(
        store: StoreHandles<Q>,
        queue: QueueService<V, K>,
        config: Config,
    ) -> Self
    where
        Q: CommandQueue + 'static,
        V: QueueView + AssumedStateStore + RequestKeys + Clone + 'static,
        K: QueueControl + BackupControl + 'static,
    {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (entering, entered) = mpsc::channel();
        let (leaving, left) = mpsc::channel();
        let outcome = Outcome::Delivered(Evidence::Reply);
        let script = Arc::new(Script {
            delivery: Mutex::new(ended(outcome)),
            probe: Mutex::new(ProbeOutcome::Answered { round_trip: Duration::from_millis(4) }),
            entered: Mutex::new(entering),
            left: Mutex::new(leaving),
            permits: Semaphore::new(0),
        });
        let parts = RouterParts {
            transport: Fake(Arc::clone(&script)),
            directory: OneOfEach,
            clock: Still(Instant::now()),
            fences: Arc::new(Fences::new()),
            order: Arc::default(),
            store,
        };
        let router = Arc::new(Router::new(parts, Timeouts::default()));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let auth = Auth::open(LimitConfig::default(), Instant::now());
        let (venue, watch) = (VenueServices::none(), Telemetry::none());
        let services = Services { queue, venue, auth, watch };
        runtime.spawn(serve(listener, router, services, config, std::future::pending()));
        let url = format!("http://127.0.0.1:{port}");
        Self { url, script, entered, left, runtime }
    }

    pub(crate) fn answering(self, outcome: Outcome) -> Self {
        self.delivering(ended(outcome))
    }

    pub(crate) fn delivering(self, delivery: Delivery) -> Self {
        *self.script.delivery.lock().unwrap() = delivery;
        self
    }

    pub(crate) fn probing(self, probe: ProbeOutcome) -> Self {
        *self.script.probe.lock().unwrap() = probe;
        self
    }

    /// The next command that reached the transport, as `ACTION TARGET`.
    #[track_caller]
    pub(crate) fn received(&self) -> String {
        let command = self.entered.recv_timeout(Duration::from_secs(10)).expect("a command");
        format!("{} {}", command.action, command.target)
    }

    /// Lets one held command go, and waits until it has been delivered.
    #[track_caller]
    pub(crate) fn release(&self) {
        self.script.permits.add_permits(1);
        self.left.recv_timeout(Duration::from_secs(10)).expect("a delivered command");
    }

    /// Lets every command go at once.
    pub(crate) fn let_go(&self) {
        self.script.permits.add_permits(1_000);
    }

    /// Runs `future` to its end.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Whether no command reached the transport that was not looked at.
    pub(crate) fn received_nothing(&self) -> bool {
        self.entered.try_recv().is_err()
    }
}

struct Fake(Arc<Script>);

impl DirectTransport for Fake {
    async fn deliver(&self, command: Arc<Command>, _deadline: Instant) -> Delivery {
        self.0.entered.lock().unwrap().send(command).unwrap();
        self.0.permits.acquire().await.unwrap().forget();
        self.0.left.lock().unwrap().send(()).unwrap();
        self.0.delivery.lock().unwrap().clone()
    }
}

impl Probe for Fake {
    async fn ping(&self, device: &Hostname, _deadline: Instant) -> ProbeOutcome {
        if device.as_str() == "ir-1" {
            *self.0.probe.lock().unwrap()
        } else {
            ProbeOutcome::NoSession
        }
    }

    fn snapshot(&self, device: &Hostname) -> Option<DeviceSnapshot> {
        let presence = presence(device.as_str());
        let online = presence.is_online();
        Some(DeviceSnapshot {
            device: device.clone(),
            presence,
            last_contact: online.then_some(Duration::from_millis(1_500)),
            address: online.then(|| "10.0.0.7:6053".parse().unwrap()),
            firmware: online.then(firmware),
            lane: LaneSnapshot::default(),
        })
    }

    fn capabilities(&self, device: &Hostname) -> Option<Capabilities> {
        let argument = |name: &str, kind| AdvertisedArgument { name: name.into(), kind };
        (device.as_str() == "ir-1").then(|| Capabilities {
            omitted: 0,
            firmware: firmware(),
            actions: vec![AdvertisedAction {
                name: "tv_channel".into(),
                arguments: vec![argument("port", "int"), argument("channel", "string")],
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

fn presence(device: &str) -> Presence {
    let since = Duration::from_secs(90);
    match device {
        "ir-1" => Presence::Online { since },
        "ir-2" => {
            let next_try = Duration::from_millis(16_200);
            Presence::Offline { since, cause: "connection refused".into(), next_try }
        }
        "ir-3" => Presence::Misconfigured { since, cause: Misconfigured::WrongKey },
        _ => Presence::Connecting { since },
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

struct OneOfEach;

impl OneOfEach {
    fn entry(hostname: &str) -> Arc<DeviceEntry> {
        let port = |index: i64, name: Option<&str>| PortEntry {
            name: name.map(str::to_owned),
            zone: name.map(|_| "bar".into()),
            default_channel: name.map(|_| "060".parse().unwrap()),
            ..PortEntry::new(index.try_into().unwrap())
        };
        let registered = hostname == "ir-1";
        Arc::new(DeviceEntry {
            // A name that would clear the screen, were it obeyed.
            name: registered.then(|| "Main\u{1b}[2J bar".into()),
            ports: if registered { vec![port(2, Some("TV 7")), port(3, None)] } else { vec![] },
            ..DeviceEntry::blaster(hostname.parse().unwrap())
        })
    }
}

impl Directory for OneOfEach {
    fn device(&self, device: &Hostname) -> Option<Arc<DeviceEntry>> {
        DEVICES.contains(&device.as_str()).then(|| Self::entry(device.as_str()))
    }

    fn devices(&self) -> Vec<Arc<DeviceEntry>> {
        DEVICES.into_iter().map(Self::entry).collect()
    }
}

/// A clock that stands still.
struct Still(Instant);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(1_790_000_000_000)
    }

    fn instant(&self) -> Instant {
        self.0
    }
}

fn ended(outcome: Outcome) -> Delivery {
    Delivery::Ended { outcome, took: Duration::from_millis(7) }
}

const DEVICES: [&str; 4] = ["ir-1", "ir-2", "ir-3", "ir-4"];
