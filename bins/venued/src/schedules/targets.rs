//! What a schedule means for the venue as it is when it fires.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use venue_domain::{Action, AssumedStateChange, EffectGroup, PortId, PortStatus};
use venue_http::OUTSIDE_ZONES;
use venue_registry::{Expansion, Label, Registry, Selector, Unmatched};
use venue_routing::TargetSteps;
use venue_schedule::{PlannedStep, StepWork, StoredSchedule};

/// What is done where, and which TVs are left out of a preset.
#[derive(Debug, Default)]
pub(super) struct Targets {
    pub(super) steps: Vec<TargetSteps>,
    /// The TVs to which a preset sends nothing, with the field of it that is why; and those that are not in the zones of
    /// whoever planned it.
    pub(super) undecided: Vec<(PortId, &'static str)>,
    /// The TVs to which nothing has to be sent.
    pub(super) unchanged: Vec<PortId>,
    /// The selectors of the schedule that match nothing.
    pub(super) unmatched: Vec<Unmatched>,
}

/// Whether a run of `entry` needs to know what is assumed of the TVs.
pub(super) fn has_preset(entry: &StoredSchedule) -> bool {
    let planned = entry.schedule.steps.planned();
    planned.iter().any(|step| matches!(step.work, StepWork::Preset(_)))
}

/// The steps of each TV that the selectors of `entry` mean. A TV of which a preset says nothing has fewer of them.
///
/// # Errors
/// Why there is nothing to do, in words.
pub(super) fn targets(
    entry: &StoredSchedule,
    registry: &Registry,
    assumed: Vec<PortStatus>,
) -> Result<Targets, String> {
    let Expansion { ports, unmatched, .. } =
        Selector::expand(&entry.definition.selectors, registry);
    if ports.is_empty() {
        let reasons = unmatched.into_iter().map(|unmatched| unmatched.reason);
        return Err(reasons.collect::<Vec<_>>().join("; "));
    }
    let reached = |port: &PortId| !entry.is_out_of_reach(port, registry);
    let (ports, outside): (BTreeSet<PortId>, BTreeSet<PortId>) =
        ports.into_iter().partition(reached);
    if ports.is_empty() {
        return Err("all of its TVs are outside of the zones of whoever planned it".to_owned());
    }
    let mut steps: BTreeMap<PortId, Vec<(Duration, Action)>> = BTreeMap::new();
    let (mut undecided, mut unchanged) = (BTreeMap::new(), BTreeSet::new());
    undecided.extend(outside.into_iter().map(|port| (port, OUTSIDE_ZONES)));
    let mut known: HashMap<PortId, PortStatus> =
        assumed.into_iter().map(|status| (status.port.clone(), status)).collect();
    for PlannedStep { offset, work } in entry.schedule.steps.planned() {
        match work {
            StepWork::Action(action) => {
                known.values_mut().for_each(|status| forget(status, &action));
                for port in &ports {
                    steps.entry(port.clone()).or_default().push((offset, action.clone()));
                }
            }
            StepWork::Preset(id) => {
                let plan = preset(&id, registry, &ports, &known)?;
                undecided.extend(plan.undecided);
                unchanged.extend(plan.unchanged);
                for (port, actions) in plan.targets {
                    // A step behind this one must not press a toggle on what was before it.
                    for action in &actions {
                        let group = action.effect_group().unwrap_or(EffectGroup::Other);
                        let receiver = registry.receiver(&port, group);
                        if let Some(status) = known.get_mut(&receiver) {
                            forget(status, action);
                        }
                    }
                    let of_port = steps.entry(port).or_default();
                    of_port.extend(actions.into_iter().map(|action| (offset, action)));
                }
            }
        }
    }
    unchanged.retain(|port| !steps.contains_key(port) && !undecided.contains_key(port));
    let steps = steps.into_iter().map(|(target, steps)| TargetSteps { target, steps }).collect();
    Ok(Targets {
        steps,
        undecided: undecided.into_iter().collect(),
        unchanged: unchanged.into_iter().collect(),
        unmatched,
    })
}

/// How a TV is behind a step that switches it, is not known when the schedule fires.
fn forget(status: &mut PortStatus, action: &Action) {
    let change = AssumedStateChange::by(action);
    if change.power.is_some() {
        status.power = None;
    }
    if change.muted.is_some() {
        status.muted = None;
    }
}

fn preset(
    id: &Label,
    registry: &Registry,
    ports: &BTreeSet<PortId>,
    assumed: &HashMap<PortId, PortStatus>,
) -> Result<venue_registry::PresetPlan, String> {
    let preset = registry.preset(id.as_str()).ok_or_else(|| format!("there is no preset {id}"))?;
    Ok(preset.value.plan(registry, Some(ports), |port| assumed.get(port).cloned()))
}
