//! From a command to its first byte, by way of the queue, while nothing else is to be done.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::{
    runtime::Runtime,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::timeout,
};
use venue_benches::harness::{Goal, Pair, Run, Unit, median, note};
use venue_routing::{Handling, domain::Class};

use crate::{
    bulk::Bench,
    venue::{PATIENCE, Venue, channel, of_class, port},
};

pub(crate) fn measure(run: Run, runtime: &Runtime, bench: &mut Bench) {
    let mut floor = Floor::start(runtime, bench);
    let (mut fresh, mut old, mut twice) = (Pair::default(), Pair::default(), Pair::default());
    let times = run.pick(20, 2);
    for _ in 0..run.rounds() {
        let ours = runtime.block_on(starts(bench, times, |bench| &bench.fresh));
        fresh.ours.push(ours);
        twice.ours.push(ours);
        let one = runtime.block_on(floor.median(times, 1));
        fresh.baseline.push(one);
        twice.baseline.push(runtime.block_on(floor.median(times, 2)));
        old.baseline.push(one);
        old.ours.push(runtime.block_on(starts(bench, times, |bench| &bench.old)));
    }
    fresh.print("enqueue to first byte, idle", Unit::Microseconds, Goal::Ratio(2.0));
    let name = format!("  with {} finished commands", bench.rows);
    old.print(&name, Unit::Microseconds, Goal::Ratio(2.0));
    twice.print("  against two of each", Unit::Microseconds, Goal::None);
    note("to the moment at which the board has it; baseline: one durable commit and one wake-up");
}

/// Microseconds from a command that is handed over to the moment its board has it.
async fn starts(bench: &mut Bench, times: u32, venue: impl Fn(&Bench) -> &Venue) -> f64 {
    let mut figures = Vec::new();
    for _ in 0..times {
        while bench.ended.try_recv().is_ok() {}
        let (target, options) = (port(bench.fast(), 1), of_class(Class::Bulk));
        let begun = Instant::now();
        let answer = venue(bench).router.submit(target, channel(), options).await.unwrap();
        assert!(matches!(answer.handling, Handling::Queued { .. }), "{answer:?}");
        let ended = timeout(PATIENCE, bench.ended.recv()).await.expect("it ends").unwrap();
        assert!(ended.completed, "{ended:?}");
        let started = bench.boards.fast_board.called_at();
        figures.push((started - begun).as_secs_f64() * 1e6);
        tokio::time::sleep(PAUSE).await;
    }
    median(&figures)
}

/// Everything has gone to sleep by then.
const PAUSE: Duration = Duration::from_millis(2);

/// A table on the same disk, and a task that waits to be woken.
struct Floor {
    connection: Connection,
    wake: UnboundedSender<()>,
    woken: UnboundedReceiver<Instant>,
}

impl Floor {
    fn start(runtime: &Runtime, bench: &Bench) -> Self {
        let connection = Connection::open(bench.folder.path().join("floor.db")).unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        let (wake, mut waiting) = unbounded_channel::<()>();
        let (tell, woken) = unbounded_channel();
        drop(runtime.spawn(async move {
            while waiting.recv().await.is_some() {
                tell.send(Instant::now()).unwrap();
            }
        }));
        Self { connection, wake, woken }
    }

    /// Microseconds for `commits` durable commits with a wake-up after each.
    async fn median(&mut self, times: u32, commits: u32) -> f64 {
        let mut figures = Vec::new();
        for _ in 0..times {
            let begun = Instant::now();
            let mut last = begun;
            for _ in 0..commits {
                self.connection.prepare_cached(INSERT).unwrap().execute(()).unwrap();
                self.wake.send(()).unwrap();
                last = self.woken.recv().await.unwrap();
            }
            figures.push((last - begun).as_secs_f64() * 1e6);
            tokio::time::sleep(PAUSE).await;
        }
        median(&figures)
    }
}

const SCHEMA: &str = "
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
CREATE TABLE floor (id INTEGER PRIMARY KEY, text TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO floor (text) VALUES ('a command of about a hundred bytes, as long as one is that waits in the queue and no longer')";
