//! The whole configuration as one document, to be kept under version control and applied again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use snafu::{ResultExt, ensure};
use venue_domain::{ItemChange, ItemKind};

use crate::{
    Channel, CodeSet, Device, Kind, Listed, Preset, Profile, Registry, Source, Tag, Venue, Zone,
    edit_error::{DocumentError, DocumentSnafu, EditError, TwiceSnafu, shape},
    venue_item,
};

/// More wrong fields nobody mends at once.
const MOST_FIELDS: usize = 100;

/// Takes the field at a path such as `devices[0].ports[1].zone` out of a document, so that the rest can be read. A list
/// of which an entry is wrong is taken out as a whole; a list of items is not, since the others would not be read then.
fn remove(value: &mut Value, path: &str) -> bool {
    let path = path.trim_end_matches(|c: char| c.is_ascii_digit() || c == '[' || c == ']');
    let Some((parent, name)) = path.rsplit_once('.') else { return false };
    let mut at = value;
    for part in parent.split(['.', '[']) {
        let next = match part.strip_suffix(']') {
            Some(index) => index.parse().ok().and_then(|index: usize| at.get_mut(index)),
            None => at.get_mut(part),
        };
        let Some(next) = next else { return false };
        at = next;
    }
    at.as_object_mut().is_some_and(|fields| fields.remove(name).is_some())
}

mod difference;

pub use difference::{FieldChange, field_changes};

/// Everything that can be exported. Keys and tokens never are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Document {
    /// What the venue says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue: Option<Venue>,
    /// The zones.
    pub zones: Vec<Zone>,
    /// The tags.
    pub tags: Vec<Tag>,
    /// The timing profiles.
    pub profiles: Vec<Profile>,
    /// The channels.
    pub channels: Vec<Channel>,
    /// The infrared codes of remote controls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub codesets: Vec<CodeSet>,
    /// What screens show, such as set-top boxes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// The devices with their ports.
    pub devices: Vec<Device>,
    /// The presets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<Preset>,
}

/// What would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `devices/ir-dc4516`.
    pub item: String,
    /// How.
    pub change: ChangeKind,
    /// Which fields differ, at the top of the item.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// What each of them was and would be, down to the fields of a port.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<FieldChange>,
}

impl Change {
    /// An item that is added or removed as a whole.
    #[must_use]
    pub const fn of(item: String, change: ChangeKind) -> Self {
        Self { item, change, fields: Vec::new(), values: Vec::new() }
    }

    /// An item in which `values` differ.
    #[must_use]
    pub fn changed(item: String, values: Vec<FieldChange>) -> Self {
        let top = |value: &FieldChange| {
            let end = value.field.find(['.', '[']).unwrap_or(value.field.len());
            value.field[..end].to_owned()
        };
        let fields: BTreeSet<String> = values.iter().map(top).collect();
        let fields = fields.into_iter().collect();
        Self { item, change: ChangeKind::Changed, fields, values }
    }
}

/// How an item would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It differs.
    Changed,
    /// It goes.
    Removed,
}

/// The place of the venue's own item in a document.
const VENUE: &str = "venue";

/// One difference, with the text of the item that is wanted.
struct Difference {
    kind: Kind,
    id: String,
    change: ChangeKind,
    values: Vec<FieldChange>,
    wanted: Option<Value>,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// [`EditError::Shape`] names the field.
    pub fn read(value: Value) -> Result<Self, EditError> {
        // Serde takes a list as the values of the fields in their order.
        if !value.is_object() {
            let detail = "give an object with fields such as zones and devices".to_owned();
            return Err(EditError::Shape { field: String::new(), detail });
        }
        let mut read: Self =
            serde_path_to_error::deserialize(value).map_err(|error| shape(&error))?;
        for device in &mut read.devices {
            device.ports.sort_by_key(|port| port.index);
        }
        Ok(read)
    }

    /// Every field of a document that cannot be read, with what is wrong with it; [`Self::read`] names the first.
    /// Within an item that lacks a field it is the last that is named.
    #[must_use]
    pub fn unreadable_fields(mut value: Value) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        while found.len() < MOST_FIELDS {
            let Err(EditError::Shape { field, detail }) = Self::read(value.clone()) else { break };
            // It was taken out, and now it is missing.
            if found.iter().any(|(known, _)| *known == field) {
                break;
            }
            let is_removed = remove(&mut value, &field);
            found.push((field, detail));
            if !is_removed {
                break;
            }
        }
        found
    }

    /// What `registry` holds, but for what the configuration file fixes.
    #[must_use]
    pub fn of(registry: &Registry) -> Self {
        fn own<'a, T: Clone + 'a>(all: impl Iterator<Item = &'a Listed<T>>) -> Vec<T> {
            all.filter(|listed| listed.revision.is_some())
                .map(|listed| listed.value.clone())
                .collect()
        }
        Self {
            venue: registry.venue().cloned(),
            zones: own(registry.zones.values()),
            tags: own(registry.tags.values()),
            profiles: own(registry.profiles.values()),
            channels: own(registry.channels.values()),
            codesets: own(registry.codesets.values()),
            sources: own(registry.sources.values()),
            devices: own(registry.devices.values())
                .iter()
                .map(|device| (**device).clone())
                .collect(),
            presets: own(registry.presets.values()),
        }
    }

    /// What applying it to `registry` would change.
    ///
    /// # Errors
    /// [`DocumentError`] if the document contradicts itself.
    pub fn diff(&self, registry: &Registry, prune: bool) -> Result<Vec<Change>, DocumentError> {
        let shown = |Difference { kind, id, change, values, .. }: Difference| {
            let item = format!("{kind}/{id}");
            match change {
                ChangeKind::Changed => Change::changed(item, values),
                ChangeKind::Added | ChangeKind::Removed => Change::of(item, change),
            }
        };
        let venue = self.venue_change(registry, prune);
        Ok(venue.into_iter().chain(self.compare(registry, prune)?.into_iter().map(shown)).collect())
    }

    /// How the venue's own item would change.
    fn venue_change(&self, registry: &Registry, prune: bool) -> Option<Change> {
        let item = VENUE.to_owned();
        match (registry.venue(), &self.venue) {
            (None, None) => None,
            (Some(_), None) => prune.then(|| Change::of(item, ChangeKind::Removed)),
            (None, Some(wanted)) => {
                (*wanted != Venue::default()).then(|| Change::of(item, ChangeKind::Added))
            }
            (Some(found), Some(wanted)) if found == wanted => None,
            (Some(found), Some(wanted)) => {
                // What was read can be written.
                let value = |venue: &Venue| serde_json::to_value(venue).unwrap_or_default();
                Some(Change::changed(item, field_changes(&value(found), &value(wanted))))
            }
        }
    }

    /// The changes of items that applying it means.
    pub(crate) fn changes(
        &self,
        registry: &Registry,
        prune: bool,
    ) -> Result<Vec<ItemChange>, EditError> {
        let mut changes = Vec::new();
        if self.venue_change(registry, prune).is_some() {
            changes.push(venue_item::change(&self.venue.clone().unwrap_or_default()));
        }
        for Difference { kind, id, wanted, .. } in
            self.compare(registry, prune).context(DocumentSnafu)?
        {
            if let Some(value) = wanted {
                let (id, body) = kind.read(value)?;
                changes.push(ItemChange::Put { kind: kind.item(), id, body });
                continue;
            }
            if kind == Kind::Device {
                changes.push(ItemChange::Remove { kind: ItemKind::Key, id: id.clone() });
            }
            changes.push(ItemChange::Remove { kind: kind.item(), id });
        }
        Ok(changes)
    }

    fn compare(&self, registry: &Registry, prune: bool) -> Result<Vec<Difference>, DocumentError> {
        let found = Self::of(registry);
        let mut differences = Vec::new();
        for kind in Kind::ALL {
            let mut found = index(kind, found.side(kind))?;
            for (id, wanted) in index(kind, self.side(kind))? {
                let (change, values) = match found.remove(&id) {
                    Some(old) if old == wanted => continue,
                    Some(old) => (ChangeKind::Changed, field_changes(&old, &wanted)),
                    None => (ChangeKind::Added, Vec::new()),
                };
                differences.push(Difference { kind, id, change, values, wanted: Some(wanted) });
            }
            let gone = found.into_keys().filter(|_| prune);
            differences.extend(gone.map(|id| {
                let (change, values) = (ChangeKind::Removed, Vec::new());
                Difference { kind, id, change, values, wanted: None }
            }));
        }
        Ok(differences)
    }

    fn side(&self, kind: Kind) -> Vec<(String, Value)> {
        fn sides<T: Serialize>(all: &[T], id: impl Fn(&T) -> String) -> Vec<(String, Value)> {
            // What was read can be written.
            let side = |item: &T| (id(item), serde_json::to_value(item).unwrap_or_default());
            all.iter().map(side).collect()
        }
        match kind {
            Kind::Zone => sides(&self.zones, |zone| zone.id.to_string()),
            Kind::Tag => sides(&self.tags, |tag| tag.id.to_string()),
            Kind::Profile => sides(&self.profiles, |profile| profile.id.to_string()),
            Kind::Channel => sides(&self.channels, |channel| channel.id.to_string()),
            Kind::CodeSet => sides(&self.codesets, |set| set.id.to_string()),
            Kind::Source => sides(&self.sources, |source| source.id.to_string()),
            Kind::Preset => sides(&self.presets, |preset| preset.id.to_string()),
            Kind::Device => sides(&self.devices, |device| device.hostname.to_string()),
        }
    }
}

fn index(
    kind: Kind,
    sides: Vec<(String, Value)>,
) -> Result<BTreeMap<String, Value>, DocumentError> {
    let mut index = BTreeMap::new();
    for (id, value) in sides {
        let twice = index.insert(id.clone(), value).is_some();
        ensure!(!twice, TwiceSnafu { kind, id });
    }
    Ok(index)
}

#[cfg(test)]
mod tests;
