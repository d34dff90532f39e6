//! The store in memory: for tests, and for those who want a queue without a disk.
//!
//! It keeps no figure that can be counted and no index: what the SQLite store keeps in step, this
//! one counts afresh each time. That makes it slow, simple, and a judge of the other.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

mod configuration;
mod lane_store;
mod lanes;
mod queue;
mod state;
mod view;
mod work;

use state::State;

/// The queue in memory. Clones share it.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<State>>);

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A std lock: held for one change, never across an await. A change that panics is a bug
        // of the store itself; what is left is as good as any crash leaves it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
