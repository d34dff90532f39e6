//! The durable queue of a venue: nothing that was acknowledged is lost.
//!
//! One thread owns the only write connection and answers after the commit (`SqliteStore`); a
//! small pool of read-only connections answers questions. The hot table holds only what waits or
//! is in flight; what finishes leaves it, in the same transaction, for the history.
//!
//! Features: `sqlite` (on unless switched off) is the store in a file; without it the crate is the
//! store in memory ([`MemoryStore`]) alone, which needs neither SQLite nor a runtime. The store in a file
//! is asked within a tokio runtime whose timer runs; outside of one it answers
//! [`StoreError::NoRuntime`](venue_domain::StoreError::NoRuntime). `judge` is for those who judge a store by its file.

#[cfg(feature = "sqlite")]
mod audit;
#[cfg(feature = "sqlite")]
mod backup;
#[cfg(feature = "sqlite")]
mod batch;
#[cfg(feature = "sqlite")]
mod belong;
#[cfg(feature = "sqlite")]
mod cancel;
#[cfg(feature = "sqlite")]
mod claim;
#[cfg(feature = "sqlite")]
mod configuration;
#[cfg(feature = "sqlite")]
mod count_changes;
#[cfg(feature = "judge")]
pub mod damage;
#[cfg(feature = "sqlite")]
mod enqueue;
#[cfg(feature = "sqlite")]
mod error;
#[cfg(feature = "sqlite")]
mod exchange;
#[cfg(feature = "sqlite")]
mod expire;
#[cfg_attr(not(feature = "sqlite"), allow(dead_code, reason = "the file's store asks more"))]
mod fair_queue;
#[cfg(feature = "sqlite")]
mod fences;
#[cfg(feature = "sqlite")]
mod file_identity;
#[cfg(feature = "sqlite")]
mod files;
#[cfg(feature = "sqlite")]
mod flights;
#[cfg(feature = "sqlite")]
mod held;
#[cfg(feature = "sqlite")]
mod history;
#[cfg(feature = "sqlite")]
mod image;
#[cfg(feature = "sqlite")]
mod keys;
#[cfg(feature = "sqlite")]
mod lock;
#[cfg(feature = "sqlite")]
mod lookup;
#[cfg(feature = "sqlite")]
mod many_rows;
#[cfg(feature = "sqlite")]
mod marker;
mod memory;
#[cfg(feature = "sqlite")]
mod migrations;
#[cfg(feature = "sqlite")]
mod open;
#[cfg(feature = "sqlite")]
mod open_queue;
#[cfg(feature = "sqlite")]
#[cfg(test)]
mod plans;
#[cfg(feature = "sqlite")]
mod port_facts;
#[cfg(feature = "sqlite")]
mod port_fences;
#[cfg(feature = "sqlite")]
mod port_status;
#[cfg(feature = "sqlite")]
mod promote;
#[cfg(feature = "sqlite")]
mod reader;
mod record;
#[cfg(feature = "judge")]
mod recount;
#[cfg(feature = "sqlite")]
mod repair;
#[cfg(feature = "sqlite")]
mod rescue;
#[cfg(feature = "sqlite")]
mod retention;
#[cfg(feature = "sqlite")]
mod row;
#[cfg(feature = "sqlite")]
mod salvage;
#[cfg(feature = "sqlite")]
mod sent;
#[cfg(feature = "sqlite")]
mod sequence;
#[cfg(feature = "sqlite")]
mod settle;
#[cfg(feature = "sqlite")]
mod shared;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "sqlite")]
mod stats;
#[cfg(feature = "sqlite")]
mod system;
#[cfg(feature = "sqlite")]
mod tallies;
#[cfg(feature = "sqlite")]
mod trace;
#[cfg(feature = "sqlite")]
mod txn;
#[cfg(feature = "sqlite")]
mod waiting;
#[cfg(feature = "sqlite")]
mod write_behind;
#[cfg(feature = "sqlite")]
mod writer;

#[cfg(feature = "sqlite")]
pub use backup::{is_store, last_written, restore, set_aside, verify};
#[cfg(feature = "sqlite")]
pub use error::OpenError;
#[cfg(feature = "sqlite")]
pub use lock::{LockError, StoreLock};
#[cfg(feature = "sqlite")]
pub use marker::FileMarker;
pub use memory::MemoryStore;
#[cfg(feature = "judge")]
pub use recount::{CountedBatch, Recount, recount};
#[cfg(feature = "sqlite")]
pub use repair::{Repaired, repair, restore_backup};
#[cfg(feature = "sqlite")]
pub use retention::{Pruned, Retention};
#[cfg(feature = "sqlite")]
pub use salvage::Salvaged;
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteStore, StoreConfig};
#[cfg(feature = "sqlite")]
pub use writer::Place;
