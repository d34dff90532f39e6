//! Endpoints for those who watch: events, figures, alerts.

use std::{sync::Arc, time::Duration};

use crate::events::EventId;
use http::StatusCode;
use venue_api::AlertList;
use venue_auth::Need;
use venue_domain::{Clock, Depth, QueueControl, QueueView};

use crate::{
    api_error::ApiError,
    app::AppTypes,
    endpoint::{Endpoint, Header, Request, get},
    metrics::Scrape,
    query::EventFilter,
    reply::Reply,
    sse::{Filter, Watching},
    token_watch::TokenWatch,
    wire,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/metrics", Need::Read, "All metrics for Prometheus (OpenMetrics)")
            .answers_text("application/openmetrics-text")
            .to(metrics),
        get("/api/v1/events", Need::Read, "Events as they happen, as Server-Sent Events")
            .query::<EventFilter>()
            .header(Header::LastEventId)
            .answers_text("text/event-stream")
            .to(events),
        get("/api/v1/alerts", Need::Read, "The active alerts, each with what to do")
            .answers::<AlertList>(StatusCode::OK)
            .to(alerts),
    ]
}

/// `GET /api/v1/events?type=&last_event_id=`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn events<S: AppTypes>(request: Request<S, (), EventFilter>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let EventFilter { types, last_event_id } = request.query()?;
    let filter = match types {
        None => Filter::default(),
        Some(text) => Filter::parse(&text).ok_or_else(|| ApiError::InvalidQuery {
            field: "type".to_owned(),
            reason: "give names of events such as batch.progress or device.*".to_owned(),
        })?,
    };
    // What cannot be read is of no run that is known: the stream begins anew.
    let unknown = EventId { run: u64::MAX, number: 0 };
    let after = context.last_event_id.clone().or(last_event_id);
    let after = after.map(|text| text.parse().unwrap_or(unknown));
    let place = Arc::clone(&app.watchers).try_acquire_owned();
    let place = place.map_err(|_| ApiError::TooManyWatchers)?;
    let subscription = app.watch.hub.subscribe(after);
    let stop = app.stop.begun.clone();
    let token = TokenWatch::of(&context.who, &app.auth.tokens, app.calendar());
    Ok(Reply::events(Watching { subscription, filter, stop, token, _place: place }))
}

/// `GET /metrics`: all figures as Prometheus reads them.
///
/// # Cancel safety
/// Safe: it only reads.
async fn metrics<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let now = app.router.clock().now();
    let counts = wire::counts(&app.router.statuses());
    // Without a store the figures of the queue are missing, and the rest is told.
    let metrics = app.queue.view.metrics(now).await.ok();
    let oldest = metrics.as_ref().and_then(|metrics| metrics.oldest_due);
    let age = |ms: i64| u64::try_from(ms).map(Duration::from_millis).unwrap_or_default();
    let scrape = Scrape {
        devices: [
            ("online", counts.online),
            ("connecting", counts.connecting),
            ("offline", counts.offline),
            ("misconfigured", counts.misconfigured),
        ],
        depth: metrics.as_ref().map_or_else(Depth::default, |metrics| metrics.depth),
        oldest: oldest.map(|at| age(now.unix_ms().saturating_sub(at.unix_ms()))),
        metrics,
        utilisation: app.queue.control.utilisation(),
        mode: app.router.mode(),
        watchers: app.watch.hub.watchers(),
        alerts: app.watch.alerts.borrow().len(),
    };
    app.watch.metrics.render(&scrape).map(Reply::figures).ok_or(ApiError::Internal)
}

/// `GET /api/v1/alerts`: what is active, the gravest first.
///
/// # Cancel safety
/// Safe: it only reads.
async fn alerts<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let items = app.watch.alerts.borrow().as_ref().clone();
    Ok(Reply::ok(&AlertList { items }))
}
