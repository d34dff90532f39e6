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
    api_error::ApiError,
    app::{App, AppTypes},
    body, openapi, query,
    reply::{Reply, RequestContext},
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
pub(crate) fn fits(
    endpoint: &Endpoint,
    body: &[u8],
    context: &RequestContext,
) -> Result<(), ApiError> {
    if !takes_anything(endpoint) {
        query::only(context.query.as_deref(), query_of(endpoint))?;
    }
    if endpoint.acts() && !endpoint.takes_body() { body::nothing(body) } else { Ok(()) }
}

/// What is opened from a link, or asked by a probe, is not refused for what others add to its address.
const fn takes_anything(endpoint: &Endpoint) -> bool {
    matches!(endpoint, Endpoint::Page | Endpoint::Asset { .. } | Endpoint::Livez | Endpoint::Readyz)
}

/// Serves one request whose head was checked and whose body was read.
pub(crate) async fn handle<S: AppTypes>(
    app: &App<S>,
    endpoint: Endpoint,
    body: &[u8],
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    match endpoint {
        Endpoint::Page => page::page(context),
        Endpoint::Asset { name } => page::asset(&name, context),
        Endpoint::Livez => Ok(service::livez()),
        Endpoint::Readyz => Ok(service::readyz(app)),
        Endpoint::Metrics => watch::metrics(app).await,
        Endpoint::Events => watch::events(app, context),
        Endpoint::AlertList => Ok(watch::alerts(app)),
        Endpoint::ServiceStatus => Ok(service::status(app)),
        Endpoint::DeviceList => Ok(device::list(app)),
        Endpoint::Status { hostname } => Ok(device::status(app, &hostname, context)),
        Endpoint::Health { hostname } => Ok(device::health(app, &hostname, context).await),
        Endpoint::Capabilities { hostname } => device::capabilities(app, &hostname, context),
        Endpoint::PortStatus { hostname } => device::port_status(app, &hostname, context).await,
        Endpoint::Diagnostic { hostname } => {
            let request = command::diagnostic(hostname, body, context)?;
            command::submit(app, request, context).await
        }
        Endpoint::Command { hostname } => {
            let request = command::command(hostname, body, context)?;
            command::submit(app, request, context).await
        }
        Endpoint::PortList => port::list(app, context).await,
        Endpoint::Belief { hostname, port } => {
            port::correct(app, &hostname, &port, body, context).await
        }
        Endpoint::BatchList => batch::list(app, context).await,
        Endpoint::BatchCreate => batch::create(app, body, context).await,
        Endpoint::BulkStatus { id } => batch::bulk_status(app, &id).await,
        Endpoint::Batch { id } => batch::status(app, &id, context).await,
        Endpoint::BatchCancel { id } => batch::cancel(app, &id, context).await,
        Endpoint::BatchRetry { id } => {
            batch::redo(app, &id, batch::RetryOrUndo::Retry, context).await
        }
        Endpoint::BatchUndo { id } => {
            batch::redo(app, &id, batch::RetryOrUndo::Undo, context).await
        }
        Endpoint::StoredCommand { id } => stored::get(app, &id).await,
        Endpoint::CommandWhy { id } => stored::why(app, &id).await,
        Endpoint::CommandCancel { id } => stored::cancel(app, &id, context).await,
        Endpoint::RefreshCapabilities => queue::refresh_capabilities(app, context).await,
        Endpoint::QueueHealth => queue::health(app).await,
        Endpoint::QueueMetrics => queue::metrics(app).await,
        Endpoint::QueueStats => queue::stats(app).await,
        Endpoint::QueueCommands => queue::commands(app, context).await,
        Endpoint::QueuePause => queue::set_paused(app, true, context).await,
        Endpoint::QueueResume => queue::set_paused(app, false, context).await,
        Endpoint::History => queue::history(app, context).await,
        Endpoint::BackupList => backup::list(app).await,
        Endpoint::BackupCreate => backup::create(app, context).await,
        Endpoint::ScheduleList => Ok(schedule::list(app, context)),
        Endpoint::ScheduleCreate => schedule::create(app, body, context).await,
        Endpoint::Schedule { id } => schedule::get(app, &id, context),
        Endpoint::ScheduleReplace { id } => schedule::replace(app, id, body, context).await,
        Endpoint::SchedulePatch { id } => schedule::patch(app, id, body, context).await,
        Endpoint::ScheduleRemove { id } => schedule::remove(app, id, context).await,
        Endpoint::ScheduleNext { id } => schedule::next(app, &id, context),
        Endpoint::ScheduleRuns { id } => schedule::runs(app, id, context).await,
        Endpoint::ScheduleSkip { id } => schedule::skip(app, id, context).await,
        Endpoint::ScheduleRun { id } => schedule::run(app, id, context).await,
        Endpoint::SchedulePause { id } => schedule::pause(app, id, context).await,
        Endpoint::ScheduleResume { id } => schedule::resume(app, id, context).await,
        Endpoint::SystemTaskList => Ok(system::list(app)),
        Endpoint::SystemTask { task } => system::get(app, &task),
        Endpoint::SystemTaskRun { task } => system::run(app, &task),
        Endpoint::DeviceLog { hostname } => system::log(app, &hostname, context).await,
        Endpoint::Statistics => system::statistics(app, context).await,
        Endpoint::Firmware => Ok(system::firmware(app)),
        Endpoint::Discovered => Ok(discovered::list(app)),
        Endpoint::OpenApi => Ok(Reply::raw(http::StatusCode::OK, openapi::json().into())),
        Endpoint::WhoAmI => Ok(token::who_am_i(context)),
        Endpoint::TokenList => Ok(token::list(app)),
        Endpoint::TokenCreate => token::create(app, body, context).await,
        Endpoint::TokenRevoke { id } => token::revoke(app, &id, context).await,
        Endpoint::AuditTrail => token::audit(app, context).await,
        Endpoint::ConfigDocument => Ok(document::get(app)),
        Endpoint::ConfigDiff => document::diff(app, body, context).await,
        Endpoint::ConfigApply => document::apply(app, body, context).await,
        Endpoint::ConfigList { kind } => config::list(app, &kind, context),
        Endpoint::ConfigCreate { kind } => config::create(app, &kind, body, context).await,
        Endpoint::ConfigItem { kind, id } => config::item(app, &kind, &id),
        Endpoint::ConfigReplace { kind, id } => {
            config::replace(app, &kind, id, body, context).await
        }
        Endpoint::ConfigPatch { kind, id } => config::patch(app, &kind, id, body, context).await,
        Endpoint::ConfigRemove { kind, id } => config::remove(app, &kind, id, context).await,
        Endpoint::DeviceKeySet { hostname } => {
            config::set_key(app, &hostname, Some(body), context).await
        }
        Endpoint::DeviceBoardAccept { hostname } => discovered::accept(app, &hostname, body).await,
        Endpoint::DeviceKeyRemove { hostname } => {
            config::set_key(app, &hostname, None, context).await
        }
    }
}
