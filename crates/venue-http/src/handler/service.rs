//! Endpoints about the daemon itself.

use http::StatusCode;
use venue_api::{Live, Liveness, Readiness, Ready, ServiceStatus};
use venue_auth::Need;
use venue_dashboard::Asset;
use venue_domain::QueueControl;

use crate::{
    api_error::ApiError,
    app::AppTypes,
    endpoint::{AnyQuery, Endpoint, Request, get},
    reply::Reply,
    wire,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/livez", Need::Public, "Whether the process is alive")
            .query::<AnyQuery>()
            .answers::<Live>(StatusCode::OK)
            .to(livez),
        get("/readyz", Need::Public, "Whether the daemon takes requests, and in which mode")
            .query::<AnyQuery>()
            .answers::<Ready>(StatusCode::OK)
            .answers::<Ready>(StatusCode::SERVICE_UNAVAILABLE)
            .to(readyz),
        get("/api/v1/openapi.json", Need::Read, "This description of the API")
            .answers::<Description>(StatusCode::OK)
            .to(description),
        get("/api/v1/status", Need::Read, "Version, mode, and the number of devices by state")
            .details("`queue_paused` says whether the queue is paused.")
            .answers::<ServiceStatus>(StatusCode::OK)
            .to(status),
    ]
}

/// The description of the API (OpenAPI 3.1): docs/openapi.json, which a test compares with the endpoints.
static DESCRIPTION: Asset = Asset {
    name: "openapi.json",
    content_type: "application/json",
    etag: env!("OPENAPI_ETAG"),
    gzip: include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json.gz")),
};

/// An OpenAPI document.
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[derive(serde::Serialize)]
struct Description {}

/// `GET /api/v1/openapi.json`.
async fn description<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    Ok(Reply::file(&DESCRIPTION, None, &request.context))
}

/// `GET /livez`.
async fn livez<S: AppTypes>(_request: Request<S, (), AnyQuery>) -> Result<Reply, ApiError> {
    Ok(Reply::ok(&Live { status: Liveness::Live }))
}

/// `GET /readyz`: 503 while stopping.
async fn readyz<S: AppTypes>(request: Request<S, (), AnyQuery>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let mode = wire::mode(app.router.mode());
    let order = wire::order(app.router.order_durability());
    if app.stop.begun.is_cancelled() {
        let stopping = Ready { status: Readiness::Stopping, mode, order };
        Ok(Reply::json(StatusCode::SERVICE_UNAVAILABLE, &stopping))
    } else {
        Ok(Reply::ok(&Ready { status: Readiness::Ready, mode, order }))
    }
}

/// `GET /api/v1/status`.
async fn status<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let uptime_ms = app.now().unix_ms().saturating_sub(app.started_at.unix_ms());
    Ok(Reply::ok(&ServiceStatus {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        mode: wire::mode(app.router.mode()),
        queue_paused: app.queue.control.is_paused(),
        order: wire::order(app.router.order_durability()),
        started_at: wire::utc(app.wall(), app.started_at),
        uptime_s: u64::try_from(uptime_ms / 1000).unwrap_or(0),
        devices: wire::counts(&app.router.statuses()),
    }))
}
