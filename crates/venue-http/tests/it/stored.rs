//! A server over a real store in memory, which a test works off by hand.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value;
use venue_auth::LimitConfig;
use venue_domain::{
    Aftermath, Attempt, BackupControl, BackupEntry, Clock, Delivery, DirectRecord, Evidence,
    Fences, NoMarker, NotSent, Outcome, QueueControl, Reason, Recorder, Settlement, StoreError,
    StoreGauge, Timestamp, WorkQueue,
};
use venue_http::{Config, QueueSide, VenueSide};
use venue_queue::MemoryStore;
use venue_routing::{Durable, Router, RouterParts, Timeouts};

use crate::{
    client::{Response, get, post},
    fake::{Fake, Script, Server, Still, TwoDevices, unlimited},
    venue::FakeVenue,
};

/// A server with a store.
pub(crate) struct Stored {
    pub(crate) server: Server,
    pub(crate) store: MemoryStore,
    pub(crate) gauge: Arc<StoreGauge>,
    pub(crate) venue: Arc<FakeVenue>,
    /// What ended with a change that was asked for.
    pub(crate) ended: Arc<Heard>,
}

/// Hears what has ended.
#[derive(Default)]
pub(crate) struct Heard(pub(crate) Mutex<Vec<Aftermath>>);

impl Recorder for Heard {
    fn record(&self, _record: DirectRecord) {}

    fn ended(&self, aftermath: Aftermath) {
        self.0.lock().unwrap().push(aftermath);
    }
}

/// Busy by a quarter, and paused when it is told so.
#[derive(Default)]
pub(crate) struct Switch(AtomicBool);

impl QueueControl for Switch {
    fn pause(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn resume(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    fn is_paused(&self) -> bool {
        self.0.load(Ordering::SeqCst)
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
        if self.is_paused() { Err(StoreError::Full) } else { Ok(backup()) }
    }
}

/// The one copy that there is.
fn backup() -> BackupEntry {
    let made_at = Timestamp::from_unix_ms(1_790_000_000_000);
    BackupEntry { name: "venue-1.db".to_owned(), made_at, bytes: 4096 }
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
        let (script, fences) = (Script::new(), Arc::new(Fences::new()));
        script.permits.add_permits(1_000);
        let outcome = Outcome::NotSent(NotSent::Offline);
        *script.delivery.lock().unwrap() =
            Delivery::Ended { outcome, took: Duration::from_millis(7) };
        let gauge = Arc::new(StoreGauge::up());
        let ended = Arc::<Heard>::default();
        let parts = RouterParts {
            transport: Fake(Arc::clone(&script)),
            directory: TwoDevices,
            clock: Still(Instant::now()),
            fences,
            order: Arc::default(),
            store: Durable {
                queue: store.clone(),
                gauge: Arc::clone(&gauge),
                recorder: Arc::clone(&ended) as Arc<dyn Recorder>,
                marker: Arc::new(NoMarker),
            },
        };
        let router = Router::new(parts, Timeouts::default());
        let queue = QueueSide { view: store.clone(), control: Switch::default() };
        let venue = Arc::<FakeVenue>::default();
        let shown = VenueSide {
            registry: Arc::clone(&venue) as _,
            agenda: Arc::clone(&venue) as _,
            ..VenueSide::none()
        };
        let server = Server::limited(router, queue, shown, Config::default(), script, limits).await;
        Self { server, store, gauge, venue, ended }
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
        let claimed = self.store.claim(device.parse().unwrap(), lease, NOW).await.unwrap();
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
