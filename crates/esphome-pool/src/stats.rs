//! What the pool has done so far.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of a pool, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStats {
    /// Connects begun.
    pub connects: u64,
    /// Tries that did not become a session.
    pub connect_failures: u64,
    /// Sessions that became ready.
    pub sessions: u64,
    /// Sessions that are up.
    pub sessions_open: u64,
    /// Calls whose first byte was about to leave.
    pub calls: u64,
    /// Calls that ended without evidence although bytes had left.
    pub calls_unknown: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) connects: AtomicU64,
    pub(crate) connect_failures: AtomicU64,
    pub(crate) sessions: AtomicU64,
    pub(crate) sessions_open: AtomicU64,
    pub(crate) calls: AtomicU64,
    pub(crate) calls_unknown: AtomicU64,
}

impl Counters {
    pub(crate) fn snapshot(&self) -> PoolStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        PoolStats {
            connects: read(&self.connects),
            connect_failures: read(&self.connect_failures),
            sessions: read(&self.sessions),
            sessions_open: read(&self.sessions_open),
            calls: read(&self.calls),
            calls_unknown: read(&self.calls_unknown),
        }
    }
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
