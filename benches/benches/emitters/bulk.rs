//! A channel of three digits for all TVs of many boards, until the last has it and that is durable.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use device_sim::Blaster;
use tokio::{sync::mpsc::UnboundedReceiver, time::timeout};
use venue_benches::harness::{Goal, Pair, Run, Unit, note};
use venue_routing::{
    BulkRequest,
    domain::{Action, PortId, PortIndex},
};

use crate::{
    boards::{self, OUTPUTS},
    log::Ended,
    venue::Venue,
};

pub(crate) async fn measure(run: Run, ended: &mut UnboundedReceiver<Ended>) {
    let boards = boards::start(run.pick(200, 4)).await;
    let mut pair = Pair::default();
    let rounds = run.pick(5, 1);
    // One after the other: a board says which of its transmitters is done, and one daemon listens.
    for (port, figures) in [("", &mut pair.ours), (", typing = \"frames\"", &mut pair.baseline)] {
        let venue = Venue::start(&boards, port).await;
        for _ in 0..rounds {
            figures.push(bulk(&venue, &boards, ended).await * 1e3);
        }
        venue.stop().await;
    }
    let name = format!("three digits for {} boards of {OUTPUTS} TVs", boards.len());
    pair.print(&name, Unit::Milliseconds, Goal::Ratio(0.4));
    note(
        "ours by emitter, in one message; baseline by device, as it is for boards that software times",
    );
}

/// Seconds until the last of all TVs has it.
async fn bulk(venue: &Venue, boards: &[Blaster], ended: &mut UnboundedReceiver<Ended>) -> f64 {
    while ended.try_recv().is_ok() {}
    let targets: Vec<PortId> = boards
        .iter()
        .flat_map(|board| {
            PortIndex::first(OUTPUTS).map(|port| (board.name().parse().unwrap(), port))
        })
        .map(|(device, port)| PortId { device, port })
        .collect();
    let mut open: HashSet<String> = targets.iter().map(ToString::to_string).collect();
    let begun = Instant::now();
    let channel = Action::Channel("501".parse().unwrap());
    let answer = venue.router.submit_batch(BulkRequest::new(channel, targets)).await.unwrap();
    assert_eq!(answer.accepted.len(), open.len());
    let mut last = begun;
    while !open.is_empty() {
        let ended = timeout(PATIENCE, ended.recv()).await.expect("it ends").unwrap();
        if open.remove(&ended.target) {
            assert!(ended.completed, "{ended:?}");
            last = ended.at;
        }
    }
    (last - begun).as_secs_f64()
}

/// Nothing here takes so long unless it does not work.
const PATIENCE: Duration = Duration::from_secs(120);
