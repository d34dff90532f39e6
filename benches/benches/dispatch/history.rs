//! A million commands that have finished.

use std::path::Path;

use rusqlite::Connection;
use venue_queue::{SqliteStore, StoreConfig};

/// Makes a database at `path` in whose history are `rows` commands.
pub(crate) async fn fill(path: &Path, rows: u32) {
    let store = SqliteStore::open(path, StoreConfig::default()).unwrap();
    store.close().await;
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -65536").unwrap();
    connection.execute(FILL, [rows]).unwrap();
    connection.execute(GO_ON, [rows]).unwrap();
    // All of it into the file, as after days.
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap_or_default();
}

/// What is stored next has the next number.
const GO_ON: &str = "INSERT INTO sqlite_sequence (name, seq) VALUES ('command_queue', ?1)";

/// Names like those of UUIDv7, which grow; a hundred devices; five minutes apart.
const FILL: &str = "
INSERT INTO command_history (
    queue_id, command_id, hostname, command, port, channel, command_class, status, priority,
    due_at, expires_at, order_instant, order_sequence, attempts, max_attempts, unknown_seen,
    completed_at, success, reason, evidence, execution_time_ms, routing_method, created_at
)
WITH RECURSIVE row (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < ?1)
SELECT
    n, printf('01900000-%04x-7%03x-8000-%012x', n >> 12, n & 4095, n),
    printf('ir-%06x', 16842752 + n % 100), 'channel', 1, '5', 'bulk', 'completed', 5,
    1700000000000 + n * 300, 1700000600000 + n * 300, 1700000000000 + n * 300, 1, 1, 3, 0,
    1700000000100 + n * 300, 1, 'delivered', 'reply', 50, 'queued', 1700000000000 + n * 300
FROM row";
