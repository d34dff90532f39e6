//! Lock and unlock a zone or a TV, and whether a TV is locked.

use snafu::ensure;
use venue_domain::{ItemChange, ItemKind, PortId, WallTime};

use crate::{
    EditError, Lock, LockTarget, Registry,
    edit_error::{AlreadyLockedSnafu, NotLockedSnafu, ShapeSnafu},
    names::unknown,
    temporary,
};

impl Registry {
    /// The locks that hold when the wall clock shows `at`, ordered by id.
    pub fn locks(&self, at: WallTime) -> impl Iterator<Item = &Lock> {
        self.locks.values().filter(move |lock| lock.holds_at(at))
    }

    /// The lock that holds for the TV of `port` when the wall clock shows `at`, its own or that of its zone; of both
    /// the one that ends last.
    #[must_use]
    pub fn lock_of(&self, port: &PortId, at: WallTime) -> Option<&Lock> {
        if self.locks.is_empty() {
            return None;
        }
        let zone = self.device(&port.device).and_then(|device| device.value.port(port.port));
        let zone = zone.and_then(|port| port.zone.clone()).map(LockTarget::Zone);
        let both = [Some(LockTarget::Port(port.clone())), zone].into_iter().flatten();
        let found = both.filter_map(|target| self.locks.get(&target));
        found.filter(|lock| lock.holds_at(at)).max_by_key(|lock| lock.until_ms.unwrap_or(i64::MAX))
    }

    /// Whether exactly `lock` is there, over or not.
    #[must_use]
    pub fn has_lock(&self, lock: &Lock) -> bool {
        self.locks.get(&lock.id) == Some(lock)
    }

    /// The TVs that `target` means.
    pub fn locked_ports<'r>(&'r self, target: &'r LockTarget) -> impl Iterator<Item = PortId> {
        self.ports().filter_map(move |(id, port)| {
            let is_meant = match target {
                LockTarget::Zone(zone) => port.zone.as_ref() == Some(zone),
                LockTarget::Port(port) => *port == id,
            };
            is_meant.then_some(id)
        })
    }
}

/// The changes that lock what `lock` says at `now`; locks that have ended go with them. Another lock of it that holds
/// goes only if that is said (`replace`): it may be somebody else's.
pub(crate) fn put(
    lock: &Lock,
    replace: bool,
    registry: &Registry,
    now: WallTime,
) -> Result<Vec<ItemChange>, EditError> {
    if let Some(missing) = missing(&lock.id, registry) {
        return ShapeSnafu { field: "id", detail: missing }.fail();
    }
    if let Some(other) =
        registry.locks.get(&lock.id).filter(|other| !replace && other.holds_at(now))
    {
        // The same again is no other lock: whoever asks twice gets what they have.
        let same = Lock { since_ms: other.since_ms, ..lock.clone() } == *other;
        ensure!(same, AlreadyLockedSnafu { lock: other.told() });
    }
    temporary::put(ItemKind::Lock, lock, &registry.locks, now)
}

/// The change that takes away the lock of `target`, if it holds at `now`.
pub(crate) fn remove(
    target: &LockTarget,
    registry: &Registry,
    now: WallTime,
) -> Result<Vec<ItemChange>, EditError> {
    let found = registry.locks.get(target).filter(|lock| lock.holds_at(now));
    ensure!(found.is_some(), NotLockedSnafu { id: target.to_string() });
    Ok(vec![temporary::removal(ItemKind::Lock, target)])
}

/// What is wrong with `target`: there is no such zone, or no such TV.
fn missing(target: &LockTarget, registry: &Registry) -> Option<String> {
    match target {
        LockTarget::Zone(zone) => {
            let is_there = registry.zones.contains_key(zone);
            (!is_there).then(|| unknown("zone", zone.as_str(), registry.zones.keys()))
        }
        LockTarget::Port(port) => {
            let is_there = registry.ports().any(|(id, _)| id == *port);
            (!is_there).then(|| format!("there is no TV at {port}"))
        }
    }
}

#[cfg(test)]
mod tests;
