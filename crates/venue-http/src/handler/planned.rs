//! What is told of TVs that a preset or a schedule plans for: what is sent to each, and why to some nothing is.

use std::collections::BTreeMap;

use http::StatusCode;
use venue_api::{
    BatchAccepted, PresetPreview, PresetTarget, RejectedTarget, UnchangedTarget, UndecidedTarget,
    UnmatchedSelector,
};
use venue_domain::{Action, AssumedStateChange, PortId, PortStatus, one_line};
use venue_registry::{Preset, PresetPlan, Registry, Unmatched};
use venue_routing::BatchAnswer;

use crate::{
    app::{App, AppTypes},
    reply::{Reply, RequestContext},
    respond, wire,
};

/// What became of each TV.
pub(super) fn accepted(
    answer: &BatchAnswer,
    ports: &[PortId],
    undecided: Vec<RejectedTarget>,
    unmatched: Vec<UnmatchedSelector>,
    context: &RequestContext,
) -> Reply {
    let by_router = answer.rejected.iter().filter_map(|(index, rejection)| {
        Some(refused(*index, ports.get(*index)?, rejection.code(), one_line(rejection)))
    });
    let rejected: Vec<RejectedTarget> = by_router.chain(undecided).collect();
    if answer.accepted.is_empty() {
        return respond::none_of_preset(&rejected, &unmatched, context);
    }
    tracing::info!(
        batch_id = %answer.batch,
        accepted = answer.accepted.len(),
        rejected = rejected.len(),
        user_ip = %context.user_ip,
        request_id = context.request_id,
        "a preset or a schedule is queued"
    );
    let batch = BatchAccepted { rejected, unmatched, ..wire::stored::accepted(answer) };
    let reply = Reply::json(StatusCode::ACCEPTED, &batch);
    reply.located(format!("/api/v1/batches/{}", answer.batch))
}

/// The TVs to which nothing is sent because of their state, behind the `first` others.
pub(super) fn of_state(
    undecided: Vec<(PortId, &'static str)>,
    first: usize,
) -> Vec<RejectedTarget> {
    let one = |((port, field), index): ((PortId, &str), usize)| {
        let code = if field == CHANNEL { "channel_not_received" } else { "state_unknown" };
        refused(index, &port, code, undecided_detail(field))
    };
    undecided.into_iter().zip(first..).map(one).collect()
}

/// The TVs to which nothing has to be sent, behind the `first` others.
pub(super) fn as_wanted(unchanged: &[PortId], first: usize) -> Vec<RejectedTarget> {
    let detail = "it is assumed to be as the preset says, and can only be toggled";
    let one =
        |(port, index): (&PortId, usize)| refused(index, port, "unchanged", detail.to_owned());
    unchanged.iter().zip(first..).map(one).collect()
}

fn refused(index: usize, port: &PortId, code: &str, detail: String) -> RejectedTarget {
    RejectedTarget {
        index,
        hostname: port.device.to_string(),
        port: Some(i64::from(port.port)),
        code: code.to_owned(),
        detail,
    }
}

/// What running a preset now would send.
pub(super) fn preview<S: AppTypes>(
    app: &App<S>,
    preset: &Preset,
    plan: PresetPlan,
    assumed: &BTreeMap<PortId, PortStatus>,
    registry: &Registry,
) -> PresetPreview {
    let wall = app.wall();
    let target = |(port, actions): (PortId, Vec<Action>)| {
        let status = assumed.get(&port);
        let known = registry.device(&port.device).and_then(|one| one.value.port(port.port));
        PresetTarget {
            hostname: port.device.to_string(),
            port: port.port.number(),
            name: known.and_then(|port| port.name.clone()),
            zone: known.and_then(|port| port.zone.as_ref().map(ToString::to_string)),
            commands: actions.iter().map(ToString::to_string).collect(),
            assumed: status.map(|status| wire::stored::port_status(status, wall)),
            changes: !actions
                .iter()
                .all(|action| status.is_some_and(|status| shows(status, action))),
        }
    };
    let undecided = plan.undecided.into_iter().map(|(port, field)| UndecidedTarget {
        hostname: port.device.to_string(),
        port: port.port.number(),
        name: name_of(&port, registry),
        field: field.to_owned(),
        detail: undecided_detail(field),
    });
    let unchanged = plan.unchanged.into_iter().map(|port| UnchangedTarget {
        hostname: port.device.to_string(),
        port: port.port.number(),
        name: name_of(&port, registry),
    });
    PresetPreview {
        id: preset.id.to_string(),
        name: preset.name.clone(),
        targets: plan.targets.into_iter().map(target).collect(),
        undecided: undecided.collect(),
        unchanged: unchanged.collect(),
        unmatched: unmatched_selectors(plan.unmatched),
    }
}

fn name_of(port: &PortId, registry: &Registry) -> Option<String> {
    registry.device(&port.device)?.value.port(port.port)?.name.clone()
}

/// Whether a TV is assumed to be as `action` makes it.
fn shows(status: &PortStatus, action: &Action) -> bool {
    let AssumedStateChange { power, muted, channel, input } = AssumedStateChange::by(action);
    power.is_none_or(|power| power == status.power)
        && muted.is_none_or(|muted| muted == status.muted)
        && channel.is_none_or(|channel| channel == status.channel)
        && input.is_none_or(|input| input == status.input)
}

pub(super) fn undecided_detail(field: &str) -> String {
    if field == CHANNEL {
        return "it does not receive the channel: give the channel a number on its platform"
            .to_owned();
    }
    format!(
        "its {field} can only be toggled, and its state is not known or being changed: say how it is with \
         `venuectl port correct`, or on the page"
    )
}

/// The field of a preset that a port may not have at all.
const CHANNEL: &str = "channel";

pub(super) fn unmatched_selectors(unmatched: Vec<Unmatched>) -> Vec<UnmatchedSelector> {
    let told = |Unmatched { selector, reason, kind }| UnmatchedSelector {
        selector: selector.to_string(),
        code: kind.name().to_owned(),
        detail: reason,
    };
    unmatched.into_iter().map(told).collect()
}
