//! Tests of the plans: each hot statement finds its rows by the index that is meant for it.
//!
//! The cost is counted in steps of SQLite's machine and not in time, so it is the same each run.

use rusqlite::{Connection, StatementStatus};
use venue_domain::{Hostname, PortIndex, PortSet, Timestamp};

use crate::{
    batch, cancel, claim, enqueue, history, image, lookup, open,
    open_queue::{OpenCommand, Range},
    port_facts, port_fences, promote, rescue, retention, settle, stats, tallies,
    txn::{self, Caches, WriteTxn},
    waiting::Waiting,
};

/// A database with `rows` commands waiting: 10 devices are alive and have a hundred each, as many
/// again wait for a later time; all others are for 90 dead ones.
fn database(rows: u32) -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let connection = open::open(&folder.path().join("queue.db")).unwrap();
    connection.execute_batch("PRAGMA synchronous = OFF").unwrap();
    connection.execute(FILL, [rows]).unwrap();
    (folder, connection)
}

const FILL: &str = "
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
INSERT INTO command_queue (
    command_id, hostname, command, digit, port, effect_group, sets_state, sequence_key, repeatable,
    command_class, batch_id, priority, due_at, ready, turn, expires_at, order_instant,
    order_sequence, routing_method, created_at
)
SELECT
    printf('01900000-0000-7000-8000-%012x', n),
    CASE WHEN n <= 2000 THEN 'alive-' || (n % 10) ELSE 'dead-' || (n % 90) END,
    'number', n % 10, 1 + n % 5, 'channel', 0, 1, 0, 'bulk', 'batch-' || (n / 1000), 5,
    n, n % 20 < 10, n, 9000000000000 + n, n, n, 'queued', n
FROM number";

/// Every hot statement, and the index that it must use.
fn hot() -> Vec<(String, &'static str)> {
    let own = |sql: &str| sql.to_owned();
    vec![
        (claim::waiting_row_sql(), "INTEGER PRIMARY KEY"),
        (claim::hand_out_sql(), "INTEGER PRIMARY KEY"),
        (settle::current_sql(), "INTEGER PRIMARY KEY"),
        (txn::summary_sql(), "INTEGER PRIMARY KEY"),
        (own(enqueue::TURN), "INTEGER PRIMARY KEY"),
        (own(promote::MAKE_READY), "INTEGER PRIMARY KEY"),
        (own(cancel::LAST_ATTEMPT), "INTEGER PRIMARY KEY"),
        (own(port_fences::LOAD), "PRIMARY KEY"),
        (own(enqueue::HAS_ENDED), "command_history_2"),
        (own(history::WAITS), "command_queue_1"),
        (enqueue::same_system_read_sql(), "queue_system"),
        (own(promote::MOVE_WISHES), "queue_scheduled"),
        (promote::upcoming_sql(), "queue_scheduled"),
        (rescue::in_flight_sql(), "INTEGER PRIMARY KEY"),
        (cancel::open_heads_of_batch(), "queue_batch"),
        (batch::open_of_batch(), "queue_batch"),
        (batch::finished_of_batch(), "history_batch"),
        (batch::list_sql(), "batches_created"),
        (own(batch::RUNNING), "batches_made_from"),
        (history::page_sql(true), "history_device"),
        (history::page_sql(false), "INTEGER PRIMARY KEY"),
        (history::current_sql(), "queue_current"),
        (own(lookup::ATTEMPTS), "PRIMARY KEY"),
        (own(tallies::LOAD), "PRIMARY KEY"),
        (own(port_facts::PACING), "PRIMARY KEY"),
        (own(port_facts::LATE_OF_PORT), "late_of_port"),
        (own(stats::IN_ORDER), "INTEGER PRIMARY KEY"),
        (own(retention::SLICE_IDS), "history_completed"),
        (own(retention::PRUNE_PORTS), "batches_finished"),
        (own(retention::PRUNE_BATCHES), "batches_finished"),
        (own(retention::PRUNE_DAYS), "PRIMARY KEY"),
        (own(retention::PRUNE_RUNS), "schedule_runs_noted"),
    ]
}

/// The lines of the plan of `sql`.
fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let parameters = vec![rusqlite::types::Null; explain.parameter_count()];
    let parameters = rusqlite::params_from_iter(parameters);
    let lines = explain.query_map(parameters, |row| row.get("detail")).unwrap();
    lines.map(Result::unwrap).collect()
}

#[test]
fn every_hot_statement_uses_its_index_and_sorts_nothing() {
    let (_folder, connection) = database(20_000);
    for (sql, index) in hot() {
        let plan = plan(&connection, &sql);
        assert!(plan.iter().any(|line| line.contains(index)), "{sql}\n{plan:#?}");
        for line in plan {
            // What comes with the statement, or is a slice of limited size, is no table.
            let rows = ["SCAN CONSTANT ROW", "SCAN (subquery-1)"];
            let scans = line.starts_with("SCAN") && !rows.contains(&line.as_str());
            assert!(!scans, "{sql}\n{line}");
            assert!(!line.contains("TEMP B-TREE"), "{sql}\n{line}");
        }
    }
}

/// What SQLite's machine does for one claim of `device`, and which command that is.
fn steps_of_a_claim(connection: &Connection, device: &str, busy: PortSet) -> (i32, OpenCommand) {
    let queue = image::scan(connection).unwrap().queue;
    let first = queue.first_ready(&device.parse().unwrap(), busy).unwrap();
    // The table knows it by its key, and nothing else is asked.
    let mut update = connection.prepare(&claim::hand_out_sql()).unwrap();
    connection.execute_batch("SAVEPOINT claim").unwrap();
    assert!(update.exists(rusqlite::params![first.id.number(), 1, 1, 1]).unwrap());
    let steps = update.get_status(StatementStatus::VmStep);
    connection.execute_batch("ROLLBACK TO claim; RELEASE claim").unwrap();
    (steps, first)
}

#[test]
fn a_claim_costs_the_same_however_much_waits() {
    let (_small, small) = database(1_000);
    let (_large, large) = database(20_000);
    let busy: PortSet = [PortIndex::try_from(1).unwrap()].into_iter().collect();
    for busy in [PortSet::EMPTY, busy] {
        let few = steps_of_a_claim(&small, "alive-1", busy);
        let many = steps_of_a_claim(&large, "alive-1", busy);
        assert_eq!((few.0, few.1.id), (many.0, many.1.id));
        // A device with thousands of rows costs no more than one with a few.
        assert_eq!(steps_of_a_claim(&large, "dead-1", busy).0, many.0);
    }
}

/// Run by `just store-million`: some seconds of filling.
#[test]
#[ignore = "fills a database with a million rows"]
fn a_claim_costs_the_same_with_a_million_rows_waiting() {
    let (_small, small) = database(1_000);
    let (_large, large) = database(1_000_000);
    let steps = |connection: &Connection| steps_of_a_claim(connection, "alive-1", PortSet::EMPTY).0;
    assert_eq!(steps(&small), steps(&large));
    for (sql, index) in hot() {
        let plan = plan(&large, &sql);
        assert!(plan.iter().any(|line| line.contains(index)), "{sql}\n{plan:#?}");
    }
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/statm").unwrap();
        status.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4 / 1_024
    };
    let before = resident();
    let queue = image::scan(&large).unwrap().queue;
    let grown = resident() - before;
    assert_eq!(queue.counts().ready + queue.counts().later, 1_000_000);
    assert!(grown <= 150, "{grown} MiB");
}

#[test]
fn keys_behind_one_that_waits_go_to_wait_with_it_and_the_claim_ends() {
    let (_folder, connection) = database(2_000);
    // The first key of the only port of this device waits for its time.
    connection
        .execute("UPDATE command_queue SET ready = 0, due_at = 7000 WHERE id = 1", ())
        .unwrap();
    let mut caches = Caches::of(image::scan(&connection).unwrap().queue);
    let waiting = Waiting::default();
    let device: Hostname = "alive-1".parse().unwrap();
    let mut txn = WriteTxn::new(&connection, &mut caches, &waiting).unwrap();
    let now = Timestamp::from_unix_ms(5_000);
    let claimed = claim::claim(&mut txn, &device, PortSet::EMPTY, now, now).unwrap();
    assert_eq!(claimed.claim, None);
    // Others of this device were waiting for their own time already.
    assert_eq!(claimed.next_due, Some(Timestamp::from_unix_ms(11)));
    assert!(!txn.queue.has_ready(&device));
    let stored = image::scan(&connection).unwrap().queue;
    assert_eq!(txn.queue.difference(&stored, Range::default()), None);
}
