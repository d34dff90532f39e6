//! Changes of the configuration, refused where they would not fit.

use std::{fmt, str::FromStr};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use snafu::{OptionExt, Snafu, ensure};
use venue_domain::{Configuration, Hostname, ItemChange, ItemKind, misplaced};

use crate::{
    Base, Channel, CodeSet, Device, Document, DocumentError, Label, Preset, Problem, Profile,
    Registry, Tag, Zone, registry::is_key,
};

/// What can be edited one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Devices with their ports.
    Device,
    /// Zones.
    Zone,
    /// Tags.
    Tag,
    /// Timing profiles.
    Profile,
    /// Channels of the line-up.
    Channel,
    /// Infrared codes of remote controls.
    CodeSet,
    /// Presets.
    Preset,
}

/// A word that is no kind.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display(
    "there is no kind {name:?}: there are devices, zones, tags, profiles, channels, codesets and presets"
))]
pub struct UnknownKind {
    /// The word that was given.
    pub name: String,
}

impl Kind {
    /// Every kind, those first that others refer to.
    pub const ALL: [Self; 7] = [
        Self::Zone,
        Self::Tag,
        Self::Profile,
        Self::Channel,
        Self::CodeSet,
        Self::Device,
        Self::Preset,
    ];

    /// The word in paths and documents.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Device => "devices",
            Self::Zone => "zones",
            Self::Tag => "tags",
            Self::Profile => "profiles",
            Self::Channel => "channels",
            Self::CodeSet => "codesets",
            Self::Preset => "presets",
        }
    }

    /// How it is stored.
    #[must_use]
    pub const fn item(self) -> ItemKind {
        match self {
            Self::Device => ItemKind::Device,
            Self::Zone => ItemKind::Zone,
            Self::Tag => ItemKind::Tag,
            Self::Profile => ItemKind::Profile,
            Self::Channel => ItemKind::Channel,
            Self::CodeSet => ItemKind::CodeSet,
            Self::Preset => ItemKind::Preset,
        }
    }

    /// The field that names an item.
    #[must_use]
    pub const fn id_field(self) -> &'static str {
        match self {
            Self::Device => "hostname",
            Self::Zone
            | Self::Tag
            | Self::Profile
            | Self::Channel
            | Self::CodeSet
            | Self::Preset => "id",
        }
    }

    /// Reads an item of this kind; its id, and its text as it is stored.
    pub(crate) fn read(self, value: Value) -> Result<(String, String), EditError> {
        match self {
            Self::Device => read::<Device>(value, |device| device.hostname.to_string()),
            Self::Zone => read::<Zone>(value, |zone| zone.id.to_string()),
            Self::Tag => read::<Tag>(value, |tag| tag.id.to_string()),
            Self::Profile => read::<Profile>(value, |profile| profile.id.to_string()),
            Self::Channel => read::<Channel>(value, |channel| channel.id.to_string()),
            Self::CodeSet => read::<CodeSet>(value, |set| set.id.to_string()),
            Self::Preset => read::<Preset>(value, |preset| preset.id.to_string()),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.plural())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.plural() == name).context(UnknownKindSnafu { name })
    }
}

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

/// Why an edit is refused. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(visibility(pub(crate)))]
pub enum EditError {
    /// There is no such item.
    #[snafu(display("there is no {id} in {kind}"))]
    NotFound {
        /// Of what kind.
        kind: Kind,
        /// Which one.
        id: String,
    },
    /// There is one of the same name.
    #[snafu(display("{id} already exists in {kind}"))]
    Exists {
        /// Of what kind.
        kind: Kind,
        /// Which one.
        id: String,
    },
    /// The configuration file fixes it.
    #[snafu(display("{id} is in the daemon's configuration file: change it there"))]
    Fixed {
        /// Which one.
        id: String,
    },
    /// It was changed since.
    #[snafu(display("it was changed in the meantime: it has revision {found}, not {expected}"))]
    Stale {
        /// Its revision.
        found: u64,
        /// What was expected.
        expected: u64,
    },
    /// The item has another name than its path.
    #[snafu(display(
        "the item has the id {found}, but its path the id {id}: an id cannot be changed"
    ))]
    Renamed {
        /// Of what kind.
        kind: Kind,
        /// Its name in the path.
        id: String,
        /// Its name in itself.
        found: String,
    },
    /// It is no item of this kind.
    #[snafu(display("{field}: {detail}"))]
    Shape {
        /// The field.
        field: String,
        /// What is wrong, and what would be right.
        detail: String,
    },
    /// It does not fit with the rest.
    #[snafu(display("{}", listed(problems)))]
    Unfit {
        /// What does not fit.
        problems: Vec<Problem>,
    },
    /// Others refer to it.
    #[snafu(display("it is in use: {}", listed(problems)))]
    InUse {
        /// What would be left without it.
        problems: Vec<Problem>,
    },
    /// The document cannot be used.
    #[snafu(display("{source}"))]
    Document {
        /// Why.
        source: DocumentError,
    },
}

fn listed(problems: &[Problem]) -> String {
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    texts.join("; ")
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
        ensure!(problems.is_empty() || removed.is_none(), InUseSnafu { problems });
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
                let key = (kind == Kind::Device)
                    .then(|| ItemChange::Remove { kind: ItemKind::Key, id: id.clone() });
                let item = ItemChange::Remove { kind: kind.item(), id };
                Ok(key.into_iter().chain([item]).collect())
            }
            Self::Key { device, key } => {
                let id = device.to_string();
                expect(registry, Kind::Device, &id, Expected::Any)?;
                key_change(id, key)
            }
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

fn read<T: DeserializeOwned + Serialize>(
    value: Value,
    id: impl Fn(&T) -> String,
) -> Result<(String, String), EditError> {
    let item: T = serde_path_to_error::deserialize(value).map_err(|error| shape(&error))?;
    // What was read can be written.
    let body = serde_json::to_string(&item).unwrap_or_default();
    Ok((id(&item), body))
}

/// Which field is wrong, and why.
pub(crate) fn shape(error: &serde_path_to_error::Error<serde_json::Error>) -> EditError {
    let (field, detail) = misplaced(&error.path().to_string(), &error.inner().to_string());
    EditError::Shape { field, detail }
}

#[cfg(test)]
mod tests;
