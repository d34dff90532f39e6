//! What a request counts as, and what it is about.

use venue_auth::{Need, Targets};
use venue_domain::{Hostname, PortId, PortIndex};
use venue_registry::{Kind, Registry};

use crate::{
    api_error::ApiError,
    endpoint::{Inspect, Limit, Scope, Spec},
    routes::PathValues,
};

/// What is counted against the limits of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// One command for one TV.
    Command,
    /// One bulk operation, however many TVs it is for.
    Bulk,
    /// One step or key for a selection of TVs, which may go on with the one before.
    Step {
        /// Stands for the TVs.
        selection: u64,
    },
}

/// What a request to the endpoint of `spec` counts as.
pub(crate) fn counted(
    spec: &Spec,
    body: Option<&dyn Inspect>,
    registry: &Registry,
) -> Option<Counted> {
    match spec.limit {
        Limit::Free => None,
        Limit::Command => Some(Counted::Command),
        Limit::Bulk => {
            let step = body.and_then(|body| body.step(registry));
            Some(step.map_or(Counted::Bulk, |selection| Counted::Step { selection }))
        }
    }
}

/// What a request to the endpoint of `spec` needs: presets and the line-up are a manager's, other items an admin's.
pub(crate) fn need(spec: &Spec, path: &PathValues) -> Need {
    let is_planned = matches!(path.get("kind").parse(), Ok(Kind::Preset | Kind::Channel));
    if spec.need == Need::Configure && is_planned { Need::Plan } else { spec.need }
}

/// As [`scope`], if what the request is for is there.
///
/// # Errors
/// What is not there.
pub(crate) fn scope_there(
    spec: &Spec,
    path: &PathValues,
    body: Option<&dyn Inspect>,
    registry: &Registry,
) -> Result<AuthScope, ApiError> {
    match body.and_then(|body| body.missing(path.get("id"), registry)) {
        Some(missing) => Err(missing),
        None => Ok(scope(spec, path, body, registry)),
    }
}

/// What a request is about, for those who may not have all zones: as far as it can be read. What cannot be read
/// is about the whole venue.
pub(crate) fn scope(
    spec: &Spec,
    path: &PathValues,
    body: Option<&dyn Inspect>,
    registry: &Registry,
) -> AuthScope {
    if spec.need == Need::Read {
        return AuthScope::Nothing;
    }
    let hostname = path.get("hostname");
    // What its body names ports of.
    let named = if hostname.is_empty() { path.get("id") } else { hostname };
    match spec.scope {
        Scope::Board => AuthScope::of_board(hostname, registry),
        Scope::PathPort if body.is_some_and(Inspect::concerns_board) => {
            AuthScope::of_board(hostname, registry)
        }
        Scope::PathPort => AuthScope::of([(hostname, path.get("port").parse().ok())], registry),
        Scope::BodyPorts => {
            let ports = body.and_then(|body| body.ports(named, registry));
            ports.map_or(AuthScope::Venue, |ports| {
                AuthScope::of(ports.iter().map(|(host, port)| (&**host, *port)), registry)
            })
        }
        Scope::Venue | Scope::Batch | Scope::Command | Scope::Schedule => AuthScope::Venue,
    }
}

/// The zones of `ports`, as what a request is about.
pub(crate) fn zones_of<'p>(
    ports: impl IntoIterator<Item = &'p PortId>,
    registry: &Registry,
) -> AuthScope {
    let named: Vec<(&str, Option<i64>)> =
        ports.into_iter().map(|port| (port.device.as_str(), Some(i64::from(port.port)))).collect();
    AuthScope::of(named, registry)
}

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AuthScope {
    /// It only reads.
    Nothing,
    /// Ports, by their zones.
    Ports(Vec<Option<String>>),
    /// More than ports.
    Venue,
}

impl AuthScope {
    fn of<'a>(
        targets: impl IntoIterator<Item = (&'a str, Option<i64>)>,
        registry: &Registry,
    ) -> Self {
        let zone = |(hostname, port): (&str, Option<i64>)| {
            let device = registry.device(&hostname.parse::<Hostname>().ok()?)?;
            let port = device.value.port(PortIndex::try_from(port?).ok()?)?;
            port.zone.as_ref().map(ToString::to_string)
        };
        Self::Ports(targets.into_iter().map(zone).collect())
    }

    /// A board is of the zones of all of its ports.
    fn of_board(hostname: &str, registry: &Registry) -> Self {
        let ports = registry.ports().filter(|(id, _)| id.device.as_str() == hostname);
        let named = |(id, _): (PortId, _)| i64::from(id.port);
        let ports: Vec<i64> = ports.map(named).collect();
        Self::of(ports.iter().map(|port| (hostname, Some(*port))), registry)
    }

    /// Calls `ask` with it.
    pub(crate) fn with<T>(&self, ask: impl FnOnce(Targets<'_>) -> T) -> T {
        match self {
            Self::Nothing => ask(Targets::Nothing),
            Self::Venue => ask(Targets::Venue),
            Self::Ports(zones) => {
                let zones: Vec<Option<&str>> = zones.iter().map(Option::as_deref).collect();
                ask(Targets::Ports(&zones))
            }
        }
    }
}

#[cfg(test)]
mod tests;
