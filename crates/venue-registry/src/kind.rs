//! The kinds of items that can be edited one by one.

use std::{fmt, str::FromStr};

use snafu::{OptionExt, Snafu};
use venue_domain::ItemKind;

/// What can be edited one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Devices with their ports.
    Device,
    /// Zones.
    Zone,
    /// Tags.
    Tag,
    /// Timing profiles.
    Profile,
    /// Channels of the line-up.
    Channel,
    /// Infrared codes of remote controls.
    CodeSet,
    /// Sources, such as set-top boxes.
    Source,
    /// Presets.
    Preset,
}

/// A word that is no kind.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display(
    "there is no kind {name:?}: there are devices, zones, tags, profiles, channels, codesets, sources and presets"
))]
pub struct UnknownKind {
    /// The word that was given.
    pub name: String,
}

impl Kind {
    /// Every kind, those first that others refer to.
    pub const ALL: [Self; 8] = [
        Self::Zone,
        Self::Tag,
        Self::Profile,
        Self::Channel,
        Self::CodeSet,
        Self::Source,
        Self::Device,
        Self::Preset,
    ];

    /// The word in paths and documents.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Device => "devices",
            Self::Zone => "zones",
            Self::Tag => "tags",
            Self::Profile => "profiles",
            Self::Channel => "channels",
            Self::CodeSet => "codesets",
            Self::Source => "sources",
            Self::Preset => "presets",
        }
    }

    /// How it is stored.
    #[must_use]
    pub const fn item(self) -> ItemKind {
        match self {
            Self::Device => ItemKind::Device,
            Self::Zone => ItemKind::Zone,
            Self::Tag => ItemKind::Tag,
            Self::Profile => ItemKind::Profile,
            Self::Channel => ItemKind::Channel,
            Self::CodeSet => ItemKind::CodeSet,
            Self::Source => ItemKind::Source,
            Self::Preset => ItemKind::Preset,
        }
    }

    /// The field that names an item.
    #[must_use]
    pub const fn id_field(self) -> &'static str {
        match self {
            Self::Device => "hostname",
            Self::Zone
            | Self::Tag
            | Self::Profile
            | Self::Channel
            | Self::CodeSet
            | Self::Source
            | Self::Preset => "id",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.plural())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.plural() == name).context(UnknownKindSnafu { name })
    }
}
