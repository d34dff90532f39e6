//! Writes the trail of who did what, behind the answers.
//!
//! Nobody waits for it: records go into a bounded buffer, and an owner writes them in groups. While
//! the store is down they stay in the buffer; what does not fit is counted and told.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{select, sync::mpsc, time::sleep};
use tokio_util::sync::CancellationToken;
use venue_domain::{AuditPage, AuditQuery, AuditRecord, AuditStore, BoxFuture, StoreError};
use venue_http::AuditTrail;

use super::{LateStore, history::TOGETHER};

/// So many records wait at the most.
const WAITING: usize = 4096;

/// So many are written at once.
const GROUP: usize = 256;

/// So long until a store that failed is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// Takes records. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Auditor {
    sender: mpsc::Sender<AuditRecord>,
    store: LateStore,
    lost: Arc<AtomicU64>,
}

impl Auditor {
    /// With the future that writes; it ends when `stop` is cancelled and all is written that can be.
    pub(super) fn new(
        store: LateStore,
        stop: CancellationToken,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (sender, records) = mpsc::channel(WAITING);
        let lost = Arc::<AtomicU64>::default();
        let writing = write(records, store.clone(), Arc::clone(&lost), stop);
        (Self { sender, store, lost }, writing)
    }
}

async fn write(
    mut records: mpsc::Receiver<AuditRecord>,
    store: LateStore,
    lost: Arc<AtomicU64>,
    stop: CancellationToken,
) {
    let (mut group, mut waiting) = (Vec::with_capacity(GROUP), VecDeque::new());
    let mut told = 0;
    loop {
        let stopping = stop.is_cancelled();
        select! {
            biased;
            _ = records.recv_many(&mut group, GROUP), if waiting.len() < WAITING && !stopping => {
                // As in the history: what comes next is stored with it.
                select! {
                    () = sleep(TOGETHER) => {}
                    () = stop.cancelled() => {}
                }
            }
            () = sleep(AGAIN), if !waiting.is_empty() && !stopping => {}
            () = stop.cancelled() => {
                // What was handed over before the stop.
                while let Ok(record) = records.try_recv() {
                    group.push(record);
                }
            }
        }
        waiting.extend(group.drain(..));
        let all = store_all(&store, &mut waiting).await;
        let lost = lost.load(Ordering::Relaxed);
        if lost > told {
            told = lost;
            tracing::error!(lost, alert = "audit_lost", "the audit trail has gaps");
        }
        if stop.is_cancelled() {
            if !all {
                tracing::error!(lost = waiting.len(), "the end of the audit trail is lost");
            }
            return;
        }
    }
}

/// Writes what waits; `false` if the store does not take it now.
async fn store_all(store: &LateStore, waiting: &mut VecDeque<AuditRecord>) -> bool {
    while !waiting.is_empty() {
        let group: Vec<AuditRecord> = waiting.iter().take(GROUP).cloned().collect();
        let count = group.len();
        if store.note_audit(group).await.is_err() {
            return false;
        }
        waiting.drain(..count);
    }
    true
}

impl AuditTrail for Auditor {
    fn note(&self, record: AuditRecord) {
        if self.sender.try_send(record).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn read(&self, query: AuditQuery) -> BoxFuture<'_, Result<AuditPage, StoreError>> {
        Box::pin(self.store.audit(query))
    }
}
