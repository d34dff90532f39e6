//! All schedules with how far each was handled.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{Occurrence, PendingPutBack, PlanState, Schedule, ScheduleState, Zone};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use venue_domain::{Configuration, ConfigurationItem, ItemChange, ItemKind, Timestamp, one_line};
use venue_registry::{Day, Label, Problem, holidays_of};

use crate::{ScheduleDefinition, moved_id::with_moved_by_id};

/// One schedule, ready to be asked.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSchedule {
    /// As it is written.
    pub definition: ScheduleDefinition,
    /// The revision in which it was last written.
    pub revision: u64,
    /// When and what.
    pub schedule: Schedule,
    /// How far it was handled.
    pub state: ScheduleState,
    /// Who planned it, and what is to be put back.
    pub plan: PlanState,
}

/// What is stored beside the definition.
#[derive(Debug, Serialize, Deserialize)]
struct StateBody {
    #[serde(flatten)]
    state: ScheduleState,
    #[serde(flatten)]
    plan: PlanState,
}

impl StoredSchedule {
    /// The next `count` occurrences that will be handled, the nearest first.
    #[must_use]
    pub fn next(&self, now: Timestamp, count: usize) -> Vec<Occurrence> {
        let first = self.state.next(&self.schedule, now);
        let after = |last: &Occurrence| self.schedule.next_after(last.at);
        std::iter::successors(first, after).take(count).collect()
    }

    /// The put back that will be handled next; `None` also while paused.
    #[must_use]
    pub fn next_put_back(&self) -> Option<&PendingPutBack> {
        self.plan.put_back.as_ref().filter(|_| !self.state.paused)
    }

    /// The zone in which its local times are; `None` for one instant that was given with an offset: UTC.
    #[must_use]
    pub const fn zone(&self) -> Option<&Zone> {
        self.schedule.trigger.zone()
    }
}

pub(crate) fn stand(id: &str, state: ScheduleState, plan: &PlanState) -> ItemChange {
    let body = StateBody { state, plan: plan.clone() };
    ItemChange::Put {
        kind: ItemKind::ScheduleState,
        id: id.to_owned(),
        // It is made of numbers and texts.
        body: serde_json::to_string(&body).unwrap_or_default(),
    }
}

/// All schedules, by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedules(pub(crate) BTreeMap<Label, StoredSchedule>);

impl Schedules {
    /// Reads what a store keeps. What cannot be used is left out and reported.
    ///
    /// `now` is the state of a schedule that has none: nothing of it was due before.
    #[must_use]
    pub fn read(configuration: &Configuration, now: Timestamp) -> (Self, Vec<Problem>) {
        let of_kind = |kind| configuration.items.iter().filter(move |item| item.kind == kind);
        let ids: BTreeSet<&str> =
            of_kind(ItemKind::Schedule).map(|item| item.id.as_str()).collect();
        let mut states: BTreeMap<&str, StateBody> = of_kind(ItemKind::ScheduleState)
            .filter_map(|item| Some((item.id.as_str(), read_state(item, &ids)?)))
            .collect();
        let (mut schedules, mut problems) = (Self::default(), Vec::new());
        let holidays = Arc::new(holidays_of(configuration));
        for item in of_kind(ItemKind::Schedule) {
            let new = || StateBody { state: ScheduleState::new(now), plan: PlanState::default() };
            let stored = states.remove(item.id.as_str()).unwrap_or_else(new);
            match entry(item, stored, &holidays) {
                Ok(entry) => drop(schedules.0.insert(entry.definition.id.clone(), entry)),
                Err(detail) => problems.push(Problem {
                    item: format!("schedules/{}", item.id),
                    field: String::new(),
                    detail,
                    is_unknown_name: false,
                }),
            }
        }
        (schedules, problems)
    }

    /// One schedule.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&StoredSchedule> {
        self.0.get(id)
    }

    /// All schedules, ordered by id.
    pub fn entries(&self) -> impl Iterator<Item = &StoredSchedule> {
        self.0.values()
    }

    /// When something has to be decided next, whatever happens.
    #[must_use]
    pub fn wake(&self, now: Timestamp) -> Option<Timestamp> {
        let run = |entry: &StoredSchedule| entry.state.next(&entry.schedule, now);
        // Also while paused: that it is not done is noted at its time.
        let put_back = |entry: &StoredSchedule| entry.plan.put_back.as_ref().map(|it| it.due);
        let next = |entry| [run(entry), put_back(entry)].into_iter().flatten();
        self.0.values().flat_map(next).map(|next| next.at).min()
    }
}

/// A state as it is stored, brought to what is known now.
fn read_state(item: &ConfigurationItem, ids: &BTreeSet<&str>) -> Option<StateBody> {
    #[derive(Deserialize)]
    struct Known {
        moved: Option<IgnoredAny>,
    }
    let StateBody { state, plan } = serde_json::from_str(&item.body).ok()?;
    let known = serde_json::from_str::<Known>(&item.body).ok()?;
    let state = match known.moved {
        Some(_) => state,
        None => with_moved_by_id(state, &item.id, |id| ids.contains(id)),
    };
    Some(StateBody { state, plan })
}

fn entry(
    item: &ConfigurationItem,
    stored: StateBody,
    holidays: &Arc<BTreeSet<Day>>,
) -> Result<StoredSchedule, String> {
    let definition: ScheduleDefinition =
        serde_json::from_str(&item.body).map_err(|error| error.to_string())?;
    let mut schedule = Schedule::try_from(&definition.spec()).map_err(|error| one_line(&error))?;
    schedule.days.holidays = Arc::clone(holidays);
    let StateBody { state, plan } = stored;
    Ok(StoredSchedule { definition, revision: item.revision, schedule, state, plan })
}
