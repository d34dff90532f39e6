//! What retention costs those who store meanwhile.

use std::time::{Duration, Instant};

use venue_benches::harness::{Goal, Pair, Run, Unit, note, percentile};
use venue_domain::CommandQueue;
use venue_queue::{Retention, SqliteStore};

use crate::{
    commands::{NOW, device, step},
    cycle,
    place::Place,
};

/// The devices that are commanded in turn.
const DEVICES: u64 = 1_000;

/// One client stores one command after the other: first alone, then while everything that is
/// finished is forgotten: commands, attempts, batches and what was assumed before them.
pub(crate) async fn measure(run: Run) {
    let place = Place::new();
    let finished = run.pick(200_000, 2_000);
    place.fill(FILL, finished).await;
    let store = place.open();
    cycle::wear_in(run, &store).await;
    let alone = enqueues(&store, run.pick(4_000, 10), || false).await;
    let retention = Retention {
        history_before: NOW,
        aggregates_before: NOW.minus(Duration::from_secs(90 * 24 * 60 * 60)),
        now: NOW,
    };
    let begun = Instant::now();
    let forgetting = tokio::spawn({
        let store = store.clone();
        async move { store.prune_all(retention).await.unwrap() }
    });
    let meanwhile = enqueues(&store, u32::MAX, || forgetting.is_finished()).await;
    let (forgotten, took) = (forgetting.await.unwrap(), begun.elapsed());
    assert_eq!(forgotten.commands, u64::from(finished));
    for (at, share, goal) in [("p50", 0.5, 1.1), ("p99", 0.99, 1.5)] {
        let pair = Pair {
            ours: vec![percentile(&meanwhile, share)],
            baseline: vec![percentile(&alone, share)],
        };
        let name = format!("enqueue, {at}, during retention, without");
        pair.print(&name, Unit::Microseconds, Goal::Ratio(goal));
    }
    let longest = |figures: &[f64]| percentile(figures, 1.0) / 1e3;
    note(format_args!(
        "{finished} commands and {} rows of batches forgotten in {:.1} s beside {} enqueues; \
         the longest {:.1} ms, without {:.1} ms",
        forgotten.batches + forgotten.ports_before,
        took.as_secs_f64(),
        meanwhile.len(),
        longest(&meanwhile),
        longest(&alone),
    ));
    store.close().await;
}

/// Microseconds of each enqueue, until there are so many or it is `over`.
async fn enqueues(store: &SqliteStore, times: u32, over: impl Fn() -> bool) -> Vec<f64> {
    let mut figures = Vec::new();
    for number in 0..times {
        if over() {
            break;
        }
        let new = step(&device(u64::from(number) % DEVICES), i64::from(number));
        let begun = Instant::now();
        store.enqueue(new).await.unwrap();
        figures.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    figures
}

/// Bulk requests to a hundred ports each, long ago: all was delivered at the first attempt.
const FILL: &str = "
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
INSERT INTO command_history (
    queue_id, command_id, hostname, command, port, command_class, batch_id, status, priority,
    due_at, expires_at, order_instant, order_sequence, attempts, max_attempts, unknown_seen,
    last_attempt_at, queue_wait_ms, completed_at, success, reason, evidence, execution_time_ms,
    routing_method, created_at, created_by, user_ip
)
SELECT
    n, printf('01900000-0000-7000-8000-%012x', n), printf('ir-%06d', n % 1000), 'volume_up',
    1 + n % 5, 'bulk', printf('batch-%06d', n / 100), 'completed', 5, 1788800000000 + n,
    1788800120000 + n, 1788800000000 + n, n, 1, 3, 0, 1788800000000 + n, 0, 1788800000050 + n, 1,
    'delivered', 'reply', 50, 'queued', 1788800000000 + n, 'bench', '127.0.0.1'
FROM number;

INSERT INTO attempts (command_id, number, started_at, execution_time_ms, reason, evidence)
SELECT command_id, 1, last_attempt_at, 50, 'delivered', 'reply' FROM command_history
WHERE id <= ?1;

INSERT INTO batches (
    id, created_at, created_by, finished_at, rejected, duplicates, total, completed
)
SELECT batch_id, min(created_at), 'bench', max(completed_at), 0, 0, count(*), count(*)
FROM command_history WHERE id <= ?1 GROUP BY batch_id;

INSERT INTO batch_ports (batch_id, hostname, port, known)
SELECT batch_id, hostname, port, 0 FROM command_history WHERE id <= ?1;

INSERT INTO sqlite_sequence (name, seq) VALUES ('command_queue', ?1)";
