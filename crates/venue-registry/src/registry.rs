//! The registry: everything that is configured, read and checked as a whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use serde::de::DeserializeOwned;
use venue_domain::{
    ChannelNumber, Configuration, ConfigurationItem, Hostname, ItemKind, PortId, TimingProfile,
};

use crate::{Channel, Device, Label, Port, Problem, Profile, Tag, Zone};

mod check;

pub(crate) use check::unknown;

/// What the configuration file fixes: it can be read here, and changed only there.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// Its devices. Zones that they name exist thereby.
    pub devices: Vec<Device>,
    /// Those of them that have a key.
    pub with_key: BTreeSet<Hostname>,
    /// The venue's timing profile.
    pub timing: TimingProfile,
}

/// An item with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// The item.
    pub value: T,
    /// The revision in which it was last changed; `None` if the configuration file fixes it.
    pub revision: Option<u64>,
}

impl<T> Listed<T> {
    pub(crate) const fn fixed(value: T) -> Self {
        Self { value, revision: None }
    }
}

/// The Noise key of a device, in base64. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key(Arc<str>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Everything that is configured.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    revision: u64,
    timing: TimingProfile,
    pub(crate) devices: BTreeMap<Hostname, Listed<Device>>,
    pub(crate) zones: BTreeMap<Label, Listed<Zone>>,
    pub(crate) tags: BTreeMap<Label, Listed<Tag>>,
    pub(crate) profiles: BTreeMap<Label, Listed<Profile>>,
    pub(crate) channels: BTreeMap<Label, Listed<Channel>>,
    keys: BTreeMap<Hostname, Key>,
    with_key: BTreeSet<Hostname>,
}

impl Registry {
    /// Reads what a store keeps, beside what the configuration file fixes.
    ///
    /// What cannot be used is left out and told, so that one bad item does not silence a venue.
    #[must_use]
    pub fn read(configuration: &Configuration, base: &Base) -> (Self, Vec<Problem>) {
        let mut registry = Self {
            revision: configuration.revision,
            timing: base.timing,
            with_key: base.with_key.clone(),
            ..Self::default()
        };
        let mut problems = Vec::new();
        for device in &base.devices {
            registry.fix(device.clone());
        }
        for item in &configuration.items {
            if let Err(problem) = registry.take(item) {
                problems.push(problem);
            }
        }
        check::check(&registry, &mut problems);
        // Only now: what is wrong is named by its place as it was written.
        for device in registry.devices.values_mut() {
            device.value.ports.sort_by_key(|port| port.index);
        }
        (registry, problems)
    }

    /// A device of the configuration file, and the zones that it names.
    fn fix(&mut self, device: Device) {
        for zone in device.ports.iter().filter_map(|port| port.zone.clone()) {
            let implied = Zone { id: zone.clone(), name: None, order: 0 };
            self.zones.entry(zone).or_insert_with(|| Listed::fixed(implied));
        }
        for tag in device.ports.iter().flat_map(|port| port.tags.clone()) {
            let implied = Tag { id: tag.clone(), name: None, description: None, color: None };
            self.tags.entry(tag).or_insert_with(|| Listed::fixed(implied));
        }
        self.devices.insert(device.hostname.clone(), Listed::fixed(device));
    }

    fn take(&mut self, item: &ConfigurationItem) -> Result<(), Problem> {
        match item.kind {
            ItemKind::Device => {
                let device: Listed<Device> = parse(item)?;
                let hostname = device.value.hostname.clone();
                if self.devices.contains_key(&hostname) {
                    return Err(problem(
                        item,
                        "it is in the configuration file as well, which holds",
                    ));
                }
                self.devices.insert(hostname, device);
            }
            ItemKind::Key => {
                let hostname = item.id.parse().map_err(|_| problem(item, "it is of no device"))?;
                // The body is never quoted.
                if !is_key(&item.body) {
                    return Err(problem(item, "a Noise key is 32 bytes in base64, 44 characters"));
                }
                self.keys.insert(hostname, Key(item.body.as_str().into()));
            }
            ItemKind::Zone => keep(&mut self.zones, parse(item)?, |zone: &Zone| &zone.id),
            ItemKind::Tag => keep(&mut self.tags, parse(item)?, |tag: &Tag| &tag.id),
            ItemKind::Profile => {
                keep(&mut self.profiles, parse(item)?, |profile: &Profile| &profile.id);
            }
            ItemKind::Channel => {
                keep(&mut self.channels, parse(item)?, |channel: &Channel| &channel.id);
            }
            // Others own these.
            ItemKind::Schedule | ItemKind::ScheduleState | ItemKind::Token => {}
        }
        Ok(())
    }

    /// The revision of the whole; grows with every change.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// The devices, ordered by hostname.
    pub fn devices(&self) -> impl Iterator<Item = &Listed<Device>> {
        self.devices.values()
    }

    /// One device.
    #[must_use]
    pub fn device(&self, hostname: &Hostname) -> Option<&Listed<Device>> {
        self.devices.get(hostname)
    }

    /// The zones, by their order, then by id.
    #[must_use]
    pub fn zones(&self) -> Vec<&Listed<Zone>> {
        let mut zones: Vec<_> = self.zones.values().collect();
        zones.sort_by_key(|zone| zone.value.order);
        zones
    }

    /// The tags, ordered by id.
    pub fn tags(&self) -> impl Iterator<Item = &Listed<Tag>> {
        self.tags.values()
    }

    /// The timing profiles, ordered by id.
    pub fn profiles(&self) -> impl Iterator<Item = &Listed<Profile>> {
        self.profiles.values()
    }

    /// The channels, ordered by id.
    pub fn channels(&self) -> impl Iterator<Item = &Listed<Channel>> {
        self.channels.values()
    }

    /// Every port on which something hangs, with its device, ordered by device and index.
    pub fn ports(&self) -> impl Iterator<Item = (PortId, &Port)> {
        self.devices.values().flat_map(|device| {
            let hostname = &device.value.hostname;
            let id = |port: &Port| PortId { device: hostname.clone(), port: port.index };
            device.value.ports.iter().map(move |port| (id(port), port))
        })
    }

    /// How commands for `port` are paced: the venue's profile, the port's, what differs from it.
    #[must_use]
    pub fn timing(&self, port: &Port) -> TimingProfile {
        let profile = port.profile.as_ref().and_then(|id| self.profiles.get(id));
        let shared = profile.map_or(self.timing, |listed| listed.value.timing.over(self.timing));
        port.timing.over(shared)
    }

    /// The venue's timing profile.
    #[must_use]
    pub const fn venue_timing(&self) -> TimingProfile {
        self.timing
    }

    /// The shortest times that any port has: who knows neither port nor board waits no longer than
    /// these, and leaves the rest to whoever knows.
    #[must_use]
    pub fn least_timing(&self) -> TimingProfile {
        let ports = self.ports().map(|(_, port)| self.timing(port));
        ports.reduce(TimingProfile::least).unwrap_or_default()
    }

    /// The number of the channel that people call `name`, if exactly one channel in use has it.
    #[must_use]
    pub fn channel_named(&self, name: &str) -> Option<&ChannelNumber> {
        let wanted = name.trim().to_lowercase();
        let in_use = self.channels.values().filter(|listed| listed.value.enabled);
        let mut found = in_use.filter(|listed| {
            listed.value.name.to_lowercase() == wanted || listed.value.id.as_str() == wanted
        });
        let first = found.next()?;
        found.all(|other| other.value.number == first.value.number).then_some(&first.value.number)
    }

    /// The Noise key of a device, in base64; `None` for plaintext, and for a device of the
    /// configuration file, which has it there.
    #[must_use]
    pub fn key(&self, device: &Hostname) -> Option<&str> {
        self.keys.get(device).map(|key| &*key.0)
    }

    /// Whether a device has a key, here or in the configuration file.
    #[must_use]
    pub fn has_key(&self, device: &Hostname) -> bool {
        self.keys.contains_key(device) || self.with_key.contains(device)
    }

    fn keyed(&self) -> impl Iterator<Item = &Hostname> {
        self.keys.keys()
    }
}

/// A stored item wins over one that was only implied.
fn keep<T>(all: &mut BTreeMap<Label, Listed<T>>, listed: Listed<T>, id: impl Fn(&T) -> &Label) {
    all.insert(id(&listed.value).clone(), listed);
}

fn parse<T: DeserializeOwned>(item: &ConfigurationItem) -> Result<Listed<T>, Problem> {
    let value = serde_json::from_str(&item.body)
        .map_err(|error| problem(item, &format!("cannot be read: {error}")))?;
    Ok(Listed { value, revision: Some(item.revision) })
}

fn problem(item: &ConfigurationItem, detail: &str) -> Problem {
    Problem::new(format!("{}s/{}", item.kind, item.id), "", detail)
}

/// Whether `text` is 32 bytes in base64.
pub(crate) fn is_key(text: &str) -> bool {
    let digits = text.strip_suffix('=').unwrap_or_default();
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    digits.len() == 43 && digits.bytes().all(is_digit)
}

#[cfg(test)]
pub(crate) mod tests;
