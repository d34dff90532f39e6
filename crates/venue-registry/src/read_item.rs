//! Reads one item of the configuration.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    Channel, CodeSet, Device, Kind, Preset, Profile, Source, Tag, Zone,
    edit_error::{EditError, shape},
};

impl Kind {
    /// Reads an item of this kind; its id, and its text as it is stored.
    pub(crate) fn read(self, value: Value) -> Result<(String, String), EditError> {
        match self {
            Self::Device => read::<Device>(value, |device| device.hostname.to_string()),
            Self::Zone => read::<Zone>(value, |zone| zone.id.to_string()),
            Self::Tag => read::<Tag>(value, |tag| tag.id.to_string()),
            Self::Profile => read::<Profile>(value, |profile| profile.id.to_string()),
            Self::Channel => read::<Channel>(value, |channel| channel.id.to_string()),
            Self::CodeSet => read::<CodeSet>(value, |set| set.id.to_string()),
            Self::Source => read::<Source>(value, |source| source.id.to_string()),
            Self::Preset => read::<Preset>(value, |preset| preset.id.to_string()),
        }
    }
}

fn read<T: DeserializeOwned + Serialize>(
    value: Value,
    id: impl Fn(&T) -> String,
) -> Result<(String, String), EditError> {
    let item: T = serde_path_to_error::deserialize(value).map_err(|error| shape(&error))?;
    // What was read can be written.
    let body = serde_json::to_string(&item).unwrap_or_default();
    Ok((id(&item), body))
}
