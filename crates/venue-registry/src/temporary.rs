//! What holds for a part of the venue until a time, or until somebody takes it away: a lock, a maintenance.
//!
//! A part of the venue has at most one of a kind, which is named after it. It is stored beside the items that the venue
//! is made of, so that it outlives a restart and holds without a database, and no document carries it.

use std::{collections::BTreeMap, fmt::Display};

use serde::{Deserialize, Serialize};
use snafu::ensure;
use venue_domain::{ItemChange, ItemKind, WallTime};

use crate::{EditError, edit_error::ShapeSnafu, names};

/// More than any venue has at a time.
const MOST: usize = 2_000;

/// Something that holds for `Target` until a time or for good, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Temporary<Target> {
    /// What it holds for, which names it.
    pub id: Target,
    /// Why, in words for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who began it; `None` where nobody signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When it began, in milliseconds of wall time.
    pub since_ms: i64,
    /// When it ends by itself, in milliseconds of wall time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
}

impl<Target> Temporary<Target> {
    /// When it ends by itself.
    #[must_use]
    pub fn until(&self) -> Option<WallTime> {
        self.until_ms.map(WallTime::from_unix_ms)
    }

    /// When it began.
    #[must_use]
    pub const fn since(&self) -> WallTime {
        WallTime::from_unix_ms(self.since_ms)
    }

    /// Whether it holds when the wall clock shows `at`.
    #[must_use]
    pub fn holds_at(&self, at: WallTime) -> bool {
        self.until().is_none_or(|until| at < until)
    }
}

/// The changes that store `new` of `kind` beside `known` at `now`: what has ended goes with them.
pub(crate) fn put<Target: Ord + Display + Serialize>(
    kind: ItemKind,
    new: &Temporary<Target>,
    known: &BTreeMap<Target, Temporary<Target>>,
    now: WallTime,
) -> Result<Vec<ItemChange>, EditError> {
    if let Some(detail) = new.reason.as_deref().and_then(names::name) {
        return ShapeSnafu { field: "reason", detail }.fail();
    }
    let detail = "is not in the future: give a later time, or none for one that somebody ends";
    ensure!(new.holds_at(now), ShapeSnafu { field: "until", detail });
    let (held, ended): (Vec<_>, Vec<_>) =
        known.values().filter(|other| other.id != new.id).partition(|other| other.holds_at(now));
    let detail = format!("there are {MOST} already, and more there cannot be: name zones");
    ensure!(held.len() < MOST, ShapeSnafu { field: "id", detail });
    // What was made here can be written.
    let body = serde_json::to_string(new).unwrap_or_default();
    let put = ItemChange::Put { kind, id: new.id.to_string(), body };
    Ok(ended.into_iter().map(|other| removal(kind, &other.id)).chain([put]).collect())
}

/// The change that takes away that of `target`.
pub(crate) fn removal(kind: ItemKind, target: &impl Display) -> ItemChange {
    ItemChange::Remove { kind, id: target.to_string() }
}
