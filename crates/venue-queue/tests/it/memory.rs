//! The suite over the store in memory.

use venue_queue::{MemoryStore, conformance::Factory};

struct Memory;

impl Factory for Memory {
    type Store = MemoryStore;

    async fn fresh(&self) -> MemoryStore {
        MemoryStore::new()
    }

    async fn reopen(&self, store: MemoryStore) -> MemoryStore {
        store
    }
}

venue_queue::conformance_tests!(Memory);
