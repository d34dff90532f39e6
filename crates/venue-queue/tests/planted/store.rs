//! A store with one fault or none: the one in memory, behind a wrapper that does one thing wrong.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};

use venue_conformance::{Factory, Pruning};
use venue_domain::{
    ClaimTicket, Command, CommandId, CommandQueue as _, HistoryQuery, NewCommand, OrderKey, PortId,
    PortStatus, QueueId, QueueView as _, Timestamp,
};
use venue_queue::MemoryStore;

use crate::faults::Fault;

/// Makes such stores.
pub(crate) struct Planter(pub(crate) Option<Fault>);

/// The store; each fault is planted in the one method that asks for it.
#[derive(Clone)]
pub(crate) struct Planted {
    pub(crate) inner: MemoryStore,
    fault: Option<Fault>,
    notes: Arc<Mutex<Notes>>,
}

/// What the faults have to know.
#[derive(Default)]
pub(crate) struct Notes {
    /// What was put into the queue, as it was meant.
    pub(crate) meant: HashMap<CommandId, NewCommand>,
    /// What is in flight, and until when.
    pub(crate) leases: BTreeMap<ClaimTicket, (Arc<Command>, Timestamp)>,
    /// The highest key that came with a command, and that came with fences.
    pub(crate) accepted: Option<OrderKey>,
    pub(crate) merged: Option<OrderKey>,
    /// The name in the queue that was told last.
    pub(crate) told: Option<QueueId>,
    pub(crate) assumed: BTreeMap<PortId, PortStatus>,
    /// How often the store was opened again.
    pub(crate) opened: u32,
    /// What retention took.
    pub(crate) pruned: BTreeSet<CommandId>,
}

impl Planted {
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    pub(crate) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap()
    }

    /// What ended before `before` is shown no more.
    async fn prune(&self, before: Timestamp, now: Timestamp) {
        if self.has(Fault::OpenIsForgotten) {
            for open in self.inner.open_commands(None, None, u32::MAX).await.unwrap() {
                if open.created_at < before {
                    self.inner.cancel(open.id, now).await.unwrap();
                    self.notes().pruned.insert(open.id);
                }
            }
        }
        let all = HistoryQuery { limit: u32::MAX, ..HistoryQuery::default() };
        let ended = self.inner.history(all).await.unwrap().items.into_iter();
        let old = ended.filter(|record| record.completed_at.is_some_and(|at| at < before));
        self.notes().pruned.extend(old.map(|record| record.id));
    }
}

impl Factory for Planter {
    type Store = Planted;

    async fn fresh(&self) -> Planted {
        Planted { inner: MemoryStore::new(), fault: self.0, notes: Arc::default() }
    }

    async fn reopen(&self, store: Planted) -> Planted {
        store.notes().opened += 1;
        store
    }
}

impl Pruning for Planter {
    async fn prune(&self, store: &Planted, before: Timestamp, now: Timestamp) {
        store.prune(before, now).await;
    }
}

/// Methods that do what the store in memory does.
macro_rules! as_they_are {
    ($($name:ident($($argument:ident: $what:ty),*) -> $answer:ty;)+) => {$(
        async fn $name(&self, $($argument: $what),*) -> Result<$answer, StoreError> {
            self.inner.$name($($argument),*).await
        }
    )+};
}
pub(crate) use as_they_are;
