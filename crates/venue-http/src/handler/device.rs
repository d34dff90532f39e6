//! Endpoints that ask about devices.

use venue_api::{DeviceList, PortStatuses};
use venue_domain::QueueView;

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    reply::{Reply, RequestContext},
    respond, wire,
};

/// `GET /api/v1/devices`.
pub(super) fn list<S: AppTypes>(app: &App<S>) -> Reply {
    let (now, wall) = (app.now(), app.wall());
    let (statuses, registry) = (app.router.statuses(), app.venue.registry());
    let shown = |status| wire::device_status(status, &registry, now, wall);
    Reply::ok(&DeviceList { items: statuses.iter().map(shown).collect() })
}

/// `GET /{hostname}/status`: what is known, without asking the device.
pub(super) fn status<S: AppTypes>(app: &App<S>, hostname: &str, context: &RequestContext) -> Reply {
    match app.router.status(hostname) {
        Ok(status) => {
            let registry = app.venue.registry();
            Reply::ok(&wire::device_status(&status, &registry, app.now(), app.wall()))
        }
        Err(rejection) => respond::rejection(&rejection, context),
    }
}

/// `GET /{hostname}/health`: asks the device; 200 whatever is found.
///
/// # Cancel safety
/// Safe: at most one unanswered ping is left behind.
pub(super) async fn health<S: AppTypes>(
    app: &App<S>,
    hostname: &str,
    context: &RequestContext,
) -> Reply {
    match app.router.health(hostname).await {
        Ok(report) => Reply::ok(&wire::health(&report, app.now(), app.wall())),
        Err(rejection) => respond::rejection(&rejection, context),
    }
}

/// `GET /{hostname}/capabilities`: what the device advertised on its latest session.
pub(super) fn capabilities<S: AppTypes>(
    app: &App<S>,
    hostname: &str,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    let hostname = hostname.to_ascii_lowercase();
    match app.router.capabilities(&hostname) {
        Ok(Some(capabilities)) => Ok(Reply::ok(&wire::capabilities(&hostname, capabilities))),
        Ok(None) => Err(ApiError::NeverOnline { hostname }),
        Err(rejection) => Ok(respond::rejection(&rejection, context)),
    }
}

/// `GET /{hostname}/port-status`: what delivered commands have left, as far as that is known.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn port_status<S: AppTypes>(
    app: &App<S>,
    hostname: &str,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    let device = match app.router.status(hostname) {
        Ok(status) => status.entry.hostname.clone(),
        Err(rejection) => return Ok(respond::rejection(&rejection, context)),
    };
    let statuses = app.queue.view.port_status(Some(device.clone())).await;
    let statuses = statuses.map_err(|error| ApiError::Store { error })?;
    let wall = app.wall();
    let told = |status| wire::stored::port_status(status, wall);
    Ok(Reply::ok(&PortStatuses {
        hostname: device.to_string(),
        port_statuses: statuses.iter().map(told).collect(),
    }))
}
