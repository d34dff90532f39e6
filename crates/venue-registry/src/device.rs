//! Devices and what hangs on their ports.

use std::{collections::BTreeMap, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::{OptionExt, Snafu};
use venue_domain::{ChannelNumber, Hostname, PortIndex, UnknownSource};
use venue_infrared::KeyName;

use crate::{
    Address, DiscretePower, Label, MacAddress, MappedAction, Timing, Typing,
    driving::mapping_problems, names, read_blaster_port, read_device_name,
};

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
    /// Platform that it receives, such as `satellite`: the channels of the line-up have numbers by platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The infrared codes of its appliance: they are encoded here, and sent by a transmitter of the board. Neither
    /// this nor `mapping`: the port is driven by the actions that the board advertises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub codeset: Option<Label>,
    /// The name of the board's infrared transmitter; the one whose name ends in the number of the port unless
    /// given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emitter: Option<String>,
    /// How the digits of a channel are sent; as the board is known to transmit unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typing: Option<Typing>,
    /// What the board does for each action, where its actions, buttons and switches have other names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = BTreeMap<String, MappedAction>))]
    pub mapping: BTreeMap<KeyName, MappedAction>,
    /// Whether the appliance has codes of their own for on and off, where the board's actions send them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub discrete_power: DiscretePower,
    /// What the TV shows, if that is not its own tuner: the id of a source. Channels and keys go there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub source: Option<Label>,
    /// Where volume and mute go, of a port with a source.
    #[serde(default, skip_serializing_if = "is_default")]
    pub volume: VolumeAt,
}

/// What has the sound of a screen.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumeAt {
    /// The TV.
    #[default]
    Tv,
    /// Its source.
    Source,
}

impl VolumeAt {
    /// The word in documents and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tv => "tv",
            Self::Source => "source",
        }
    }
}

/// A word that says of nothing that it has the sound.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("volume is tv or source, not {word:?}"))]
pub struct UnknownVolumeAt {
    /// The word that was given.
    pub word: String,
}

impl FromStr for VolumeAt {
    type Err = UnknownVolumeAt;

    fn from_str(word: &str) -> Result<Self, UnknownVolumeAt> {
        let known = [Self::Tv, Self::Source].into_iter().find(|one| one.name() == word);
        known.context(UnknownVolumeAtSnafu { word })
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Port {
    /// What does not fit together in what its screen shows: the field, and what would be right. Whether there is such
    /// a source is not looked at.
    #[must_use]
    pub fn source_problem(&self) -> Option<(&'static str, &'static str)> {
        let detail = "only a port with a source has it: leave it out, or name the source";
        (self.source.is_none() && self.volume != VolumeAt::Tv).then_some(("volume", detail))
    }

    /// The source that it names, unless that one `is_known`.
    pub(crate) fn unknown_source(
        &self,
        is_known: impl FnOnce(&Label) -> bool,
    ) -> Option<UnknownSource> {
        let id = self.source.as_ref().filter(|id| !is_known(id))?;
        Some(UnknownSource { id: id.as_str().into(), has_sound: self.volume == VolumeAt::Source })
    }

    /// A port of which nothing else is registered.
    #[must_use]
    pub fn new(index: PortIndex) -> Self {
        Self {
            index,
            name: None,
            appliance: None,
            zone: None,
            tags: Vec::new(),
            profile: None,
            timing: Timing::default(),
            default_channel: None,
            platform: None,
            codeset: None,
            emitter: None,
            typing: None,
            mapping: BTreeMap::new(),
            discrete_power: DiscretePower::Unknown,
            source: None,
            volume: VolumeAt::Tv,
        }
    }

    /// What does not fit together in how the port is driven: the field, and what would be right. It is driven by one
    /// thing, and nothing is said that only another one has. Whether there is such a code set is not looked at.
    #[must_use]
    pub fn driving_problems(&self) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        let mut tell = |field: &str, detail: String| problems.push((field.to_owned(), detail));
        let is_mapped = !self.mapping.is_empty();
        if self.codeset.is_some() && is_mapped {
            tell("mapping", "a port has a codeset or a mapping, not both".to_owned());
        }
        if self.codeset.is_none() {
            let only = "only a port with a codeset has it: leave it out, or name the codeset";
            if self.emitter.is_some() {
                tell("emitter", only.to_owned());
            }
            if self.typing.is_some() {
                tell("typing", only.to_owned());
            }
        }
        if let Some(wrong) = self.emitter.as_deref().and_then(names::name) {
            tell("emitter", wrong);
        }
        if self.discrete_power != DiscretePower::Unknown && (self.codeset.is_some() || is_mapped) {
            let detail = "follows from the codes or the mapping of the port: leave it out";
            tell("discrete_power", detail.to_owned());
        }
        for (inner, detail) in mapping_problems(&self.mapping) {
            tell(&format!("mapping{inner}"), detail);
        }
        problems
    }
}

impl Device {
    /// The port of this index, if something hangs on it.
    #[must_use]
    pub fn port(&self, index: PortIndex) -> Option<&Port> {
        self.ports.iter().find(|port| port.index == index)
    }

    /// The port whose appliance the infrared transmitter of this name reaches, as far as the registration says it: by
    /// its name, else by the number that its name ends in.
    #[must_use]
    pub fn port_of_emitter(&self, emitter: &str) -> Option<&Port> {
        let mut ports = self.ports.iter();
        if let Some(named) = ports.find(|port| port.emitter.as_deref() == Some(emitter)) {
            return Some(named);
        }
        let words = emitter.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = emitter.get(words.len()..)?;
        let index: PortIndex = number.parse::<i64>().ok()?.try_into().ok()?;
        self.port(index).filter(|port| port.emitter.is_none())
    }
}
