//! What the venue has registered: devices and what hangs on their ports.

use std::sync::Arc;

use crate::{
    hostname::Hostname,
    line_up::LineUp,
    parameter::ChannelNumber,
    port::PortIndex,
    port_actions::PortActions,
    source::{ScreenSource, SourceEntry, UnknownSource},
};

/// One registered device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceEntry {
    /// The name that everything else uses.
    pub hostname: Hostname,
    /// What people call it.
    pub name: Option<String>,
    /// How many outputs it has: ports 1 to this. Those of a blaster with ESPHome are five.
    pub outputs: u8,
    /// Those of its outputs that are in use, ordered by index.
    pub ports: Vec<PortEntry>,
}

impl DeviceEntry {
    /// How many outputs an infrared blaster has.
    pub const BLASTER_OUTPUTS: u8 = 5;

    /// A blaster with nothing on its ports yet.
    #[must_use]
    pub const fn blaster(hostname: Hostname) -> Self {
        Self { hostname, name: None, outputs: Self::BLASTER_OUTPUTS, ports: Vec::new() }
    }

    /// Whether the device has this port; each has 0, which is the device itself.
    #[must_use]
    pub const fn has(&self, port: PortIndex) -> bool {
        port.number() <= self.outputs
    }

    /// The entry of one port, if it is in use.
    #[must_use]
    pub fn port(&self, index: PortIndex) -> Option<&PortEntry> {
        self.ports.iter().find(|port| port.index == index)
    }
}

/// One infrared output and the appliance that listens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortEntry {
    /// Which output.
    pub index: PortIndex,
    /// What people call the appliance.
    pub name: Option<String>,
    /// The zone that it belongs to.
    pub zone: Option<String>,
    /// The channel that `default_channel` means.
    pub default_channel: Option<ChannelNumber>,
    /// The channels that it receives, by name.
    pub line_up: LineUp,
    /// What the actions are there, where that is not what their names say.
    pub actions: PortActions,
    /// What the screen shows, if that is not the TV's own tuner.
    pub source: Option<ScreenSource>,
    /// The source that the screen names although it is not registered; then there is no `source`.
    pub unknown_source: Option<UnknownSource>,
    /// The source whose own port this is.
    pub serves: Option<Arc<SourceEntry>>,
}

impl PortEntry {
    /// A port of which nothing else is registered.
    #[must_use]
    pub fn new(index: PortIndex) -> Self {
        Self {
            index,
            name: None,
            zone: None,
            default_channel: None,
            line_up: LineUp::default(),
            actions: PortActions::default(),
            source: None,
            unknown_source: None,
            serves: None,
        }
    }
}
