//! Endpoints about the daemon itself.

use http::StatusCode;
use venue_api::{Live, Liveness, Readiness, Ready, ServiceStatus};
use venue_domain::QueueControl;

use crate::{
    app::{App, AppTypes},
    reply::Reply,
    wire,
};

/// `GET /livez`.
pub(super) fn livez() -> Reply {
    Reply::ok(&Live { status: Liveness::Live })
}

/// `GET /readyz`: 503 while stopping.
pub(super) fn readyz<S: AppTypes>(app: &App<S>) -> Reply {
    let mode = wire::mode(app.router.mode());
    let order = wire::order(app.router.order_memory());
    if app.stop.begun.is_cancelled() {
        let stopping = Ready { status: Readiness::Stopping, mode, order };
        Reply::json(StatusCode::SERVICE_UNAVAILABLE, &stopping)
    } else {
        Reply::ok(&Ready { status: Readiness::Ready, mode, order })
    }
}

/// `GET /api/v1/status`.
pub(super) fn status<S: AppTypes>(app: &App<S>) -> Reply {
    let uptime_ms = app.now().unix_ms().saturating_sub(app.started_at.unix_ms());
    Reply::ok(&ServiceStatus {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        mode: wire::mode(app.router.mode()),
        queue_paused: app.queue.control.is_paused(),
        order: wire::order(app.router.order_memory()),
        started_at: wire::utc(app.wall(), app.started_at),
        uptime_s: u64::try_from(uptime_ms / 1000).unwrap_or(0),
        devices: wire::counts(&app.router.statuses()),
    })
}
