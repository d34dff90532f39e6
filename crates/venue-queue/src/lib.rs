//! The durable queue of a venue: nothing that was acknowledged is lost.
//!
//! One thread owns the only write connection and answers after the commit ([`SqliteStore`]); a
//! small pool of read-only connections answers questions. The hot table holds only what waits or
//! is in flight; what finishes leaves it, in the same transaction, for the history.

mod audit;
mod backup;
mod batch;
mod belong;
mod cancel;
mod claim;
mod configuration;
#[cfg(feature = "judge")]
pub mod damage;
mod enqueue;
mod error;
mod expire;
mod fences;
mod held;
mod history;
mod keys;
mod lock;
mod memory;
mod migrations;
mod open;
#[cfg(test)]
mod plans;
mod port_status;
mod promote;
mod reader;
#[cfg(feature = "judge")]
mod recount;
mod repair;
mod rescue;
mod retention;
mod row;
mod salvage;
mod sent;
mod sequence;
mod settle;
mod sqlite;
mod stats;
mod step;
mod system;
mod trace;
mod turns;
mod waiting;
mod writer;

pub use backup::{restore, set_aside, verify};
pub use error::OpenError;
pub use lock::{LockError, StoreLock};
pub use memory::MemoryStore;
#[cfg(feature = "judge")]
pub use recount::{CountedBatch, Recount, recount};
pub use repair::{Repaired, go_back, repair};
pub use retention::{Forgotten, Retention};
pub use salvage::Salvaged;
pub use sqlite::{SqliteStore, StoreConfig};
pub use writer::Place;
