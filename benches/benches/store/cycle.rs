//! Claims and their ends, of many devices at once.

use std::time::Instant;

use venue_benches::harness::{Goal, Pair, Run, Unit};
use venue_domain::{CommandQueue, Hostname, PortSet, Status, WorkQueue};
use venue_queue::SqliteStore;

use crate::{
    commands::{NOW, delivered, device, lease, step},
    disk::Disk,
    place::Place,
};

/// So many devices are busy.
const DEVICES: u64 = 64;

/// Claimed, sent in no time, and settled as delivered: both durable.
pub(crate) async fn measure(run: Run) {
    let each = run.pick(100, 2);
    let mut pair = Pair::default();
    let mut disk = Disk::new();
    for _ in 0..run.rounds() {
        pair.ours.push(ours(run, each).await);
        pair.baseline.push(disk.syncs_per_second(run.pick(300, 10)));
    }
    // Two commits each, shared by all devices: 37 k/s where the disk does 7.9 k/s.
    let goal = Goal::AtLeastRatio(4.68);
    pair.print("claim + complete, 64 devices, append and fdatasync", Unit::PerSecond, goal);
}

/// A store with so many commands for `each` device: how many a second are carried out.
async fn ours(run: Run, each: u32) -> f64 {
    let place = Place::new();
    let store = place.open();
    wear_in(run, &store).await;
    let commands = |number| (0..each).map(move |port| step(&device(number), i64::from(port)));
    for number in 0..DEVICES {
        store.enqueue_all(commands(number).collect()).await.unwrap();
    }
    let begun = Instant::now();
    let devices: Vec<_> = (0..DEVICES)
        .map(|number| tokio::spawn(carry_out(store.clone(), device(number), each)))
        .collect();
    for device in devices {
        device.await.unwrap();
    }
    let rate = f64::from(each) * DEVICES as f64 / begun.elapsed().as_secs_f64();
    store.close().await;
    rate
}

/// Uses a store until its log is written over from its beginning, as it is for the life of a daemon, and
/// as the file is that is compared with.
pub(crate) async fn wear_in(run: Run, store: &SqliteStore) {
    for number in 0..run.pick(400, 2) {
        let device = device(number % DEVICES);
        store.enqueue(step(&device, 1)).await.unwrap();
        one(store, device).await;
    }
}

/// One command after the other, as the lane of a device does it.
async fn carry_out(store: SqliteStore, device: Hostname, times: u32) {
    for _ in 0..times {
        one(&store, device.clone()).await;
    }
}

/// One command of `device`, from its claim to its end.
pub(crate) async fn one(store: &SqliteStore, device: Hostname) {
    let claimed = store.claim(device, PortSet::EMPTY, lease(), NOW).await.unwrap();
    let ticket = claimed.claim.expect("a command waits").ticket;
    let settled = store.settle(ticket, delivered(), NOW).await.unwrap();
    assert_eq!(settled.status, Some(Status::Completed));
}
