//! Endpoints that ask about devices.

use venue_api::DeviceList;
use venue_domain::{Clock, CommandQueue, DirectTransport, Directory, Probe};

use crate::{
    app::App,
    fault::Fault,
    reply::{Asked, Reply},
    respond, wire,
};

/// `GET /api/v1/devices`.
pub(super) fn list<T, D, C, Q>(app: &App<T, D, C, Q>) -> Reply
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
    Q: CommandQueue,
{
    let now = app.router.clock().now();
    let statuses = app.router.statuses();
    Reply::ok(&DeviceList {
        items: statuses.iter().map(|status| wire::device_status(status, now)).collect(),
    })
}

/// `GET /{hostname}/status`: what is known, without asking the device.
pub(super) fn status<T, D, C, Q>(app: &App<T, D, C, Q>, hostname: &str, asked: &Asked) -> Reply
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
    Q: CommandQueue,
{
    match app.router.status(hostname) {
        Ok(status) => Reply::ok(&wire::device_status(&status, app.router.clock().now())),
        Err(rejection) => respond::rejection(&rejection, asked),
    }
}

/// `GET /{hostname}/health`: asks the device; 200 whatever is found.
///
/// # Cancel safety
/// Safe: at most one unanswered ping is left behind.
pub(super) async fn health<T, D, C, Q>(
    app: &App<T, D, C, Q>,
    hostname: &str,
    asked: &Asked,
) -> Reply
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
    Q: CommandQueue,
{
    match app.router.health(hostname).await {
        Ok(report) => Reply::ok(&wire::health(&report, app.router.clock().now())),
        Err(rejection) => respond::rejection(&rejection, asked),
    }
}

/// `GET /{hostname}/capabilities`: what the device advertised on its latest session.
pub(super) fn capabilities<T, D, C, Q>(
    app: &App<T, D, C, Q>,
    hostname: &str,
    asked: &Asked,
) -> Result<Reply, Fault>
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
    Q: CommandQueue,
{
    let hostname = hostname.to_ascii_lowercase();
    match app.router.capabilities(&hostname) {
        Ok(Some(capabilities)) => Ok(Reply::ok(&wire::capabilities(&hostname, capabilities))),
        Ok(None) => Err(Fault::NeverOnline { hostname }),
        Err(rejection) => Ok(respond::rejection(&rejection, asked)),
    }
}
