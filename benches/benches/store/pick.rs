//! Picking the next command when little waits and when very much does, most of it for devices that
//! do not answer.

use std::time::Instant;

use venue_benches::harness::{Goal, Pair, Run, Unit};
use venue_domain::{ClaimTicket, Hostname, PortSet, Settlement, WorkQueue};
use venue_queue::SqliteStore;

use crate::{
    commands::{NOW, device, lease},
    place::Place,
};

/// So many devices are alive; nine times as many are not.
const ALIVE: u64 = 50;

/// The claims of all devices that are alive, handed over at once so that they share a commit.
pub(crate) async fn measure(run: Run) {
    let few = filled(1_000).await;
    let many = filled(run.pick(1_000_000, 5_000)).await;
    let mut pair = Pair::default();
    for _ in 0..run.rounds() {
        let (mut ours, mut baseline) = (Vec::new(), Vec::new());
        for _ in 0..run.pick(20, 1) {
            ours.push(claim_all(&many.1).await);
            baseline.push(claim_all(&few.1).await);
        }
        pair.ours.push(venue_benches::harness::median(&ours));
        pair.baseline.push(venue_benches::harness::median(&baseline));
    }
    pair.print("claim, 1M waiting, 1k waiting", Unit::Microseconds, Goal::Ratio(1.2));
    for (_, store) in [few, many] {
        store.close().await;
    }
}

async fn filled(rows: u32) -> (Place, SqliteStore) {
    let place = Place::new();
    place.fill(FILL, rows).await;
    let store = place.open();
    // What happens once in a run: pages are read, turns are looked up, statements compiled.
    claim_all(&store).await;
    (place, store)
}

/// Microseconds per claim. All go back as they were.
async fn claim_all(store: &SqliteStore) -> f64 {
    let begun = Instant::now();
    let claims: Vec<_> =
        (0..ALIVE).map(|number| tokio::spawn(claim(store.clone(), device(number)))).collect();
    let mut tickets = Vec::new();
    for claim in claims {
        tickets.push(claim.await.unwrap());
    }
    let took = begun.elapsed().as_secs_f64() * 1e6 / ALIVE as f64;
    for ticket in tickets {
        let release = Settlement::Release { due_at: NOW };
        assert!(store.settle(ticket, release, NOW).await.unwrap().status.is_some());
    }
    took
}

async fn claim(store: SqliteStore, device: Hostname) -> ClaimTicket {
    let claimed = store.claim(device, PortSet::EMPTY, lease(), NOW).await.unwrap();
    claimed.claim.expect("a command waits").ticket
}

/// One row in ten is for a device that is alive; all are due, keys of a sequence among them.
const FILL: &str = "
WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < ?1)
INSERT INTO command_queue (
    command_id, hostname, command, digit, port, effect_group, sets_state, sequence_key, repeatable,
    command_class, priority, due_at, ready, turn, expires_at, order_instant, order_sequence,
    routing_method, created_at, created_by
)
SELECT
    printf('01900000-0000-7000-8000-%012x', n), printf('ir-%06d', n * 500 / ?1),
    CASE WHEN n % 2 THEN 'volume_up' ELSE 'number' END, CASE WHEN n % 2 THEN NULL ELSE n % 10 END,
    1 + n / 2 % 5, CASE WHEN n % 2 THEN 'volume' ELSE 'channel' END, 0, n % 2 = 0, 0,
    'bulk', 5, 1788900000000, 1, n, 1788900120000, 1788900000000, n, 'queued', 1788900000000,
    'bench'
FROM number";
