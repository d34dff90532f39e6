//! Changes of the schedules, refused where they would not fit.

use crate::{
    LocalTime, PendingPutBack, PlanState, Planner, Schedule, ScheduleSpec, ScheduleState,
    ScheduleStep, ScheduleStepError, SpecError, StepsError, stored::stand,
};
use serde_json::Value;
use snafu::{OptionExt, ResultExt, Snafu, ensure};
use venue_domain::{
    ActionError, Configuration, ItemChange, ItemKind, Timestamp, misplaced, one_line,
};
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
    },
}

/// Why an edit is refused. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
pub enum ScheduleEditError {
    /// There is no such schedule.
    #[snafu(display("there is no schedule {id}"))]
    NotFound {
        /// Its id.
        id: String,
    },
    /// There is one of the same id.
    #[snafu(display("there is already a schedule {id}"))]
    Exists {
        /// Its id.
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
    /// It has another id than its path.
    #[snafu(display(
        "the schedule has the id {found}, but its path the id {id}: an id cannot be changed"
    ))]
    Renamed {
        /// Its id in the path.
        id: String,
        /// Its id in itself.
        found: String,
    },
    /// A field is missing, unknown or of the wrong shape.
    #[snafu(display("{field}: {detail}"))]
    Shape {
        /// The field.
        field: String,
        /// What is wrong, and what would be right.
        detail: String,
    },
    /// A selector of it matches nothing.
    #[snafu(display("{field}: {detail}"))]
    NoMatch {
        /// The field.
        field: String,
        /// Why, and what would match.
        detail: String,
        /// Why, as one of few kinds.
        kind: NoMatch,
    },
    /// When or what it does is wrong.
    #[snafu(display("{}", one_line(source)))]
    Form {
        /// What is wrong.
        source: SpecError,
    },
    /// It would never fire.
    #[snafu(display("at: this time is in the past; give a future time"))]
    Over,
    /// The run that is to be put back began after this time of day.
    #[snafu(display("put_back: {time} is past for the run of {run}; give a later time"))]
    PutBackOver {
        /// When it would be put back.
        time: LocalTime,
        /// The run.
        run: LocalTime,
    },
    /// Somebody else made it, or some of its TVs are in other zones.
    #[snafu(display(
        "{made_by} made this schedule: you change only schedules that you made yourself, and whose TVs are all in \
         your zones"
    ))]
    NotOwn {
        /// Who made it.
        made_by: String,
    },
    /// It would command TVs outside of the planner's zones.
    #[snafu(display("selectors: this would change {ports} outside of your zones"))]
    OutsideZones {
        /// The TVs.
        ports: String,
    },
    /// Nothing of it is to come that could be left out.
    #[snafu(display("{id} has no next run: it is paused, or has no further run"))]
    NothingToSkip {
        /// Its id.
        id: String,
    },
}

/// The header that says which revision is changed.
const IF_MATCH: &str = "If-Match";

/// A longer id would make the names of batches too long.
const LONGEST_ID: usize = 24;

/// More than anybody writes.
const MAX_SELECTORS: usize = 50;

/// More than any venue has.
const MAX_SCHEDULES: usize = 500;

impl ScheduleEditError {
    /// The field that is wrong, where one is.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Shape { field, .. } | Self::NoMatch { field, .. } => Some(field),
            Self::Form { source } => Some(source.field()),
            Self::Over => Some("at"),
            Self::PutBackOver { .. } => Some("put_back"),
            Self::OutsideZones { .. } => Some("selectors"),
            Self::Renamed { .. } | Self::Exists { .. } => Some("id"),
            Self::Stale { .. } => Some(IF_MATCH),
            Self::NotFound { .. } | Self::NotOwn { .. } | Self::NothingToSkip { .. } => None,
        }
    }
}

impl ScheduleEditError {
    /// Why a selector of it matches nothing, where that is what is wrong.
    #[must_use]
    pub const fn no_match(&self) -> Option<NoMatch> {
        if let Self::NoMatch { kind, .. } = self { Some(*kind) } else { None }
    }
}

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
            | Self::Skip { id } => id,
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
            let made_by =
                || entry.plan.made_by.clone().unwrap_or_else(|| "somebody else".to_owned());
            ensure!(planner.may_change(entry, registry), NotOwnSnafu { made_by: made_by() });
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
                Ok(vec![stand(&id, entry.state.pause(), &entry.plan)])
            }
            Self::Resume { id } => Ok(vec![resumed(of(&id, Expected::Any)?, now)]),
            Self::Skip { id } => skipped(of(&id, Expected::Any)?, now).map(|change| vec![change]),
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
    ensure!(schedule.trigger.next_after(now).is_some(), OverSnafu);
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
    let ports: Vec<String> = outside.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = if outside.len() > SHOWN { ", ..." } else { "" };
    ensure!(outside.is_empty(), OutsideZonesSnafu { ports: ports.join(", ") + more });
    Ok(())
}

/// So many TVs are named that are outside of somebody's zones.
const SHOWN: usize = 4;

/// What was to be put back during the pause is not, as what was due then is not fired.
fn resumed(entry: &StoredSchedule, now: Timestamp) -> ItemChange {
    let mut plan = entry.plan.clone();
    plan.put_back.take_if(|pending| entry.state.paused && pending.due.at <= now);
    stand(entry.definition.id.as_str(), entry.state.resume(now), &plan)
}

/// Marks what comes next to be left out; asked again, it stays that until its time.
fn skipped(entry: &StoredSchedule, now: Timestamp) -> Result<ItemChange, ScheduleEditError> {
    let (id, trigger) = (entry.definition.id.as_str(), &entry.schedule.trigger);
    if let Some(pending) = entry.next_put_back() {
        let put_back = PendingPutBack { skip: true, ..pending.clone() };
        return Ok(entry.with_put_back(Some(put_back)));
    }
    let next = entry.state.next(trigger, now);
    ensure!(next.is_some(), NothingToSkipSnafu { id });
    Ok(stand(id, entry.state.skip_next(trigger, now), &entry.plan))
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
    let plan = PlanState { zones: planner.zones.clone(), ..rewritten(entry, &schedule, now)? };
    if schedule.trigger == entry.schedule.trigger {
        return Ok(vec![put(&definition), stand(&id, entry.state, &plan)]);
    }
    ensure!(schedule.trigger.next_after(now).is_some(), OverSnafu);
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
    let schedule = Schedule::try_from(&definition.spec()).context(FormSnafu)?;
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
