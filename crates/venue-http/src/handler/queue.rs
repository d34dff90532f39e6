//! Endpoints about the queue as a whole, and the history behind it.

use http::StatusCode;
use venue_api::{CommandPage, EndedCounts, QueueHealth, QueueMetrics, QueueStats, RefreshQueued};
use venue_auth::Need;
use venue_domain::{
    BatchCounts, Clock, HistoryCursor, HistoryQuery, QueueControl, QueueId,
    QueueMetrics as Figures, QueueView, Status, StoreError,
};

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    endpoint::{Endpoint, Limit, Request, get, post},
    handler::command::actor,
    load,
    query::CommandListPage,
    reply::Reply,
    respond,
    wire::{self, ms},
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        post("/system/refresh-capabilities", Need::System, "Read the capabilities of all online devices again, 30 s later")
            .details("System work.")
            .limit(Limit::Bulk)
            .answers::<RefreshQueued>(StatusCode::ACCEPTED)
            .to(refresh_capabilities),
        get("/queue/health", Need::Read, "Whether the queue is healthy")
            .answers::<QueueHealth>(StatusCode::OK)
            .to(health),
        get("/queue/metrics", Need::Read, "The figures of the queue")
            .answers::<QueueMetrics>(StatusCode::OK)
            .to(metrics),
        get("/api/v1/queue", Need::Read, "The figures of the queue, with the commands that ended in the last hour by status")
            .answers::<QueueStats>(StatusCode::OK)
            .to(stats),
        get("/api/v1/queue/commands", Need::Read, "The commands that wait or are in flight")
            .query::<CommandListPage>()
            .answers::<CommandPage>(StatusCode::OK)
            .to(commands),
        post("/api/v1/queue/pause", Need::ManageQueue, "Stop sending from the queue")
            .without_store()
            .details("Commands are still accepted, and direct commands sent. The pause ends with `resume`, or when the daemon stops.")
            .answers::<QueueStats>(StatusCode::OK)
            .to(pause),
        post("/api/v1/queue/resume", Need::ManageQueue, "Start sending from the queue again")
            .without_store()
            .answers::<QueueStats>(StatusCode::OK)
            .to(resume),
        get("/api/v1/history", Need::Read, "The commands that have ended, newest first")
            .query::<CommandListPage>()
            .answers::<CommandPage>(StatusCode::OK)
            .to(history),
    ]
}

/// `POST /system/refresh-capabilities`.
///
/// # Cancel safety
/// A dropped future may or may not have stored the tasks.
async fn refresh_capabilities<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
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
async fn health<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
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
async fn metrics<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
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
async fn stats<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let (figures, healthy) = figures(app).await?;
    Ok(Reply::ok(&told(app, &figures, healthy)))
}

/// `POST /api/v1/queue/pause`: answers what `GET /api/v1/queue` does.
///
/// # Cancel safety
/// A dropped future has changed nothing.
async fn pause<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    set_paused(request, true).await
}

/// `POST /api/v1/queue/resume`: answers what `GET /api/v1/queue` does.
///
/// # Cancel safety
/// A dropped future has changed nothing.
async fn resume<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    set_paused(request, false).await
}

async fn set_paused<S: AppTypes>(request: Request<S>, paused: bool) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
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
async fn commands<S: AppTypes>(
    request: Request<S, (), CommandListPage>,
) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let page = request.query()?;
    let after = page.cursor.map(|cursor| QueueId::new(cursor.get()));
    let limit = page.limit.get() + 1;
    let commands = app.queue.view.open_commands(page.hostname.clone(), after, limit).await;
    Ok(Reply::ok(&wire::stored::page(commands.map_err(unread)?, page.limit.get(), app.wall())))
}

/// `GET /api/v1/history`: what has ended, the newest first.
///
/// # Cancel safety
/// Safe: it only reads.
async fn history<S: AppTypes>(request: Request<S, (), CommandListPage>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let page = request.query()?;
    let query = HistoryQuery {
        before: page.cursor.map(|cursor| HistoryCursor(cursor.get())),
        limit: page.limit.get(),
        device: page.hostname,
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
