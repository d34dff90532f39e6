//! What devices refer to: zones, tags, profiles; and the channels that people choose from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use venue_domain::ChannelNumber;

use crate::{Label, Timing};

/// A part of the venue that is switched together.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ZoneItem))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Id, to which selectors refer.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: Label,
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Position among the zones; lower comes first.
    #[serde(default)]
    pub order: i32,
}

/// A tag, which marks ports across zones.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TagItem))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// Id, to which selectors refer.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: Label,
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the tag is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Colour, as `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

/// A timing profile that ports share.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ProfileItem))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Id, to which ports refer.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: Label,
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Differences from the venue's profile.
    #[serde(default)]
    pub timing: Timing,
}

/// A channel of the line-up.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ChannelItem))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Id, used in paths.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: Label,
    /// Display name.
    pub name: String,
    /// Channel number: the digits that are sent. On `platform` only, if that is given.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub number: ChannelNumber,
    /// Platform that has the channel under `number`, such as the cable or the aerial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Its numbers on other platforms: `{"satellite": "206"}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = BTreeMap<String, String>))]
    pub numbers: BTreeMap<String, ChannelNumber>,
    /// Whether the channel is offered first.
    #[serde(default)]
    pub favourite: bool,
    /// Whether the channel is offered.
    #[serde(default = "yes")]
    pub enabled: bool,
}

impl Channel {
    /// Its number for what receives `platform`, if that has it. A TV of no named platform receives every channel
    /// under its `number`.
    #[must_use]
    pub fn number_on(&self, platform: Option<&str>) -> Option<&ChannelNumber> {
        let Some(platform) = platform else { return Some(&self.number) };
        let is_main = self.platform.as_deref().is_none_or(|main| main == platform);
        self.numbers.get(platform).or_else(|| is_main.then_some(&self.number))
    }
}

const fn yes() -> bool {
    true
}
