//! Endpoints that ask about devices.

use venue_api::{DeviceList, PortStatuses};
use venue_domain::QueueView;

use crate::{
    app::{App, Site},
    fault::Fault,
    reply::{Asked, Reply},
    respond, wire,
};

/// `GET /api/v1/devices`.
pub(super) fn list<S: Site>(app: &App<S>) -> Reply {
    let (now, wall) = (app.now(), app.wall());
    let (statuses, registry) = (app.router.statuses(), app.venue.registry());
    let shown = |status| wire::device_status(status, &registry, now, wall);
    Reply::ok(&DeviceList { items: statuses.iter().map(shown).collect() })
}

/// `GET /{hostname}/status`: what is known, without asking the device.
pub(super) fn status<S: Site>(app: &App<S>, hostname: &str, asked: &Asked) -> Reply {
    match app.router.status(hostname) {
        Ok(status) => {
            let registry = app.venue.registry();
            Reply::ok(&wire::device_status(&status, &registry, app.now(), app.wall()))
        }
        Err(rejection) => respond::rejection(&rejection, asked),
    }
}

/// `GET /{hostname}/health`: asks the device; 200 whatever is found.
///
/// # Cancel safety
/// Safe: at most one unanswered ping is left behind.
pub(super) async fn health<S: Site>(app: &App<S>, hostname: &str, asked: &Asked) -> Reply {
    match app.router.health(hostname).await {
        Ok(report) => Reply::ok(&wire::health(&report, app.now(), app.wall())),
        Err(rejection) => respond::rejection(&rejection, asked),
    }
}

/// `GET /{hostname}/capabilities`: what the device advertised on its latest session.
pub(super) fn capabilities<S: Site>(
    app: &App<S>,
    hostname: &str,
    asked: &Asked,
) -> Result<Reply, Fault> {
    let hostname = hostname.to_ascii_lowercase();
    match app.router.capabilities(&hostname) {
        Ok(Some(capabilities)) => Ok(Reply::ok(&wire::capabilities(&hostname, capabilities))),
        Ok(None) => Err(Fault::NeverOnline { hostname }),
        Err(rejection) => Ok(respond::rejection(&rejection, asked)),
    }
}

/// `GET /{hostname}/port-status`: what delivered commands have left, as far as that is known.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn port_status<S: Site>(
    app: &App<S>,
    hostname: &str,
    asked: &Asked,
) -> Result<Reply, Fault> {
    let device = match app.router.status(hostname) {
        Ok(status) => status.entry.hostname.clone(),
        Err(rejection) => return Ok(respond::rejection(&rejection, asked)),
    };
    let statuses = app.queue.view.port_status(Some(device.clone())).await;
    let statuses = statuses.map_err(|error| Fault::Store { error })?;
    let wall = app.wall();
    let told = |status| wire::stored::port_status(status, wall);
    Ok(Reply::ok(&PortStatuses {
        hostname: device.to_string(),
        port_statuses: statuses.iter().map(told).collect(),
    }))
}
