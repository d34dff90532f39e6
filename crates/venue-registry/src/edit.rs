//! Changes of the configuration, refused where they would not fit.

use std::fmt;

use serde_json::{Value, json};
use snafu::{OptionExt, ensure};
use venue_domain::{Configuration, Hostname, ItemChange, ItemKind, WallTime};

use crate::{
    Base, Document, EditError, Kind, Label, Lock, LockTarget, Maintenance, MaintenanceTarget,
    Problem, Registry, check,
    edit_error::{
        ExistsSnafu, FixedSnafu, InUseSnafu, NotFoundSnafu, RenamedSnafu, ShapeSnafu, StaleSnafu,
        UnfitSnafu,
    },
    locking, maintaining,
    names::is_key,
    venue_item,
};

/// What whoever edits has seen of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Whatever is there.
    Any,
    /// This revision of it, and no later one.
    Revision(u64),
}

/// One change, as somebody asks for it.
#[derive(Clone, Debug)]
pub enum Edit {
    /// A new item.
    Create {
        /// Of what kind.
        kind: Kind,
        /// The item, which names itself.
        value: Value,
    },
    /// The whole item anew.
    Replace {
        /// Of what kind.
        kind: Kind,
        /// Which one.
        id: String,
        /// The item.
        value: Value,
        /// What it was.
        expected: Expected,
    },
    /// Some of its fields, as a JSON merge patch (RFC 7386).
    Patch {
        /// Of what kind.
        kind: Kind,
        /// Which one.
        id: String,
        /// The fields; null takes one away.
        patch: Value,
        /// What it was.
        expected: Expected,
    },
    /// It goes; a device with its key.
    Remove {
        /// Of what kind.
        kind: Kind,
        /// Which one.
        id: String,
        /// What it was.
        expected: Expected,
    },
    /// The Noise key of a device; `None` takes it away.
    Key {
        /// The device.
        device: Hostname,
        /// 32 bytes in base64.
        key: Option<Secret>,
    },
    /// What the venue says of itself, as a JSON merge patch (RFC 7386).
    Venue {
        /// The fields; null takes one away.
        patch: Value,
    },
    /// A zone or a TV is locked, or locked anew; what has ended by `now` goes.
    Lock {
        /// The lock.
        lock: Lock,
        /// Whether another lock of it that holds may go.
        replace: bool,
        /// What the wall clock shows.
        now: WallTime,
    },
    /// The lock of a zone or a TV goes.
    Unlock {
        /// Which one.
        id: LockTarget,
        /// What the wall clock shows.
        now: WallTime,
    },
    /// A zone or a board is under maintenance from now on; what is over by `now` goes.
    Maintain {
        /// Until when, why and by whom.
        maintenance: Maintenance,
        /// What the wall clock shows.
        now: WallTime,
    },
    /// The maintenance of a zone or a board ends.
    EndMaintenance {
        /// Of which one.
        id: MaintenanceTarget,
        /// What the wall clock shows.
        now: WallTime,
    },
    /// Everything that a document says.
    Apply {
        /// The document.
        document: Box<Document>,
        /// Whether what it does not name goes.
        prune: bool,
        /// The revision of the whole that it was made for.
        expected: Expected,
    },
}

/// A text that `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Registry {
    /// Whether a preset could be saved: a new one, or in the place of that of `revision`.
    ///
    /// # Errors
    /// The [`EditError`] that saving it would be refused with.
    pub fn accepts_preset(&self, value: Value, revision: Option<u64>) -> Result<(), EditError> {
        let kind = Kind::Preset;
        let (id, body) = kind.read(value)?;
        match revision {
            Some(revision) => expect(self, kind, &id, Expected::Revision(revision))?,
            None => ensure!(self.preset(&id).is_none(), ExistsSnafu { kind, id }),
        }
        let mut problems = Vec::new();
        // What was read can be read.
        if let Ok(preset) = serde_json::from_str(&body) {
            check::preset(self, &preset, &mut problems);
        }
        ensure!(problems.is_empty(), UnfitSnafu { problems });
        Ok(())
    }
}

/// What would be wrong without `id`, as what is to be done before it goes: who names it, names it now.
fn naming(problem: Problem, id: &str) -> Problem {
    if !problem.is_unknown_name {
        return problem;
    }
    let detail = format!("names {id}: change it there first");
    Problem { detail, is_unknown_name: false, ..problem }
}

impl Edit {
    /// The changes that make it true, all or none of them.
    ///
    /// # Errors
    /// [`EditError`] names the field and what would be right.
    pub fn decide(
        self,
        configuration: &Configuration,
        base: &Base,
    ) -> Result<Vec<ItemChange>, EditError> {
        let (registry, known) = Registry::read(configuration, base);
        let removed = if let Self::Remove { kind, id, .. } = &self {
            Some((*kind, id.clone()))
        } else {
            None
        };
        let changes = self.changes(configuration, &registry)?;
        let mut after = configuration.clone();
        after.apply(&changes, configuration.revision.saturating_add(1));
        let (left, mut problems) = Registry::read(&after, base);
        problems.retain(|problem| !known.contains(problem));
        if let Some((_, id)) = removed.as_ref().filter(|_| !problems.is_empty()) {
            let named = problems.into_iter().map(|problem| naming(problem, id));
            let problems: Vec<Problem> = named.collect();
            return InUseSnafu { problems }.fail();
        }
        // What a device of the configuration file names would be there all the same.
        if let Some((kind, id)) = removed {
            ensure!(revision(&left, kind, &id).is_none(), FixedSnafu { id });
        }
        ensure!(problems.is_empty(), UnfitSnafu { problems });
        Ok(changes)
    }

    fn changes(
        self,
        configuration: &Configuration,
        registry: &Registry,
    ) -> Result<Vec<ItemChange>, EditError> {
        match self {
            Self::Create { kind, value } => {
                let (id, body) = kind.read(value)?;
                let fresh = revision(registry, kind, &id).is_none_or(|revision| {
                    // A zone that is only implied may be given a name.
                    revision.is_none() && kind != Kind::Device
                });
                ensure!(fresh, ExistsSnafu { kind, id });
                Ok(vec![ItemChange::Put { kind: kind.item(), id, body }])
            }
            Self::Replace { kind, id, value, expected } => {
                expect(registry, kind, &id, expected)?;
                replace(kind, id, value)
            }
            Self::Patch { kind, id, patch, expected } => {
                expect(registry, kind, &id, expected)?;
                let mut value = stored(configuration, kind, &id)?;
                merge_patch(&mut value, patch);
                replace(kind, id, value)
            }
            Self::Remove { kind, id, expected } => {
                expect(registry, kind, &id, expected)?;
                let with = with_it(kind, &id, registry);
                let item = ItemChange::Remove { kind: kind.item(), id };
                Ok(with.into_iter().chain([item]).collect())
            }
            Self::Key { device, key } => {
                let id = device.to_string();
                expect(registry, Kind::Device, &id, Expected::Any)?;
                key_change(id, key)
            }
            Self::Venue { patch } => {
                // What was read can be written.
                let mut value = registry.venue().map_or_else(|| json!({}), |venue| json!(venue));
                merge_patch(&mut value, patch);
                venue_item::put(value)
            }
            Self::Lock { lock, replace, now } => locking::put(&lock, replace, registry, now),
            Self::Unlock { id, now } => locking::remove(&id, registry, now),
            Self::Maintain { maintenance: new, now } => maintaining::put(&new, registry, now),
            Self::EndMaintenance { id, now } => maintaining::remove(&id, registry, now),
            Self::Apply { document, prune, expected } => {
                if let Expected::Revision(expected) = expected {
                    let found = registry.revision();
                    ensure!(found == expected, StaleSnafu { found, expected });
                }
                document.changes(registry, prune)
            }
        }
    }
}

/// What goes with an item: of a device its key and its maintenance, of a zone its lock and its maintenance. Who takes
/// the name later gets none of it.
fn with_it(kind: Kind, id: &str, registry: &Registry) -> Vec<ItemChange> {
    let gone = |kind: ItemKind, id: String| ItemChange::Remove { kind, id };
    let mut changes = Vec::new();
    let part = match kind {
        Kind::Device => format!("device:{id}"),
        Kind::Zone => format!("zone:{id}"),
        Kind::Tag | Kind::Profile | Kind::Channel | Kind::CodeSet | Kind::Source | Kind::Preset => {
            return changes;
        }
    };
    if kind == Kind::Device {
        changes.push(gone(ItemKind::Key, id.to_owned()));
    }
    if registry.locks.keys().any(|one| one.to_string() == part) {
        changes.push(gone(ItemKind::Lock, part.clone()));
    }
    if registry.maintenances.keys().any(|one| one.to_string() == part) {
        changes.push(gone(ItemKind::Maintenance, part));
    }
    changes
}

fn key_change(id: String, key: Option<Secret>) -> Result<Vec<ItemChange>, EditError> {
    let kind = ItemKind::Key;
    let Some(Secret(key)) = key else { return Ok(vec![ItemChange::Remove { kind, id }]) };
    let body = key.trim().to_owned();
    let detail = "a Noise key is 32 bytes in base64, 44 characters that end with =";
    ensure!(is_key(&body), ShapeSnafu { field: "noise_psk", detail });
    Ok(vec![ItemChange::Put { kind, id, body }])
}

fn replace(kind: Kind, id: String, value: Value) -> Result<Vec<ItemChange>, EditError> {
    let (found, body) = kind.read(value)?;
    ensure!(found == id, RenamedSnafu { kind, id, found });
    Ok(vec![ItemChange::Put { kind: kind.item(), id, body }])
}

/// Whether there is an item, and its revision if it can be changed.
fn revision(registry: &Registry, kind: Kind, id: &str) -> Option<Option<u64>> {
    let label = || id.parse::<Label>().ok();
    match kind {
        Kind::Device => registry.device(&id.parse().ok()?).map(|listed| listed.revision),
        Kind::Zone => registry.zones.get(&label()?).map(|listed| listed.revision),
        Kind::Tag => registry.tags.get(&label()?).map(|listed| listed.revision),
        Kind::Profile => registry.profiles.get(&label()?).map(|listed| listed.revision),
        Kind::Channel => registry.channels.get(&label()?).map(|listed| listed.revision),
        Kind::CodeSet => registry.codesets.get(&label()?).map(|listed| listed.revision),
        Kind::Source => registry.sources.get(&label()?).map(|listed| listed.revision),
        Kind::Preset => registry.presets.get(&label()?).map(|listed| listed.revision),
    }
}

fn expect(registry: &Registry, kind: Kind, id: &str, expected: Expected) -> Result<(), EditError> {
    let known = revision(registry, kind, id).context(NotFoundSnafu { kind, id })?;
    let found = known.context(FixedSnafu { id })?;
    match expected {
        Expected::Any => Ok(()),
        Expected::Revision(expected) => {
            ensure!(found == expected, StaleSnafu { found, expected });
            Ok(())
        }
    }
}

fn stored(configuration: &Configuration, kind: Kind, id: &str) -> Result<Value, EditError> {
    let mut items = configuration.items.iter();
    let item = items.find(|item| item.kind == kind.item() && item.id == id);
    let value = item.and_then(|item| serde_json::from_str(&item.body).ok());
    value.context(NotFoundSnafu { kind, id })
}

/// Lays a JSON merge patch over `value` (RFC 7386): a null takes a field away.
pub fn merge_patch(value: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *value = patch;
        return;
    };
    if !value.is_object() {
        *value = Value::Object(serde_json::Map::new());
    }
    let Value::Object(fields) = value else { return };
    for (name, patch) in patch {
        if patch.is_null() {
            fields.remove(&name);
        } else {
            merge_patch(fields.entry(name).or_insert(Value::Null), patch);
        }
    }
}

#[cfg(test)]
mod tests;
