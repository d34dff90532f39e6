//! Durable enqueues from clients that each wait for their answer.

use std::time::Instant;

use rusqlite::{Connection, params};
use venue_benches::harness::{Goal, Pair, Run, Unit};
use venue_domain::{CommandQueue, Enqueued};
use venue_queue::SqliteStore;

use crate::{
    commands::{NOW, device, step},
    cycle,
    disk::Disk,
    place::Place,
};

/// The devices that are commanded in turn.
const DEVICES: u64 = 1_000;

/// One client, a few, many.
pub(crate) async fn measure(run: Run) {
    clients(run, 1, run.pick(400, 10), Goal::AtLeastRatio(0.85)).await;
    clients(run, 8, run.pick(200, 4), Goal::None).await;
    clients(run, 64, run.pick(150, 4), Goal::AtLeastRatio(10.0)).await;
}

/// `clients` with so many enqueues `each`, against a transaction per row, and against the disk.
async fn clients(run: Run, clients: u32, each: u32, goal: Goal) {
    let (mut rows, mut syncs) = (Pair::default(), Pair::default());
    let mut disk = Disk::new();
    let alone = Alone::new().await;
    alone.rows_per_second(run.pick(2_000, 10));
    let times = run.pick(300, 10);
    for _ in 0..run.rounds() {
        let rate = ours(run, clients, each).await;
        rows.ours.push(rate);
        rows.baseline.push(alone.rows_per_second(times));
        syncs.ours.push(rate);
        syncs.baseline.push(disk.syncs_per_second(times));
    }
    let who = if clients == 1 { "1 client".to_owned() } else { format!("{clients} clients") };
    rows.print(&format!("enqueue, {who}, a transaction per row"), Unit::PerSecond, Goal::None);
    syncs.print(&format!("enqueue, {who}, append and fdatasync"), Unit::PerSecond, goal);
}

/// A store in which nothing waits: how many commands a second are durable.
async fn ours(run: Run, clients: u32, each: u32) -> f64 {
    let place = Place::new();
    let store = place.open();
    cycle::wear_in(run, &store).await;
    let begun = Instant::now();
    all(&store, clients, each).await;
    let rate = f64::from(clients * each) / begun.elapsed().as_secs_f64();
    store.close().await;
    rate
}

/// Each client hands over its next command when the last one is durable.
async fn all(store: &SqliteStore, clients: u32, each: u32) {
    let clients: Vec<_> = (0..clients)
        .map(|client| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0..each {
                    let device = device(u64::from(client * each + number) % DEVICES);
                    let stored = store.enqueue(step(&device, i64::from(number))).await.unwrap();
                    assert!(matches!(stored.answer, Enqueued::Waiting { .. }));
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
}

/// The same table and its indexes, one row and one transaction at a time: no group, no fences.
struct Alone {
    connection: Connection,
    _place: Place,
}

impl Alone {
    async fn new() -> Self {
        let place = Place::new();
        place.open().close().await;
        Self { connection: place.connect(), _place: place }
    }

    fn rows_per_second(&self, times: u32) -> f64 {
        let mut insert = self.connection.prepare(INSERT).unwrap();
        let begun = Instant::now();
        for number in 0..times {
            let new = step(&device(u64::from(number) % DEVICES), i64::from(number));
            let command = &new.command;
            insert
                .execute(params![
                    command.id.to_string(),
                    command.target.device.as_str(),
                    command.target.port.number(),
                    NOW.unix_ms(),
                    command.expires_at.unix_ms(),
                    command.key.sequence.cast_signed(),
                ])
                .unwrap();
        }
        f64::from(times) / begun.elapsed().as_secs_f64()
    }
}

const INSERT: &str = "
INSERT INTO command_queue (
    command_id, hostname, port, command, effect_group, sets_state, sequence_key, repeatable,
    command_class, priority, due_at, ready, turn, expires_at, order_instant, order_sequence,
    routing_method, created_at, created_by, user_ip
) VALUES (
    ?1, ?2, ?3, 'volume_up', 'volume', 0, 0, 0, 'bulk', 5, ?4, 1, 1, ?5, ?4, ?6, 'queued', ?4,
    'bench', '127.0.0.1'
)";
