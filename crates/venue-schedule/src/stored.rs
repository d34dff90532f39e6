//! All schedules with how far each was handled.

use std::collections::BTreeMap;

use crate::{Occurrence, Schedule, ScheduleState, Zone};
use venue_domain::{Configuration, ConfigurationItem, ItemKind, Timestamp, one_line};
use venue_registry::{Label, Problem};

use crate::ScheduleDefinition;

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
}

impl StoredSchedule {
    /// The next `count` occurrences that will be handled, the nearest first.
    #[must_use]
    pub fn next(&self, now: Timestamp, count: usize) -> Vec<Occurrence> {
        let first = self.state.next(&self.schedule.trigger, now);
        let after = |last: &Occurrence| self.schedule.trigger.next_after(last.at);
        std::iter::successors(first, after).take(count).collect()
    }

    /// The zone in which its local times are; `None` for one instant that was given with an offset: UTC.
    #[must_use]
    pub const fn zone(&self) -> Option<&Zone> {
        self.schedule.trigger.zone()
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
        let states: BTreeMap<&str, ScheduleState> = of_kind(ItemKind::ScheduleState)
            .filter_map(|item| Some((item.id.as_str(), serde_json::from_str(&item.body).ok()?)))
            .collect();
        let (mut schedules, mut problems) = (Self::default(), Vec::new());
        for item in of_kind(ItemKind::Schedule) {
            let state = states.get(item.id.as_str()).copied();
            match entry(item, state.unwrap_or_else(|| ScheduleState::new(now))) {
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
        let next = |entry: &StoredSchedule| entry.state.next(&entry.schedule.trigger, now);
        self.0.values().filter_map(next).map(|next| next.at).min()
    }
}

fn entry(item: &ConfigurationItem, state: ScheduleState) -> Result<StoredSchedule, String> {
    let definition: ScheduleDefinition =
        serde_json::from_str(&item.body).map_err(|error| error.to_string())?;
    let schedule = Schedule::try_from(&definition.spec()).map_err(|error| one_line(&error))?;
    Ok(StoredSchedule { definition, revision: item.revision, schedule, state })
}
