//! Handlers: parse, one call of the router or of the queue's view, render.

mod backup;
mod batch;
mod command;
mod config;
mod device;
mod discovered;
mod document;
mod page;
mod port;
mod queue;
mod schedule;
mod service;
mod stored;
mod system;
mod targets;
mod token;
mod watch;

use crate::{
    app::{App, Site},
    body,
    fault::Fault,
    openapi, query,
    reply::{Asked, Reply},
    route::Endpoint,
    route_table::query_of,
};

pub(crate) use self::{
    batch::{batch_id, only_asks},
    stored::account,
    targets::expand,
};

/// Refuses what an endpoint would not look at: a field or parameter that is not heeded asks for something else
/// than what would be done or answered.
pub(crate) fn fits(endpoint: &Endpoint, body: &[u8], asked: &Asked) -> Result<(), Fault> {
    if !takes_anything(endpoint) {
        query::only(asked.query.as_deref(), query_of(endpoint))?;
    }
    if endpoint.acts() && !endpoint.takes_body() { body::nothing(body) } else { Ok(()) }
}

/// What is opened from a link, or asked by a probe, is not refused for what others add to its address.
const fn takes_anything(endpoint: &Endpoint) -> bool {
    matches!(endpoint, Endpoint::Page | Endpoint::Asset { .. } | Endpoint::Livez | Endpoint::Readyz)
}

/// Serves one request whose head was checked and whose body was read.
pub(crate) async fn handle<S: Site>(
    app: &App<S>,
    endpoint: Endpoint,
    body: &[u8],
    asked: &Asked,
) -> Result<Reply, Fault> {
    match endpoint {
        Endpoint::Page => page::page(asked),
        Endpoint::Asset { name } => page::asset(&name, asked),
        Endpoint::Livez => Ok(service::livez()),
        Endpoint::Readyz => Ok(service::readyz(app)),
        Endpoint::Metrics => watch::metrics(app).await,
        Endpoint::Events => watch::events(app, asked),
        Endpoint::AlertList => Ok(watch::alerts(app)),
        Endpoint::ServiceStatus => Ok(service::status(app)),
        Endpoint::DeviceList => Ok(device::list(app)),
        Endpoint::Status { hostname } => Ok(device::status(app, &hostname, asked)),
        Endpoint::Health { hostname } => Ok(device::health(app, &hostname, asked).await),
        Endpoint::Capabilities { hostname } => device::capabilities(app, &hostname, asked),
        Endpoint::PortStatus { hostname } => device::port_status(app, &hostname, asked).await,
        Endpoint::Diagnostic { hostname } => {
            let request = command::diagnostic(hostname, body, asked)?;
            command::submit(app, request, asked).await
        }
        Endpoint::Command { hostname } => {
            let request = command::command(hostname, body, asked)?;
            command::submit(app, request, asked).await
        }
        Endpoint::PortList => port::list(app, asked).await,
        Endpoint::Belief { hostname, port } => {
            port::correct(app, &hostname, &port, body, asked).await
        }
        Endpoint::BatchList => batch::list(app, asked).await,
        Endpoint::BatchCreate => batch::create(app, body, asked).await,
        Endpoint::BulkStatus { id } => batch::bulk_status(app, &id).await,
        Endpoint::Batch { id } => batch::status(app, &id, asked).await,
        Endpoint::BatchCancel { id } => batch::cancel(app, &id, asked).await,
        Endpoint::BatchRetry { id } => batch::redo(app, &id, batch::Redo::Retry, asked).await,
        Endpoint::BatchUndo { id } => batch::redo(app, &id, batch::Redo::Undo, asked).await,
        Endpoint::StoredCommand { id } => stored::get(app, &id).await,
        Endpoint::CommandWhy { id } => stored::why(app, &id).await,
        Endpoint::CommandCancel { id } => stored::cancel(app, &id, asked).await,
        Endpoint::RefreshCapabilities => queue::refresh_capabilities(app, asked).await,
        Endpoint::QueueHealth => queue::health(app).await,
        Endpoint::QueueMetrics => queue::metrics(app).await,
        Endpoint::QueueStats => queue::stats(app).await,
        Endpoint::QueueCommands => queue::commands(app, asked).await,
        Endpoint::QueuePause => queue::set_paused(app, true, asked).await,
        Endpoint::QueueResume => queue::set_paused(app, false, asked).await,
        Endpoint::History => queue::history(app, asked).await,
        Endpoint::BackupList => backup::list(app).await,
        Endpoint::BackupCreate => backup::create(app, asked).await,
        Endpoint::ScheduleList => Ok(schedule::list(app, asked)),
        Endpoint::ScheduleCreate => schedule::create(app, body, asked).await,
        Endpoint::Schedule { id } => schedule::get(app, &id, asked),
        Endpoint::ScheduleReplace { id } => schedule::replace(app, id, body, asked).await,
        Endpoint::SchedulePatch { id } => schedule::patch(app, id, body, asked).await,
        Endpoint::ScheduleRemove { id } => schedule::remove(app, id, asked).await,
        Endpoint::ScheduleNext { id } => schedule::next(app, &id, asked),
        Endpoint::ScheduleRuns { id } => schedule::runs(app, id, asked).await,
        Endpoint::ScheduleSkip { id } => schedule::skip(app, id, asked).await,
        Endpoint::ScheduleRun { id } => schedule::run(app, id, asked).await,
        Endpoint::SchedulePause { id } => schedule::pause(app, id, asked).await,
        Endpoint::ScheduleResume { id } => schedule::resume(app, id, asked).await,
        Endpoint::SystemTaskList => Ok(system::list(app)),
        Endpoint::SystemTask { task } => system::get(app, &task),
        Endpoint::SystemTaskRun { task } => system::run(app, &task),
        Endpoint::DeviceLog { hostname } => system::log(app, &hostname, asked).await,
        Endpoint::Statistics => system::statistics(app, asked).await,
        Endpoint::Firmware => Ok(system::firmware(app)),
        Endpoint::Discovered => Ok(discovered::list(app)),
        Endpoint::OpenApi => Ok(Reply::raw(http::StatusCode::OK, openapi::json().into())),
        Endpoint::WhoAmI => Ok(token::who_am_i(asked)),
        Endpoint::TokenList => Ok(token::list(app)),
        Endpoint::TokenCreate => token::create(app, body, asked).await,
        Endpoint::TokenRevoke { id } => token::revoke(app, &id, asked).await,
        Endpoint::AuditTrail => token::audit(app, asked).await,
        Endpoint::ConfigDocument => Ok(document::get(app)),
        Endpoint::ConfigDiff => document::diff(app, body, asked).await,
        Endpoint::ConfigApply => document::apply(app, body, asked).await,
        Endpoint::ConfigList { kind } => config::list(app, &kind, asked),
        Endpoint::ConfigCreate { kind } => config::create(app, &kind, body, asked).await,
        Endpoint::ConfigItem { kind, id } => config::item(app, &kind, &id),
        Endpoint::ConfigReplace { kind, id } => config::replace(app, &kind, id, body, asked).await,
        Endpoint::ConfigPatch { kind, id } => config::patch(app, &kind, id, body, asked).await,
        Endpoint::ConfigRemove { kind, id } => config::remove(app, &kind, id, asked).await,
        Endpoint::DeviceKeySet { hostname } => {
            config::set_key(app, &hostname, Some(body), asked).await
        }
        Endpoint::DeviceBoardAccept { hostname } => discovered::accept(app, &hostname, body).await,
        Endpoint::DeviceKeyRemove { hostname } => {
            config::set_key(app, &hostname, None, asked).await
        }
    }
}
