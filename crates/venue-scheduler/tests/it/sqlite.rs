//! The scheduler over the store in SQLite, in real time.

use std::{sync::Arc, time::Instant as StdInstant};

use venue_domain::{Clock, NoMarker, QueueView, Recorder, StoreAvailability, Timestamp};
use venue_queue::{SqliteStore, StoreConfig};
use venue_scheduler::{NotifyingQueue, Scheduler, SchedulerConfig, SchedulerParts};

use crate::{
    devices::Devices,
    venue::{Told, Venue},
};

/// The monotonic clock is real, the wall clock stands: nothing here depends on it.
struct RealClock(Timestamp);

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn instant(&self) -> StdInstant {
        StdInstant::now()
    }
}

#[tokio::test]
async fn a_batch_goes_through_the_store_in_sqlite_and_leaves_it_idle() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queue.db");
    let store = SqliteStore::open(&file, StoreConfig::default()).unwrap();
    let venue = Venue::start();
    let devices = Devices::new(Arc::clone(&venue.fences));
    let recorder = Arc::<Told>::default();
    let parts = SchedulerParts {
        queue: Arc::new(store.clone()),
        transport: Arc::clone(&devices),
        clock: RealClock(venue.now()),
        fences: Arc::clone(&venue.fences),
        order: Arc::clone(&venue.order),
        availability: Arc::new(StoreAvailability::down()),
        recorder: Arc::clone(&recorder) as Arc<dyn Recorder>,
        marker: Arc::new(NoMarker),
        jitter: SchedulerParts::<SqliteStore, Devices, RealClock>::random(),
    };
    let scheduler = Scheduler::start(parts, SchedulerConfig::default());
    let queue = NotifyingQueue::new(store.clone(), scheduler.waker().clone());
    let targets = (0..200).map(|device| format!("ir-{device}/1"));
    let commands = targets.map(|target| venue.bulk("power_on", &target)).collect();
    let id = venue.batch_into(&queue, commands).await;
    recorder.wait_for_ended(200).await;
    assert_eq!(recorder.all().finished_batches, std::slice::from_ref(&id));
    let batch = store.batch(id).await.unwrap().unwrap();
    assert_eq!(batch.counts.total(), 200);
    assert!(batch.counts.is_finished() && batch.counts.not_completed() == 0);
    assert_eq!(devices.words().len(), 200);
    scheduler.shutdown().await.unwrap();
    assert_eq!(store.depth(), venue_domain::Depth::default());
}
