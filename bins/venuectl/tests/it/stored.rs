//! A venue with a queue in memory, which a test works off by hand.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use venue_domain::{
    Attempt, BackupControl, BackupEntry, BackupPlace, ClaimTicket, DirectRecord, EndedCommands,
    Evidence, NoMarker, NotSent, Outcome, PortSet, QueueControl, Reason, Recorder, Settlement,
    StoreAvailability, StoreError, Timestamp, WorkQueue,
};
use venue_http::{Config, QueueService};
use venue_queue::MemoryStore;
use venue_routing::StoreHandles;

use crate::{
    ctl::{Run, ctl},
    venue::Venue,
};

/// A running server with a queue behind it.
pub(crate) struct Stored {
    pub(crate) venue: Venue,
    store: MemoryStore,
}

impl Stored {
    /// Direct commands find their device offline, so that they go into the queue.
    pub(crate) fn open() -> Self {
        let store = MemoryStore::new();
        let durable = StoreHandles {
            queue: store.clone(),
            availability: Arc::new(StoreAvailability::up()),
            recorder: Arc::new(Deaf),
            marker: Arc::new(NoMarker),
        };
        let queue = QueueService { view: store.clone(), control: Switch::default() };
        let venue = Venue::over(durable, queue, Config::default());
        venue.let_go();
        let venue = venue.answering(Outcome::NotSent(NotSent::Offline));
        Self { venue, store }
    }

    /// Runs `venuectl` with `words`.
    pub(crate) fn ctl(&self, words: &str) -> Run {
        ctl(&self.venue.url, words)
    }

    /// Takes the next command of `device` in flight.
    pub(crate) fn claim(&self, device: &str) -> ClaimTicket {
        let lease = NOW.plus(Duration::from_secs(15));
        let claimed = self.venue.block_on(self.store.claim(
            device.parse().unwrap(),
            PortSet::EMPTY,
            lease,
            NOW,
        ));
        claimed.unwrap().claim.expect("something waits").ticket
    }

    /// Ends what is in flight.
    pub(crate) fn end(&self, ticket: ClaimTicket, reason: Reason) {
        let attempt = Attempt {
            started_at: NOW,
            took: Duration::from_millis(40),
            reason,
            evidence: (reason == Reason::Delivered).then_some(Evidence::Reply),
            detail: None,
        };
        let settled = self.store.settle(ticket, Settlement::Finish { attempt }, NOW);
        self.venue.block_on(settled).unwrap();
    }

    /// Ends the next command of `device`.
    pub(crate) fn serve(&self, device: &str, reason: Reason) {
        self.end(self.claim(device), reason);
    }
}

/// Hears nothing: these tests look at the store.
struct Deaf;

impl Recorder for Deaf {
    fn record(&self, _record: DirectRecord) {}

    fn ended(&self, _ended_commands: EndedCommands) {}
}

/// Busy by a quarter, and paused when it is told so.
#[derive(Default)]
struct Switch(AtomicBool);

impl QueueControl for Switch {
    fn pause(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn resume(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    fn is_paused(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    fn store_failed(&self) {}

    fn utilisation(&self) -> f64 {
        0.25
    }
}

impl BackupControl for Switch {
    async fn backups(&self) -> Result<Vec<BackupEntry>, StoreError> {
        Ok(vec![backup()])
    }

    async fn back_up(&self) -> Result<BackupEntry, StoreError> {
        if self.is_paused() { Err(StoreError::Full) } else { Ok(backup()) }
    }
}

/// The one copy that there is.
fn backup() -> BackupEntry {
    let made_at = Timestamp::from_unix_ms(1_790_000_000_000);
    BackupEntry {
        name: "venue-1.db".to_owned(),
        made_at,
        uploaded_at: None,
        bytes: 4096,
        place: BackupPlace::Made,
    }
}

/// When the clock of the venue stands still.
const NOW: Timestamp = Timestamp::from_unix_ms(1_790_000_000_000);
