//! Which endpoint a method and a path mean. Pure.

use http::Method;
use venue_domain::{Hostname, HostnameError};

/// What a method and a path mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Routed {
    Endpoint(Endpoint),
    NotFound,
    MethodNotAllowed { allow: &'static str },
}

/// An endpoint with what its path says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Livez,
    Readyz,
    ServiceStatus,
    DeviceList,
    Health { hostname: String },
    Status { hostname: String },
    Capabilities { hostname: String },
    PortStatus { hostname: String },
    Diagnostic { hostname: String },
    Command { hostname: String },
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
}

impl Endpoint {
    /// Whether it does something, which must not be done twice for one request.
    pub(crate) const fn acts(&self) -> bool {
        matches!(self.methods(), Methods::Act)
    }

    const fn methods(&self) -> Methods {
        match self {
            Self::Livez
            | Self::Readyz
            | Self::ServiceStatus
            | Self::DeviceList
            | Self::Health { .. }
            | Self::Status { .. }
            | Self::Capabilities { .. }
            | Self::PortStatus { .. }
            | Self::BulkStatus { .. }
            | Self::Batch { .. }
            | Self::StoredCommand { .. }
            | Self::CommandWhy { .. }
            | Self::QueueHealth
            | Self::QueueMetrics
            | Self::QueueStats
            | Self::QueueCommands
            | Self::History => Methods::Read,
            Self::Diagnostic { .. }
            | Self::Command { .. }
            | Self::BatchCreate
            | Self::BatchCancel { .. }
            | Self::BatchRetry { .. }
            | Self::BatchUndo { .. }
            | Self::CommandCancel { .. }
            | Self::RefreshCapabilities
            | Self::QueuePause
            | Self::QueueResume => Methods::Act,
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
    match segments(path).as_slice() {
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
    let found = match segments.as_slice() {
        ["api", "v1", rest @ ..] => of_api(rest),
        ["livez"] => Some(Endpoint::Livez),
        ["readyz"] => Some(Endpoint::Readyz),
        ["bulk", "command"] | ["bulk-command"] => Some(Endpoint::BatchCreate),
        ["bulk", id, "status"] => named(id).map(|id| Endpoint::BulkStatus { id }),
        ["system", "refresh-capabilities"] => Some(Endpoint::RefreshCapabilities),
        ["queue", "health"] => Some(Endpoint::QueueHealth),
        ["queue", "metrics"] => Some(Endpoint::QueueMetrics),
        [host, leaf] if !is_reserved(host) => of_device(host, leaf),
        _ => None,
    };
    let Some(endpoint) = found else { return Routed::NotFound };
    let methods = endpoint.methods();
    if methods.include(method) {
        Routed::Endpoint(endpoint)
    } else {
        Routed::MethodNotAllowed { allow: methods.allow() }
    }
}

/// What is below `/api/v1`.
fn of_api(path: &[&str]) -> Option<Endpoint> {
    let found = match path {
        ["status"] => Endpoint::ServiceStatus,
        ["devices"] => Endpoint::DeviceList,
        ["devices", host] => Endpoint::Status { hostname: named(host)? },
        ["devices", host, leaf] => of_device(host, leaf)?,
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

fn segments(path: &str) -> Vec<&str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').collect()
}

fn is_reserved(host: &str) -> bool {
    matches!(host.parse::<Hostname>(), Err(HostnameError::Reserved { .. }))
}

/// What an endpoint takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Methods {
    Read,
    Act,
}

impl Methods {
    fn include(self, method: &Method) -> bool {
        match self {
            Self::Read => method == Method::GET || method == Method::HEAD,
            Self::Act => method == Method::POST,
        }
    }

    const fn allow(self) -> &'static str {
        match self {
            Self::Read => "GET, HEAD",
            Self::Act => "POST",
        }
    }
}

#[cfg(test)]
mod tests;
