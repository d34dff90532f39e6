//! Which endpoint a method and a path mean. Pure.

use std::borrow::Cow;

use http::Method;
use venue_domain::{Hostname, HostnameError};

use crate::percent;

/// What a method and a path mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Routed {
    Endpoint(Endpoint),
    NotFound,
    MethodNotAllowed { allow: String },
}

/// An endpoint with what its path says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Page,
    Asset { name: String },
    Livez,
    Readyz,
    Metrics,
    Events,
    AlertList,
    ServiceStatus,
    DeviceList,
    Health { hostname: String },
    Status { hostname: String },
    Capabilities { hostname: String },
    PortStatus { hostname: String },
    Diagnostic { hostname: String },
    Command { hostname: String },
    PortList,
    Belief { hostname: String, port: String },
    BatchList,
    BatchCreate,
    BulkStatus { id: String },
    Batch { id: String },
    BatchCancel { id: String },
    BatchRetry { id: String },
    BatchUndo { id: String },
    StoredCommand { id: String },
    CommandWhy { id: String },
    CommandCancel { id: String },
    RefreshCapabilities,
    QueueHealth,
    QueueMetrics,
    QueueStats,
    QueueCommands,
    QueuePause,
    QueueResume,
    History,
    BackupList,
    BackupCreate,
    ScheduleList,
    ScheduleCreate,
    Schedule { id: String },
    ScheduleReplace { id: String },
    SchedulePatch { id: String },
    ScheduleRemove { id: String },
    ScheduleNext { id: String },
    ScheduleRuns { id: String },
    ScheduleSkip { id: String },
    ScheduleRun { id: String },
    SchedulePause { id: String },
    ScheduleResume { id: String },
    WhoAmI,
    OpenApi,
    SystemTaskList,
    SystemTask { task: String },
    SystemTaskRun { task: String },
    DeviceLog { hostname: String },
    Statistics,
    Firmware,
    Discovered,
    TokenList,
    TokenCreate,
    TokenRevoke { id: String },
    AuditTrail,
    ConfigDocument,
    ConfigDiff,
    ConfigApply,
    ConfigList { kind: String },
    ConfigCreate { kind: String },
    ConfigItem { kind: String, id: String },
    ConfigReplace { kind: String, id: String },
    ConfigPatch { kind: String, id: String },
    ConfigRemove { kind: String, id: String },
    DeviceKeySet { hostname: String },
    DeviceKeyRemove { hostname: String },
    DeviceBoardAccept { hostname: String },
}

impl Endpoint {
    /// How many there are.
    #[cfg(test)]
    pub(crate) const COUNT: usize = 74;

    /// Whether it does something, which must not be done twice for one request.
    pub(crate) const fn acts(&self) -> bool {
        !matches!(self.verb(), Verb::Read)
    }

    /// Whether what it does is said in the body.
    pub(crate) const fn takes_body(&self) -> bool {
        matches!(
            self,
            Self::Diagnostic { .. }
                | Self::Command { .. }
                | Self::Belief { .. }
                | Self::BatchCreate
                | Self::ScheduleCreate
                | Self::ScheduleReplace { .. }
                | Self::SchedulePatch { .. }
                | Self::TokenCreate
                | Self::ConfigDiff
                | Self::ConfigApply
                | Self::ConfigCreate { .. }
                | Self::ConfigReplace { .. }
                | Self::ConfigPatch { .. }
                | Self::DeviceKeySet { .. }
                | Self::DeviceBoardAccept { .. }
        )
    }

    /// How it is asked for.
    const fn verb(&self) -> Verb {
        match self {
            Self::Page
            | Self::Asset { .. }
            | Self::Livez
            | Self::Readyz
            | Self::Metrics
            | Self::Events
            | Self::AlertList
            | Self::ServiceStatus
            | Self::DeviceList
            | Self::Health { .. }
            | Self::Status { .. }
            | Self::Capabilities { .. }
            | Self::PortStatus { .. }
            | Self::PortList
            | Self::BatchList
            | Self::BulkStatus { .. }
            | Self::Batch { .. }
            | Self::StoredCommand { .. }
            | Self::CommandWhy { .. }
            | Self::QueueHealth
            | Self::QueueMetrics
            | Self::QueueStats
            | Self::QueueCommands
            | Self::History
            | Self::BackupList
            | Self::ScheduleList
            | Self::Schedule { .. }
            | Self::ScheduleNext { .. }
            | Self::ScheduleRuns { .. }
            | Self::WhoAmI
            | Self::OpenApi
            | Self::SystemTaskList
            | Self::SystemTask { .. }
            | Self::DeviceLog { .. }
            | Self::Statistics
            | Self::Firmware
            | Self::Discovered
            | Self::TokenList
            | Self::AuditTrail
            | Self::ConfigDocument
            | Self::ConfigList { .. }
            | Self::ConfigItem { .. } => Verb::Read,
            Self::Diagnostic { .. }
            | Self::Command { .. }
            | Self::BatchCreate
            | Self::BatchCancel { .. }
            | Self::BatchRetry { .. }
            | Self::BatchUndo { .. }
            | Self::CommandCancel { .. }
            | Self::RefreshCapabilities
            | Self::QueuePause
            | Self::QueueResume
            | Self::BackupCreate
            | Self::ScheduleCreate
            | Self::ScheduleSkip { .. }
            | Self::ScheduleRun { .. }
            | Self::SchedulePause { .. }
            | Self::ScheduleResume { .. }
            | Self::TokenCreate
            | Self::SystemTaskRun { .. }
            | Self::ConfigDiff
            | Self::ConfigApply
            | Self::ConfigCreate { .. } => Verb::Post,
            Self::Belief { .. }
            | Self::ConfigReplace { .. }
            | Self::DeviceKeySet { .. }
            | Self::DeviceBoardAccept { .. }
            | Self::ScheduleReplace { .. } => Verb::Put,
            Self::ConfigPatch { .. } | Self::SchedulePatch { .. } => Verb::Patch,
            Self::ConfigRemove { .. }
            | Self::DeviceKeyRemove { .. }
            | Self::TokenRevoke { .. }
            | Self::ScheduleRemove { .. } => Verb::Delete,
        }
    }
}

/// Whose shapes an endpoint answers in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    /// The design document's: errors and answers carry `success`.
    Document,
    /// The same, for what goes into the queue.
    DocumentQueue,
    /// Ours, `/api/v1`.
    V1,
}

/// Whose shapes `path` is answered in, also where it leads nowhere.
pub(crate) fn surface(path: &str) -> Surface {
    let segments = segments(path);
    match words(&segments).as_slice() {
        ["bulk" | "queue" | "system", ..] | ["bulk-command"] => Surface::DocumentQueue,
        [host, _] if !is_reserved(host) => Surface::Document,
        _ => Surface::V1,
    }
}

/// Which endpoint `method` and `path` mean.
///
/// One trailing slash is tolerated. Words of static paths are no hostnames, so that
/// `/queue/health` never asks a device.
pub(crate) fn route(method: &Method, path: &str) -> Routed {
    let segments = segments(path);
    let words = words(&segments);
    let at = |verb: Verb| find(verb, &words).filter(|endpoint| endpoint.verb() == verb);
    if let Some(endpoint) = Verb::of(method).and_then(at) {
        return Routed::Endpoint(endpoint);
    }
    let allowed = Verb::ALL.into_iter().filter(|verb| at(*verb).is_some());
    let allow: Vec<&str> = allowed.map(Verb::methods).collect();
    if allow.is_empty() {
        Routed::NotFound
    } else {
        Routed::MethodNotAllowed { allow: allow.join(", ") }
    }
}

/// What is at a path; `verb` tells apart what shares one.
fn find(verb: Verb, path: &[&str]) -> Option<Endpoint> {
    match path {
        ["api", "v1", rest @ ..] => of_api(verb, rest),
        [""] => Some(Endpoint::Page),
        ["assets", name @ ..] => named(&name.join("/")).map(|name| Endpoint::Asset { name }),
        ["livez"] => Some(Endpoint::Livez),
        ["readyz"] => Some(Endpoint::Readyz),
        ["metrics"] => Some(Endpoint::Metrics),
        ["bulk", "command"] | ["bulk-command"] => Some(Endpoint::BatchCreate),
        ["bulk", id, "status"] => named(id).map(|id| Endpoint::BulkStatus { id }),
        ["schedule"] => Some(Endpoint::ScheduleCreate),
        ["system", "refresh-capabilities"] => Some(Endpoint::RefreshCapabilities),
        ["queue", "health"] => Some(Endpoint::QueueHealth),
        ["queue", "metrics"] => Some(Endpoint::QueueMetrics),
        [host, leaf] if !is_reserved(host) => of_device(host, leaf),
        _ => None,
    }
}

/// What is below `/api/v1`.
fn of_api(verb: Verb, path: &[&str]) -> Option<Endpoint> {
    let found = match path {
        ["status"] => Endpoint::ServiceStatus,
        ["devices"] => Endpoint::DeviceList,
        ["devices", host] => Endpoint::Status { hostname: named(host)? },
        ["devices", host, "log"] => Endpoint::DeviceLog { hostname: named(host)? },
        ["devices", host, leaf] => of_device(host, leaf)?,
        ["ports"] => Endpoint::PortList,
        ["ports", host, port, "belief"] => {
            Endpoint::Belief { hostname: named(host)?, port: named(port)? }
        }
        ["batches"] if verb == Verb::Read => Endpoint::BatchList,
        ["batches"] => Endpoint::BatchCreate,
        ["batches", id] => Endpoint::Batch { id: named(id)? },
        ["batches", id, "cancel"] => Endpoint::BatchCancel { id: named(id)? },
        ["batches", id, "retry"] => Endpoint::BatchRetry { id: named(id)? },
        ["batches", id, "undo"] => Endpoint::BatchUndo { id: named(id)? },
        ["commands", id] => Endpoint::StoredCommand { id: named(id)? },
        ["commands", id, "why"] => Endpoint::CommandWhy { id: named(id)? },
        ["commands", id, "cancel"] => Endpoint::CommandCancel { id: named(id)? },
        ["queue"] => Endpoint::QueueStats,
        ["queue", "commands"] => Endpoint::QueueCommands,
        ["queue", "pause"] => Endpoint::QueuePause,
        ["queue", "resume"] => Endpoint::QueueResume,
        ["history"] => Endpoint::History,
        ["backups"] if verb == Verb::Read => Endpoint::BackupList,
        ["backups"] => Endpoint::BackupCreate,
        ["events"] => Endpoint::Events,
        ["alerts"] => Endpoint::AlertList,
        ["system", "tasks"] => Endpoint::SystemTaskList,
        ["system", "tasks", task] => Endpoint::SystemTask { task: named(task)? },
        ["system", "tasks", task, "run"] => Endpoint::SystemTaskRun { task: named(task)? },
        ["statistics"] => Endpoint::Statistics,
        ["firmware"] => Endpoint::Firmware,
        ["discovered"] => Endpoint::Discovered,
        ["openapi.json"] => Endpoint::OpenApi,
        ["whoami"] => Endpoint::WhoAmI,
        ["tokens"] if verb == Verb::Read => Endpoint::TokenList,
        ["tokens"] => Endpoint::TokenCreate,
        ["tokens", id] => Endpoint::TokenRevoke { id: named(id)? },
        ["audit"] => Endpoint::AuditTrail,
        ["config", rest @ ..] => of_config(verb, rest)?,
        ["schedules", rest @ ..] => of_schedules(verb, rest)?,
        _ => return None,
    };
    Some(found)
}

/// What is below `/api/v1/schedules`.
fn of_schedules(verb: Verb, path: &[&str]) -> Option<Endpoint> {
    let found = match (path, verb) {
        ([], Verb::Read) => Endpoint::ScheduleList,
        ([], _) => Endpoint::ScheduleCreate,
        ([id], verb) => {
            let id = named(id)?;
            match verb {
                Verb::Read | Verb::Post => Endpoint::Schedule { id },
                Verb::Put => Endpoint::ScheduleReplace { id },
                Verb::Patch => Endpoint::SchedulePatch { id },
                Verb::Delete => Endpoint::ScheduleRemove { id },
            }
        }
        ([id, leaf], _) => {
            let id = named(id)?;
            match *leaf {
                "next" => Endpoint::ScheduleNext { id },
                "runs" => Endpoint::ScheduleRuns { id },
                "skip" => Endpoint::ScheduleSkip { id },
                "run" => Endpoint::ScheduleRun { id },
                "pause" => Endpoint::SchedulePause { id },
                "resume" => Endpoint::ScheduleResume { id },
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(found)
}

/// What is below `/api/v1/config`.
fn of_config(verb: Verb, path: &[&str]) -> Option<Endpoint> {
    let found = match (path, verb) {
        ([], _) => Endpoint::ConfigDocument,
        (["diff"], _) => Endpoint::ConfigDiff,
        (["apply"], _) => Endpoint::ConfigApply,
        ([kind], Verb::Read) => Endpoint::ConfigList { kind: named(kind)? },
        ([kind], _) => Endpoint::ConfigCreate { kind: named(kind)? },
        (["devices", host, "key"], Verb::Delete) => {
            Endpoint::DeviceKeyRemove { hostname: named(host)? }
        }
        (["devices", host, "key"], _) => Endpoint::DeviceKeySet { hostname: named(host)? },
        (["devices", host, "board"], _) => Endpoint::DeviceBoardAccept { hostname: named(host)? },
        ([kind, id], verb) => {
            let (kind, id) = (named(kind)?, named(id)?);
            match verb {
                Verb::Read | Verb::Post => Endpoint::ConfigItem { kind, id },
                Verb::Put => Endpoint::ConfigReplace { kind, id },
                Verb::Patch => Endpoint::ConfigPatch { kind, id },
                Verb::Delete => Endpoint::ConfigRemove { kind, id },
            }
        }
        _ => return None,
    };
    Some(found)
}

fn of_device(host: &str, leaf: &str) -> Option<Endpoint> {
    let hostname = named(host)?;
    let found = match leaf {
        "health" => Endpoint::Health { hostname },
        "status" => Endpoint::Status { hostname },
        "capabilities" => Endpoint::Capabilities { hostname },
        "port-status" => Endpoint::PortStatus { hostname },
        "diagnostic" => Endpoint::Diagnostic { hostname },
        "command" => Endpoint::Command { hostname },
        _ => return None,
    };
    Some(found)
}

/// A segment that names something.
fn named(segment: &str) -> Option<String> {
    (!segment.is_empty()).then(|| segment.to_owned())
}

/// The parts of a path, each decoded after the path was split: an escaped slash is part of a name.
fn segments(path: &str) -> Vec<Cow<'_, str>> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').map(percent::decoded).collect()
}

fn words<'s>(segments: &'s [Cow<'_, str>]) -> Vec<&'s str> {
    segments.iter().map(AsRef::as_ref).collect()
}

fn is_reserved(host: &str) -> bool {
    matches!(host.parse::<Hostname>(), Err(HostnameError::Reserved { .. }))
}

/// How an endpoint is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Read,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    const ALL: [Self; 5] = [Self::Read, Self::Post, Self::Put, Self::Patch, Self::Delete];

    fn of(method: &Method) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|verb| verb.methods().split(", ").any(|name| name == method.as_str()))
    }

    /// Its methods, as the header `Allow` lists them.
    const fn methods(self) -> &'static str {
        match self {
            Self::Read => "GET, HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

#[cfg(test)]
mod tests;
