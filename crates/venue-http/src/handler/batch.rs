//! Endpoints about batches: created, shown, withdrawn, tried anew, taken back.

use venue_api::{self as api, BatchCancelled, BulkBody};
use venue_domain::{
    BatchId, BatchIdError, BatchRecord, CommandRecord, Parameters, QueueId, QueueView,
};
use venue_routing::{BulkRequest, BulkTarget, QueueOptions};

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    batch_name_lock::BatchNameLock,
    body,
    handler::{
        command::{actor, options},
        targets,
    },
    own, query,
    reply::{Reply, RequestContext},
    respond,
    route::Endpoint,
    wire::stored as wire,
};

/// What is to be done about a batch that has ended, more or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RetryOrUndo {
    Retry,
    Undo,
}

/// `POST /bulk/command`, `POST /bulk-command` and `POST /api/v1/batches`.
///
/// # Cancel safety
/// A dropped future may or may not have stored the batch.
pub(super) async fn create<S: AppTypes>(
    app: &App<S>,
    bytes: &[u8],
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    if app.stop.begun.is_cancelled() {
        return Err(ApiError::Stopping);
    }
    let mut body: BulkBody = body::parse(bytes)?;
    let meant = targets::expand(&mut body, &app.venue.registry())?;
    if body.targets.is_empty() && !meant.is_empty() {
        return Ok(respond::none_accepted(&[], &meant, context));
    }
    if body.dry_run {
        return Ok(targets::plan(app, body, meant, context));
    }
    let name = body.batch_id.as_ref().and_then(|id| id.parse::<BatchId>().ok());
    // Held until the batch is stored, or is not.
    let _given = match name {
        Some(id) => Some(free_name(app, id).await?),
        None => None,
    };
    let written = body.targets.clone();
    match app.router.submit_batch(request(body, context)).await {
        Ok(answer) => {
            tracing::info!(
                batch_id = %answer.batch,
                accepted = answer.accepted.len(),
                rejected = answer.rejected.len(),
                duplicates = answer.duplicates.len(),
                user_ip = %context.user_ip,
                request_id = context.request_id,
                "batch queued"
            );
            Ok(respond::batch(&answer, &written, meant, context))
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

/// Whether a request changes nothing although its method could: it takes no key.
pub(crate) fn only_asks(endpoint: &Endpoint, bytes: &[u8]) -> bool {
    if *endpoint == Endpoint::BatchCreate {
        // What is wrong with it is told by the handler.
        return body::parse::<BulkBody>(bytes).is_ok_and(|body| body.dry_run);
    }
    *endpoint == Endpoint::ConfigDiff
}

/// The name that the caller gives to a new batch, if it is one.
pub(crate) fn batch_id(endpoint: &Endpoint, bytes: &[u8]) -> Option<String> {
    if *endpoint != Endpoint::BatchCreate {
        return None;
    }
    // What is wrong with it is told by the handler.
    let body: BulkBody = body::parse(bytes).ok()?;
    let is_reserved = |id: &str| BatchId::RESERVED.iter().any(|start| id.starts_with(start));
    body.batch_id.filter(|id| id.parse::<BatchId>().is_ok() && !is_reserved(id))
}

pub(super) fn request(body: BulkBody, context: &RequestContext) -> BulkRequest {
    let target = |target: &venue_api::TargetBody| BulkTarget {
        device: target.hostname.clone(),
        port: target.port(),
    };
    BulkRequest {
        targets: body.targets.iter().map(target).collect(),
        command: body.command,
        parameters: Parameters { channel: body.channel, digit: body.digit, input: body.input },
        batch_id: body.batch_id,
        queue: QueueOptions {
            priority: body.priority,
            max_attempts: body.max_attempts,
            notes: body.notes,
            ..options(body.scheduled_at, body.wait_for_device_s)
        },
        actor: actor(context),
    }
}

/// `GET /bulk/{batch_id}/status`: all commands at once; a batch that is not there is empty.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn bulk_status<S: AppTypes>(app: &App<S>, id: &str) -> Result<Reply, ApiError> {
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
pub(super) async fn list<S: AppTypes>(
    app: &App<S>,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    let page = query::named_page(context.query.as_deref())?;
    let wrong = |error: BatchIdError| ApiError::InvalidQuery {
        field: "cursor".to_owned(),
        reason: format!("cursor is the next_cursor of the page before: {error}"),
    };
    let after = page.after.map(|id| id.parse().map_err(wrong)).transpose()?;
    if let Some(after) = &after {
        // After one that there is not, all would come again.
        let known = app.queue.view.batch(BatchId::clone(after)).await.map_err(unread)?;
        let reason =
            format!("cursor is the next_cursor of the page before: there is no batch {after}");
        known.ok_or_else(|| ApiError::InvalidQuery { field: "cursor".to_owned(), reason })?;
    }
    // One more than is shown: whether there is another page.
    let limit = u32::try_from(page.limit + 1).unwrap_or(u32::MAX);
    let found = app.queue.view.batches(after, limit).await.map_err(unread)?;
    let mut shown = wire::batches(&found, page.limit, app.wall());
    for (item, summary) in shown.items.iter_mut().zip(&found) {
        item.allowed = own::allowed(app, &context.who, &summary.batch).await.map_err(unread)?;
    }
    Ok(Reply::ok(&shown))
}

/// `GET /api/v1/batches/{id}`: its counts, and a page of its commands.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn status<S: AppTypes>(
    app: &App<S>,
    id: &str,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    let page = query::page(context.query.as_deref())?;
    let record = existing(app, id).await?;
    let after = page.cursor.map(QueueId::new);
    let limit = page.limit.saturating_add(1);
    let commands = app.queue.view.batch_commands(record.id.clone(), after, limit).await;
    let commands = wire::page(commands.map_err(unread)?, page.limit, app.wall());
    let allowed = own::allowed(app, &context.who, &record).await.map_err(unread)?;
    Ok(Reply::ok(&api::BatchStatus { allowed, ..wire::batch(&record, commands, app.wall()) }))
}

/// `POST /api/v1/batches/{id}/cancel`.
///
/// # Cancel safety
/// A dropped future may or may not have withdrawn commands.
pub(super) async fn cancel<S: AppTypes>(
    app: &App<S>,
    id: &str,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    match app.router.cancel_batch(parse(id)?).await {
        Ok(cancelled) => {
            let withdrawn = cancelled.aftermath.ended.len() as u64;
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

/// `POST /api/v1/batches/{id}/retry` and `.../undo`.
///
/// # Cancel safety
/// A dropped future may or may not have stored the new batch.
pub(super) async fn redo<S: AppTypes>(
    app: &App<S>,
    id: &str,
    what: RetryOrUndo,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    if app.stop.begun.is_cancelled() {
        return Err(ApiError::Stopping);
    }
    let (batch, view, actor) = (parse(id)?, &app.queue.view, actor(context));
    let redone = match what {
        RetryOrUndo::Retry => app.router.retry_batch(view, batch, actor).await,
        RetryOrUndo::Undo => app.router.undo_batch(view, batch, actor).await,
    };
    match redone {
        Ok(redone) => {
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
