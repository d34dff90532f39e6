//! What somebody who is limited to zones may do about what was accepted before: their own batches and
//! commands, and schedules, as far as all of their TVs are within these zones.

use venue_auth::{Need, Principal, Targets, allows};
use venue_domain::{BatchRecord, PortId, QueueView, RedoKind, StoreError};
use venue_registry::{Registry, Selector};
use venue_routing::Rejection;
use venue_schedule::StoredSchedule;

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    route::Endpoint,
};

/// Whether `endpoint` is about something of the caller's own within its zones.
pub(crate) async fn is_own<S: AppTypes>(
    app: &App<S>,
    who: &Principal,
    endpoint: &Endpoint,
) -> Result<bool, ApiError> {
    let unread = |error: StoreError| ApiError::Store { error };
    let view = &app.queue.view;
    if let Endpoint::BatchCancel { id } | Endpoint::BatchRetry { id } | Endpoint::BatchUndo { id } =
        endpoint
    {
        let Ok(id) = id.parse() else { return Ok(false) };
        let Some(batch) = view.batch(id).await.map_err(unread)? else { return Ok(false) };
        return owns(app, who, &batch).await.map_err(unread);
    }
    if let Endpoint::CommandCancel { id } = endpoint {
        let Some(account) = super::handler::account(app, id).await? else { return Ok(false) };
        let is_own = who.name().is_some() && account.record.actor.name == who.name();
        return Ok(is_own && covers(who, &app.venue.registry(), &[account.record.target]));
    }
    if let Endpoint::ScheduleRun { id } = endpoint {
        let schedules = app.schedules.schedules();
        let entry = schedules.get(id);
        return Ok(entry.is_some_and(|entry| may_run(who, &app.venue.registry(), entry)));
    }
    Ok(false)
}

/// Which ones somebody who is limited to zones may manage with `endpoint`, where it manages what was accepted
/// before.
pub(crate) fn only(endpoint: &Endpoint) -> Option<&'static str> {
    if let Endpoint::BatchCancel { .. } | Endpoint::BatchRetry { .. } | Endpoint::BatchUndo { .. } =
        endpoint
    {
        Some(
            "cancels, retries and undoes only batches that it made itself, and whose TVs are all in its zones",
        )
    } else if let Endpoint::CommandCancel { .. } = endpoint {
        Some("cancels only commands that it sent itself, to TVs in its zones")
    } else if let Endpoint::ScheduleRun { .. } = endpoint {
        Some("runs only schedules whose TVs are all in its zones")
    } else {
        None
    }
}

/// What `who` may do about `batch`, and what would do something.
pub(crate) async fn allowed<S: AppTypes>(
    app: &App<S>,
    who: &Principal,
    batch: &BatchRecord,
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
    let (retry, undo) = (RedoKind::Retry, RedoKind::Undo);
    for (name, kind, done_by) in
        [("retry", retry, &batch.retried_by), ("undo", undo, &batch.undone_by)]
    {
        // What was done once does nothing a second time, but for what has ended since.
        if done_by.is_none() || would_redo(app, batch, kind).await? {
            allowed.push(name.to_owned());
        }
    }
    Ok(allowed)
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
    is_operator(who) && covers(who, registry, &ports)
}

/// Whether its role may do such things anywhere.
fn is_operator(who: &Principal) -> bool {
    let zones: Vec<Option<&str>> =
        who.zones().into_iter().flatten().map(|zone| Some(zone.as_str())).collect();
    allows(who, Need::CommandBulk, Targets::Ports(&zones)).is_ok()
}

/// Whether a batch was made by `who`, for TVs within its zones only.
async fn owns<S: AppTypes>(
    app: &App<S>,
    who: &Principal,
    batch: &BatchRecord,
) -> Result<bool, StoreError> {
    if who.name().is_none() || batch.actor.name != who.name() {
        return Ok(false);
    }
    let before = app.queue.view.before_batch(batch.id.clone()).await?;
    let ports: Vec<PortId> = before.into_iter().map(|before| before.port).collect();
    Ok(covers(who, &app.venue.registry(), &ports))
}

/// Whether there are `ports`, and all of them are within the zones of `who`.
fn covers(who: &Principal, registry: &Registry, ports: &[PortId]) -> bool {
    let zone = |id: &PortId| {
        let port = registry.device(&id.device)?.value.port(id.port)?;
        port.zone.as_ref().map(ToString::to_string)
    };
    !ports.is_empty() && ports.iter().all(|port| who.covers(zone(port).as_deref()))
}
