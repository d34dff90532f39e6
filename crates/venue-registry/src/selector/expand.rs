//! Which ports of a registry a selector means.

use std::collections::BTreeSet;

use venue_domain::PortId;

use super::{
    Form, Selector,
    requirement::{Key, Requirement},
};
use crate::{Registry, registry::unknown};

/// What selectors mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The ports, each once, ordered.
    pub ports: Vec<PortId>,
    /// How many ports were named more than once.
    pub duplicates: u64,
    /// The selectors that match nothing.
    pub unmatched: Vec<Unmatched>,
}

/// A selector that matches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The selector.
    pub selector: Selector,
    /// Why, and what would match.
    pub reason: String,
}

/// Adds what `selector` means.
pub(super) fn one(
    selector: &Selector,
    registry: &Registry,
    ports: &mut BTreeSet<PortId>,
    expansion: &mut Expansion,
) {
    match matched(selector, registry) {
        Ok(matched) => {
            for port in matched {
                if !ports.insert(port) {
                    expansion.duplicates += 1;
                }
            }
        }
        Err(reason) => {
            expansion.unmatched.push(Unmatched { selector: selector.clone(), reason });
        }
    }
}

/// The ports, at least one, or why there is none.
fn matched(selector: &Selector, registry: &Registry) -> Result<Vec<PortId>, String> {
    let (ports, reason) = match &selector.0 {
        Form::All => (every(registry), "nothing is registered on any port".to_owned()),
        Form::Device(device) => {
            let Some(listed) = registry.device(device) else {
                let known = registry.devices().map(|listed| &listed.value.hostname);
                return Err(unknown("device", device.as_str(), known));
            };
            let of = |port: &crate::Port| PortId { device: device.clone(), port: port.index };
            let ports = listed.value.ports.iter().map(of).collect();
            (ports, format!("nothing is registered on the ports of {device}"))
        }
        Form::Port(port) => return one_port(port, registry).map(|port| vec![port]),
        Form::Name(name) => return by_name(name, registry).map(|port| vec![port]),
        Form::Where(all) => {
            for requirement in all {
                known(requirement, registry)?;
            }
            let meets = |(id, port): &(PortId, &crate::Port)| {
                all.iter().all(|requirement| requirement.is_met(id, port))
            };
            let ports = registry.ports().filter(meets).map(|(id, _)| id).collect();
            (ports, format!("no port meets {selector}"))
        }
    };
    if ports.is_empty() { Err(reason) } else { Ok(ports) }
}

fn every(registry: &Registry) -> Vec<PortId> {
    registry.ports().map(|(id, _)| id).collect()
}

/// A port that is named is meant, also if nothing is registered on it: its device has to exist.
fn one_port(port: &PortId, registry: &Registry) -> Result<PortId, String> {
    if registry.device(&port.device).is_some() {
        return Ok(port.clone());
    }
    let known = registry.devices().map(|listed| &listed.value.hostname);
    Err(unknown("device", port.device.as_str(), known))
}

fn by_name(name: &str, registry: &Registry) -> Result<PortId, String> {
    let wanted = name.to_lowercase();
    let named = registry
        .ports()
        .filter(|(_, port)| port.name.as_ref().is_some_and(|name| name.to_lowercase() == wanted));
    let found: Vec<PortId> = named.map(|(id, _)| id).collect();
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(format!("no TV is called {name:?}")),
        more => {
            let more: Vec<String> = more.iter().take(6).map(ToString::to_string).collect();
            Err(format!("several TVs are called {name:?}: {}", more.join(", ")))
        }
    }
}

/// A name that is not known is a typing error, not an empty set: nobody notices TVs that are missing.
fn known(requirement: &Requirement, registry: &Registry) -> Result<(), String> {
    for value in &requirement.values {
        let text = value.as_str();
        let missing = match requirement.key {
            Key::Zone if !registry.zones.contains_key(value) => {
                Some(unknown("zone", text, registry.zones.keys()))
            }
            Key::Tag if !registry.tags.contains_key(value) => {
                Some(unknown("tag", text, registry.tags.keys()))
            }
            Key::Profile if !registry.profiles.contains_key(value) => {
                Some(unknown("profile", text, registry.profiles.keys()))
            }
            Key::Device if registry.devices.keys().all(|device| device.as_str() != text) => {
                Some(unknown("device", text, registry.devices.keys()))
            }
            Key::Zone | Key::Tag | Key::Profile | Key::Device => None,
        };
        missing.map_or(Ok(()), Err)?;
    }
    Ok(())
}
