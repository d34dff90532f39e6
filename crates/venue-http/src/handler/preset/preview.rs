//! What running a preset now would send.

use std::collections::{BTreeMap, BTreeSet};

use venue_api::{PortLock, PresetPreview, PresetTarget, UnchangedTarget, UndecidedTarget};
use venue_domain::{Action, AssumedStateChange, PortId, PortStatus, Step, one_line};
use venue_registry::{DISABLED_CHANNEL, Preset, PresetPlan, Registry};
use venue_routing::Rejection;

use super::firing;
use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    handler::planned::{
        CHANNEL, by_router, name_of, undecided_code, undecided_detail, unmatched_selectors,
    },
    reply::{Reply, RequestContext},
    wire,
};

pub(super) fn preview<S: AppTypes>(
    app: &App<S>,
    preset: &Preset,
    plan: PresetPlan,
    assumed: &BTreeMap<PortId, PortStatus>,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    let (registry, wall) = (app.venue.registry(), app.wall());
    let PresetPlan { targets, undecided, unchanged, unmatched } = plan;
    let ports: Vec<PortId> = targets.iter().map(|(port, _)| port.clone()).collect();
    let check = app.router.check_fire(&firing(app, preset, targets.clone(), 0, None, context)?);
    let reaches = wire::reach::Batch::checked(&check);
    let (locked, refused): (Vec<_>, Vec<_>) = check.rejected.iter().cloned().partition(is_lock);
    let rejected = by_router(&refused, &ports);
    let places: BTreeSet<usize> = refused.iter().map(|(place, _)| *place).collect();
    let locks: BTreeMap<usize, PortLock> = locked.iter().filter_map(lock).collect();
    let details: BTreeMap<usize, String> = locked.iter().filter_map(elsewhere).collect();
    let shared = reaches.shared(|place| place, |_| None);
    let target = |place: usize, (port, actions): (PortId, Vec<Action>)| {
        let status = registry.screen_status(&port, |port| assumed.get(port).cloned());
        let known = registry.port(&port);
        let (sent_to, also_changes) = reaches.of_target(place);
        let locked = locks.get(&place).cloned();
        let actions = if locked.is_some() { Vec::new() } else { actions };
        PresetTarget {
            hostname: port.device.to_string(),
            port: port.port.number(),
            name: known.and_then(|port| port.name.clone()),
            zone: known.and_then(|port| port.zone.as_ref().map(ToString::to_string)),
            commands: actions.iter().map(ToString::to_string).collect(),
            sent_to,
            also_changes,
            assumed: status.as_ref().map(|status| wire::stored::port_status(status, wall)),
            changes: !actions
                .iter()
                .all(|action| status.as_ref().is_some_and(|status| shows(status, action))),
            locked,
            locked_detail: details.get(&place).cloned(),
        }
    };
    let planned = targets.into_iter().enumerate().filter(|(place, _)| !places.contains(place));
    let undecided = undecided.iter().map(|(port, field)| undecided_target(port, field, &registry));
    let unchanged = unchanged.into_iter().map(|port| UnchangedTarget {
        hostname: port.device.to_string(),
        port: port.port.number(),
        name: name_of(&port, &registry),
    });
    Ok(Reply::ok(&PresetPreview {
        id: preset.id.to_string(),
        name: preset.name.clone(),
        targets: planned.map(|(place, planned)| target(place, planned)).collect(),
        undecided: undecided.collect(),
        unchanged: unchanged.collect(),
        rejected,
        shared,
        unmatched: unmatched_selectors(unmatched),
    }))
}

fn undecided_target(port: &PortId, wrong: &str, registry: &Registry) -> UndecidedTarget {
    let field = if wrong == DISABLED_CHANNEL { CHANNEL } else { wrong };
    UndecidedTarget {
        hostname: port.device.to_string(),
        port: port.port.number(),
        name: name_of(port, registry),
        field: field.to_owned(),
        code: undecided_code(wrong).to_owned(),
        detail: undecided_detail(wrong),
    }
}

fn is_lock((_, rejection): &(usize, Rejection)) -> bool {
    rejection.lock().is_some()
}

/// The place of a target that is locked, and its lock.
fn lock((place, why): &(usize, Rejection)) -> Option<(usize, PortLock)> {
    why.lock().map(|lock| (*place, wire::port_lock(lock)))
}

/// The place of a target that is not sent anything because another screen is locked, and which.
fn elsewhere((place, why): &(usize, Rejection)) -> Option<(usize, String)> {
    let Rejection::Locked { shows: Some(_), .. } = why else { return None };
    Some((*place, one_line(why)))
}

/// Whether a TV is assumed to be as `action` makes it.
fn shows(status: &PortStatus, action: &Action) -> bool {
    let AssumedStateChange { power, muted, channel, input } = AssumedStateChange::by(action);
    // A step changes something however the TV is.
    if Step::of(action).is_some() {
        return false;
    }
    power.is_none_or(|power| power == status.power)
        && muted.is_none_or(|muted| muted == status.muted)
        && channel.is_none_or(|channel| channel == status.channel)
        && input.is_none_or(|input| input == status.input)
}
