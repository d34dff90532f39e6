//! The registry: everything that is configured, read and checked as a whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, OnceLock},
};

use serde::de::DeserializeOwned;
use venue_domain::{
    Configuration, ConfigurationItem, DeviceEntry, EffectGroup, Hostname, ItemKind, LineUp,
    PortActions, PortEntry, PortId, PortStatus, ScreenSource, SourceEntry, TimingProfile,
};
use venue_infrared::KeyName;

use crate::{
    Channel, CodeSet, Device, DiscretePower, Label, Lock, LockTarget, Maintenance,
    MaintenanceTarget, MappedAction, Port, Preset, Problem, Profile, Source, Tag, TimeZoneName,
    Typing, Venue, VolumeAt, Zone, driving, names, source::SourceIndex,
};

/// What the configuration file fixes: it can be read here, and changed only there.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// Its devices, which every registry that is read shares. Zones that they name exist thereby.
    pub devices: Vec<Arc<Device>>,
    /// Those of them that have a key.
    pub with_key: BTreeSet<Hostname>,
    /// The venue's timing profile.
    pub timing: TimingProfile,
    /// The time zone of the machine, which holds where the venue names none.
    pub time_zone: TimeZoneName,
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

/// How a port is driven.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Driven<'r> {
    /// By the actions that its board advertises.
    Actions {
        /// Whether they send codes of their own for on and off.
        discrete_power: DiscretePower,
    },
    /// By infrared codes that are encoded here.
    CodeSet {
        /// The codes; `None` if there is no such set (any more).
        set: Option<&'r CodeSet>,
        /// The name of the board's transmitter, if the port names one.
        emitter: Option<&'r str>,
        /// How the digits of a channel are sent, if the port says so.
        typing: Option<Typing>,
    },
    /// By what its board has under other names.
    Mapping {
        /// What the board does for each action.
        mapping: &'r BTreeMap<KeyName, MappedAction>,
    },
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
    pub(crate) machine_time_zone: TimeZoneName,
    pub(crate) venue: Option<Listed<Venue>>,
    pub(crate) devices: BTreeMap<Hostname, Listed<Arc<Device>>>,
    pub(crate) zones: BTreeMap<Label, Listed<Zone>>,
    pub(crate) tags: BTreeMap<Label, Listed<Tag>>,
    pub(crate) profiles: BTreeMap<Label, Listed<Profile>>,
    pub(crate) channels: BTreeMap<Label, Listed<Channel>>,
    pub(crate) codesets: BTreeMap<Label, Listed<CodeSet>>,
    pub(crate) sources: BTreeMap<Label, Listed<Source>>,
    pub(crate) presets: BTreeMap<Label, Listed<Preset>>,
    pub(crate) locks: BTreeMap<LockTarget, Lock>,
    pub(crate) maintenances: BTreeMap<MaintenanceTarget, Maintenance>,
    /// What the actions of each set are, found out once: its codes are compared with one another.
    set_actions: BTreeMap<Label, OnceLock<PortActions>>,
    /// What is received on each platform of a port, found out once.
    line_ups: OnceLock<BTreeMap<Option<String>, LineUp>>,
    source_index: OnceLock<SourceIndex>,
    keys: BTreeMap<Hostname, Key>,
    with_key: BTreeSet<Hostname>,
}

impl Registry {
    /// What can be read of each item, without a look at how they fit together.
    pub(crate) fn parsed(configuration: &Configuration, base: &Base) -> (Self, Vec<Problem>) {
        let mut registry = Self {
            revision: configuration.revision,
            timing: base.timing,
            machine_time_zone: base.time_zone.clone(),
            with_key: base.with_key.clone(),
            ..Self::default()
        };
        let mut problems = Vec::new();
        for device in &base.devices {
            registry.fix(Arc::clone(device));
        }
        for item in &configuration.items {
            if let Err(problem) = registry.take(item) {
                problems.push(problem);
            }
        }
        (registry, problems)
    }

    /// A device of the configuration file, and the zones that it names.
    fn fix(&mut self, device: Arc<Device>) {
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
            ItemKind::Venue => self.venue = Some(parse(item)?),
            ItemKind::Device => {
                let device: Listed<Device> = parse(item)?;
                let hostname = device.value.hostname.clone();
                if self.devices.contains_key(&hostname) {
                    return Err(problem(
                        item,
                        "it is in the configuration file as well, which holds",
                    ));
                }
                let Listed { value, revision } = device;
                self.devices.insert(hostname, Listed { value: Arc::new(value), revision });
            }
            ItemKind::Key => {
                let hostname = item.id.parse().map_err(|_| problem(item, "it is of no device"))?;
                // The body is never quoted.
                if !names::is_key(&item.body) {
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
            ItemKind::CodeSet => {
                let set: Listed<CodeSet> = parse(item)?;
                // A name of a set is a label.
                let id = set.value.id.as_str().parse::<Label>();
                let id =
                    id.map_err(|error: crate::LabelError| problem(item, &error.to_string()))?;
                self.set_actions.insert(id.clone(), OnceLock::new());
                self.codesets.insert(id, set);
            }
            ItemKind::Source => {
                keep(&mut self.sources, parse(item)?, |source: &Source| &source.id);
            }
            ItemKind::Preset => {
                keep(&mut self.presets, parse(item)?, |preset: &Preset| &preset.id);
            }
            ItemKind::Lock => {
                let lock = parse::<Lock>(item)?.value;
                self.locks.insert(lock.id.clone(), lock);
            }
            ItemKind::Maintenance => {
                let one = parse::<Maintenance>(item)?.value;
                self.maintenances.insert(one.id.clone(), one);
            }
            // Others own these.
            ItemKind::Schedule | ItemKind::ScheduleState | ItemKind::Token | ItemKind::Person => {}
        }
        Ok(())
    }

    /// The revision of the whole; grows with every change.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// The devices, ordered by hostname.
    pub fn devices(&self) -> impl Iterator<Item = &Listed<Arc<Device>>> {
        self.devices.values()
    }

    /// One device.
    #[must_use]
    pub fn device(&self, hostname: &Hostname) -> Option<&Listed<Arc<Device>>> {
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

    /// The infrared codes of remote controls, ordered by id.
    pub fn codesets(&self) -> impl Iterator<Item = &Listed<CodeSet>> {
        self.codesets.values()
    }

    /// The sources, by their order, then by id.
    #[must_use]
    pub fn sources(&self) -> Vec<&Listed<Source>> {
        let mut sources: Vec<_> = self.sources.values().collect();
        sources.sort_by_key(|source| source.value.order);
        sources
    }

    fn source_index(&self) -> &SourceIndex {
        self.source_index.get_or_init(|| {
            let sources = self.sources.values().map(|listed| &listed.value);
            SourceIndex::of(sources, self.ports())
        })
    }

    /// A source as it is registered.
    #[must_use]
    pub fn source_item(&self, id: &str) -> Option<&Source> {
        self.sources.get(id).map(|listed| &listed.value)
    }

    /// A source with the screens that show it.
    #[must_use]
    pub fn source(&self, id: &Label) -> Option<&Arc<SourceEntry>> {
        self.source_index().named(id)
    }

    /// The source whose own port this is. Such a port is no screen.
    #[must_use]
    pub fn source_at(&self, port: &PortId) -> Option<&Arc<SourceEntry>> {
        self.source_index().at(port)
    }

    /// What the screen of `port` shows, if that is not the TV's own tuner.
    #[must_use]
    pub fn screen_source(&self, port: &Port) -> Option<ScreenSource> {
        let source = Arc::clone(self.source(port.source.as_ref()?)?);
        Some(ScreenSource { source, has_sound: port.volume == VolumeAt::Source })
    }

    /// The port that receives what is sent to `port` of this effect group: its own, or that of its source.
    #[must_use]
    pub fn receiver(&self, port: &PortId, group: EffectGroup) -> PortId {
        let source = self.port(port).and_then(|port| self.screen_source(port));
        let takes = source.filter(|source| source.takes(group));
        takes.map_or_else(|| port.clone(), |taken| taken.source.port.clone())
    }

    /// What is assumed of the screen at `port`, as far as its own port and that of its source tell.
    #[must_use]
    pub fn screen_status(
        &self,
        port: &PortId,
        assumed: impl Fn(&PortId) -> Option<PortStatus>,
    ) -> Option<PortStatus> {
        let own = assumed(port);
        let Some(shown) = self.port(port).and_then(|port| self.screen_source(port)) else {
            return own;
        };
        let source = assumed(&shown.source.port);
        PortStatus::of_screen(port, own, source.as_ref(), shown.has_sound)
    }

    /// One port, if something hangs on it.
    #[must_use]
    pub fn port(&self, port: &PortId) -> Option<&Port> {
        self.device(&port.device)?.value.port(port.port)
    }

    /// The presets, by their order, then by id.
    #[must_use]
    pub fn presets(&self) -> Vec<&Listed<Preset>> {
        let mut presets: Vec<_> = self.presets.values().collect();
        presets.sort_by_key(|preset| preset.value.order);
        presets
    }

    /// One preset.
    #[must_use]
    pub fn preset(&self, id: &str) -> Option<&Listed<Preset>> {
        self.presets.get(&id.parse::<Label>().ok()?)
    }

    /// One code set.
    #[must_use]
    pub fn codeset(&self, id: &str) -> Option<&CodeSet> {
        self.codesets.get(id).map(|listed| &listed.value)
    }

    /// Every port on which something hangs, with its device, ordered by device and index.
    pub fn ports(&self) -> impl Iterator<Item = (PortId, &Port)> {
        self.devices.values().flat_map(|device| {
            let hostname = &device.value.hostname;
            let id = |port: &Port| PortId { device: hostname.clone(), port: port.index };
            device.value.ports.iter().map(move |port| (id(port), port))
        })
    }

    /// What the router has to know of a device.
    #[must_use]
    pub fn entry(&self, device: &Device) -> DeviceEntry {
        let id = |port: &Port| PortId { device: device.hostname.clone(), port: port.index };
        let ports = device.ports.iter().map(|port| PortEntry {
            index: port.index,
            name: port.name.clone(),
            zone: port.zone.as_ref().map(ToString::to_string),
            default_channel: port.default_channel.clone(),
            line_up: self.line_up(&port.platform),
            actions: self.actions(port),
            source: self.screen_source(port),
            unknown_source: port.unknown_source(|id| self.source(id).is_some()),
            serves: self.source_at(&id(port)).map(Arc::clone),
        });
        DeviceEntry {
            name: device.name.clone(),
            ports: ports.collect(),
            ..DeviceEntry::blaster(device.hostname.clone())
        }
    }

    /// What is received on the platform of a port, shared by all that receive it.
    fn line_up(&self, platform: &Option<String>) -> LineUp {
        let all = self.line_ups.get_or_init(|| {
            let platforms = self.ports().map(|(_, port)| &port.platform);
            let mut all = BTreeMap::new();
            for platform in platforms {
                let received = || self.received(platform.as_deref());
                all.entry(platform.clone()).or_insert_with(received);
            }
            all
        });
        all.get(platform).cloned().unwrap_or_default()
    }

    /// The channels in use that `platform` has, with their numbers there.
    fn received(&self, platform: Option<&str>) -> LineUp {
        let received = |listed: &Listed<Channel>| {
            let channel = Some(&listed.value).filter(|channel| channel.enabled)?;
            // An id is a label, and these are the same.
            let id = channel.id.as_str().parse().ok()?;
            Some((id, channel.number_on(platform)?.clone()))
        };
        self.channels().filter_map(received).collect()
    }

    /// How `port` is driven.
    #[must_use]
    pub fn driven<'r>(&'r self, port: &'r Port) -> Driven<'r> {
        if !port.mapping.is_empty() {
            return Driven::Mapping { mapping: &port.mapping };
        }
        match &port.codeset {
            Some(id) => Driven::CodeSet {
                set: self.codesets.get(id).map(|listed| &listed.value),
                emitter: port.emitter.as_deref(),
                typing: port.typing,
            },
            None => Driven::Actions { discrete_power: port.discrete_power },
        }
    }

    /// What the actions are on `port`, by what it has and not by their names.
    #[must_use]
    pub fn actions(&self, port: &Port) -> PortActions {
        match self.driven(port) {
            Driven::Actions { discrete_power } => driving::of_board(discrete_power),
            Driven::CodeSet { set, .. } => {
                let kept = port.codeset.as_ref().and_then(|id| self.set_actions.get(id));
                // Nothing can be sent without it.
                let known = set.zip(kept);
                known.map_or_else(PortActions::default, |(set, kept)| {
                    kept.get_or_init(|| driving::of_set(set)).clone()
                })
            }
            Driven::Mapping { mapping } => driving::of_mapping(mapping),
        }
    }

    /// Whether a code set or mapping of some port has an action of this name beside those of the table.
    #[must_use]
    pub fn has_own_action(&self, name: &str) -> bool {
        let has = |port: &Port| match self.driven(port) {
            Driven::CodeSet { set: Some(set), .. } => set.code(name).is_some(),
            Driven::Mapping { mapping } => mapping.contains_key(name),
            Driven::Actions { .. } | Driven::CodeSet { set: None, .. } => false,
        };
        driving::is_own(name) && self.ports().any(|(_, port)| has(port))
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

    pub(crate) fn keyed(&self) -> impl Iterator<Item = &Hostname> {
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

#[cfg(test)]
pub(crate) mod tests;
