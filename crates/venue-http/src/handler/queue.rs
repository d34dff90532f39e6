//! Endpoints about the queue as a whole, and the history behind it.

use http::StatusCode;
use venue_api::{CommandPage, EndedCounts, QueueHealth, QueueMetrics, QueueStats, RefreshQueued};
use venue_domain::{
    BatchCounts, Clock, HistoryCursor, HistoryQuery, QueueControl, QueueId,
    QueueMetrics as Figures, QueueView, Status, StoreError,
};

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    handler::command::actor,
    load, query,
    reply::{Reply, RequestContext},
    respond,
    wire::{self, ms},
};

/// `POST /system/refresh-capabilities`.
///
/// # Cancel safety
/// A dropped future may or may not have stored the tasks.
pub(super) async fn refresh_capabilities<S: AppTypes>(
    app: &App<S>,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    if app.stop.begun.is_cancelled() {
        return Err(ApiError::Stopping);
    }
    match app.router.refresh_capabilities(actor(context)).await {
        Ok(queued_count) => {
            let answer = RefreshQueued { success: true, queued_count };
            Ok(Reply::json(StatusCode::ACCEPTED, &answer))
        }
        Err(rejection) => Ok(respond::rejection(&rejection, context)),
    }
}

/// `GET /queue/health`.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn health<S: AppTypes>(app: &App<S>) -> Result<Reply, ApiError> {
    let (figures, healthy) = figures(app).await?;
    Ok(Reply::ok(&QueueHealth {
        healthy,
        stuck_commands: figures.stuck,
        pending_count: figures.depth.due,
        warning: load::warning(&figures),
    }))
}

/// `GET /queue/metrics`.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn metrics<S: AppTypes>(app: &App<S>) -> Result<Reply, ApiError> {
    let (figures, healthy) = figures(app).await?;
    let waits_since = figures
        .oldest_due
        .map_or(0, |oldest| app.now().unix_ms().saturating_sub(oldest.unix_ms()) / 1000);
    Ok(Reply::ok(&QueueMetrics {
        pending_count: figures.depth.due,
        processing_count: figures.depth.processing,
        completed_last_hour: figures.completed_last_hour(),
        failed_last_hour: figures.failed_last_hour(),
        avg_execution_time_ms: figures.average_execution.map(ms),
        avg_queue_wait_time_ms: figures.average_wait.map(ms),
        worker_utilization: app.queue.control.utilisation(),
        // A wall clock that was set back makes no negative age.
        oldest_pending_age_seconds: u64::try_from(waits_since).unwrap_or(0),
        stuck_commands: figures.stuck,
        healthy,
        pending: figures.depth.due,
        processing: figures.depth.processing,
        failed: figures.failed_last_hour(),
    }))
}

/// `GET /api/v1/queue`.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn stats<S: AppTypes>(app: &App<S>) -> Result<Reply, ApiError> {
    let (figures, healthy) = figures(app).await?;
    Ok(Reply::ok(&told(app, &figures, healthy)))
}

/// `POST /api/v1/queue/pause` and `.../resume`: answers what `GET /api/v1/queue` does.
///
/// # Cancel safety
/// A dropped future has changed nothing.
pub(super) async fn set_paused<S: AppTypes>(
    app: &App<S>,
    paused: bool,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    // Asked first: where this fails nothing is changed, and a service without a store says so.
    let (figures, healthy) = figures(app).await?;
    let control = &app.queue.control;
    if paused {
        control.pause();
    } else {
        control.resume();
    }
    tracing::info!(paused, user_ip = %context.user_ip, request_id = context.request_id, "queue switched");
    Ok(Reply::ok(&QueueStats { paused, ..told(app, &figures, healthy) }))
}

/// `GET /api/v1/queue/commands`: what waits or is in flight, in the order of the queue.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn commands<S: AppTypes>(
    app: &App<S>,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    let page = query::of_device(context.query.as_deref())?;
    let (after, limit) = (page.cursor.map(QueueId::new), page.limit.saturating_add(1));
    let commands = app.queue.view.open_commands(page.device, after, limit).await;
    Ok(Reply::ok(&wire::stored::page(commands.map_err(unread)?, page.limit, app.wall())))
}

/// `GET /api/v1/history`: what has ended, the newest first.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn history<S: AppTypes>(
    app: &App<S>,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    let page = query::of_device(context.query.as_deref())?;
    let query = HistoryQuery {
        device: page.device,
        before: page.cursor.map(HistoryCursor),
        limit: page.limit,
    };
    let page = app.queue.view.history(query).await.map_err(unread)?;
    let wall = app.wall();
    Ok(Reply::ok(&CommandPage {
        items: page.items.iter().map(|record| wire::stored::record(record, wall)).collect(),
        next_cursor: page.next.map(|cursor| cursor.0.to_string()),
    }))
}

/// The figures of the queue, and whether they are healthy.
async fn figures<S: AppTypes>(app: &App<S>) -> Result<(Figures, bool), ApiError> {
    let figures = app.queue.view.metrics(app.now()).await.map_err(unread)?;
    let healthy = app.load.is_healthy(&figures, app.router.clock().instant());
    Ok((figures, healthy))
}

fn told<S: AppTypes>(app: &App<S>, figures: &Figures, healthy: bool) -> QueueStats {
    QueueStats {
        paused: app.queue.control.is_paused(),
        healthy,
        due: figures.depth.due,
        later: figures.depth.later,
        processing: figures.depth.processing,
        stuck: figures.stuck,
        oldest_due_at: figures.oldest_due.map(|at| wire::utc(app.wall(), at)),
        completed_last_hour: figures.completed_last_hour(),
        failed_last_hour: figures.failed_last_hour(),
        ended_last_hour: ended(&figures.last_hour),
        avg_execution_time_ms: figures.average_execution.map(ms),
        avg_queue_wait_time_ms: figures.average_wait.map(ms),
        worker_utilization: app.queue.control.utilisation(),
    }
}

fn ended(counts: &BatchCounts) -> EndedCounts {
    EndedCounts {
        completed: counts.of(Status::Completed),
        failed: counts.of(Status::Failed),
        expired: counts.of(Status::Expired),
        superseded: counts.of(Status::Superseded),
        cancelled: counts.of(Status::Cancelled),
        unknown: counts.of(Status::Unknown),
    }
}

fn unread(error: StoreError) -> ApiError {
    ApiError::Store { error }
}
