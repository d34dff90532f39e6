//! Tells when a lock or a maintenance ends by itself, so that whoever watches shows it as over.
//!
//! The end itself needs nobody: both are judged by the wall clock whenever somebody asks. While nothing has an end,
//! this sleeps.

use std::time::Duration;

use tokio::{
    select,
    time::{Instant, sleep_until},
};
use venue_domain::WallTime;
use venue_http::{EventKind, wire_lock, wire_maintenance};
use venue_registry::{Lock, Maintenance, Registry};

use crate::{
    clock::{LOOK, SystemClock},
    registry::LiveRegistry,
    watch::EventPublisher,
};

/// Watches the locks and the maintenance of a registry.
#[derive(Debug)]
pub(crate) struct EndWatch {
    registry: LiveRegistry,
    publisher: EventPublisher,
    /// What held when it looked last.
    held: Held,
}

#[derive(Debug, Default)]
struct Held {
    locks: Vec<Lock>,
    maintenances: Vec<Maintenance>,
}

impl Held {
    fn at(registry: &Registry, now: WallTime) -> Self {
        let locks = registry.locks(now).cloned().collect();
        Self { locks, maintenances: registry.maintenances(now).cloned().collect() }
    }

    fn next_end(&self) -> Option<WallTime> {
        let maintenances = self.maintenances.iter().filter_map(Maintenance::until);
        self.locks.iter().filter_map(Lock::until).chain(maintenances).min()
    }
}

impl EndWatch {
    pub(crate) fn new(registry: LiveRegistry, publisher: EventPublisher) -> Self {
        Self { registry, publisher, held: Held::default() }
    }

    /// Tells of each that ends, for good.
    ///
    /// # Cancel safety
    /// Safe: what has ended is told by the next call.
    pub(crate) async fn run(&mut self) {
        let mut changes = self.registry.changes();
        let mut clock = SystemClock.watch();
        loop {
            // What changes from here on wakes it again.
            changes.mark_unchanged();
            let (registry, now) = (self.registry.registry(), SystemClock.wall());
            self.tell_ended(&registry, now);
            self.held = Held::at(&registry, now);
            let next = self.held.next_end();
            let timer = async {
                match next {
                    Some(at) => sleep_until(Instant::now() + until(at, now).min(LOOK)).await,
                    None => std::future::pending().await,
                }
            };
            select! {
                () = timer => {}
                // The senders live in what this holds, and in the process.
                _ = changes.changed() => {}
                _ = clock.changed() => {}
            }
        }
    }

    /// Those that have ended by themselves: what was removed or replaced is a change of the configuration.
    fn tell_ended(&self, registry: &Registry, now: WallTime) {
        let Held { locks, maintenances } = &self.held;
        for lock in locks.iter().filter(|lock| registry.has_lock(lock) && !lock.holds_at(now)) {
            tracing::info!(lock = %lock.id, "the lock has ended");
            self.publisher.publish(EventKind::LockEnded, &wire_lock(lock, registry));
        }
        let is_over = |one: &&Maintenance| registry.has_maintenance(one) && !one.holds_at(now);
        for one in maintenances.iter().filter(is_over) {
            tracing::info!(maintenance = %one.id, "the maintenance has ended");
            self.publisher.publish(EventKind::MaintenanceEnded, &wire_maintenance(one));
        }
    }
}

fn until(at: WallTime, now: WallTime) -> Duration {
    let ms = at.unix_ms().saturating_sub(now.unix_ms());
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
