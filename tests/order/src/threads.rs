//! Real threads: commands that get their places at the same time reach the store in any order.

use std::{
    sync::Arc,
    time::{Duration, Instant as StdInstant},
};

use tokio::{runtime::Builder, task::JoinSet};
use venue_domain::{
    Action, Capabilities, Class, Clock, Command, Delivery, DeviceEntry, DeviceSnapshot,
    DirectRecord, DirectTransport, Directory, EndedCommands, Fences, Hostname, Nature, NoMarker,
    NotSent, OrderClock, OrderKey, Outcome, Parameters, PortEntry, PortSet, Probe, ProbeOutcome,
    Recorder, StoreAvailability, Timestamp,
};
use venue_queue::{MemoryStore, SqliteStore, StoreConfig};
use venue_routing::{CommandOptions, Router, RouterParts, StoreHandles, Timeouts};

use crate::{chance::Chance, store::Keeps};

/// Everything falls back to the queue.
struct Away;

impl DirectTransport for Away {
    async fn deliver(&self, _: Arc<Command>, _: StdInstant) -> Delivery {
        tokio::task::yield_now().await;
        Delivery::Ended { outcome: Outcome::NotSent(NotSent::Offline), took: Duration::ZERO }
    }
}

impl Probe for Away {
    async fn ping(&self, _: &Hostname, _: StdInstant) -> ProbeOutcome {
        ProbeOutcome::NoSession
    }

    fn snapshot(&self, _: &Hostname) -> Option<DeviceSnapshot> {
        None
    }

    fn capabilities(&self, _: &Hostname) -> Option<Capabilities> {
        None
    }
}

struct OneDevice(Arc<DeviceEntry>);

impl Directory for OneDevice {
    fn device(&self, device: &Hostname) -> Option<Arc<DeviceEntry>> {
        (*device == self.0.hostname).then(|| Arc::clone(&self.0))
    }

    fn devices(&self) -> Vec<Arc<DeviceEntry>> {
        vec![Arc::clone(&self.0)]
    }
}

/// Places differ by their sequence alone.
struct Still(StdInstant);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(1_000_000)
    }

    fn instant(&self) -> StdInstant {
        self.0
    }
}

struct Nobody;

impl Recorder for Nobody {
    fn record(&self, _: DirectRecord) {}

    fn ended(&self, _: EndedCommands) {}
}

const WORDS: [&str; 4] = ["channel", "number", "ok", "channel_up"];

fn action(what: &str) -> Action {
    let parameters = Parameters {
        channel: (what == "channel").then(|| "7".to_owned()),
        digit: (what == "number").then_some(7),
        ..Parameters::default()
    };
    Action::parse(what, &parameters).unwrap()
}

/// Many callers at once; then what the store hands out, in order.
async fn handed_out<S: Keeps>(store: S, seed: u64) -> Vec<Arc<Command>> {
    let port = |index: i64| PortEntry::new(index.try_into().unwrap());
    let hostname = "ir-1".parse().unwrap();
    let entry = DeviceEntry { ports: vec![port(1)], ..DeviceEntry::blaster(hostname) };
    let router = Router::new(
        RouterParts {
            transport: Away,
            directory: OneDevice(Arc::new(entry)),
            clock: Still(StdInstant::now()),
            fences: Arc::new(Fences::new()),
            order: Arc::new(OrderClock::new()),
            store: StoreHandles {
                queue: store.clone(),
                availability: Arc::new(StoreAvailability::up()),
                recorder: Arc::new(Nobody),
                marker: Arc::new(NoMarker),
            },
        },
        Timeouts::default(),
    );
    let (router, mut calls, mut chance) = (Arc::new(router), JoinSet::new(), Chance(seed));
    for _ in 0..24 {
        let what = chance.pick(&WORDS);
        let class = chance.pick(&[None, Some(Class::Bulk)]);
        let options = CommandOptions { class, ..CommandOptions::default() };
        let target = "ir-1/1".parse().unwrap();
        let router = Arc::clone(&router);
        calls.spawn(async move { drop(router.submit(target, action(what), options).await) });
    }
    while calls.join_next().await.is_some() {}
    let later = Timestamp::from_unix_ms(1_005_000);
    store.promote(Vec::new(), later).await.unwrap();
    let mut handed = Vec::new();
    let lease = later.plus(Duration::from_secs(60));
    while let Some(claim) =
        store.claim("ir-1".parse().unwrap(), PortSet::EMPTY, lease, later).await.unwrap().claim
    {
        handed.push(claim.command);
    }
    handed
}

fn judge(handed: &[Arc<Command>]) {
    let keys: Vec<OrderKey> = handed
        .iter()
        .filter(|command| command.action.nature() == Nature::Sequence)
        .map(|command| command.key)
        .collect();
    assert!(keys.is_sorted(), "keys go in the order of their places: {handed:#?}");
    let channels = handed.iter().filter(|command| command.action.nature().sets_state());
    let newest = handed.iter().filter(|c| c.action.effect_group() == WISH).map(|c| c.key).max();
    for channel in channels {
        assert_eq!(Some(channel.key), newest, "only the newest wish is left: {handed:#?}");
    }
}

const WISH: Option<venue_domain::EffectGroup> = Some(venue_domain::EffectGroup::Channel);

fn threads() -> tokio::runtime::Runtime {
    Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap()
}

#[test]
fn threads_that_store_out_of_order_change_no_place_in_memory() {
    for seed in 0..200 {
        judge(&threads().block_on(handed_out(MemoryStore::new(), seed)));
    }
}

#[test]
fn nor_in_sqlite() {
    for seed in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let store = SqliteStore::open(&path, StoreConfig::default()).unwrap();
        judge(&threads().block_on(async {
            let handed = handed_out(store.clone(), seed).await;
            store.close().await;
            handed
        }));
    }
}
