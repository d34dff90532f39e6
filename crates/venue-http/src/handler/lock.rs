//! Endpoints about locks: who may lock a zone or a TV, and what is locked.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};
use http::StatusCode;
use venue_api::{LockBody, LockList, LockRemoved, LockSet};
use venue_auth::Need;
use venue_domain::{
    Cancelled, CommandId, CommandRecord, EffectGroup, PortId, QueueView, Status, StoreError,
    WallTime, one_line,
};
use venue_registry::{self as registry, Edit, LockTarget, Registry};

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    body,
    endpoint::{Body, Endpoint, Inspect, Presence, Request, delete, get, put},
    handler::{config, path::OfId},
    reply::Reply,
    venue::Edited,
    wire,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/locks", Need::Read, "The locks that hold now")
            .answers::<LockList>(StatusCode::OK)
            .to(list),
        put("/api/v1/locks/{id}", Need::Plan, "Lock a zone or a TV: only managers command it then")
            .details(
                "The id says what is locked: `zone:ZONE` or `port:HOST:PORT`. A lock of it that holds is \
                 replaced with `replace` only (409 `already_locked` says whose it is and until when). Commands that were \
                 accepted before are sent, unless `cancel_waiting` is `true`.",
            )
            .path::<OfId>()
            .body::<LockBody>()
            .answers::<LockSet>(StatusCode::OK)
            .to(set),
        delete("/api/v1/locks/{id}", Need::Plan, "Remove a lock")
            .path::<OfId>()
            .answers::<LockRemoved>(StatusCode::OK)
            .to(remove),
    ]
}

/// An empty body locks without an end.
impl Body for LockBody {
    const PRESENCE: Presence = Presence::Optional;

    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse_optional(bytes)
    }

    fn inspect(bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        Some(Box::new(Self::read(bytes).ok()?))
    }
}

impl Inspect for LockBody {
    fn summary(&self) -> String {
        let until = match self.until {
            Some(until) => format!("lock until {until}"),
            None => "lock".to_owned(),
        };
        let reason = self.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let cancel = if self.cancel_waiting { ", cancel what waits" } else { "" };
        format!("{until}{reason}{cancel}")
    }

    fn ports(&self, _of: &str, _registry: &Registry) -> Option<Vec<(String, Option<i64>)>> {
        None
    }
}

/// `GET /api/v1/locks`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn list<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let (app, registry) = (&*request.app, request.app.venue.registry());
    let items = registry.locks(app.shown()).map(|lock| wire::lock(lock, &registry)).collect();
    Ok(Reply::ok(&LockList { items }))
}

/// `PUT /api/v1/locks/{id}`.
///
/// # Cancel safety
/// A change that was begun is made; what waits may or may not have been cancelled.
async fn set<S: AppTypes>(request: Request<S, OfId, (), LockBody>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let (id, body, now) = (target(&request.path.id)?, request.body()?, app.shown());
    let lock = registry::Lock {
        id: id.clone(),
        reason: body.reason,
        by: context.who.name(),
        since_ms: now.unix_ms(),
        until_ms: body.until.map(|until| until.0.unix_ms()),
    };
    let edit = Edit::Lock { lock: lock.clone(), replace: body.replace, now };
    let registry = match config::edited(app, edit, "locked", &id.to_string(), context).await {
        Ok(Edited { registry, .. }) => registry,
        Err(refused) => return Ok(refused),
    };
    // Only now: what is asked for from here on is refused, and what was accepted before is stored.
    let waiting = waiting(app, &reached(&id, &registry), lock.until()).await;
    let (waiting, cancelled) = match waiting {
        Ok(waiting) if body.cancel_waiting => {
            let cancelled = cancel(app, &waiting).await;
            (Some((waiting.len() as u64).saturating_sub(cancelled)), cancelled)
        }
        Ok(waiting) => (Some(waiting.len() as u64), 0),
        Err(error) => {
            app.router.note_failure(&error);
            (None, 0)
        }
    };
    let (lock, revision) = (wire::lock(&lock, &registry), registry.revision());
    Ok(Reply::ok(&LockSet { lock, waiting, cancelled, revision }))
}

/// `DELETE /api/v1/locks/{id}`.
///
/// # Cancel safety
/// A change that was begun is made.
async fn remove<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let target = target(&request.path.id)?;
    let (id, edit) = (target.to_string(), Edit::Unlock { id: target, now: app.shown() });
    Ok(match config::edited(app, edit, "unlocked", &id, context).await {
        Ok(Edited { registry, .. }) => {
            Reply::ok(&LockRemoved { id, revision: registry.revision() })
        }
        Err(refused) => refused,
    })
}

fn target(id: &str) -> Result<LockTarget, ApiError> {
    let wrong = |error: registry::LockTargetError| ApiError::InvalidItem {
        field: "id".to_owned(),
        detail: one_line(&error),
    };
    id.parse().map_err(wrong)
}

/// The ports whose commands change what is locked: its TVs, and the sources that they show.
fn reached(id: &LockTarget, registry: &Registry) -> HashSet<PortId> {
    let locked = registry.locked_ports(id);
    let both = |port: PortId| [registry.receiver(&port, EffectGroup::Channel), port];
    locked.flat_map(both).collect()
}

/// What waits for `ports` and is due before `until`.
async fn waiting<S: AppTypes>(
    app: &App<S>,
    ports: &HashSet<PortId>,
    until: Option<WallTime>,
) -> Result<Vec<CommandId>, StoreError> {
    let until = until.map(|until| app.wall().wished(until));
    let waits = |record: &CommandRecord| {
        record.status == Status::Pending
            && ports.contains(&record.target)
            && until.is_none_or(|until| record.due_at < until)
    };
    let (mut waiting, mut after) = (Vec::new(), None);
    loop {
        let page = app.queue.view.open_commands(None, after, PAGE).await?;
        waiting.extend(page.iter().filter(|record| waits(record)).map(|record| record.id));
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after = last.queue_id,
            Some(_) | None => return Ok(waiting),
        }
    }
}

/// Withdraws `waiting`; tells how many. What has left or ended meanwhile is not among them.
async fn cancel<S: AppTypes>(app: &App<S>, waiting: &[CommandId]) -> u64 {
    let one = |id: &CommandId| app.router.cancel(*id);
    // Several at a time: the store commits them together.
    let mut ended = stream::iter(waiting.iter().map(one)).buffer_unordered(AT_ONCE);
    let mut cancelled = 0;
    while let Some(one) = ended.next().await {
        cancelled += u64::from(matches!(one, Ok(Cancelled::Cancelled(_))));
    }
    cancelled
}

/// So many commands are read at a time.
const PAGE: u32 = 1_000;

/// So many commands are withdrawn at a time.
const AT_ONCE: usize = 64;
