//! Which ports of a registry a selector means.

use std::collections::BTreeSet;

use venue_domain::{Hostname, PortId};

use crate::{
    Registry,
    names::unknown,
    selector::{Form, Key, Requirement, Selector},
};

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
    /// Why, as one of few kinds.
    pub kind: NoMatch,
}

/// Why a selector matches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoMatch {
    /// It names what does not exist.
    UnknownName,
    /// What it names exists, and has no TV.
    NoTv,
    /// Several TVs have the name that it gives.
    SeveralTvs,
}

impl NoMatch {
    /// The name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnknownName => "unknown_name",
            Self::NoTv => "no_tv",
            Self::SeveralTvs => "several_tvs",
        }
    }
}

impl Selector {
    /// The ports of all of `selectors`, each once, in the order of the registry; and what matches
    /// nothing, each with its reason.
    #[must_use]
    pub fn expand(selectors: &[Self], registry: &Registry) -> Expansion {
        let mut expansion = Expansion::default();
        let mut ports = BTreeSet::new();
        for selector in selectors {
            one(selector, registry, &mut ports, &mut expansion);
        }
        expansion.ports = ports.into_iter().collect();
        expansion
    }
}

/// Adds what `selector` means.
fn one(
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
        Err((kind, reason)) => {
            expansion.unmatched.push(Unmatched { selector: selector.clone(), reason, kind });
        }
    }
}

/// The ports, at least one, or why there is none.
fn matched(selector: &Selector, registry: &Registry) -> Result<Vec<PortId>, (NoMatch, String)> {
    let (ports, reason) = match &selector.0 {
        Form::All => (
            screens(registry).map(|(id, _)| id).collect(),
            "nothing is registered on any port".to_owned(),
        ),
        Form::Device(device) => {
            let listed = registry.device(device).ok_or_else(|| no_device(device, registry))?;
            let of_device = screens(registry).filter(|(id, _)| id.device == *device);
            let ports: Vec<PortId> = of_device.map(|(id, _)| id).collect();
            let reason = if listed.value.ports.is_empty() {
                format!("nothing is registered on the ports of {device}")
            } else {
                format!("{device} has boxes only: name one as source=SOURCE or HOST/PORT")
            };
            (ports, reason)
        }
        Form::Port(port) => return one_port(port, registry).map(|port| vec![port]),
        Form::Name(name) => return by_name(name, registry).map(|port| vec![port]),
        Form::Where(all) => {
            for requirement in all {
                known(requirement, registry)?;
            }
            // Who names a source means a box; everything else means screens.
            let boxes = all.iter().any(|requirement| requirement.key == Key::Source);
            let meets = |(id, port): &(PortId, &crate::Port)| {
                let serves = registry.source_at(id).map(|source| &*source.id);
                serves.is_some() == boxes
                    && all.iter().all(|requirement| requirement.is_met(id, port, serves))
            };
            let ports = registry.ports().filter(meets).map(|(id, _)| id).collect();
            (ports, format!("no port meets {selector}"))
        }
    };
    if ports.is_empty() { Err((NoMatch::NoTv, reason)) } else { Ok(ports) }
}

/// What people look at: every port but those of sources.
fn screens(registry: &Registry) -> impl Iterator<Item = (PortId, &crate::Port)> {
    registry.ports().filter(|(id, _)| registry.source_at(id).is_none())
}

/// A port that is named is meant, also if nothing is registered on it: its device has to exist.
fn one_port(port: &PortId, registry: &Registry) -> Result<PortId, (NoMatch, String)> {
    registry.device(&port.device).ok_or_else(|| no_device(&port.device, registry))?;
    Ok(port.clone())
}

fn no_device(device: &Hostname, registry: &Registry) -> (NoMatch, String) {
    let known = registry.devices().map(|listed| &listed.value.hostname);
    (NoMatch::UnknownName, unknown("device", device.as_str(), known))
}

fn by_name(name: &str, registry: &Registry) -> Result<PortId, (NoMatch, String)> {
    let wanted = name.to_lowercase();
    let named = registry
        .ports()
        .filter(|(_, port)| port.name.as_ref().is_some_and(|name| name.to_lowercase() == wanted));
    let found: Vec<PortId> = named.map(|(id, _)| id).collect();
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err((NoMatch::UnknownName, format!("no TV is called {name:?}"))),
        more => {
            let more: Vec<String> = more.iter().take(6).map(ToString::to_string).collect();
            let reason = format!("several TVs are called {name:?}: {}", more.join(", "));
            Err((NoMatch::SeveralTvs, reason))
        }
    }
}

/// A name that is not known is a typing error, not an empty set: nobody notices TVs that are missing.
fn known(requirement: &Requirement, registry: &Registry) -> Result<(), (NoMatch, String)> {
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
            Key::Source if !registry.sources.contains_key(value) => {
                Some(unknown("source", text, registry.sources.keys()))
            }
            Key::Zone | Key::Tag | Key::Profile | Key::Device | Key::Source => None,
        };
        missing.map_or(Ok(()), |reason| Err((NoMatch::UnknownName, reason)))?;
    }
    Ok(())
}
