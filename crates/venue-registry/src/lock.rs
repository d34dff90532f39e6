//! Locks: a zone or a TV that only those who may lock may command, until a time or for good.
//!
//! A zone or a TV has at most one lock, which is named after it; to lock it again replaces the lock. A lock is
//! operational, not part of what the venue is made of: it is stored beside the other items, so that it outlives a
//! restart and holds without a database, but no document carries it. Applying yesterday's document must neither
//! open a private party nor bring one back.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::{Snafu, ensure};
use venue_domain::{ItemChange, ItemKind, PortId, PortLock, WallTime};

use crate::{
    EditError, Label, Registry,
    edit_error::{NotLockedSnafu, ShapeSnafu},
    names::{self, unknown},
};

/// One for each TV of a large venue.
const MAX_LOCKS: usize = 2_000;

/// What a lock is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum LockTarget {
    /// Every TV of a zone, also one that moves there later.
    Zone(Label),
    /// The TV of a port.
    Port(PortId),
}

/// A text that names nothing that can be locked.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display(
    "{text:?} is not the id of a lock: give zone:ZONE or port:HOST:PORT, such as zone:bar or port:ir-dc4516:2"
))]
pub struct LockTargetError {
    /// What was given.
    pub text: String,
}

impl FromStr for LockTarget {
    type Err = LockTargetError;

    fn from_str(text: &str) -> Result<Self, LockTargetError> {
        let wrong = || LockTargetError { text: text.to_owned() };
        if let Some(zone) = text.strip_prefix("zone:") {
            return zone.parse().map(Self::Zone).map_err(|_| wrong());
        }
        let port = text.strip_prefix("port:").and_then(|port| port.rsplit_once(':'));
        let (device, port) = port.ok_or_else(wrong)?;
        let port: PortId = format!("{device}/{port}").parse().map_err(|_| wrong())?;
        ensure!(!port.port.is_board(), LockTargetSnafu { text });
        Ok(Self::Port(port))
    }
}

impl fmt::Display for LockTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zone(zone) => write!(f, "zone:{zone}"),
            Self::Port(PortId { device, port }) => write!(f, "port:{device}:{port}"),
        }
    }
}

impl TryFrom<String> for LockTarget {
    type Error = LockTargetError;

    fn try_from(text: String) -> Result<Self, LockTargetError> {
        text.parse()
    }
}

impl From<LockTarget> for String {
    fn from(target: LockTarget) -> Self {
        target.to_string()
    }
}

/// A lock of a zone or a TV, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// What is locked, which names the lock.
    pub id: LockTarget,
    /// Why, in words for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who locked it; `None` where nobody signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When it was locked, in milliseconds of wall time.
    pub since_ms: i64,
    /// When it ends by itself, in milliseconds of wall time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
}

impl Lock {
    /// When it ends by itself.
    #[must_use]
    pub fn until(&self) -> Option<WallTime> {
        self.until_ms.map(WallTime::from_unix_ms)
    }

    /// When it was locked.
    #[must_use]
    pub const fn since(&self) -> WallTime {
        WallTime::from_unix_ms(self.since_ms)
    }

    /// Whether it holds when the wall clock shows `at`.
    #[must_use]
    pub fn holds_at(&self, at: WallTime) -> bool {
        self.until().is_none_or(|until| at < until)
    }

    /// As whoever may not command the TV is told.
    #[must_use]
    pub fn told(&self) -> PortLock {
        PortLock {
            id: self.id.to_string(),
            by: self.by.clone(),
            until: self.until(),
            reason: self.reason.clone(),
        }
    }
}

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

/// The changes that lock what `lock` says at `now`; locks that have ended go with them.
pub(crate) fn put(
    lock: &Lock,
    registry: &Registry,
    now: WallTime,
) -> Result<Vec<ItemChange>, EditError> {
    if let Some(missing) = missing(&lock.id, registry) {
        return ShapeSnafu { field: "id", detail: missing }.fail();
    }
    if let Some(detail) = lock.reason.as_deref().and_then(names::name) {
        return ShapeSnafu { field: "reason", detail }.fail();
    }
    let detail = "is not in the future: give a later time, or none for a lock without an end";
    ensure!(lock.holds_at(now), ShapeSnafu { field: "until", detail });
    let others = registry.locks(now).filter(|other| other.id != lock.id).count();
    let detail = format!("there are {MAX_LOCKS} locks, and more there cannot be: lock zones");
    ensure!(others < MAX_LOCKS, ShapeSnafu { field: "id", detail });
    let ended = registry.locks.values().filter(|other| !other.holds_at(now));
    let ended = ended.filter(|other| other.id != lock.id).map(|other| removal(&other.id));
    // What was made here can be written.
    let body = serde_json::to_string(lock).unwrap_or_default();
    let put = ItemChange::Put { kind: ItemKind::Lock, id: lock.id.to_string(), body };
    Ok(ended.chain([put]).collect())
}

/// The change that takes away the lock of `target`, if it holds at `now`.
pub(crate) fn remove(
    target: &LockTarget,
    registry: &Registry,
    now: WallTime,
) -> Result<Vec<ItemChange>, EditError> {
    let found = registry.locks.get(target).filter(|lock| lock.holds_at(now));
    ensure!(found.is_some(), NotLockedSnafu { id: target.to_string() });
    Ok(vec![removal(target)])
}

fn removal(target: &LockTarget) -> ItemChange {
    ItemChange::Remove { kind: ItemKind::Lock, id: target.to_string() }
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
