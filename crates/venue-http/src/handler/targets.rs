//! Which ports a bulk request means, and what it would send to them.

use std::time::Duration;

use venue_api::{BatchPlan, BulkBody, PlannedTarget, TargetBody, UnmatchedSelector};
use venue_domain::{Action, PlannedCall, PortId, one_line};
use venue_registry::{Expansion, Registry, Selector};
use venue_routing::{BulkRequest, QueueOptions, Reach};

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    handler::command::{actor, locks, options},
    read::{self, Targets, Unreadable},
    reply::{Reply, RequestContext},
    respond, wire,
};

/// More selectors than anybody writes.
const MAX_SELECTORS: usize = 200;

/// Adds what the selectors of `body` mean to its targets; tells those that match nothing.
///
/// What is named as a target and meant by a selector counts once: the router sees to it.
pub(super) fn expand(
    body: &mut BulkBody,
    registry: &Registry,
) -> Result<Vec<UnmatchedSelector>, ApiError> {
    let count = body.selectors.len();
    if count > MAX_SELECTORS {
        let detail = format!("{count} selectors are too many: at most {MAX_SELECTORS}");
        return Err(ApiError::InvalidItem { field: "selectors".to_owned(), detail });
    }
    let mut selectors = Vec::with_capacity(count);
    for (place, text) in body.selectors.iter().enumerate() {
        let selector: Selector = text.parse().map_err(|error: venue_registry::SelectorError| {
            let field = format!("selectors[{place}]");
            ApiError::InvalidItem { field, detail: one_line(&error) }
        })?;
        selectors.push(selector);
    }
    let Expansion { ports, unmatched, .. } = Selector::expand(&selectors, registry);
    let target = |port: PortId| TargetBody {
        hostname: port.device.to_string(),
        port: Some(port.port.into()),
        r#box: None,
    };
    body.targets.extend(ports.into_iter().map(target));
    let told = unmatched.into_iter().map(|unmatched| UnmatchedSelector {
        selector: unmatched.selector.to_string(),
        code: unmatched.kind.name().to_owned(),
        detail: unmatched.reason,
    });
    Ok(told.collect())
}

/// What the router is asked for: `body`, for the ports of `targets`.
pub(super) fn bulk_request(
    body: BulkBody,
    targets: &Targets,
    context: &RequestContext,
    registry: &Registry,
) -> Result<BulkRequest, Unreadable> {
    Ok(BulkRequest {
        action: read::action(&body.command, &read::bulk_parameters(&body), registry)?,
        targets: targets.ports.clone(),
        unread: targets.unread.len(),
        batch_id: read::batch_id(body.batch_id.as_deref())?,
        queue: QueueOptions {
            priority: read::priority(body.priority)?,
            max_attempts: read::max_attempts(body.max_attempts)?,
            notes: body.notes,
            ..options(body.scheduled_at, body.wait_for_device_s)
        },
        actor: actor(context),
        locks: locks(context),
    })
}

/// What `body` would do: nothing is queued or sent.
pub(super) fn plan<S: AppTypes>(
    app: &App<S>,
    body: BulkBody,
    unmatched: Vec<UnmatchedSelector>,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    let written = body.targets.clone();
    let targets = Targets::read(&written);
    let bulk = bulk_request(body, &targets, context, &app.venue.registry())?;
    let check = match app.router.check_batch(&bulk) {
        Ok(check) => check,
        Err(rejection) => return Ok(respond::rejection(&rejection, context)),
    };
    let commands: Vec<(PortId, Action)> =
        check.accepted.iter().map(|one| (one.target.clone(), one.action.clone())).collect();
    let calls = app.venue.plan(&commands);
    let reaches = wire::reach::Batch::checked(&check);
    let planned =
        check.accepted.iter().zip(&calls).enumerate().map(|(place, (one, call))| PlannedTarget {
            also_changes: reaches.also_changes(place),
            ..planned(&one.reach, &one.action, call)
        });
    let shared = reaches.shared(|place| targets.place(place), |_| None);
    let (refused, duplicates) =
        (targets.refused(&check.rejected), targets.written_at(&check.duplicates));
    let (rejected, duplicates) = wire::stored::refused(refused, &duplicates, &written);
    let ends = calls.iter().map(|call| call.ends_in).max().unwrap_or(Duration::ZERO);
    Ok(Reply::ok(&BatchPlan {
        dry_run: true,
        planned: planned.collect(),
        rejected,
        duplicates,
        unmatched,
        shared,
        estimated_ms: wire::ms(ends),
    }))
}

/// What would be sent for a command.
pub(super) fn planned(reach: &Reach, action: &Action, call: &PlannedCall) -> PlannedTarget {
    let arguments = call.call.iter().flat_map(|call| call.arguments.iter().cloned());
    PlannedTarget {
        hostname: reach.asked.device.to_string(),
        port: reach.asked.port.number(),
        command: action.name().to_owned(),
        channel: action.parameters().channel,
        action: call.call.as_ref().map(|call| call.action.clone()),
        arguments: arguments.collect(),
        refused: call.refused.as_ref().map(ToString::to_string),
        online: call.online,
        waiting: call.waiting,
        starts_in_ms: wire::ms(call.starts_in),
        ends_in_ms: wire::ms(call.ends_in),
        sent_to: wire::reach::sent_to(reach),
        also_changes: wire::reach::also_changes(reach),
    }
}
