//! What a request counts as, and what it is about.

use venue_auth::{Need, Principal, Targets};
use venue_domain::{EffectGroup, Hostname, PortId, PortIndex, Screen};
use venue_registry::{Kind, Label, Registry};

use crate::{
    api_error::ApiError,
    parameters::PathValues,
    spec::{Inspect, Limit, Scope, Spec},
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

/// Refuses a request that changes screens outside of the zones of `who`, as [`shared_within`] does.
pub(crate) fn screens_within(
    who: &Principal,
    path: &PathValues,
    body: Option<&dyn Inspect>,
    registry: &Registry,
) -> Result<(), ApiError> {
    let reached = body.map(|body| body.reached(named_in(path), registry));
    shared_within(who, &reached.unwrap_or_default(), registry)
}

/// The device or preset in the path, of which a body names ports.
fn named_in(path: &PathValues) -> &str {
    let hostname = path.get("hostname");
    if hostname.is_empty() { path.get("id") } else { hostname }
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
    let named = named_in(path);
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
        Scope::Venue | Scope::Batch | Scope::Command | Scope::Schedule | Scope::Plan => {
            AuthScope::Venue
        }
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

/// The zones of a port: its own; of the port of a source those of all screens that show it, wherever its box stands.
pub(crate) fn zones_of_port(port: &PortId, registry: &Registry) -> Vec<Option<String>> {
    let zone = |port: &PortId| registry.port(port)?.zone.as_ref().map(ToString::to_string);
    let source = registry.source_at(port).filter(|source| !source.screens.is_empty());
    match source {
        Some(source) => source.screens.iter().map(|screen| zone(&screen.port)).collect(),
        None => vec![zone(port)],
    }
}

/// Refuses what changes screens outside of the zones of `who`, because they show the source that receives it for a
/// screen inside. `reached` are ports with the effect groups of what is sent to them.
pub(crate) fn shared_within(
    who: &Principal,
    reached: &[(PortId, Vec<EffectGroup>)],
    registry: &Registry,
) -> Result<(), ApiError> {
    let is_outside = |port: &PortId| {
        let zone = registry.port(port).and_then(|port| port.zone.as_ref());
        !who.covers(zone.map(Label::as_str))
    };
    for (port, groups) in reached {
        let own = registry.source_at(port).cloned();
        // Whoever asks for a screen outside is told that, and not what it shows.
        if own.is_none() && is_outside(port) {
            return Ok(());
        }
        let shown = registry.port(port).and_then(|port| registry.screen_source(port));
        let takes = shown.filter(|shown| groups.iter().any(|group| shown.takes(*group)));
        let Some(source) = own.or_else(|| takes.map(|shown| shown.source)) else { continue };
        let outside = source.other_screens(port).filter(|screen| is_outside(&screen.port));
        let screens: Vec<String> = outside.map(named).collect();
        if !screens.is_empty() {
            let screens = screens.join(", ");
            return Err(ApiError::ScreensOutside { source_id: source.id.to_string(), screens });
        }
    }
    Ok(())
}

fn named(screen: &Screen) -> String {
    match &screen.name {
        Some(name) => format!("{name} ({})", screen.port),
        None => screen.port.to_string(),
    }
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
        let zones = |(hostname, port): (&str, Option<i64>)| {
            let id = || {
                let device = hostname.parse::<Hostname>().ok()?;
                Some(PortId { device, port: PortIndex::try_from(port?).ok()? })
            };
            id().map_or_else(|| vec![None], |port| zones_of_port(&port, registry))
        };
        Self::Ports(targets.into_iter().flat_map(zones).collect())
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
