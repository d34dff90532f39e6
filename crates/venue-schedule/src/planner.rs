//! Who may plan what: whoever is limited to zones plans there, and changes what they planned.

use std::collections::BTreeSet;

use venue_domain::{EffectGroup, PortId};
use venue_registry::{Registry, Selector};

use snafu::ensure;

use crate::{
    Schedule, ScheduleDefinition, ScheduleEditError, StepWork, StoredSchedule,
    edit_error::{MakerNotKnownSnafu, NotOwnSnafu, WidenedSnafu},
    listed,
};

/// Who plans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planner {
    /// Their name; `None` where nobody signs in.
    pub name: Option<String>,
    /// The zones to which they are limited; `None` for all of them.
    pub zones: Option<BTreeSet<String>>,
    /// They change only what they made.
    pub own_only: bool,
}

impl Planner {
    /// Whether they may change `entry`: it is theirs, and all of its TVs are in their zones.
    #[must_use]
    pub fn may_change(&self, entry: &StoredSchedule, registry: &Registry) -> bool {
        self.check(entry, registry).is_ok()
    }

    /// Refuses what they may not change, and says why.
    pub(crate) fn check(
        &self,
        entry: &StoredSchedule,
        registry: &Registry,
    ) -> Result<(), ScheduleEditError> {
        if !self.own_only {
            return Ok(());
        }
        let Some(made_by) = &entry.plan.made_by else { return MakerNotKnownSnafu.fail() };
        ensure!(self.name.as_ref() == Some(made_by), NotOwnSnafu { made_by });
        let outside = self.outside(&entry.definition, &entry.schedule, registry);
        ensure!(outside.is_empty(), WidenedSnafu { ports: listed(outside.iter()) });
        Ok(())
    }

    /// The TVs outside of their zones that a schedule would command, or change through a shared source.
    pub(crate) fn outside(
        &self,
        definition: &ScheduleDefinition,
        schedule: &Schedule,
        registry: &Registry,
    ) -> BTreeSet<PortId> {
        let Some(zones) = &self.zones else { return BTreeSet::new() };
        let ports = Selector::expand(&definition.selectors, registry).ports;
        let of_port = |port: &PortId| changed_outside(zones, port, schedule, registry);
        ports.iter().flat_map(of_port).collect()
    }
}

impl StoredSchedule {
    /// Whether a run leaves `port` alone, because whoever wrote the schedule is limited to zones, and it would change a
    /// TV of another one.
    #[must_use]
    pub fn is_out_of_reach(&self, port: &PortId, registry: &Registry) -> bool {
        let zones = self.plan.zones.as_ref();
        zones
            .is_some_and(|zones| !changed_outside(zones, port, &self.schedule, registry).is_empty())
    }
}

/// The TVs outside of `zones` that change when `schedule` is run on `port`.
fn changed_outside(
    zones: &BTreeSet<String>,
    port: &PortId,
    schedule: &Schedule,
    registry: &Registry,
) -> Vec<PortId> {
    let is_outside = |port: &PortId| {
        let zone = registry.port(port).and_then(|port| port.zone.as_ref());
        zone.is_none_or(|zone| !zones.contains(zone.as_str()))
    };
    let own = registry.source_at(port).cloned();
    // Where a box stands does not matter, but who shows it.
    if own.as_ref().is_none_or(|own| own.screens.is_empty()) && is_outside(port) {
        return vec![port.clone()];
    }
    let shown = registry.port(port).and_then(|port| registry.screen_source(port));
    let groups = changed_groups(schedule, registry);
    let taken = shown.filter(|shown| groups.iter().any(|group| shown.takes(*group)));
    let source = own.or_else(|| taken.map(|shown| shown.source));
    let screens = source.iter().flat_map(|source| source.screens.iter());
    screens.map(|screen| screen.port.clone()).filter(is_outside).collect()
}

/// The effect groups of what a schedule sends; of a preset those that it sets on any TV.
#[must_use]
pub fn changed_groups(schedule: &Schedule, registry: &Registry) -> Vec<EffectGroup> {
    let of_work = |work: &StepWork| match work {
        StepWork::Action(action) => action.effect_group().into_iter().collect(),
        StepWork::Preset(id) => {
            let preset = registry.preset(id.as_str());
            preset.map_or_else(Vec::new, |preset| preset.value.groups())
        }
    };
    schedule.steps.planned().iter().flat_map(|step| of_work(&step.work)).collect()
}

#[cfg(test)]
mod tests;
