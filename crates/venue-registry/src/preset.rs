//! Presets: what a part of the venue is to show, under one name, such as `game-day`.
//!
//! A preset says a state and not a way there: power, input, channel and mute of ports; of the volume, which nobody
//! can know, it says steps. Where two of its entries
//! name a port, the later one wins, field by field. What is sent for it is absolute, so that a preset may be
//! run twice; a TV that can only toggle its power is a matter of the router, which knows each port.

use serde::{Deserialize, Serialize};
use venue_domain::{EffectGroup, InputName};

use crate::{Label, Selector};

/// The state of a part of the venue, under one name.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = PresetItem))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Id, used in paths and in the step `preset ID` of a schedule.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: Label,
    /// Display name.
    pub name: String,
    /// Colour of its button, as `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Position among the presets; lower comes first.
    #[serde(default)]
    pub order: i32,
    /// What it sets. Where two entries name a port, the later one wins, field by field.
    pub entries: Vec<PresetEntry>,
}

impl Preset {
    /// The effect groups that it sets on some TV, each once.
    #[must_use]
    pub fn groups(&self) -> Vec<EffectGroup> {
        let sets = |is_set: fn(&PresetEntry) -> bool| self.entries.iter().any(is_set);
        let all = [
            (EffectGroup::Power, sets(|entry| entry.power.is_some())),
            (EffectGroup::Input, sets(|entry| entry.input.is_some())),
            (EffectGroup::Channel, sets(|entry| entry.channel.is_some())),
            (EffectGroup::Mute, sets(|entry| entry.mute.is_some())),
            (EffectGroup::Volume, sets(|entry| entry.volume.is_some())),
        ];
        all.into_iter().filter(|(_, is_set)| *is_set).map(|(group, _)| group).collect()
    }
}

/// What a preset sets on some ports; what it does not name is left as it is.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetEntry {
    /// Which ports: selectors such as `zone=bar` or `ir-dc4516/2`.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub targets: Vec<Selector>,
    /// Whether the TVs are on or off. With `off` nothing else is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<OnOff>,
    /// Input of the TVs, such as `hdmi1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub input: Option<InputName>,
    /// Channel: the id of one of the line-up, or a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Whether the sound is muted: `on` is without sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mute: Option<OnOff>,
    /// Steps louder (`5`) or quieter (`-5`), from what it is then: at most 20. How loud a TV is nobody knows, so each
    /// run changes it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<i64>,
}

/// On or off.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnOff {
    /// On.
    On,
    /// Off.
    Off,
}

impl OnOff {
    /// Whether it is on.
    #[must_use]
    pub const fn is_on(self) -> bool {
        matches!(self, Self::On)
    }

    pub(crate) const fn of(is_on: bool) -> Self {
        if is_on { Self::On } else { Self::Off }
    }
}
