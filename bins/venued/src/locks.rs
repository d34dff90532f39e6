//! Tells when a lock of a zone or a TV ends by itself, so that whoever watches shows it open again.
//!
//! The end itself needs nobody: a lock is judged by the wall clock whenever a command asks for it. While nothing is
//! locked until a time, this sleeps.

use std::time::Duration;

use tokio::{
    select,
    time::{Instant, sleep_until},
};
use venue_domain::WallTime;
use venue_http::{EventKind, wire_lock};
use venue_registry::{Lock, Registry};

use crate::{
    clock::{LOOK, SystemClock},
    registry::LiveRegistry,
    watch::EventPublisher,
};

/// Watches the locks of a registry.
#[derive(Debug)]
pub(crate) struct LockWatch {
    registry: LiveRegistry,
    publisher: EventPublisher,
    /// Those that held when it looked last.
    held: Vec<Lock>,
}

impl LockWatch {
    pub(crate) const fn new(registry: LiveRegistry, publisher: EventPublisher) -> Self {
        Self { registry, publisher, held: Vec::new() }
    }

    /// Tells of each lock that ends, for good.
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
            for lock in ended(&self.held, &registry, now) {
                tracing::info!(lock = %lock.id, "the lock has ended");
                self.publisher.publish(EventKind::LockEnded, &wire_lock(lock, &registry));
            }
            self.held = registry.locks(now).cloned().collect();
            let next = self.held.iter().filter_map(Lock::until).min();
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
}

/// Those of `held` that have ended by themselves: what was removed or replaced is a change of the configuration.
fn ended<'l>(
    held: &'l [Lock],
    registry: &'l Registry,
    now: WallTime,
) -> impl Iterator<Item = &'l Lock> {
    held.iter().filter(move |lock| registry.has_lock(lock) && !lock.holds_at(now))
}

fn until(at: WallTime, now: WallTime) -> Duration {
    let ms = at.unix_ms().saturating_sub(now.unix_ms());
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
