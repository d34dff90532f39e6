//! Code sets: the keys of one remote control, for the ports that its appliances hang on.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::{Snafu, ensure};

use crate::Code;

mod check;
mod entry;
mod key;
mod nature;
mod power;
mod starter;

pub use check::SetProblem;
pub use entry::ChannelEntry;
pub use key::{KeyName, KeyNameError};
pub use nature::KeyNature;
pub use power::{is_power_key, power_of};
pub use starter::{starter_set, starter_sets};

/// The most keys of a set: a remote has 60.
pub const MAX_KEYS: usize = 200;

/// The longest set as JSON, in bytes: 200 keys as parameters have 6 kB, and recorded ones up to 30 kB.
pub const MAX_SET_BYTES: usize = 64 * 1024;

/// What kind of appliance a set is for.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplianceKind {
    /// A television or a display.
    Tv,
    /// A set-top box.
    Box,
    /// A projector.
    Projector,
    /// An amplifier, a receiver or a loudspeaker.
    Audio,
}

impl ApplianceKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Tv, Self::Box, Self::Projector, Self::Audio];

    /// The word in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tv => "tv",
            Self::Box => "box",
            Self::Projector => "projector",
            Self::Audio => "audio",
        }
    }
}

impl fmt::Display for ApplianceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of a set: 1 to 48 lower-case letters, digits, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SetId(String);

/// A text that is no name of a set.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display(
    "a code set is called by 1 to 48 lower-case letters, digits, - and _, such as samsung-tv, not {text:?}"
))]
pub struct SetIdError {
    /// What was given.
    pub text: String,
}

impl SetId {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 48;

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name made of what people call the appliance: `LG 55UK` is `lg-55uk`. `None` if no letter or
    /// digit is in it.
    #[must_use]
    pub fn from_words(words: &str) -> Option<Self> {
        let lower = words.to_ascii_lowercase();
        let parts =
            lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
        let mut id = parts.collect::<Vec<_>>().join("-");
        id.truncate(Self::MAX_CHARS);
        id.trim_end_matches('-').parse().ok()
    }
}

impl FromStr for SetId {
    type Err = SetIdError;

    fn from_str(text: &str) -> Result<Self, SetIdError> {
        let fits = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
        };
        let is_name = (1..=Self::MAX_CHARS).contains(&text.len()) && text.bytes().all(fits);
        ensure!(is_name, SetIdSnafu { text: text.chars().take(64).collect::<String>() });
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for SetId {
    type Error = SetIdError;

    fn try_from(text: String) -> Result<Self, SetIdError> {
        text.parse()
    }
}

impl From<SetId> for String {
    fn from(id: SetId) -> Self {
        id.0
    }
}

impl fmt::Display for SetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The keys of one remote control.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = CodesetItem))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeSet {
    /// What ports call it.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: SetId,
    /// The make of the appliances.
    pub make: String,
    /// Models that it is for, as far as known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// What kind of appliance it is for.
    pub kind: ApplianceKind,
    /// The code of each key; keys are called as the actions that they do.
    #[cfg_attr(feature = "schema", schema(value_type = BTreeMap<String, String>))]
    pub keys: BTreeMap<KeyName, Code>,
    /// How often a code is sent for one press; what the protocol needs, unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sends: Option<u8>,
    /// What differs for single keys.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = BTreeMap<String, KeyOverride>))]
    pub overrides: BTreeMap<KeyName, KeyOverride>,
    /// How a channel is entered; digit by digit as it is written, unless given.
    #[serde(default, skip_serializing_if = "is_default")]
    pub entry: ChannelEntry,
    /// Where the codes come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SetSource>,
    /// Who saw an appliance react to them; nobody, unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<Verified>,
    /// What a person should know before using it, such as what was found wrong in the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What differs for one key of a set.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyOverride {
    /// How often its code is sent for one press.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sends: Option<u8>,
    /// What repeating it would do, of a key that has no fixed nature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nature: Option<KeyNature>,
}

/// Where the codes of a set come from.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetSource {
    /// The format that was imported, `learned`, `built_in` or `typed`.
    pub format: String,
    /// The file, or the publication, that has the facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The licence of that file, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// When it was taken, as `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// Who saw an appliance react to a set.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verified {
    /// Their name.
    pub by: String,
    /// When, as `YYYY-MM-DD`.
    pub when: String,
}

impl CodeSet {
    /// Keys that belong to no item of a venue.
    #[must_use]
    pub fn unnamed(keys: BTreeMap<KeyName, Code>, sends: Option<u8>) -> Self {
        Self {
            id: SetId("unnamed".to_owned()),
            make: String::new(),
            models: Vec::new(),
            kind: ApplianceKind::Tv,
            keys,
            sends,
            overrides: BTreeMap::new(),
            entry: ChannelEntry::default(),
            source: None,
            verified: None,
            notes: Vec::new(),
        }
    }

    /// The code of a key.
    #[must_use]
    pub fn code(&self, key: &str) -> Option<&Code> {
        self.keys.get(key)
    }

    /// How often the code of a key is sent for one press, if the set says so.
    #[must_use]
    pub fn sends_of(&self, key: &str) -> Option<u8> {
        self.overrides.get(key).and_then(|own| own.sends).or(self.sends)
    }
}

#[cfg(test)]
mod tests;
