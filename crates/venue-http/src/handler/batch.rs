//! Endpoints about batches: created, shown, withdrawn, tried anew, taken back.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use http::StatusCode;
use serde::Serialize;
use venue_api::{
    BatchAccepted, BatchCancelled, BatchPage, BatchPlan, BatchRetried, BatchStatus, BatchUndoBody,
    BulkBody, BulkStatus, DocumentBulk, TargetBody,
};
use venue_auth::Need;
use venue_domain::{
    BatchId, BatchIdError, BatchRecord, CommandRecord, EffectGroup, Nature, PortId, QueueId,
    QueueView,
};
use venue_registry::{Registry, Unmatched};
use venue_routing::Asker;

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    batch_name_lock::BatchNameLock,
    body,
    endpoint::{
        Body, Described, Endpoint, Inspect, Limit, Presence, Request, Scope, SizeLimit,
        each_reached, get, post,
    },
    handler::{
        command::{actor, locks, parameter},
        path::OfId,
        preset, targets,
    },
    own,
    query::{BatchCommandPage, ItemPage},
    read::{self, Targets},
    reply::{Reply, RequestContext},
    respond,
    wire::stored as wire,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        create_at::<DocumentBulk, S>("/bulk/command", DRY_RUN),
        create_at::<DocumentBulk, S>("/bulk-command", "The same as `/bulk/command`."),
        get("/bulk/{id}/status", Need::Read, "The progress of a batch, with all its commands")
            .details("A batch that there is not has a total of 0.")
            .path::<OfId>()
            .answers::<BulkStatus>(StatusCode::OK)
            .to(bulk_status),
        create_at::<BatchAccepted, S>("/api/v1/batches", DRY_RUN),
        get("/api/v1/batches", Need::Read, "The batches, newest first")
            .query::<ItemPage>()
            .answers::<BatchPage>(StatusCode::OK)
            .to(list),
        get(
            "/api/v1/batches/{id}",
            Need::Read,
            "A batch with its counts and a page of its commands",
        )
        .path::<OfId>()
        .query::<BatchCommandPage>()
        .answers::<BatchStatus>(StatusCode::OK)
        .to(status),
        post(
            "/api/v1/batches/{id}/cancel",
            Need::CommandBulk,
            "Cancel the waiting commands of a batch",
        )
        .path::<OfId>()
        .scope(Scope::Batch)
        .answers::<BatchCancelled>(StatusCode::OK)
        .to(cancel),
        post(
            "/api/v1/batches/{id}/retry",
            Need::CommandBulk,
            "Send the failed commands of a batch again",
        )
        .path::<OfId>()
        .limit(Limit::Bulk)
        .scope(Scope::Batch)
        .answers::<BatchRetried>(StatusCode::OK)
        .located()
        .answers::<BatchRetried>(StatusCode::ACCEPTED)
        .to(retry),
        post(
            "/api/v1/batches/{id}/undo",
            Need::CommandBulk,
            "Restore the state that a batch changed",
        )
        .details(UNDO)
        .path::<OfId>()
        .body::<BatchUndoBody>()
        .limit(Limit::Bulk)
        .scope(Scope::Batch)
        .answers::<BatchRetried>(StatusCode::OK)
        .located()
        .answers::<BatchRetried>(StatusCode::ACCEPTED)
        .to(undo),
    ]
}

const UNDO: &str = "With `selectors` only for these TVs: the rest of the batch stays, and can be taken back later. An \
                    empty body takes all of it back.";

const DRY_RUN: &str = "A dry run is answered 200, with the plan.";

/// One endpoint at three paths: the form of its answer, `A`, differs.
fn create_at<A: Serialize + Described, S: AppTypes>(
    path: &'static str,
    details: &'static str,
) -> Endpoint<S> {
    let summary = "Send one command to many ports; answered once it is stored";
    post(path, Need::CommandBulk, summary)
        .details(details)
        .limit(Limit::Bulk)
        .scope(Scope::BodyPorts)
        .body::<BulkBody>()
        .located()
        .answers::<BatchPlan>(StatusCode::OK)
        .answers::<A>(StatusCode::ACCEPTED)
        .to(create)
}

/// What is to be done about a batch that has ended, more or less.
#[derive(Clone, Debug, PartialEq, Eq)]
enum RetryOrUndo {
    Retry,
    /// Of these ports, or of all.
    Undo(Option<BTreeSet<PortId>>),
}

/// An empty body takes all of it back.
impl Body for BatchUndoBody {
    const PRESENCE: Presence = Presence::Optional;

    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse_optional(bytes)
    }

    fn inspect(bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        Some(Box::new(Self::read(bytes).ok()?))
    }
}

impl Inspect for BatchUndoBody {
    fn summary(&self) -> String {
        let part =
            if self.selectors.is_empty() { "all of it" } else { &*self.selectors.join(", ") };
        format!("undo {part}")
    }

    fn ports(&self, _of: &str, _registry: &Registry) -> Option<Vec<(String, Option<i64>)>> {
        None
    }
}

/// `POST /bulk/command`, `POST /bulk-command` and `POST /api/v1/batches`.
///
/// # Cancel safety
/// A dropped future may or may not have stored the batch.
async fn create<S: AppTypes>(request: Request<S, (), (), BulkBody>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    if app.stop.begun.is_cancelled() {
        return Err(ApiError::Stopping);
    }
    let mut body: BulkBody = request.body()?;
    let meant = targets::expand(&mut body, &app.venue.registry())?;
    if body.targets.is_empty() && !meant.is_empty() {
        return Ok(respond::none_accepted(&[], &meant, context));
    }
    if body.dry_run {
        return targets::plan(app, body, meant, context);
    }
    let written = body.targets.clone();
    let targets = Targets::read(&written);
    let bulk = targets::bulk_request(body, &targets, context, &app.venue.registry())?;
    // Held until the batch is stored, or is not.
    let _given = match bulk.batch_id.clone() {
        Some(id) => Some(free_name(app, id).await?),
        None => None,
    };
    match app.router.submit_batch(bulk).await {
        Ok(answer) => {
            tracing::info!(
                batch_id = %answer.batch,
                accepted = answer.accepted.len(),
                rejected = answer.rejected.len() + targets.unread.len(),
                duplicates = answer.duplicates.len(),
                user_ip = %context.user_ip,
                request_id = context.request_id,
                "batch queued"
            );
            Ok(respond::batch(&answer, &targets, &written, meant, context))
        }
        Err(rejection) => Ok(respond::rejection(&rejection, context)),
    }
}

/// Gives a batch its name, if no other has it.
///
/// The router raises the fences of what it accepts before it stores it: a name that is taken must
/// not get so far, or the repeated batch would supersede the one that waits.
async fn free_name<S: AppTypes>(app: &App<S>, id: BatchId) -> Result<BatchNameLock, ApiError> {
    let exists = || ApiError::BatchExists { id: id.to_string() };
    let given = app.names.give(&id).ok_or_else(exists)?;
    let known = app.queue.view.batch(id.clone()).await.map_err(unread)?;
    if known.is_some() { Err(exists()) } else { Ok(given) }
}

impl Body for BulkBody {
    const SIZE_LIMIT: SizeLimit = SizeLimit::Bulk;

    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes)
    }

    fn inspect(bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        Some(Box::new(Self::read(bytes).ok()?))
    }
}

impl Inspect for BulkBody {
    fn summary(&self) -> String {
        let parameter =
            parameter(self.channel.as_deref(), self.digit.or(self.steps), self.input.as_deref());
        let mut to = self.selectors.clone();
        if !self.targets.is_empty() {
            to.push(format!("{} targets", self.targets.len()));
        }
        let dry = if self.dry_run { " (dry run)" } else { "" };
        format!("{}{parameter} for {}{dry}", self.command, to.join(", "))
    }

    fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    fn batch_name(&self) -> Option<&str> {
        self.batch_id.as_deref().filter(|id| read::batch_id(Some(id)).is_ok())
    }

    fn step(&self, registry: &Registry) -> Option<u64> {
        let action = read::action(&self.command, &read::bulk_parameters(self), registry).ok()?;
        if self.dry_run || !matches!(action.nature(), Nature::Relative | Nature::Sequence) {
            return None;
        }
        let named: BTreeSet<_> = self.ports("", registry)?.into_iter().collect();
        // Whoever finds two selections with one number is counted as if they were one.
        let mut hasher = DefaultHasher::new();
        named.hash(&mut hasher);
        Some(hasher.finish())
    }

    fn reached(&self, of: &str, registry: &Registry) -> Vec<(PortId, Vec<EffectGroup>)> {
        // What cannot be read is refused by the handler.
        let action = read::action(&self.command, &read::bulk_parameters(self), registry);
        let group = action.ok().and_then(|action| action.effect_group());
        each_reached(self.ports(of, registry), group.as_slice())
    }

    fn ports(&self, _hostname: &str, registry: &Registry) -> Option<Vec<(String, Option<i64>)>> {
        let mut body = self.clone();
        targets::expand(&mut body, registry).ok()?;
        let port = |target: TargetBody| {
            let port = target.port();
            (target.hostname, port)
        };
        Some(body.targets.into_iter().map(port).collect())
    }
}

/// `GET /bulk/{batch_id}/status`: all commands at once; a batch that is not there is empty.
///
/// # Cancel safety
/// Safe: it only reads.
async fn bulk_status<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, id) = (&*request.app, &*request.path.id);
    let batch = parse(id)?;
    let Some(record) = app.queue.view.batch(batch.clone()).await.map_err(unread)? else {
        return Ok(Reply::ok(&wire::bulk_status(id, None, &[])));
    };
    let mut commands: Vec<CommandRecord> = Vec::new();
    loop {
        let after = commands.last().and_then(|last| last.queue_id);
        let page = app.queue.view.batch_commands(batch.clone(), after, PAGE).await;
        let page = page.map_err(unread)?;
        let is_last = page.len() < PAGE as usize;
        commands.extend(page);
        if is_last {
            return Ok(Reply::ok(&wire::bulk_status(id, Some(&record), &commands)));
        }
    }
}

/// `GET /api/v1/batches`: the newest first.
///
/// # Cancel safety
/// Safe: it only reads.
async fn list<S: AppTypes>(request: Request<S, (), ItemPage>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let page = request.query()?;
    let wrong = |error: BatchIdError| ApiError::InvalidQuery {
        field: "cursor".to_owned(),
        reason: format!("cursor is the next_cursor of the page before: {error}"),
    };
    let after = page.after.as_deref().map(|id: &str| id.parse().map_err(wrong)).transpose()?;
    if let Some(after) = &after {
        // After one that there is not, all would come again.
        let known = app.queue.view.batch(BatchId::clone(after)).await.map_err(unread)?;
        let reason =
            format!("cursor is the next_cursor of the page before: there is no batch {after}");
        known.ok_or_else(|| ApiError::InvalidQuery { field: "cursor".to_owned(), reason })?;
    }
    // One more than is shown: whether there is another page.
    let limit = page.limit.get() + 1;
    let found = app.queue.view.batches(after, limit).await.map_err(unread)?;
    let mut shown = wire::batches(&found, page.limit.get() as usize, app.wall());
    for (item, summary) in shown.items.iter_mut().zip(&found) {
        let (batch, first) = (&summary.batch, summary.action.as_ref());
        item.allowed = own::allowed(app, &context.who, batch, first).await.map_err(unread)?;
    }
    Ok(Reply::ok(&shown))
}

/// `GET /api/v1/batches/{id}`: its counts, and a page of its commands.
///
/// # Cancel safety
/// Safe: it only reads.
async fn status<S: AppTypes>(
    request: Request<S, OfId, BatchCommandPage>,
) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, &*request.path.id, &*request.context);
    let page = request.query()?;
    let record = existing(app, id).await?;
    let after = page.cursor.map(|cursor| QueueId::new(cursor.get()));
    let limit = page.limit.get() + 1;
    let commands = app.queue.view.batch_commands(record.id.clone(), after, limit).await;
    let commands = commands.map_err(unread)?;
    let first = commands.first().map(|command| &command.action);
    let allowed = own::allowed(app, &context.who, &record, first).await.map_err(unread)?;
    let commands = wire::page(commands, page.limit.get(), app.wall());
    Ok(Reply::ok(&BatchStatus { allowed, ..wire::batch(&record, commands, app.wall()) }))
}

/// `POST /api/v1/batches/{id}/cancel`.
///
/// # Cancel safety
/// A dropped future may or may not have withdrawn commands.
async fn cancel<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, &*request.path.id, &*request.context);
    match app.router.cancel_batch(parse(id)?).await {
        Ok(cancelled) => {
            let withdrawn = cancelled.ended_commands.ended.len() as u64;
            log(id, "cancel", withdrawn, context);
            Ok(Reply::ok(&BatchCancelled {
                batch_id: id.to_owned(),
                cancelled: withdrawn,
                in_flight: cancelled.in_flight,
            }))
        }
        Err(rejection) => Ok(respond::rejection(&rejection, context)),
    }
}

/// `POST /api/v1/batches/{id}/retry`.
///
/// # Cancel safety
/// A dropped future may or may not have stored the new batch.
async fn retry<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, &*request.path.id, &*request.context);
    retry_or_undo(app, id, RetryOrUndo::Retry, context).await
}

/// `POST /api/v1/batches/{id}/undo`.
///
/// # Cancel safety
/// A dropped future may or may not have stored the new batch.
async fn undo<S: AppTypes>(
    request: Request<S, OfId, (), BatchUndoBody>,
) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, &*request.path.id, &*request.context);
    let registry = app.venue.registry();
    let (only, unmatched) = preset::part(&request.body()?.selectors, &registry)?;
    // What is not there would be left out in silence.
    if let Some(Unmatched { selector, reason, .. }) = unmatched.into_iter().next() {
        let (field, detail) = ("selectors".to_owned(), format!("{selector}: {reason}"));
        return Err(ApiError::InvalidItem { field, detail });
    }
    let only = only.map(|ports| with_sources(&ports, &registry));
    retry_or_undo(app, id, RetryOrUndo::Undo(only), context).await
}

/// The ports of screens, and those of the sources that receive for them.
fn with_sources(ports: &BTreeSet<PortId>, registry: &Registry) -> BTreeSet<PortId> {
    let both = |port: &PortId| {
        let groups = [EffectGroup::Channel, EffectGroup::Volume];
        groups.map(|group| registry.receiver(port, group)).into_iter().chain([port.clone()])
    };
    ports.iter().flat_map(both).collect()
}

async fn retry_or_undo<S: AppTypes>(
    app: &App<S>,
    id: &str,
    what: RetryOrUndo,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    if app.stop.begun.is_cancelled() {
        return Err(ApiError::Stopping);
    }
    let (batch, view) = (parse(id)?, &app.queue.view);
    let asker = Asker { actor: actor(context), locks: locks(context) };
    let redone = match &what {
        RetryOrUndo::Retry => app.router.retry_batch(view, batch, asker).await,
        RetryOrUndo::Undo(only) => app.router.undo_part(view, batch, only.as_ref(), asker).await,
    };
    match redone {
        Ok(redone) => {
            if what != RetryOrUndo::Retry {
                app.schedules.batch_undone();
            }
            let queued = redone.batch.as_ref().map_or(0, |batch| batch.accepted.len()) as u64;
            log(id, if what == RetryOrUndo::Retry { "retry" } else { "undo" }, queued, context);
            Ok(respond::redone(id, &redone))
        }
        Err(rejection) => Ok(respond::rejection(&rejection, context)),
    }
}

async fn existing<S: AppTypes>(app: &App<S>, id: &str) -> Result<BatchRecord, ApiError> {
    let found = app.queue.view.batch(parse(id)?).await.map_err(unread)?;
    found.ok_or_else(|| ApiError::NoSuchBatch { id: id.to_owned() })
}

fn parse(id: &str) -> Result<BatchId, ApiError> {
    id.parse().map_err(|error| ApiError::InvalidBatchId { error })
}

fn unread(error: venue_domain::StoreError) -> ApiError {
    ApiError::Store { error }
}

/// The id is one that a batch can have.
fn log(id: &str, what: &'static str, commands: u64, context: &RequestContext) {
    tracing::info!(
        batch_id = id,
        what,
        commands,
        user_ip = %context.user_ip,
        request_id = context.request_id,
        "batch changed"
    );
}

/// So many commands are read at a time.
const PAGE: u32 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_says_what_and_where_to() {
        let body =
            br#"{"command":"power_on","selectors":["zone=bar"],"targets":[{"hostname":"a"}]}"#;
        let summary = BulkBody::inspect(body).map(|body| body.summary());
        assert_eq!(summary.as_deref(), Some("power_on for zone=bar, 1 targets"));
    }
}
