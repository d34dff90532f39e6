//! What a blaster with ESPHome may be called here, and which outputs it has.
//!
//! A router takes any [`Hostname`] and any port that its directory knows. A venue is narrower: its HTTP
//! interface has `/{hostname}/health` beside `/queue/health`, and its blasters have five outputs.

use serde::{Deserialize, Deserializer, de::Error as _};
use snafu::{Snafu, ensure};
use venue_domain::{DeviceEntry, Hostname, HostnameError, PortIndex};

/// First segments of paths of the HTTP interface: no device has such a name, so that
/// `/{hostname}/health` and `/queue/health` can never be mistaken for each other.
pub const RESERVED_NAMES: [&str; 21] = [
    "api",
    "queue",
    "bulk",
    "bulk-command",
    "system",
    "schedule",
    "schedules",
    "zones",
    "metrics",
    "events",
    "livez",
    "readyz",
    "assets",
    "openapi",
    "openapi.json",
    "devices",
    "batches",
    "commands",
    "history",
    "audit",
    "backups",
];

/// Whether `name`, whatever its case, is a path of the HTTP interface.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED_NAMES.iter().any(|word| word.eq_ignore_ascii_case(name))
}

/// Why a device cannot be called so.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum DeviceNameError {
    /// It is no hostname.
    #[snafu(transparent)]
    Malformed {
        /// What is wrong with it.
        source: HostnameError,
    },
    /// A word that the HTTP interface uses as a path of its own.
    #[snafu(display("{word:?} is reserved for a path of the HTTP interface"))]
    Reserved {
        /// The word.
        word: String,
    },
}

/// Reads the name of a device.
///
/// # Errors
/// [`DeviceNameError`].
pub fn device_name(text: &str) -> Result<Hostname, DeviceNameError> {
    let name: Hostname = text.parse()?;
    ensure!(!is_reserved(name.as_str()), ReservedSnafu { word: name.as_str() });
    Ok(name)
}

/// The blasters of a venue have no such port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
#[snafu(display(
    "a TV has a port from 1 to {}, not {number}; port 0 is the board itself",
    DeviceEntry::BLASTER_OUTPUTS
))]
pub struct BlasterPortError {
    /// The number that was given.
    pub number: i64,
}

/// Reads the port of a blaster: 1 to 5, or 0 for the board itself.
///
/// # Errors
/// [`BlasterPortError`].
pub fn blaster_port(number: i64) -> Result<PortIndex, BlasterPortError> {
    let port = PortIndex::try_from(number).ok();
    let port = port.filter(|port| port.number() <= DeviceEntry::BLASTER_OUTPUTS);
    port.ok_or(BlasterPortError { number })
}

/// For `#[serde(deserialize_with)]`: [`device_name`].
///
/// # Errors
/// Those of the format.
pub fn read_device_name<'de, D: Deserializer<'de>>(from: D) -> Result<Hostname, D::Error> {
    device_name(&String::deserialize(from)?).map_err(D::Error::custom)
}

/// For `#[serde(deserialize_with)]`: [`blaster_port`].
///
/// # Errors
/// Those of the format.
pub fn read_blaster_port<'de, D: Deserializer<'de>>(from: D) -> Result<PortIndex, D::Error> {
    blaster_port(i64::deserialize(from)?).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_http_interface_are_no_names_of_devices() {
        for word in RESERVED_NAMES {
            let reserved = DeviceNameError::Reserved { word: word.to_owned() };
            assert_eq!(device_name(word), Err(reserved.clone()));
            assert_eq!(device_name(&word.to_ascii_uppercase()), Err(reserved));
            assert!(word.parse::<Hostname>().is_ok(), "elsewhere it is a name like any other");
        }
        assert_eq!(device_name("IR-1").unwrap().as_str(), "ir-1");
        let malformed = device_name("ir 1").unwrap_err();
        assert_eq!(malformed.to_string(), "ir 1".parse::<Hostname>().unwrap_err().to_string());
    }

    #[test]
    fn a_blaster_has_five_outputs() {
        for number in 0..=5 {
            assert_eq!(i64::from(blaster_port(number).unwrap()), number);
        }
        for number in [-1, 6, 255, 256, i64::MAX] {
            let error = blaster_port(number).unwrap_err();
            let words =
                format!("a TV has a port from 1 to 5, not {number}; port 0 is the board itself");
            assert_eq!(error.to_string(), words);
        }
    }
}
