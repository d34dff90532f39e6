//! What somebody who is limited to zones may do about what was accepted before: their own batches and
//! commands, and schedules, as far as all of their TVs are within these zones.

use venue_auth::{Need, Principal, Targets, allows};
use venue_domain::{Action, BatchRecord, EffectGroup, PortId, QueueView, RedoKind, StoreError};
use venue_registry::{Registry, Selector};
use venue_routing::Rejection;
use venue_schedule::{Planner, StoredSchedule, changed_groups, schedule_of_batch};

use crate::{
    access::{shared_within, zones_of_port},
    api_error::ApiError,
    app::{App, AppTypes},
    lookup,
    spec::Scope,
};

/// Whether what an endpoint is about is the caller's own within its zones.
pub(crate) async fn is_own<S: AppTypes>(
    app: &App<S>,
    who: &Principal,
    scope: Scope,
    id: &str,
) -> Result<bool, ApiError> {
    let unread = |error: StoreError| ApiError::Store { error };
    match scope {
        Scope::Batch => {
            let Ok(id) = id.parse() else { return Ok(false) };
            let batch = app.queue.view.batch(id).await.map_err(unread)?;
            let Some(batch) = batch else { return Ok(false) };
            owns(app, who, &batch).await.map_err(unread)
        }
        Scope::Command => {
            let Some(account) = lookup::account(app, id).await? else { return Ok(false) };
            let is_own = who.name().is_some() && account.record.actor.name == who.name();
            let registry = app.venue.registry();
            Ok(is_own && covers(who, &registry, &[account.record.target]))
        }
        Scope::Schedule => {
            let schedules = app.schedules.schedules();
            let entry = schedules.get(id);
            Ok(entry.is_some_and(|entry| may_run(who, &app.venue.registry(), entry)))
        }
        // The edit says what is not, and why.
        Scope::Plan => Ok(is_operator(who)),
        Scope::Venue | Scope::Board | Scope::PathPort | Scope::BodyPorts => Ok(false),
    }
}

/// Why somebody is `denied` what is outside of their zones, where it is about what was accepted before.
pub(crate) fn explain(denied: ApiError, scope: Scope) -> ApiError {
    match (denied, only(scope)) {
        (ApiError::Denied { denied: venue_auth::Denied::OutsideZones }, Some(only)) => {
            ApiError::NotOwn { only }
        }
        (denied, _) => denied,
    }
}

/// Which ones somebody who is limited to zones may manage, where an endpoint manages what was accepted before.
const fn only(scope: Scope) -> Option<&'static str> {
    match scope {
        Scope::Batch => Some(
            "cancels, retries and undoes only batches that it made itself or that a schedule made, and whose TVs are all in \
             its zones",
        ),
        Scope::Command => Some("cancels only commands that it sent itself, to TVs in its zones"),
        Scope::Schedule => Some(
            "runs only schedules that change TVs in its zones alone, also through the sources that these show",
        ),
        Scope::Venue | Scope::Board | Scope::PathPort | Scope::BodyPorts | Scope::Plan => None,
    }
}

/// What `who` may do about `batch`, and what would do something; `sample` is an action of the batch, if one is known.
pub(crate) async fn allowed<S: AppTypes>(
    app: &App<S>,
    who: &Principal,
    batch: &BatchRecord,
    sample: Option<&Action>,
) -> Result<Vec<String>, StoreError> {
    let everywhere = allows(who, Need::CommandBulk, Targets::Venue).is_ok();
    let may = everywhere || (is_operator(who) && owns(app, who, batch).await?);
    let mut allowed = Vec::new();
    if !may {
        return Ok(allowed);
    }
    // Of a batch that has ended nothing waits that could be withdrawn.
    if batch.finished_at.is_none() {
        allowed.push("cancel".to_owned());
    }
    // What was done once does nothing a second time, but for what has ended since.
    let retry = batch.retried_by.is_none();
    // Whether such a batch changed anything else takes a look at all of its commands.
    let undo = batch.undone_by.is_none() && sample.is_none_or(has_opposite);
    for (name, kind, is_new) in [("retry", RedoKind::Retry, retry), ("undo", RedoKind::Undo, undo)]
    {
        if is_new || would_redo(app, batch, kind).await? {
            allowed.push(name.to_owned());
        }
    }
    Ok(allowed)
}

/// Whether `undo` restores what such an action changes, where it was known.
fn has_opposite(action: &Action) -> bool {
    action.effect_group().is_some_and(|group| match group {
        EffectGroup::Power | EffectGroup::Input | EffectGroup::Channel | EffectGroup::Mute => true,
        EffectGroup::Volume | EffectGroup::Navigation | EffectGroup::Other => false,
    })
}

async fn would_redo<S: AppTypes>(
    app: &App<S>,
    batch: &BatchRecord,
    kind: RedoKind,
) -> Result<bool, StoreError> {
    match app.router.would_redo(&app.queue.view, &batch.id, kind).await {
        Ok(would) => Ok(would),
        Err(Rejection::Store { source }) => Err(source),
        // It only reads.
        Err(_) => Ok(false),
    }
}

/// Whether `who` may run a schedule now.
pub(crate) fn may_run(who: &Principal, registry: &Registry, entry: &StoredSchedule) -> bool {
    if allows(who, Need::CommandBulk, Targets::Venue).is_ok() {
        return true;
    }
    let ports = Selector::expand(&entry.definition.selectors, registry).ports;
    let groups = changed_groups(&entry.schedule, registry);
    let reached: Vec<_> = ports.iter().map(|port| (port.clone(), groups.clone())).collect();
    is_operator(who)
        && covers(who, registry, &ports)
        && shared_within(who, &reached, registry).is_ok()
}

/// Who changes schedules: managers change all of them, everybody else what they made within their zones.
pub(crate) fn planner(who: &Principal) -> Planner {
    Planner {
        name: who.name(),
        zones: who.zones().cloned(),
        own_only: allows(who, Need::Plan, Targets::Venue).is_err(),
    }
}

/// Whether `who` may change a schedule.
pub(crate) fn may_change(who: &Principal, registry: &Registry, entry: &StoredSchedule) -> bool {
    is_operator(who) && planner(who).may_change(entry, registry)
}

/// Whether its role may do such things anywhere.
fn is_operator(who: &Principal) -> bool {
    let zones: Vec<Option<&str>> =
        who.zones().into_iter().flatten().map(|zone| Some(zone.as_str())).collect();
    allows(who, Need::CommandBulk, Targets::Ports(&zones)).is_ok()
}

/// Whether a batch was made by `who`, or by the clock for a schedule, which everybody may run whose zones have all of its
/// TVs; and for TVs within these zones only.
async fn owns<S: AppTypes>(
    app: &App<S>,
    who: &Principal,
    batch: &BatchRecord,
) -> Result<bool, StoreError> {
    let is_own = who.name().is_some() && batch.actor.name == who.name();
    if !is_own && schedule_of_batch(batch.id.as_str()).is_none() {
        return Ok(false);
    }
    let before = app.queue.view.before_batch(batch.id.clone()).await?;
    let ports: Vec<PortId> = before.into_iter().map(|before| before.port).collect();
    Ok(covers(who, &app.venue.registry(), &ports))
}

/// Whether there are `ports`, and all of them are within the zones of `who`.
fn covers(who: &Principal, registry: &Registry, ports: &[PortId]) -> bool {
    let mut zones = ports.iter().flat_map(|port| zones_of_port(port, registry));
    !ports.is_empty() && zones.all(|zone| who.covers(zone.as_deref()))
}
