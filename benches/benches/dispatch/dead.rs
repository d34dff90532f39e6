//! A bulk command to a venue some of whose devices are off: it must not take the others longer.

use std::net::SocketAddr;

use tokio::{runtime::Runtime, sync::mpsc::UnboundedReceiver};
use venue_benches::{
    board::address_of,
    harness::{Goal, Pair, Run, Unit, note},
};

use crate::{
    document,
    fleet::{Boards, Deaf, refusing},
    log::Ended,
    venue::Venue,
};

pub(crate) fn measure(run: Run, runtime: &Runtime, mut ended: UnboundedReceiver<Ended>) {
    let folder = tempfile::tempdir().unwrap();
    let boards = Boards::start();
    let count = run.pick(200, 20);
    let most = count * 3 / 10;
    let healthy: Vec<_> = (0..count).map(|index| address_of(index, boards.slow)).collect();
    let deaf = Deaf::listen();
    let at = |from: usize, listener| {
        (from..from + most).map(move |index| address_of(index, listener)).collect::<Vec<_>>()
    };
    let kinds =
        [("no answer to SYN", at(count, deaf.address)), ("refusing", at(2 * count, refusing()))];
    let dead: Vec<SocketAddr> = kinds.iter().flat_map(|(_, dead)| dead.clone()).collect();
    let path = folder.path().join("venue.db");
    let venue = runtime.block_on(Venue::start(&path, &healthy, &dead));
    for (kind, dead) in &kinds {
        for percent in [10, 30] {
            let off = count * percent / 100;
            let on = count - off;
            let some: Vec<_> = healthy[..on].iter().chain(&dead[..off]).copied().collect();
            let mut pair = Pair::default();
            for _ in 0..run.rounds() {
                let mut bulk = |targets: &[SocketAddr], on| {
                    runtime.block_on(venue.bulk(targets, on, &mut ended)) * 1e3
                };
                pair.ours.push(bulk(&some, on));
                pair.baseline.push(bulk(&healthy, count));
            }
            let name = format!("bulk to {count}, {percent} % off, {kind}");
            pair.print(&name, Unit::Milliseconds, Goal::Ratio(1.1));
        }
    }
    note("until the last device that is on is done; baseline: all of them on; workers = 1024");
    runtime.block_on(venue.stop());
    for (kind, dead) in &kinds {
        let some: Vec<_> = healthy[..7].iter().chain(&dead[..3]).copied().collect();
        let off = runtime.block_on(document::bulk(folder.path(), &some, 7)) * 1e3;
        let on = runtime.block_on(document::bulk(folder.path(), &healthy[..10], 10)) * 1e3;
        let pair = Pair { ours: vec![off], baseline: vec![on] };
        let name = format!("  the document's queue, 3 of 10 off, {kind}");
        pair.print(&name, Unit::Milliseconds, Goal::None);
    }
}
