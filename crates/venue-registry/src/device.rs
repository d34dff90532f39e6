//! Devices and what hangs on their ports.

use serde::{Deserialize, Serialize};
use venue_domain::{ChannelNumber, DeviceEntry, Hostname, PortEntry, PortIndex};

use crate::{Address, Label, MacAddress, Timing, read_blaster_port, read_device_name};

/// One board, as it is registered.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = DeviceItem))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// ESPHome node name, which the board must report.
    #[serde(deserialize_with = "read_device_name")]
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub hostname: Hostname,
    /// Address of the board.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub address: Address,
    /// MAC address of the board; another board with the same name is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub mac: Option<MacAddress>,
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the board is mounted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// The ports of the board, ordered by index.
    #[serde(default)]
    pub ports: Vec<Port>,
}

/// One infrared output and the appliance that listens to it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = PortItem))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// Which output, 1 to 5.
    #[serde(deserialize_with = "read_blaster_port")]
    #[cfg_attr(feature = "schema", schema(value_type = u8))]
    pub index: PortIndex,
    /// What people call the appliance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Make and model of the appliance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appliance: Option<String>,
    /// Zone of the port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub zone: Option<Label>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub tags: Vec<Label>,
    /// Timing profile; by default that of the venue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub profile: Option<Label>,
    /// Differences from that profile.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timing: Timing,
    /// The channel that `default_channel` selects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub default_channel: Option<ChannelNumber>,
}

fn is_default(timing: &Timing) -> bool {
    *timing == Timing::default()
}

impl Device {
    /// The port of this index, if something hangs on it.
    #[must_use]
    pub fn port(&self, index: PortIndex) -> Option<&Port> {
        self.ports.iter().find(|port| port.index == index)
    }

    /// What the router has to know of it.
    #[must_use]
    pub fn entry(&self) -> DeviceEntry {
        let ports = self.ports.iter().map(|port| PortEntry {
            index: port.index,
            name: port.name.clone(),
            zone: port.zone.as_ref().map(ToString::to_string),
            default_channel: port.default_channel.clone(),
        });
        DeviceEntry {
            name: self.name.clone(),
            ports: ports.collect(),
            ..DeviceEntry::blaster(self.hostname.clone())
        }
    }
}
