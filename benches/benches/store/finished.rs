//! What a million finished commands cost those that come after them.

use std::time::Instant;

use venue_benches::harness::{Goal, Pair, Run, Unit, percentile};
use venue_domain::{CommandQueue, Hostname};
use venue_queue::SqliteStore;

use crate::{
    commands::{device, step},
    cycle,
    place::Place,
};

/// The devices that are commanded in turn.
const DEVICES: u64 = 1_000;

/// One client: a command goes in, and is carried out. With a long history and with none, turn by
/// turn, so that both meet the same disk.
pub(crate) async fn measure(run: Run) {
    let long = Place::new();
    long.fill(FILL, run.pick(1_000_000, 1_000)).await;
    let none = Place::new();
    let stores = [long.open(), none.open()];
    let mut figures: [Figures; 2] = Default::default();
    let times = run.pick(4_000, 10);
    for number in 0..times {
        let device = device(number % DEVICES);
        for (store, figures) in stores.iter().zip(&mut figures) {
            figures.take(store, &device, number).await;
        }
    }
    let [long, none] = figures;
    for (name, ours, baseline) in
        [("enqueue", &long.enqueue, &none.enqueue), ("claim + complete", &long.cycle, &none.cycle)]
    {
        for (at, share, goal) in [("p50", 0.5, 1.1), ("p99", 0.99, 1.5)] {
            let pair = Pair {
                ours: vec![percentile(ours, share)],
                baseline: vec![percentile(baseline, share)],
            };
            let name = format!("{name}, {at}, 1M finished, none finished");
            pair.print(&name, Unit::Microseconds, Goal::Ratio(goal));
        }
    }
    for store in stores {
        store.close().await;
    }
}

/// Microseconds, one by one.
#[derive(Default)]
struct Figures {
    enqueue: Vec<f64>,
    cycle: Vec<f64>,
}

impl Figures {
    async fn take(&mut self, store: &SqliteStore, device: &Hostname, number: u64) {
        let begun = Instant::now();
        store.enqueue(step(device, number.cast_signed())).await.unwrap();
        self.enqueue.push(begun.elapsed().as_secs_f64() * 1e6);
        let begun = Instant::now();
        cycle::one(store, device.clone()).await;
        self.cycle.push(begun.elapsed().as_secs_f64() * 1e6);
    }
}

/// Each was delivered at its first attempt.
const FILL: &str = "
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
INSERT INTO command_history (
    queue_id, command_id, hostname, command, port, command_class, status, priority, due_at,
    expires_at, order_instant, order_sequence, attempts, max_attempts, unknown_seen,
    last_attempt_at, queue_wait_ms, completed_at, success, reason, evidence, execution_time_ms,
    routing_method, created_at, created_by, user_ip
)
SELECT
    n, printf('01900000-0000-7000-8000-%012x', n), printf('ir-%06d', n % 1000), 'volume_up',
    1 + n % 5, 'bulk', 'completed', 5, 1788800000000 + n, 1788800120000 + n, 1788800000000 + n, n,
    1, 3, 0, 1788800000000 + n, 0, 1788800000050 + n, 1, 'delivered', 'reply', 50, 'queued',
    1788800000000 + n, 'bench', '127.0.0.1'
FROM number;

INSERT INTO attempts (command_id, number, started_at, execution_time_ms, reason, evidence)
SELECT command_id, 1, last_attempt_at, 50, 'delivered', 'reply' FROM command_history
WHERE id <= ?1;

INSERT INTO sqlite_sequence (name, seq) VALUES ('command_queue', ?1)";
