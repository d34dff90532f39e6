//! All schedules with how far each was handled.

use std::collections::BTreeMap;

use venue_domain::{Configuration, ConfigurationItem, ItemKind, Timestamp, one_line};
use venue_registry::{Label, Problem};
use venue_schedule::{Occurrence, Schedule, Standing, Zone};

use crate::Definition;

/// One schedule, ready to be asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// As it is written.
    pub definition: Definition,
    /// The revision in which it was last written.
    pub revision: u64,
    /// When and what.
    pub schedule: Schedule,
    /// How far it was handled.
    pub standing: Standing,
}

impl Entry {
    /// The next `count` occurrences that will be handled, the nearest first.
    #[must_use]
    pub fn next(&self, now: Timestamp, count: usize) -> Vec<Occurrence> {
        let first = self.standing.next(&self.schedule.trigger, now);
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
pub struct Agenda(pub(crate) BTreeMap<Label, Entry>);

impl Agenda {
    /// Reads what a store keeps. What cannot be used is left out and told.
    ///
    /// `now` is the standing of a schedule that has none: nothing of it was due before.
    #[must_use]
    pub fn read(configuration: &Configuration, now: Timestamp) -> (Self, Vec<Problem>) {
        let of_kind = |kind| configuration.items.iter().filter(move |item| item.kind == kind);
        let standings: BTreeMap<&str, Standing> = of_kind(ItemKind::Standing)
            .filter_map(|item| Some((item.id.as_str(), serde_json::from_str(&item.body).ok()?)))
            .collect();
        let (mut agenda, mut problems) = (Self::default(), Vec::new());
        for item in of_kind(ItemKind::Schedule) {
            let standing = standings.get(item.id.as_str()).copied();
            match entry(item, standing.unwrap_or_else(|| Standing::new(now))) {
                Ok(entry) => drop(agenda.0.insert(entry.definition.id.clone(), entry)),
                Err(detail) => problems.push(Problem {
                    item: format!("schedules/{}", item.id),
                    field: String::new(),
                    detail,
                }),
            }
        }
        (agenda, problems)
    }

    /// One schedule.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.0.get(id)
    }

    /// All schedules, ordered by id.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.0.values()
    }

    /// When something has to be decided next, whatever happens.
    #[must_use]
    pub fn wake(&self, now: Timestamp) -> Option<Timestamp> {
        let next = |entry: &Entry| entry.standing.next(&entry.schedule.trigger, now);
        self.0.values().filter_map(next).map(|next| next.at).min()
    }
}

fn entry(item: &ConfigurationItem, standing: Standing) -> Result<Entry, String> {
    let definition: Definition =
        serde_json::from_str(&item.body).map_err(|error| error.to_string())?;
    let schedule = Schedule::try_from(&definition.form()).map_err(|error| one_line(&error))?;
    Ok(Entry { definition, revision: item.revision, schedule, standing })
}
