//! The queue of the design document, for comparison only: three workers that look every 500 ms, the
//! next command by priority and age, one transaction per row, its claim and its end.
//!
//! It is given what helps it: a write-ahead log, an index for its question, sessions that are open
//! already, and workers that start at once.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, OptionalExtension, params};
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{sleep, timeout},
};
use venue_benches::bare::Bare;

/// Stores one command per device, starts the workers, and tells after how many seconds the last of
/// the first `healthy` devices had done its command.
pub(crate) async fn bulk(folder: &Path, devices: &[SocketAddr], healthy: usize) -> f64 {
    let path = folder.join("document.db");
    for name in ["document.db", "document.db-wal", "document.db-shm"] {
        // It may not be there.
        drop(std::fs::remove_file(folder.join(name)));
    }
    let store = open(&path);
    store.execute_batch(SCHEMA).unwrap();
    let mut workers = JoinSet::new();
    let sessions = connect(&devices[..healthy]).await;
    let begun = Instant::now();
    for index in order(devices.len(), healthy) {
        store.execute(ENQUEUE, [index]).unwrap();
    }
    let (sessions, devices) = (std::sync::Arc::new(sessions), devices.to_vec());
    let last = std::sync::Arc::new(std::sync::Mutex::new((0, begun)));
    for _ in 0..WORKERS {
        let worker = Worker {
            path: path.clone(),
            sessions: std::sync::Arc::clone(&sessions),
            devices: devices.clone(),
            last: std::sync::Arc::clone(&last),
        };
        workers.spawn(worker.run());
    }
    while let Some(ended) = workers.join_next().await {
        ended.unwrap();
    }
    let last = *last.lock().unwrap();
    assert_eq!(last.0, healthy, "every healthy device was reached");
    (last.1 - begun).as_secs_f64()
}

/// Those that are off are spread over the others.
fn order(count: usize, healthy: usize) -> Vec<usize> {
    let dead = count - healthy;
    let mut order: Vec<usize> = (0..healthy).collect();
    for number in 0..dead {
        order.insert(number * count / dead.max(1), healthy + number);
    }
    order
}

type Session = tokio::sync::Mutex<Bare>;

async fn connect(devices: &[SocketAddr]) -> Vec<Session> {
    let mut sessions = Vec::with_capacity(devices.len());
    for address in devices {
        sessions.push(tokio::sync::Mutex::new(Bare::connect(*address, false).await));
    }
    sessions
}

struct Worker {
    path: PathBuf,
    sessions: std::sync::Arc<Vec<Session>>,
    devices: Vec<SocketAddr>,
    /// How many healthy devices are done, and when the last was.
    last: std::sync::Arc<std::sync::Mutex<(usize, Instant)>>,
}

impl Worker {
    /// Until every healthy device is done.
    async fn run(self) {
        let store = open(&self.path);
        while self.last.lock().unwrap().0 < self.sessions.len() {
            let Some((id, device)) = claim(&store) else {
                sleep(POLL).await;
                continue;
            };
            if let Some(session) = self.sessions.get(device) {
                session.lock().await.call().await;
                store.execute(COMPLETE, [id]).unwrap();
                let mut last = self.last.lock().unwrap();
                *last = (last.0 + 1, Instant::now());
            } else {
                let connected = timeout(ATTEMPT, TcpStream::connect(self.devices[device])).await;
                assert!(!matches!(connected, Ok(Ok(_))), "it is off");
                store.execute(TRY_AGAIN, [id]).unwrap();
            }
        }
    }
}

fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL").unwrap();
    connection
}

/// The next command, durably claimed. The document's `with_for_update` is nothing to SQLite: its
/// lock is the transaction.
fn claim(store: &Connection) -> Option<(i64, usize)> {
    store.execute_batch("BEGIN IMMEDIATE").unwrap();
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let next = store.prepare_cached(NEXT).unwrap().query_row((), row).optional().unwrap();
    if let Some((id, _)) = next {
        store.execute(CLAIM, params![id]).unwrap();
    }
    store.execute_batch("COMMIT").unwrap();
    next
}

const WORKERS: usize = 3;
const POLL: Duration = Duration::from_millis(500);
/// The document's timeout of one command.
const ATTEMPT: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
CREATE TABLE queue (
    id INTEGER PRIMARY KEY, device INTEGER NOT NULL, status TEXT NOT NULL DEFAULT 'pending',
    priority INTEGER NOT NULL DEFAULT 5, attempts INTEGER NOT NULL DEFAULT 0,
    scheduled_at REAL NOT NULL DEFAULT 0
);
CREATE INDEX next ON queue (status, priority DESC, id)";
const ENQUEUE: &str = "INSERT INTO queue (device) VALUES (?1)";
const NEXT: &str = "
SELECT id, device FROM queue
WHERE status = 'pending' AND attempts < 3
AND scheduled_at <= (julianday('now') - 2440587.5) * 86400.0
ORDER BY priority DESC, id LIMIT 1";
const CLAIM: &str = "UPDATE queue SET status = 'processing', attempts = attempts + 1 WHERE id = ?1";
const COMPLETE: &str = "UPDATE queue SET status = 'completed' WHERE id = ?1";
const TRY_AGAIN: &str = "
UPDATE queue SET
    status = CASE WHEN attempts < 3 THEN 'pending' ELSE 'failed' END,
    scheduled_at = (julianday('now') - 2440587.5) * 86400.0 + (1 << attempts)
WHERE id = ?1";
