//! Writes the audit log, behind the answers.
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

use crate::watch::{Concern, EventPublisher};

use super::StoreHandle;

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
    store: StoreHandle,
    lost: Arc<AtomicU64>,
}

impl Auditor {
    /// With what writes.
    pub(super) fn new(store: StoreHandle, publisher: EventPublisher) -> (Self, AuditWriter) {
        let (sender, records) = mpsc::channel(WAITING);
        let lost = Arc::<AtomicU64>::default();
        let writer = AuditWriter {
            records,
            store: store.clone(),
            lost: Arc::clone(&lost),
            publisher,
            lost_reported: 0,
            group: Vec::with_capacity(GROUP),
            waiting: VecDeque::new(),
        };
        (Self { sender, store, lost }, writer)
    }
}

/// Writes records, and keeps those that the store does not take.
pub(super) struct AuditWriter {
    records: mpsc::Receiver<AuditRecord>,
    store: StoreHandle,
    lost: Arc<AtomicU64>,
    publisher: EventPublisher,
    lost_reported: u64,
    group: Vec<AuditRecord>,
    waiting: VecDeque<AuditRecord>,
}

impl AuditWriter {
    /// Writes until `stop` is cancelled and all is written that can be.
    pub(super) async fn run(&mut self, stop: &CancellationToken) {
        loop {
            let stopping = stop.is_cancelled();
            let has_room = self.waiting.len() < WAITING;
            select! {
                biased;
                _ = self.records.recv_many(&mut self.group, GROUP), if has_room && !stopping => {
                    // As in the history: what comes next is stored with it.
                    select! {
                        () = sleep(TOGETHER) => {}
                        () = stop.cancelled() => {}
                    }
                }
                () = sleep(AGAIN), if !self.waiting.is_empty() && !stopping => {}
                () = stop.cancelled() => {
                    // What was handed over before the stop.
                    while let Ok(record) = self.records.try_recv() {
                        self.group.push(record);
                    }
                }
            }
            self.waiting.extend(self.group.drain(..));
            let all = store_all(&self.store, &mut self.waiting).await;
            self.report_gaps();
            if stop.is_cancelled() {
                if !all {
                    let lost = self.waiting.len();
                    tracing::error!(lost, alert = "audit_lost", "the end of the audit log is lost");
                }
                return;
            }
        }
    }

    fn report_gaps(&mut self) {
        let lost = self.lost.load(Ordering::Relaxed);
        if lost == self.lost_reported {
            return;
        }
        self.lost_reported = lost;
        tracing::error!(lost, alert = "audit_lost", "the audit log has gaps");
        self.publisher.concern(Concern {
            kind: "audit_lost",
            about: None,
            critical: true,
            summary: format!("the audit log lacks {lost} records: the store did not take them in time"),
            advice: "repair the store (see store_down); the log has the requests of that time. The alert ends \
                     when venued is restarted",
        });
    }
}

/// Writes what waits; `false` if the store does not take it now.
async fn store_all(store: &StoreHandle, waiting: &mut VecDeque<AuditRecord>) -> bool {
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

/// What happens within this time shares a commit: nobody waits for it.
const TOGETHER: Duration = Duration::from_millis(5);
