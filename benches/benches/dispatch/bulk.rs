//! One bulk command to many devices, until the last has done it: with an empty history and with a
//! full one, against a bare fan-out and against the design document's queue.

use std::net::SocketAddr;

use tempfile::TempDir;
use tokio::{runtime::Runtime, sync::mpsc::UnboundedReceiver};
use venue_benches::{
    board::address_of,
    harness::{Goal, Pair, Run, Unit, note},
};

use crate::{document, fan_out::FanOut, fleet::Boards, history, log::Ended, venue::Venue};

/// Two venues with the same devices, and bare sessions with them.
pub(crate) struct Bench {
    pub(crate) boards: Boards,
    pub(crate) devices: Vec<SocketAddr>,
    /// Without a history.
    pub(crate) fresh: Venue,
    /// With one.
    pub(crate) old: Venue,
    pub(crate) ended: UnboundedReceiver<Ended>,
    pub(crate) rows: u32,
    pub(crate) folder: TempDir,
    fan_out: FanOut,
}

impl Bench {
    pub(crate) fn start(run: Run, runtime: &Runtime, ended: UnboundedReceiver<Ended>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let boards = Boards::start();
        let count = run.pick(1_000, 20);
        let devices: Vec<_> = (0..count).map(|index| address_of(index, boards.slow)).collect();
        let rows = run.pick(1_000_000, 1_000);
        runtime.block_on(async {
            let path = folder.path().join("old.db");
            history::fill(&path, rows).await;
            let mut all = devices.clone();
            // The board that answers at once has an address that no slow one has.
            all.push(address_of(count, boards.fast));
            let old = Venue::start(&path, &all, &[]).await;
            let fresh = Venue::start(&folder.path().join("fresh.db"), &all, &[]).await;
            let fan_out = FanOut::connect(&devices).await;
            Self { boards, devices, fresh, old, ended, rows, folder, fan_out }
        })
    }

    /// The device that answers at once.
    pub(crate) fn fast(&self) -> SocketAddr {
        address_of(self.devices.len(), self.boards.fast)
    }

    pub(crate) fn stop(self, runtime: &Runtime) -> UnboundedReceiver<Ended> {
        runtime.block_on(async {
            self.fresh.stop().await;
            self.old.stop().await;
        });
        self.ended
    }
}

pub(crate) fn measure(run: Run, runtime: &Runtime, bench: &mut Bench) {
    for (count, limit) in
        run.pick(vec![(10, 1.3), (50, 1.3), (200, 1.3), (1_000, 1.6)], vec![(10, 1.3), (20, 1.3)])
    {
        let (mut fresh, mut old) = (Pair::default(), Pair::default());
        let rounds = run.pick(if count > 200 { 9 } else { 15 }, 2);
        let statements = bench.fresh.store.statements();
        runtime.block_on(async {
            let targets = &bench.devices[..count];
            for _ in 0..rounds {
                fresh.ours.push(bench.fresh.bulk(targets, count, &mut bench.ended).await * 1e3);
                let floor = bench.fan_out.bulk(count).await * 1e3;
                fresh.baseline.push(floor);
                old.baseline.push(floor);
                old.ours.push(bench.old.bulk(targets, count, &mut bench.ended).await * 1e3);
            }
        });
        let name = format!("bulk to {count} devices");
        fresh.print(&name, Unit::Milliseconds, Goal::Ratio(limit));
        let name = format!("  with {} finished commands", bench.rows);
        old.print(&name, Unit::Milliseconds, Goal::Ratio(limit));
        let statements = bench.fresh.store.statements() - statements;
        note(format!("{} SQL statements a command", statements / (rounds * count) as u64));
        by_the_document(run, runtime, bench, count, &fresh);
    }
    note("devices of 50 ms; until the last is done, durably; workers = 1024, so no device waits");
    note("baseline: a bare client per device, nothing stored; the document's queue beside ours");
}

/// The document's queue is slow: a few rounds, and not at every size.
fn by_the_document(run: Run, runtime: &Runtime, bench: &Bench, count: usize, ours: &Pair) {
    if count > 200 {
        return;
    }
    let rounds = run.pick(if count > 50 { 1 } else { 3 }, 1);
    let mut pair = Pair { ours: ours.ours.clone(), baseline: Vec::new() };
    for _ in 0..rounds {
        let bulk = document::bulk(bench.folder.path(), &bench.devices[..count], count);
        pair.baseline.push(runtime.block_on(bulk) * 1e3);
    }
    pair.print("  against the document's queue", Unit::Milliseconds, Goal::None);
}
