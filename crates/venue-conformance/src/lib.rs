//! What every store must do: one suite for the one in SQLite, the one in memory, and yours.
//!
//! Implement [`Factory`] and call [`conformance_tests!`] in a test module: it makes one test of each case.
//! A store that implements some of the traits only runs the groups of those:
//!
//! | groups | what the store implements |
//! |---|---|
//! | `acted` `batches` `direct` `due` `flight` `order` `restart` `shown` `turns` `vocabulary` | [`Queue`]: [`CommandQueue`], [`WorkQueue`] and [`QueueView`] |
//! | `assumed_state` | [`Queue`], [`AssumedStateStore`] |
//! | `lanes` | [`Queue`], [`LaneStore`] |
//! | `keys` | [`RequestKeys`] |
//! | `answered` | [`RequestKeys`], [`CommandQueue`], [`QueueView`] |
//! | `interrupted` | [`RequestKeys`], [`WorkQueue`] |
//! | `configuration` | [`ConfigurationStore`] |
//! | `withdrawn` | [`ConfigurationStore`], [`Queue`] |
//! | `boards` | [`ConfigurationStore`], [`LaneStore`], [`Queue`] |
//! | `runs` | [`RunLog`] |
//! | `audit` | [`AuditStore`] |
//! | `system` | [`SystemStore`] |
//! | `figures` | [`SystemStore`], [`CommandQueue`] |
//! | `retention` | [`Queue`], and its factory is [`Pruning`]; to be named, for no trait of a store asks for it |
//!
//! The cases go through the traits alone, and give the store its time: none of them sleeps.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a case of the suite fails by panicking"
)]

use std::future::Future;

use venue_domain::{
    AssumedStateStore, AuditStore, CommandQueue, ConfigurationStore, LaneStore, QueueView,
    RequestKeys, RunLog, SystemStore, Timestamp, WorkQueue,
};

pub mod acted;
pub mod answered;
pub mod assumed_state;
pub mod audit;
pub mod batches;
pub mod boards;
pub mod configuration;
pub mod direct;
pub mod due;
pub mod figures;
pub mod flight;
mod given;
mod groups;
pub mod interrupted;
pub mod keys;
pub mod lanes;
pub mod order;
pub mod restart;
pub mod retention;
pub mod runs;
pub mod shown;
pub mod system;
pub mod turns;
pub mod vocabulary;
pub mod withdrawn;

pub use groups::Case;

/// The sides of a store, so that a case can call all of them.
mod sides {
    pub(crate) use venue_domain::{
        AssumedStateStore, AuditStore, CommandQueue, ConfigurationStore, LaneStore, QueueView,
        RequestKeys, RunLog, SystemStore, WorkQueue,
    };

    pub(crate) use crate::Queue;
}

/// The queue itself: what goes in, what comes out, and what is shown of it. None of the three can be judged
/// without the others.
pub trait Queue: CommandQueue + WorkQueue + QueueView {}

impl<T: CommandQueue + WorkQueue + QueueView> Queue for T {}

/// A store with all its sides.
pub trait Store:
    Queue
    + RequestKeys
    + ConfigurationStore
    + RunLog
    + AuditStore
    + SystemStore
    + AssumedStateStore
    + LaneStore
{
}

impl<T> Store for T where
    T: Queue
        + RequestKeys
        + ConfigurationStore
        + RunLog
        + AuditStore
        + SystemStore
        + AssumedStateStore
        + LaneStore
{
}

/// Makes stores for the suite.
pub trait Factory: Send + Sync {
    /// The store; a group asks of it what its cases call.
    type Store: Send + Sync;

    /// A store that holds nothing.
    fn fresh(&self) -> impl Future<Output = Self::Store> + Send;

    /// Closes `store` and opens it again, with what it holds durably.
    fn reopen(&self, store: Self::Store) -> impl Future<Output = Self::Store> + Send;
}

/// Makes stores that forget what is old; how they are told to is their own.
pub trait Pruning: Factory {
    /// Forgets all that ended before `before`, and comes back when that is done.
    fn prune(
        &self,
        store: &Self::Store,
        before: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = ()> + Send;
}
