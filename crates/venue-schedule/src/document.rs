//! Registry and schedules as one document: all that an export holds, and what applying it means.

use std::collections::BTreeMap;

use crate::{PlanState, Schedule, ScheduleSpec, ScheduleState};
use serde_json::{Map, Value, json};
use snafu::{ResultExt, Snafu, ensure};
use venue_domain::{Configuration, ItemChange, ItemKind, Timestamp};
use venue_registry::{
    Base, Change, ChangeKind, Document, DocumentError, Edit, EditError, Expected, Registry,
    TimeZoneName, field_changes,
};

use crate::{
    ScheduleDefinition, ScheduleEditError, Schedules, StoredSchedule,
    edit::{put, read, rewritten},
    references::keep_references,
    stored::stand,
};

/// The configuration of a venue with its schedules. Keys and tokens are in no document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VenueDocument {
    registry: Document,
    /// As they were written, by id; `None` for a document that is not about schedules.
    schedules: Option<BTreeMap<String, Value>>,
}

/// Why a document cannot be used. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
pub enum VenueDocumentError {
    /// What is wrong is not a schedule.
    #[snafu(transparent)]
    Registry {
        /// What is wrong.
        source: EditError,
    },
    /// A schedule is wrong.
    #[snafu(display("schedules/{id}: {source}"))]
    Schedule {
        /// Which one.
        id: String,
        /// What is wrong with it.
        source: ScheduleEditError,
    },
    /// The list of schedules is wrong.
    #[snafu(display("schedules: {detail}"))]
    Schedules {
        /// What is wrong, and what would be right.
        detail: String,
    },
}

/// The key of the schedules in a document.
const SCHEDULES: &str = "schedules";

/// Says in a document that a schedule is paused; it is no part of its definition.
const PAUSED: &str = "paused";

impl VenueDocument {
    /// What `registry` and `current` hold, but for what the configuration file fixes and for schedules
    /// that will never fire again.
    #[must_use]
    pub fn of(registry: &Registry, current: &Schedules, now: Timestamp) -> Self {
        // One for holidays alone lasts, although none may be known yet.
        let lasting = |entry: &&StoredSchedule| entry.schedule.trigger.next_after(now).is_some();
        let written = |entry: &StoredSchedule| (entry.definition.id.to_string(), written(entry));
        let schedules = current.entries().filter(lasting).map(written).collect();
        Self { registry: Document::of(registry), schedules: Some(schedules) }
    }

    /// Reads a document. One without `schedules` leaves them alone.
    ///
    /// # Errors
    /// [`VenueDocumentError`] names the field.
    pub fn read(mut value: Value) -> Result<Self, VenueDocumentError> {
        let schedules = value.as_object_mut().and_then(|fields| fields.remove(SCHEDULES));
        let schedules = schedules.map(by_id).transpose()?;
        Ok(Self { registry: Document::read(value)?, schedules })
    }

    /// The document as it is shown and kept.
    #[must_use]
    pub fn into_value(self) -> Value {
        // What was read can be written.
        let mut value = serde_json::to_value(self.registry).unwrap_or_else(|_| json!({}));
        if let (Some(fields), Some(schedules)) = (value.as_object_mut(), self.schedules) {
            fields.insert(SCHEDULES.to_owned(), schedules.into_values().collect());
        }
        value
    }

    /// What applying it would change, with the old and new values of each field.
    ///
    /// # Errors
    /// [`DocumentError`] if the document contradicts itself.
    pub fn diff(
        &self,
        registry: &Registry,
        current: &Schedules,
        prune: bool,
    ) -> Result<Vec<Change>, DocumentError> {
        let mut changes = self.registry.diff(registry, prune)?;
        let Some(schedules) = &self.schedules else { return Ok(changes) };
        let zone = self.time_zone(registry, prune);
        let item = |id: &str| format!("{SCHEDULES}/{id}");
        for (id, wanted) in schedules {
            let wanted = &canonical(wanted.clone(), zone);
            let found = current.get(id).map(written);
            let change = match &found {
                Some(found) if found == wanted => continue,
                Some(found) => Change::changed(item(id), field_changes(found, wanted)),
                None => Change::of(item(id), ChangeKind::Added),
            };
            changes.push(change);
        }
        let gone = current.entries().map(|entry| entry.definition.id.to_string());
        let gone = gone.filter(|id| prune && !schedules.contains_key(id));
        changes.extend(gone.map(|id| Change::of(item(&id), ChangeKind::Removed)));
        Ok(changes)
    }

    /// The venue's zone once this is applied.
    fn time_zone<'a>(&'a self, registry: &'a Registry, prune: bool) -> &'a TimeZoneName {
        match &self.registry.venue {
            Some(venue) => venue.time_zone.as_ref().unwrap_or_else(|| registry.machine_time_zone()),
            None if prune => registry.machine_time_zone(),
            None => registry.time_zone(),
        }
    }

    /// The changes that make it true, all or none of them.
    ///
    /// # Errors
    /// [`VenueDocumentError`] names the item and the field, and what would be right.
    pub fn decide(
        self,
        configuration: &Configuration,
        base: &Base,
        prune: bool,
        expected: Expected,
        now: Timestamp,
    ) -> Result<Vec<ItemChange>, VenueDocumentError> {
        let Self { registry, schedules } = self;
        let edit = Edit::Apply { document: Box::new(registry), prune, expected };
        let mut changes = edit.decide(configuration, base)?;
        let Some(schedules) = schedules else {
            keep_references(&changes, configuration, base)?;
            return Ok(changes);
        };
        // Selectors name what is there afterwards.
        let mut after = configuration.clone();
        after.apply(&changes, configuration.revision.saturating_add(1));
        let (registry, _) = Registry::read(&after, base);
        let (current, _) = Schedules::read(configuration, now);
        for (id, wanted) in &schedules {
            let wanted = &canonical(wanted.clone(), registry.time_zone());
            let found = current.get(id);
            if found.map(written).as_ref() != Some(wanted) {
                let wanted = schedule(found, wanted.clone(), &registry, now);
                changes.extend(wanted.context(ScheduleSnafu { id })?);
            }
        }
        if prune {
            let gone = configuration.items.iter().filter(|item| {
                matches!(item.kind, ItemKind::Schedule | ItemKind::ScheduleState)
                    && !schedules.contains_key(&item.id)
            });
            let gone = gone.map(|item| ItemChange::Remove { kind: item.kind, id: item.id.clone() });
            changes.extend(gone);
        }
        keep_references(&changes, configuration, base)?;
        Ok(changes)
    }
}

/// A schedule as a document has it.
fn written(entry: &StoredSchedule) -> Value {
    // What was read can be written.
    let mut value = serde_json::to_value(&entry.definition).unwrap_or_default();
    if let Some(fields) = value.as_object_mut().filter(|_| entry.state.paused) {
        fields.insert(PAUSED.to_owned(), Value::Bool(true));
    }
    value
}

fn by_id(list: Value) -> Result<BTreeMap<String, Value>, VenueDocumentError> {
    let wrong = |detail: &str| SchedulesSnafu { detail }.build();
    let Value::Array(list) = list else { return Err(wrong("give a list of schedules")) };
    let mut schedules = BTreeMap::new();
    for schedule in list {
        let mut schedule = schedule;
        let id = schedule.get("id").and_then(Value::as_str).map(str::to_owned);
        let id = id.ok_or_else(|| wrong("each schedule needs an id"))?;
        // Not paused is how it is without a word.
        if let Some(fields) = schedule.as_object_mut()
            && fields.get(PAUSED) == Some(&Value::Bool(false))
        {
            fields.remove(PAUSED);
        }
        let twice = schedules.insert(id.clone(), schedule).is_some();
        ensure!(!twice, SchedulesSnafu { detail: format!("{id} is there twice") });
    }
    Ok(schedules)
}

/// The schedule as it would be stored, so that what is the same is written the same. What cannot be
/// read is left as it is, to be refused with its reason.
fn canonical(written: Value, zone: &TimeZoneName) -> Value {
    let mut plain = written.clone();
    let paused = plain.as_object_mut().and_then(|fields| fields.remove(PAUSED));
    let definition = serde_json::from_value::<ScheduleDefinition>(plain).ok();
    let definition = definition.map(|one| one.zoned(zone));
    let form = definition.as_ref().and_then(|one| Schedule::try_from(&one.spec()).ok());
    let (Some(definition), Some(schedule)) = (definition, form) else { return written };
    let definition = definition.canonical(ScheduleSpec::from(&schedule));
    let mut value = serde_json::to_value(definition).unwrap_or(written);
    if let (Some(fields), Some(paused)) = (value.as_object_mut(), paused) {
        fields.insert(PAUSED.to_owned(), paused);
    }
    value
}

/// The changes that make one schedule what a document says.
fn schedule(
    found: Option<&StoredSchedule>,
    mut wanted: Value,
    registry: &Registry,
    now: Timestamp,
) -> Result<Vec<ItemChange>, ScheduleEditError> {
    let paused = wanted.as_object_mut().and_then(|fields: &mut Map<_, _>| fields.remove(PAUSED));
    let paused = match paused {
        None => false,
        Some(Value::Bool(paused)) => paused,
        Some(_) => {
            let detail = "give true or false".to_owned();
            return Err(ScheduleEditError::Shape { field: PAUSED.to_owned(), detail });
        }
    };
    let (definition, schedule) = read(wanted, registry)?;
    let id = definition.id.to_string();
    let same_times = found.filter(|entry| entry.schedule.trigger == schedule.trigger);
    let standing = match same_times {
        Some(entry) => entry.state.clone(),
        None if schedule.trigger.next_after(now).is_none() => return Err(ScheduleEditError::Over),
        None => ScheduleState::new(now),
    };
    let plan = found.map(|entry| rewritten(entry, &schedule, now)).transpose()?.unwrap_or_default();
    // Whoever applies a document plans for all zones.
    let plan = PlanState { zones: None, ..plan };
    let standing = match (standing.paused, paused) {
        (false, true) => standing.pause(),
        (true, false) => standing.resume(now),
        (true, true) | (false, false) => standing,
    };
    Ok(vec![put(&definition), stand(&id, standing, &plan)])
}

#[cfg(test)]
mod tests;
