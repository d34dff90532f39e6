//! Endpoints that ask about devices.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use serde::Deserialize;
use venue_api::{Capabilities, CommandPage, DeviceList, DeviceStatus, Health, PortStatuses};
use venue_auth::Need;
use venue_domain::{
    CommandRecord, HistoryQuery, Hostname, PortId, PortStatus, QueueView, StoreError,
};

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    endpoint::{Endpoint, Parameters, Request, get},
    handler::path::OfDevice,
    query::Number,
    read,
    reply::Reply,
    respond, wire,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/{hostname}/health", Need::Read, "Ping a device on its session")
            .details("Answers 200 whatever is found.")
            .path::<OfDevice>()
            .answers::<Health>(StatusCode::OK)
            .to(health),
        get("/{hostname}/status", Need::Read, "The state of a device as the daemon knows it, without contacting it")
            .path::<OfDevice>()
            .answers::<DeviceStatus>(StatusCode::OK)
            .to(status),
        get("/{hostname}/capabilities", Need::Read, "The actions and entities that a device advertises")
            .path::<OfDevice>()
            .answers::<Capabilities>(StatusCode::OK)
            .to(capabilities),
        get("/{hostname}/port-status", Need::Read, "The state of a device's ports as delivered commands have left it")
            .path::<OfDevice>()
            .answers::<PortStatuses>(StatusCode::OK)
            .to(port_status),
        get("/api/v1/devices", Need::Read, "All devices with their status")
            .answers::<DeviceList>(StatusCode::OK)
            .to(list),
        get("/api/v1/devices/{hostname}", Need::Read, "One device with its status")
            .details(
                "`address` is where its session goes, `registered_address` the address as it was registered.",
            )
            .path::<OfDevice>()
            .answers::<DeviceStatus>(StatusCode::OK)
            .to(status),
        get("/api/v1/devices/{hostname}/health", Need::Read, "Ping a device on its session")
            .details("Answers 200 whatever is found.")
            .path::<OfDevice>()
            .answers::<Health>(StatusCode::OK)
            .to(health),
        get("/api/v1/devices/{hostname}/status", Need::Read, "The same as `GET /api/v1/devices/{hostname}`")
            .path::<OfDevice>()
            .answers::<DeviceStatus>(StatusCode::OK)
            .to(status),
        get("/api/v1/devices/{hostname}/capabilities", Need::Read, "The actions and entities that a device advertises")
            .path::<OfDevice>()
            .answers::<Capabilities>(StatusCode::OK)
            .to(capabilities),
        get("/api/v1/devices/{hostname}/port-status", Need::Read, "The state of a device's ports as delivered commands have left it")
            .path::<OfDevice>()
            .answers::<PortStatuses>(StatusCode::OK)
            .to(port_status),
        get("/api/v1/devices/{hostname}/commands", Need::Read, "The last commands of a device")
            .details(
                "Those that wait or are in flight come first, then those that have ended, each newest first. There \
                 are no pages: older ones are in `/api/v1/history?hostname=`.",
            )
            .path::<OfDevice>()
            .query::<CommandCount>()
            .answers::<CommandPage>(StatusCode::OK)
            .to(commands),
    ]
}

/// `GET /api/v1/devices`.
async fn list<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let (now, wall) = (app.now(), app.wall());
    let (statuses, registry) = (app.router.statuses(), app.venue.registry());
    let shown = |status| wire::device_status(status, &registry, now, wall);
    Ok(Reply::ok(&DeviceList { items: statuses.iter().map(shown).collect() }))
}

/// `GET /{hostname}/status`: what is known, without asking the device.
async fn status<S: AppTypes>(request: Request<S, OfDevice>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let hostname = read::hostname(&request.path.hostname)?;
    match app.router.status(&hostname) {
        Ok(status) => {
            let registry = app.venue.registry();
            Ok(Reply::ok(&wire::device_status(&status, &registry, app.now(), app.wall())))
        }
        Err(rejection) => Ok(respond::rejection(&rejection, context)),
    }
}

/// `GET /{hostname}/health`: asks the device; 200 whatever is found.
///
/// # Cancel safety
/// Safe: at most one unanswered ping is left behind.
async fn health<S: AppTypes>(request: Request<S, OfDevice>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let hostname = read::hostname(&request.path.hostname)?;
    match app.router.health(&hostname).await {
        Ok(report) => Ok(Reply::ok(&wire::health(&report, app.now(), app.wall()))),
        Err(rejection) => Ok(respond::rejection(&rejection, context)),
    }
}

/// `GET /{hostname}/capabilities`: what the device advertised on its latest session.
async fn capabilities<S: AppTypes>(request: Request<S, OfDevice>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let hostname = read::hostname(&request.path.hostname)?;
    match app.router.capabilities(&hostname) {
        Ok(Some(capabilities)) => {
            Ok(Reply::ok(&wire::capabilities(hostname.as_str(), capabilities)))
        }
        Ok(None) => Err(ApiError::NeverOnline { hostname: hostname.to_string() }),
        Err(rejection) => Ok(respond::rejection(&rejection, context)),
    }
}

/// `GET /{hostname}/port-status`: what delivered commands have left, as far as that is known.
///
/// # Cancel safety
/// Safe: it only reads.
async fn port_status<S: AppTypes>(request: Request<S, OfDevice>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let hostname = read::hostname(&request.path.hostname)?;
    let device = match app.router.status(&hostname) {
        Ok(status) => status.entry.hostname.clone(),
        Err(rejection) => return Ok(respond::rejection(&rejection, context)),
    };
    let (registry, wall) = (app.venue.registry(), app.wall());
    let registered =
        registry.device(&device).map(|listed| &*listed.value.ports).unwrap_or_default();
    // The source of a screen may hang on any device.
    let has_source = registered.iter().any(|port| port.source.is_some());
    let of = (!has_source).then(|| device.clone());
    let known = app.queue.view.port_status(of).await.map_err(|error| ApiError::Store { error })?;
    let known: BTreeMap<PortId, PortStatus> =
        known.into_iter().map(|status| (status.port.clone(), status)).collect();
    let registered =
        registered.iter().map(|port| PortId { device: device.clone(), port: port.index });
    let ports: BTreeSet<PortId> =
        known.keys().filter(|port| port.device == device).cloned().chain(registered).collect();
    let shown = |port: &PortId| registry.screen_status(port, |port| known.get(port).cloned());
    let shown = ports.iter().filter_map(shown);
    Ok(Reply::ok(&PortStatuses {
        hostname: device.to_string(),
        port_statuses: shown.map(|status| wire::stored::port_status(&status, wall)).collect(),
    }))
}

/// How many commands are shown.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
struct CommandCount {
    /// Maximum number of commands; default 20.
    #[serde(default)]
    #[cfg_attr(test, param(inline))]
    limit: Number<1, 1_000, 20>,
}

impl Parameters for CommandCount {}

/// `GET /api/v1/devices/{hostname}/commands?limit=`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn commands<S: AppTypes>(
    request: Request<S, OfDevice, CommandCount>,
) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let limit = request.query()?.limit.get();
    let device = match app.router.status(&read::hostname(&request.path.hostname)?) {
        Ok(status) => status.entry.hostname.clone(),
        Err(rejection) => return Ok(respond::rejection(&rejection, context)),
    };
    let unread = |error| ApiError::Store { error };
    let mut open = open_commands(app, &device).await.map_err(unread)?;
    let query = HistoryQuery { device: Some(device), before: None, limit };
    let ended = app.queue.view.history(query).await.map_err(unread)?.items;
    // What ended between the two questions is in both answers.
    open.retain(|one| ended.iter().all(|other| other.id != one.id));
    let (newest_first, wall) = (open.iter().rev().chain(&ended), app.wall());
    let items = newest_first.take(limit as usize).map(|one| wire::stored::record(one, wall));
    Ok(Reply::ok(&CommandPage { items: items.collect(), next_cursor: None }))
}

/// All commands of `device` that wait or are in flight, the oldest first.
async fn open_commands<S: AppTypes>(
    app: &App<S>,
    device: &Hostname,
) -> Result<Vec<CommandRecord>, StoreError> {
    let mut open: Vec<CommandRecord> = Vec::new();
    loop {
        let after = open.last().and_then(|last| last.queue_id);
        let page = app.queue.view.open_commands(Some(device.clone()), after, AT_A_TIME).await?;
        let is_last = page.len() < AT_A_TIME as usize;
        open.extend(page);
        if is_last {
            return Ok(open);
        }
    }
}

/// So many commands are read at a time.
const AT_A_TIME: u32 = 500;
