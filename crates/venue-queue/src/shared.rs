//! What the writer knows and others read without asking the database.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::Notify;
use venue_domain::{Depth, QueueId, Timestamp};

use crate::{
    count_changes::CountChanges, file_identity::FileIdentity, open_queue::Counts, waiting::Waiting,
};

#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) waiting: Arc<Waiting>,
    depth: Mutex<Depth>,
    /// Since when each command is in flight that is.
    in_flight: Mutex<HashMap<QueueId, Timestamp>>,
    /// Which file the writer's connection leads to.
    identity: Mutex<Option<FileIdentity>>,
    /// How many statements ran, the readers' included.
    pub(crate) statements: Arc<AtomicU64>,
    /// How often the queue in memory was not what is stored.
    differences: AtomicU64,
    /// Told when somebody has waited for a change for longer than any change takes.
    pub(crate) stalled: Notify,
}

impl Shared {
    // Std locks throughout: each is held for one look, and guards a whole value.

    pub(crate) fn depth(&self) -> Depth {
        *self.depth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The queue was counted.
    pub(crate) fn set_counts(&self, counts: Counts, in_flight: HashMap<QueueId, Timestamp>) {
        *self.depth.lock().unwrap_or_else(PoisonError::into_inner) = depth_of(counts);
        *self.in_flight.lock().unwrap_or_else(PoisonError::into_inner) = in_flight;
    }

    /// How much is in flight since before `since`.
    pub(crate) fn in_flight_before(&self, since: Timestamp) -> u64 {
        let in_flight = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        in_flight.values().filter(|begun| **begun < since).count() as u64
    }

    pub(crate) fn identity(&self) -> Option<FileIdentity> {
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_identity(&self, identity: Option<FileIdentity>) {
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = identity;
    }

    pub(crate) fn differences(&self) -> u64 {
        self.differences.load(Ordering::Relaxed)
    }

    pub(crate) fn note_difference(&self) {
        self.differences.fetch_add(1, Ordering::Relaxed);
    }

    /// Applies what a committed group changed.
    pub(crate) fn apply(&self, count_changes: &CountChanges) {
        let mut depth = self.depth.lock().unwrap_or_else(PoisonError::into_inner);
        let [due, later, processing] = count_changes.depth;
        depth.due = depth.due.saturating_add_signed(due);
        depth.later = depth.later.saturating_add_signed(later);
        depth.processing = depth.processing.saturating_add_signed(processing);
        drop(depth);
        if !count_changes.in_flight.is_empty() {
            let mut in_flight = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
            for (id, since) in &count_changes.in_flight {
                match since {
                    Some(since) => in_flight.insert(*id, *since),
                    None => in_flight.remove(id),
                };
            }
        }
        count_changes.opened.iter().for_each(|place| self.waiting.add(place, 1));
        count_changes.closed.iter().for_each(|place| self.waiting.remove(place));
    }
}

/// The depth of a queue with `counts`.
pub(crate) fn depth_of(counts: Counts) -> Depth {
    Depth { due: counts.ready, later: counts.later, processing: counts.in_flight }
}
