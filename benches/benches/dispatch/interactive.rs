//! Commands that somebody waits for, while a bulk command is under way, and alone.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{runtime::Runtime, task::JoinSet};
use venue_benches::harness::{Goal, Pair, Run, Unit, note};
use venue_routing::domain::{Class, Status};
use venued::VenueRouter;

use crate::{
    bulk::Bench,
    venue::{self, channel, of_class},
};

/// At least so long each time.
const PHASE: Duration = Duration::from_millis(1_500);

pub(crate) fn measure(run: Run, runtime: &Runtime, bench: &mut Bench) {
    let bulk = run.pick(200, 10);
    let phase = run.pick(PHASE, PHASE / 15);
    let (mut others, mut same) = (Pair::default(), Pair::default());
    for _ in 0..run.pick(7, 2) {
        let elsewhere: Vec<SocketAddr> =
            bench.devices[bulk..].iter().take(PEOPLE).copied().collect();
        let within: Vec<SocketAddr> =
            bench.devices.iter().take(PEOPLE.min(bulk)).copied().collect();
        others.ours.push(runtime.block_on(during(bench, bulk, elsewhere.clone(), 1, phase)));
        others.baseline.push(runtime.block_on(alone(bench, elsewhere, 1, phase)));
        same.ours.push(runtime.block_on(during(bench, bulk, within.clone(), 2, phase)));
        same.baseline.push(runtime.block_on(alone(bench, within, 2, phase)));
    }
    let name = format!("interactive p99, bulk of {bulk}, other devices");
    others.print(&name, Unit::Milliseconds, Goal::Ratio(1.1));
    same.print("  other ports of its devices", Unit::Milliseconds, Goal::None);
    note(format!("{PEOPLE} people at once, bulk after bulk; baseline: the same people alone"));
    note("a port of a board waits for what the board does for another: 50 ms more, by the rules");
}

/// So many commands are under way at the same time.
const PEOPLE: usize = 16;

/// p99 in milliseconds, bulk after bulk.
async fn during(
    bench: &mut Bench,
    bulk: usize,
    devices: Vec<SocketAddr>,
    port: i64,
    phase: Duration,
) -> f64 {
    let people = tokio::spawn(people(Arc::clone(&bench.fresh.router), devices, port, phase));
    while !people.is_finished() {
        let targets = &bench.devices[..bulk];
        bench.fresh.bulk(targets, bulk, &mut bench.ended).await;
    }
    people.await.unwrap()
}

async fn alone(bench: &Bench, devices: Vec<SocketAddr>, port: i64, phase: Duration) -> f64 {
    people(Arc::clone(&bench.fresh.router), devices, port, phase).await
}

/// One person per device, command after command.
async fn people(
    router: Arc<VenueRouter>,
    devices: Vec<SocketAddr>,
    port: i64,
    phase: Duration,
) -> f64 {
    let end = Instant::now() + phase;
    let mut people = JoinSet::new();
    for device in devices {
        let router = Arc::clone(&router);
        people.spawn(async move {
            let mut figures = Vec::new();
            while Instant::now() < end {
                let (target, options) = (venue::port(device, port), of_class(Class::Interactive));
                let begun = Instant::now();
                let answer = router.submit(target, channel(), options).await.unwrap();
                assert_eq!(answer.status(), Status::Completed, "{answer:?}");
                figures.push(begun.elapsed().as_secs_f64() * 1e3);
            }
            figures
        });
    }
    let mut figures = Vec::new();
    while let Some(some) = people.join_next().await {
        figures.extend(some.unwrap());
    }
    figures.sort_by(f64::total_cmp);
    figures[(figures.len() * 99 / 100).min(figures.len() - 1)]
}
