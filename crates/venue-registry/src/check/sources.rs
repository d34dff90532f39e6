//! Whether sources and the screens that show them fit together.

use std::collections::BTreeMap;

use venue_domain::PortId;

use crate::{
    Port, Problem, Registry, Source,
    names::{self, unknown},
};

/// What is wrong with the sources themselves.
pub(super) fn sources(registry: &Registry, problems: &mut Vec<Problem>) {
    let mut taken: BTreeMap<PortId, &Source> = BTreeMap::new();
    for source in registry.sources.values().map(|listed| &listed.value) {
        let at = |field: &str, detail: String| {
            Problem::new(format!("sources/{}", source.id), field, detail)
        };
        if let Some(wrong) = source.name.as_deref().and_then(names::name) {
            problems.push(at("name", wrong));
        }
        if let Some(wrong) = source.via.as_deref().and_then(names::name) {
            problems.push(at("via", wrong));
        }
        problems.extend(port_problem(registry, source, at));
        if let Some(other) = taken.insert(source.port_id(), source) {
            let detail = format!("{} is the port of the source {}", source.port_id(), other.id);
            problems.push(at("port", format!("{detail} already: give another port")));
        }
    }
}

fn port_problem(
    registry: &Registry,
    source: &Source,
    at: impl Fn(&str, String) -> Problem,
) -> Option<Problem> {
    let port = source.port_id();
    if port.port.is_board() {
        let detail = "a source has a port from 1 to 5; port 0 is the board itself".to_owned();
        return Some(at("port.port", detail));
    }
    let Some(device) = registry.device(&port.device) else {
        let known = registry.devices().map(|listed| &listed.value.hostname);
        let detail = unknown("device", port.device.as_str(), known);
        return Some(at("port.hostname", detail).of_unknown_name());
    };
    let registered = device.value.port(port.port);
    registered.is_none().then(|| {
        let detail = format!("nothing is registered on {port}: register the box there first");
        at("port", detail)
    })
}

/// What is wrong with what the screen of `port` shows.
pub(super) fn screen(
    registry: &Registry,
    id: &PortId,
    port: &Port,
    at: impl Fn(&str, String) -> Problem,
) -> Option<Problem> {
    let Some(source) = &port.source else {
        return port.source_problem().map(|(field, detail)| at(field, detail.to_owned()));
    };
    if !registry.sources.contains_key(source) {
        let detail = unknown("source", source.as_str(), registry.sources.keys());
        return Some(at("source", detail).of_unknown_name());
    }
    let served = registry.source_at(id)?;
    let detail = if *served.id == *source.as_str() {
        format!("is the source of this very port: {id} is where {source} listens")
    } else {
        format!("{id} is the port of the source {}, which has no source itself", served.id)
    };
    Some(at("source", detail))
}
