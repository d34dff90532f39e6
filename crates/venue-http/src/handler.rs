//! Handlers: parse, one call of the router, render.

mod command;
mod device;
mod service;

use bytes::Bytes;
use venue_domain::{Clock, CommandQueue, DirectTransport, Directory, Probe};

use crate::{
    app::App,
    fault::Fault,
    reply::{Asked, Reply},
    route::Endpoint,
};

/// Serves one request whose head was checked and whose body was read.
pub(crate) async fn handle<T, D, C, Q>(
    app: &App<T, D, C, Q>,
    endpoint: Endpoint,
    body: &Bytes,
    asked: &Asked,
) -> Result<Reply, Fault>
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
    Q: CommandQueue,
{
    match endpoint {
        Endpoint::Livez => Ok(service::livez()),
        Endpoint::Readyz => Ok(service::readyz(app)),
        Endpoint::ServiceStatus => Ok(service::status(app)),
        Endpoint::DeviceList => Ok(device::list(app)),
        Endpoint::Status { hostname } => Ok(device::status(app, &hostname, asked)),
        Endpoint::Health { hostname } => Ok(device::health(app, &hostname, asked).await),
        Endpoint::Capabilities { hostname } => device::capabilities(app, &hostname, asked),
        Endpoint::Diagnostic { hostname } => {
            let request = command::diagnostic(hostname, body, asked)?;
            command::submit(app, request, asked).await
        }
        Endpoint::Command { hostname } => {
            let request = command::command(hostname, body, asked)?;
            command::submit(app, request, asked).await
        }
    }
}
