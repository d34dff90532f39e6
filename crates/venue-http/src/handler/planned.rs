//! What is told of TVs that a preset or a schedule plans for: what is sent to each, and why to some nothing is.

use http::StatusCode;
use venue_api::{BatchAccepted, RejectedTarget, UnmatchedSelector};
use venue_domain::{PortId, one_line};
use venue_registry::{DISABLED_CHANNEL, Registry, Unmatched};
use venue_routing::{BatchAnswer, Rejection};

use crate::{
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
    let by_router = by_router(&answer.rejected, ports);
    let rejected: Vec<RejectedTarget> = by_router.into_iter().chain(undecided).collect();
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
    let batch =
        BatchAccepted { rejected, unmatched, ..wire::stored::accepted(answer, |index| index) };
    let reply = Reply::json(StatusCode::ACCEPTED, &batch);
    reply.located(format!("/api/v1/batches/{}", answer.batch))
}

/// The TVs that the router rejected.
pub(super) fn by_router(rejected: &[(usize, Rejection)], ports: &[PortId]) -> Vec<RejectedTarget> {
    let one = |(index, rejection): &(usize, Rejection)| {
        Some(refused(*index, ports.get(*index)?, rejection.code(), one_line(rejection)))
    };
    rejected.iter().filter_map(one).collect()
}

/// The TVs to which nothing is sent because of their state, behind the `first` others.
pub(super) fn of_state(
    undecided: Vec<(PortId, &'static str)>,
    first: usize,
) -> Vec<RejectedTarget> {
    let one = |((port, field), index): ((PortId, &str), usize)| {
        refused(index, &port, undecided_code(field), undecided_detail(field))
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

pub(super) fn name_of(port: &PortId, registry: &Registry) -> Option<String> {
    registry.device(&port.device)?.value.port(port.port)?.name.clone()
}

pub(super) fn undecided_code(field: &str) -> &'static str {
    match field {
        CHANNEL => "channel_not_received",
        DISABLED_CHANNEL => "channel_disabled",
        OUTSIDE_ZONES => "denied",
        _ => "state_unknown",
    }
}

pub(super) fn undecided_detail(field: &str) -> String {
    if field == DISABLED_CHANNEL {
        return "the channel is switched off: give another one, or set its `enabled` to true"
            .to_owned();
    }
    if field == CHANNEL {
        return "it does not receive the channel: give the channel a number on its platform"
            .to_owned();
    }
    if field == OUTSIDE_ZONES {
        return "it is outside of the zones of whoever planned this".to_owned();
    }
    format!(
        "its {field} can only be toggled, and its state is not known or being changed: say how it is with \
         `venuectl port correct`, or on the page"
    )
}

/// Stands for the field where a TV is left alone because it is outside of the zones of whoever planned a schedule.
pub const OUTSIDE_ZONES: &str = "zone";

/// The field of a preset that a port may not have at all.
pub(super) const CHANNEL: &str = "channel";

pub(super) fn unmatched_selectors(unmatched: Vec<Unmatched>) -> Vec<UnmatchedSelector> {
    let told = |Unmatched { selector, reason, kind }| UnmatchedSelector {
        selector: selector.to_string(),
        code: kind.name().to_owned(),
        detail: reason,
    };
    unmatched.into_iter().map(told).collect()
}
