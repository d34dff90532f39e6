//! What devices refer to: zones, tags, profiles; and the channels that people choose from.

use serde::{Deserialize, Serialize};
use venue_domain::ChannelNumber;

use crate::{Label, Timing};

/// A part of the venue that is switched together.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ZoneItem))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// What selectors call it.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: Label,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its place among the zones: lower first.
    #[serde(default)]
    pub order: i32,
}

/// A mark on ports, across zones.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TagItem))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// What selectors call it.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: Label,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How it is shown: `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

/// A timing profile that ports share.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ProfileItem))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What ports call it.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: Label,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What differs from the venue's profile.
    #[serde(default)]
    pub timing: Timing,
}

/// A channel of the line-up.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ChannelItem))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// What it is called in paths.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: Label,
    /// What people call it.
    pub name: String,
    /// The digits that are typed.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub number: ChannelNumber,
    /// Where it comes from: the box or the aerial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Whether it is offered first.
    #[serde(default)]
    pub favourite: bool,
    /// Whether it is offered at all.
    #[serde(default = "yes")]
    pub enabled: bool,
}

const fn yes() -> bool {
    true
}
