//! The suite over the store in memory.

use venue_conformance::Factory;
use venue_queue::MemoryStore;

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

venue_conformance::conformance_tests!(Memory);
