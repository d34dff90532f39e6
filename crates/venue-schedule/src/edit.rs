//! Changes of the schedules, refused where they would not fit.

use std::sync::Arc;

use crate::{
    PendingPutBack, PlanState, Planner, Schedule, ScheduleEditError, ScheduleSpec, ScheduleState,
    ScheduleStep, ScheduleStepError, SpecError, StepsError,
    edit_error::{
        ExistsSnafu, FormSnafu, NoHolidaySnafu, NoMatchSnafu, NotFoundSnafu, OutsideZonesSnafu,
        OverSnafu, PutBackOverSnafu, RenamedSnafu, ShapeSnafu, StaleSnafu,
    },
    exceptions::{self, Moved, RunMove, check_exceptions},
    listed,
    moved_id::LONGEST_ID,
    stored::stand,
};
use serde_json::Value;
use snafu::{OptionExt, ResultExt, ensure};
use venue_domain::{ActionError, Configuration, ItemChange, ItemKind, Timestamp, misplaced};
use venue_registry::{Expected, NoMatch, Registry, Selector, merge_patch};

use crate::{ScheduleDefinition, Schedules, StoredSchedule, references::missing};

/// One change, as somebody asks for it.
#[derive(Clone, Debug)]
pub enum ScheduleEdit {
    /// A new schedule.
    Create {
        /// It, with its id.
        value: Value,
    },
    /// The whole schedule anew.
    Replace {
        /// Which one.
        id: String,
        /// It.
        value: Value,
        /// What it was.
        expected: Expected,
    },
    /// Some of its fields, as a JSON merge patch (RFC 7386).
    Patch {
        /// Which one.
        id: String,
        /// The fields; null takes one away.
        patch: Value,
        /// What it was.
        expected: Expected,
    },
    /// It goes.
    Remove {
        /// Which one.
        id: String,
        /// What it was.
        expected: Expected,
    },
    /// From now on nothing of it fires.
    Pause {
        /// Which one.
        id: String,
    },
    /// It fires again; what was due during the pause is neither fired nor missed.
    Resume {
        /// Which one.
        id: String,
    },
    /// What comes next of it is left out: its next occurrence, or the put back of the one before.
    Skip {
        /// Which one.
        id: String,
        /// The run that is left out instead: its day, or its local date and time.
        on: Option<String>,
    },
    /// What was skipped of it is done after all.
    Unskip {
        /// Which one.
        id: String,
        /// The run; without it what comes next of what is skipped.
        on: Option<String>,
    },
    /// One run of it comes at another time.
    Move {
        /// Which one.
        id: String,
        /// Which run, and when.
        run: RunMove,
    },
}

/// More than anybody writes.
const MAX_SELECTORS: usize = 50;

/// More than any venue has.
const MAX_SCHEDULES: usize = 500;

impl ScheduleEdit {
    /// The id of the schedule; empty where a new one has none.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Create { value } => value["id"].as_str().unwrap_or_default(),
            Self::Replace { id, .. }
            | Self::Patch { id, .. }
            | Self::Remove { id, .. }
            | Self::Pause { id }
            | Self::Resume { id }
            | Self::Skip { id, .. }
            | Self::Unskip { id, .. }
            | Self::Move { id, .. } => id,
        }
    }

    /// The changes that make it true, all or none of them, as far as `planner` may make them.
    ///
    /// # Errors
    /// [`ScheduleEditError`] names the field and what would be right.
    pub fn decide(
        self,
        configuration: &Configuration,
        registry: &Registry,
        planner: &Planner,
        now: Timestamp,
    ) -> Result<Vec<ItemChange>, ScheduleEditError> {
        let (schedules, _) = Schedules::read(configuration, now);
        let of = |id: &str, expected| {
            let entry = expect(&schedules, id, expected)?;
            planner.check(entry, registry)?;
            Ok(entry)
        };
        match self {
            Self::Create { value } => created(value, configuration, registry, planner, now),
            Self::Replace { id, value, expected } => {
                written(of(&id, expected)?, value, registry, planner, now)
            }
            Self::Patch { id, patch, expected } => {
                let entry = of(&id, expected)?;
                // What was read can be written.
                let mut value = serde_json::to_value(&entry.definition).unwrap_or_default();
                merge_patch(&mut value, patch);
                written(entry, value, registry, planner, now)
            }
            Self::Remove { id, expected } => {
                // What cannot be read can still be removed, though not by whoever has to have made it.
                if let Err(error) = of(&id, expected) {
                    let unread = is_stored(configuration, &id) && schedules.get(&id).is_none();
                    ensure_or(unread && !planner.own_only, error)?;
                }
                let gone = |kind| ItemChange::Remove { kind, id: id.clone() };
                Ok(vec![gone(ItemKind::Schedule), gone(ItemKind::ScheduleState)])
            }
            Self::Pause { id } => {
                let entry = of(&id, Expected::Any)?;
                Ok(vec![stand(&id, entry.state.clone().pause(), &entry.plan)])
            }
            Self::Resume { id } => Ok(vec![resumed(of(&id, Expected::Any)?, now)]),
            Self::Skip { id, on } => {
                Ok(vec![exceptions::skip(of(&id, Expected::Any)?, on.as_deref(), now)?])
            }
            Self::Unskip { id, on } => Ok(vec![exceptions::unskip(
                of(&id, Expected::Any)?,
                on.as_deref(),
                &schedules,
                now,
            )?]),
            Self::Move { id, run } => {
                let entry = of(&id, Expected::Any)?;
                match exceptions::moved(entry, run, now)? {
                    Moved::Itself(value) => written(entry, value, registry, planner, now),
                    Moved::Copy(value, skip) => {
                        let made = created(value, configuration, registry, planner, now)?;
                        Ok(made.into_iter().chain([skip]).collect())
                    }
                }
            }
        }
    }
}

fn created(
    value: Value,
    configuration: &Configuration,
    registry: &Registry,
    planner: &Planner,
    now: Timestamp,
) -> Result<Vec<ItemChange>, ScheduleEditError> {
    let (definition, schedule) = read(value, registry)?;
    ensure_within(planner, &definition, &schedule, registry)?;
    let id = definition.id.to_string();
    ensure!(!is_stored(configuration, &id), ExistsSnafu { id });
    let full = "there are 500 schedules: remove one first";
    let count = configuration.items.iter().filter(|item| item.kind == ItemKind::Schedule).count();
    ensure!(count < MAX_SCHEDULES, ShapeSnafu { field: "id", detail: full });
    ensure_runs(&schedule, now)?;
    check_exceptions(&definition, &schedule, None, now)?;
    let plan =
        PlanState { made_by: planner.name.clone(), zones: planner.zones.clone(), put_back: None };
    Ok(vec![put(&definition), stand(&id, ScheduleState::new(now), &plan)])
}

fn ensure_within(
    planner: &Planner,
    definition: &ScheduleDefinition,
    schedule: &Schedule,
    registry: &Registry,
) -> Result<(), ScheduleEditError> {
    let outside = planner.outside(definition, schedule, registry);
    ensure!(outside.is_empty(), OutsideZonesSnafu { ports: listed(outside.iter()) });
    Ok(())
}

/// What was to be put back during the pause, and is not noted yet, is not done either, as what was due then is not fired.
fn resumed(entry: &StoredSchedule, now: Timestamp) -> ItemChange {
    let mut plan = entry.plan.clone();
    if let Some(pending) = plan.put_back.as_mut() {
        pending.skip |= entry.state.paused && pending.due.at <= now;
    }
    stand(entry.definition.id.as_str(), entry.state.clone().resume(now), &plan)
}

/// Refuses what would never run.
fn ensure_runs(schedule: &Schedule, now: Timestamp) -> Result<(), ScheduleEditError> {
    ensure!(schedule.trigger.next_after(now).is_some(), OverSnafu);
    ensure!(schedule.next_after(now).is_some(), NoHolidaySnafu);
    Ok(())
}

fn ensure_or(holds: bool, error: ScheduleEditError) -> Result<(), ScheduleEditError> {
    if holds { Ok(()) } else { Err(error) }
}

/// A schedule as it is written now; with another trigger it begins anew.
fn written(
    entry: &StoredSchedule,
    value: Value,
    registry: &Registry,
    planner: &Planner,
    now: Timestamp,
) -> Result<Vec<ItemChange>, ScheduleEditError> {
    let (definition, schedule) = read(value, registry)?;
    ensure_within(planner, &definition, &schedule, registry)?;
    let (id, found) = (entry.definition.id.to_string(), definition.id.to_string());
    ensure!(id == found, RenamedSnafu { id, found });
    check_exceptions(&definition, &schedule, Some(entry), now)?;
    let plan = PlanState { zones: planner.zones.clone(), ..rewritten(entry, &schedule, now)? };
    if schedule.days.rule != entry.schedule.days.rule {
        ensure_runs(&schedule, now)?;
    }
    if schedule.trigger == entry.schedule.trigger {
        return Ok(vec![put(&definition), stand(&id, entry.state.clone(), &plan)]);
    }
    ensure_runs(&schedule, now)?;
    let state = ScheduleState { paused: entry.state.paused, ..ScheduleState::new(now) };
    Ok(vec![put(&definition), stand(&id, state, &plan)])
}

/// What is still to be put back of `entry`, which becomes `schedule`.
pub(crate) fn rewritten(
    entry: &StoredSchedule,
    schedule: &Schedule,
    now: Timestamp,
) -> Result<PlanState, ScheduleEditError> {
    let mut plan = entry.plan.clone();
    if entry.schedule.put_back == schedule.put_back {
        return Ok(plan);
    }
    plan.put_back = plan.put_back.and_then(|pending| pending.under(schedule));
    if let Some(PendingPutBack { due, run, .. }) = &plan.put_back {
        ensure!(due.at > now, PutBackOverSnafu { time: due.local, run: run.local });
    }
    Ok(plan)
}

pub(crate) fn read(
    value: Value,
    registry: &Registry,
) -> Result<(ScheduleDefinition, Schedule), ScheduleEditError> {
    let definition: ScheduleDefinition =
        serde_path_to_error::deserialize(value).map_err(|error| {
            let (field, detail) = misplaced(&error.path().to_string(), &error.inner().to_string());
            ShapeSnafu { field, detail }.build()
        })?;
    let definition = definition.zoned(registry.time_zone());
    let long = "is too long: at most 24 characters";
    ensure!(definition.id.as_str().len() <= LONGEST_ID, ShapeSnafu { field: "id", detail: long });
    let count = definition.selectors.len();
    let wrong = "give 1 to 50 selectors, such as zone=bar";
    ensure!((1..=MAX_SELECTORS).contains(&count), ShapeSnafu { field: "selectors", detail: wrong });
    for (place, selector) in definition.selectors.iter().enumerate() {
        let expansion = Selector::expand(std::slice::from_ref(selector), registry);
        if let Some(unmatched) = expansion.unmatched.into_iter().next() {
            let field = format!("selectors[{place}]");
            return NoMatchSnafu { field, detail: unmatched.reason, kind: unmatched.kind }.fail();
        }
    }
    if let Some(name) = &definition.name {
        let fits = !name.trim().is_empty()
            && name.chars().count() <= 80
            && !name.chars().any(char::is_control);
        let detail = "a name is 1 to 80 characters of plain text";
        ensure!(fits, ShapeSnafu { field: "name", detail });
    }
    let mut schedule = Schedule::try_from(&definition.spec()).context(FormSnafu)?;
    schedule.days.holidays = Arc::new(registry.holidays());
    let wrong = |source| SpecError::PutBack { source };
    schedule.check_put_back().map_err(wrong).context(FormSnafu)?;
    let spec = ScheduleSpec::from(&schedule);
    let unknown = |step: &ScheduleStep| {
        let own = step.action().filter(|action| action.own().is_some());
        own.is_some_and(|action| !registry.has_own_action(action.name()))
    };
    if let Some(place) = schedule.steps.as_slice().iter().position(unknown) {
        // As if its text could not be read.
        let text = spec.steps.get(place).cloned().unwrap_or_default();
        let source = ActionError::UnknownName { name: text.clone() };
        let source = ScheduleStepError::Action { text, source };
        let source = StepsError::ScheduleStep { index: place, source };
        return Err(SpecError::Steps { source }).context(FormSnafu);
    }
    for (place, step) in schedule.steps.as_slice().iter().enumerate() {
        if let Some(detail) = missing(step, registry) {
            let (field, kind) = (format!("steps[{place}]"), NoMatch::UnknownName);
            return NoMatchSnafu { field, detail, kind }.fail();
        }
    }
    Ok((definition.canonical(spec), schedule))
}

fn expect<'a>(
    schedules: &'a Schedules,
    id: &str,
    expected: Expected,
) -> Result<&'a StoredSchedule, ScheduleEditError> {
    let entry = schedules.get(id).context(NotFoundSnafu { id })?;
    if let Expected::Revision(expected) = expected {
        let found = entry.revision;
        ensure!(found == expected, StaleSnafu { found, expected });
    }
    Ok(entry)
}

fn is_stored(configuration: &Configuration, id: &str) -> bool {
    configuration.items.iter().any(|item| item.kind == ItemKind::Schedule && item.id == id)
}

pub(crate) fn put(definition: &ScheduleDefinition) -> ItemChange {
    ItemChange::Put {
        kind: ItemKind::Schedule,
        id: definition.id.to_string(),
        // What was read can be written.
        body: serde_json::to_string(definition).unwrap_or_default(),
    }
}

#[cfg(test)]
pub(crate) mod tests;
