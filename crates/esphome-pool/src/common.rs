//! What all session tasks of a pool share.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use esphome_codec::{CallIds, SharedListings};
use tokio::sync::Semaphore;

use crate::{LocalNames, PoolConfig, stats::Counters};

/// What all session tasks share.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) config: PoolConfig,
    pub(crate) permits: Semaphore,
    pub(crate) counters: Counters,
    pub(crate) listings: SharedListings,
    pub(crate) call_ids: CallIds,
    pub(crate) local_names: OnceLock<LocalNames>,
    /// How many sessions have become ready.
    epochs: AtomicU64,
}

impl Common {
    pub(crate) fn new(config: PoolConfig) -> Self {
        let permits = Semaphore::new(config.parallel_connects.clamp(1, Semaphore::MAX_PERMITS));
        Self {
            config,
            permits,
            counters: Counters::default(),
            listings: SharedListings::default(),
            // Not from 1: what a board still owes a process before this one is nobody's.
            call_ids: CallIds::starting_at(fastrand::u32(..)),
            local_names: OnceLock::new(),
            epochs: AtomicU64::new(0),
        }
    }

    /// The number of a session that has become ready. One counter for all devices, so that a device
    /// that is removed and added again never has an old number anew.
    pub(crate) fn next_epoch(&self) -> u64 {
        self.epochs.fetch_add(1, Ordering::Relaxed) + 1
    }
}
