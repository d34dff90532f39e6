//! A server over a real store in memory, which a test works off by hand.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::sync::Semaphore;
use venue_auth::LimitConfig;
use venue_domain::{
    AssumedStateStore, Attempt, BackupControl, BackupEntry, BackupPlace, Clock, Delivery,
    DirectRecord, EndedCommands, Evidence, Fences, NoMarker, NotSent, Outcome, PortSet,
    QueueControl, QueueView, Reason, Recorder, RequestKeys, Settlement, StoreAvailability,
    StoreError, Timestamp, WorkQueue,
};
use venue_http::{Config, QueueService, VenueServices};
use venue_queue::MemoryStore;
use venue_routing::{NoQueue, Router, RouterParts, StoreHandles, Timeouts};

use crate::{
    client::{Response, get, post},
    fake::{Fake, Script, Server, Still, TwoDevices, unlimited},
    venue::FakeVenue,
};

/// A server with a store.
pub(crate) struct Stored {
    pub(crate) server: Server,
    pub(crate) store: MemoryStore,
    pub(crate) availability: Arc<StoreAvailability>,
    pub(crate) venue: Arc<FakeVenue>,
    /// What ended with a change that was asked for.
    pub(crate) ended: Arc<Heard>,
    /// A copy takes one before it ends.
    pub(crate) copies: Arc<Semaphore>,
}

/// Hears what has ended.
#[derive(Default)]
pub(crate) struct Heard(pub(crate) Mutex<Vec<EndedCommands>>);

impl Recorder for Heard {
    fn record(&self, _record: DirectRecord) {}

    fn ended(&self, ended_commands: EndedCommands) {
        self.0.lock().unwrap().push(ended_commands);
    }
}

/// Busy by a quarter, and paused when it is told so.
pub(crate) struct Switch {
    paused: AtomicBool,
    copies: Arc<Semaphore>,
    /// The store that is back as soon as it has failed.
    availability: Arc<StoreAvailability>,
}

impl QueueControl for Switch {
    fn pause(&self) {
        self.paused.store(true, Ordering::SeqCst);
    }

    fn resume(&self) {
        self.paused.store(false, Ordering::SeqCst);
    }

    fn is_paused(&self) -> bool {
        self.paused.load(Ordering::SeqCst)
    }

    fn store_failed(&self) {
        self.availability.mark_up();
    }

    fn utilisation(&self) -> f64 {
        0.25
    }
}

impl BackupControl for Switch {
    async fn backups(&self) -> Result<Vec<BackupEntry>, StoreError> {
        Ok(vec![backup()])
    }

    async fn back_up(&self) -> Result<BackupEntry, StoreError> {
        self.copies.acquire().await.unwrap().forget();
        if self.is_paused() { Err(StoreError::Full) } else { Ok(backup()) }
    }
}

/// The one copy that there is.
fn backup() -> BackupEntry {
    let made_at = Timestamp::from_unix_ms(1_790_000_000_000);
    BackupEntry {
        name: "venue-1.db".to_owned(),
        made_at,
        uploaded_at: None,
        bytes: 4096,
        place: BackupPlace::Made,
    }
}

impl Stored {
    /// Direct commands fail because the device is offline, so that they go into the queue.
    pub(crate) async fn start() -> Self {
        Self::over(MemoryStore::new()).await
    }

    /// As after a restart over what was stored before.
    pub(crate) async fn over(store: MemoryStore) -> Self {
        Self::limited(store, unlimited()).await
    }

    /// With limits, and devices that are offline.
    pub(crate) async fn limited(store: MemoryStore, limits: LimitConfig) -> Self {
        let stored = Self::with(store, limits, Config::default()).await;
        stored.copies.add_permits(1_000);
        stored
    }

    /// The store takes commands, but no keys: as one that was locked just then.
    pub(crate) async fn without_keys() -> Self {
        Self::viewed(MemoryStore::new(), NoQueue, unlimited(), Config::default()).await
    }

    /// A copy is held until it is let go.
    pub(crate) async fn with(store: MemoryStore, limits: LimitConfig, config: Config) -> Self {
        Self::viewed(store.clone(), store, limits, config).await
    }

    async fn viewed<V>(store: MemoryStore, view: V, limits: LimitConfig, config: Config) -> Self
    where
        V: QueueView + AssumedStateStore + RequestKeys + Clone + 'static,
    {
        let (script, fences) = (Script::new(), Arc::new(Fences::new()));
        script.permits.add_permits(1_000);
        let outcome = Outcome::NotSent(NotSent::Offline);
        *script.delivery.lock().unwrap() =
            Delivery::Ended { outcome, took: Duration::from_millis(7) };
        let availability = Arc::new(StoreAvailability::up());
        let ended = Arc::<Heard>::default();
        let parts = RouterParts {
            transport: Fake(Arc::clone(&script)),
            directory: TwoDevices,
            clock: Still(script.began),
            fences,
            order: Arc::default(),
            store: StoreHandles {
                queue: store.clone(),
                availability: Arc::clone(&availability),
                recorder: Arc::clone(&ended) as Arc<dyn Recorder>,
                marker: Arc::new(NoMarker),
            },
        };
        let router = Router::new(parts, Timeouts::default());
        let copies = Arc::new(Semaphore::new(0));
        let control = Switch {
            paused: AtomicBool::default(),
            copies: Arc::clone(&copies),
            availability: Arc::clone(&availability),
        };
        let queue = QueueService { view, control };
        let venue = Arc::<FakeVenue>::default();
        let shown = VenueServices {
            registry: Arc::clone(&venue) as _,
            schedules: Arc::clone(&venue) as _,
            ..VenueServices::none()
        };
        let server = Server::limited(router, queue, shown, config, script, limits).await;
        Self { server, store, availability, venue, ended, copies }
    }

    /// Direct commands are delivered.
    pub(crate) async fn delivering() -> Self {
        let stored = Self::start().await;
        let outcome = Outcome::Delivered(Evidence::Reply);
        *stored.server.script.delivery.lock().unwrap() =
            Delivery::Ended { outcome, took: Duration::from_millis(7) };
        stored
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        get(self.server.address, path).await
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {:?}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Response {
        post(self.server.address, path, body).await
    }

    /// Queues a bulk command and gives the answer of `/api/v1/batches`.
    pub(crate) async fn batch(&self, body: &str) -> Value {
        let answer = self.post("/api/v1/batches", body).await;
        assert_eq!(answer.status, 202, "{:?}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    /// Ends the next command of `device` for `reason`.
    pub(crate) async fn serve(&self, device: &str, reason: Reason) {
        let ticket = self.claim(device).await;
        self.end(ticket, reason).await;
    }

    /// Ends what is in flight.
    pub(crate) async fn end(&self, ticket: venue_domain::ClaimTicket, reason: Reason) {
        let is_delivered = reason == Reason::Delivered;
        let attempt = Attempt {
            started_at: NOW,
            took: Duration::from_millis(40),
            reason,
            evidence: is_delivered.then_some(Evidence::Reply),
            detail: None,
        };
        let settlement = Settlement::Finish { attempt };
        self.store.settle(ticket, settlement, NOW).await.unwrap();
    }

    /// Takes the next command of `device` in flight.
    pub(crate) async fn claim(&self, device: &str) -> venue_domain::ClaimTicket {
        let lease = NOW.plus(Duration::from_secs(15));
        let claimed =
            self.store.claim(device.parse().unwrap(), PortSet::EMPTY, lease, NOW).await.unwrap();
        claimed.claim.expect("something waits").ticket
    }
}

/// When the clock of the fakes stands still.
pub(crate) const NOW: Timestamp = Timestamp::from_unix_ms(1_790_000_000_000);

/// The same as RFC 3339.
pub(crate) const NOW_TEXT: &str = "2026-09-21T14:13:20Z";

#[test]
fn the_clock_of_the_fakes_stands_where_the_tests_say() {
    assert_eq!(Still(Instant::now()).now(), NOW);
}
