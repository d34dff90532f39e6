//! Names that callers are giving to batches at present: one request at a time has one.
//!
//! Whether there is a batch of that name is asked before it is made, and its commands outrank older
//! ones before it is stored: of two that got so far with one name, the one that came too late would
//! supersede the commands of the other.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use venue_domain::BatchId;

/// The names that are being given.
#[derive(Debug, Default)]
pub(crate) struct BatchNameLocks(Mutex<HashSet<BatchId>>);

/// A name that nobody else may give meanwhile. It is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct BatchNameLock {
    names: Arc<BatchNameLocks>,
    id: BatchId,
}

impl BatchNameLocks {
    /// Begins to give a name; `None` while another request does.
    pub(crate) fn give(self: &Arc<Self>, id: &BatchId) -> Option<BatchNameLock> {
        let is_free = self.lock().insert(id.clone());
        is_free.then(|| BatchNameLock { names: Arc::clone(self), id: id.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<BatchId>> {
        // A std lock: held for a look-up, never across an await.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for BatchNameLock {
    fn drop(&mut self) {
        self.names.lock().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_by_one_at_a_time() {
        let names = Arc::<BatchNameLocks>::default();
        let [bar, pub_] = ["bar", "pub"].map(|id| id.parse::<BatchId>().unwrap());
        let given = names.give(&bar).unwrap();
        assert!(names.give(&bar).is_none());
        assert!(names.give(&pub_).is_some());
        drop(given);
        assert!(names.give(&bar).is_some());
    }
}
