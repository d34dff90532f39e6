//! Boards that were seen on the network, held against what is registered.

use venue_domain::Hostname;

use crate::{Address, MacAddress, Registry};

/// A board that told of itself. None of it is proven before there is a session with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscoveredDevice {
    /// What it calls itself.
    pub hostname: Hostname,
    /// Where it is.
    pub address: Address,
    /// Which very board it is, if it said so.
    pub mac: Option<MacAddress>,
    /// Display name.
    pub friendly_name: Option<String>,
    /// The ESPHome version.
    pub esphome_version: Option<String>,
    /// The kind of board.
    pub board: Option<String>,
    /// The name of the project.
    pub project: Option<String>,
    /// Whether its API wants a Noise key.
    pub is_encrypted: bool,
}

/// What a registry knows of a board that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing: it can be adopted.
    New,
    /// It is registered under its name.
    Registered,
    /// The registered board of this name has another MAC address: it is not guessed which is meant.
    OtherMac {
        /// The one that is registered.
        registered: MacAddress,
    },
    /// A board with this MAC address is registered under another name.
    OtherName {
        /// That name.
        registered: Hostname,
    },
}

impl Registry {
    /// What is known of a board that was seen.
    #[must_use]
    pub fn known(&self, seen: &DiscoveredDevice) -> Known {
        if let Some(listed) = self.device(&seen.hostname) {
            return match (listed.value.mac, seen.mac) {
                (Some(registered), Some(mac)) if registered != mac => {
                    Known::OtherMac { registered }
                }
                _ => Known::Registered,
            };
        }
        let same_mac = |mac| self.devices().find(|listed| listed.value.mac == Some(mac));
        match seen.mac.and_then(same_mac) {
            Some(listed) => Known::OtherName { registered: listed.value.hostname.clone() },
            None => Known::New,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use venue_domain::Configuration;

    use super::*;
    use crate::{Base, Document, Edit, Expected};

    fn registry() -> Registry {
        let document = json!({"devices": [
            {"hostname": "ir-1", "address": "192.0.2.1", "mac": "a1:b2:c3:d4:e5:01"},
            {"hostname": "ir-2", "address": "192.0.2.2"},
        ]});
        let document = Box::new(Document::read(document).unwrap());
        let edit = Edit::Apply { document, prune: false, expected: Expected::Any };
        let mut configuration = Configuration::default();
        let changes = edit.decide(&configuration, &Base::default()).unwrap();
        configuration.apply(&changes, 1);
        Registry::read(&configuration, &Base::default()).0
    }

    fn seen(name: &str, mac: Option<&str>) -> DiscoveredDevice {
        DiscoveredDevice {
            hostname: name.parse().unwrap(),
            address: "192.0.2.9".parse().unwrap(),
            mac: mac.map(|mac| mac.parse().unwrap()),
            friendly_name: None,
            esphome_version: None,
            board: None,
            project: None,
            is_encrypted: false,
        }
    }

    #[test]
    fn a_board_is_known_by_its_mac_and_a_mismatch_is_told() {
        let registry = registry();
        let first: MacAddress = "a1b2c3d4e501".parse().unwrap();
        for (board, expected) in [
            (seen("ir-3", Some("a1b2c3d4e503")), Known::New),
            (seen("ir-3", None), Known::New),
            (seen("ir-1", Some("a1b2c3d4e501")), Known::Registered),
            (seen("ir-1", None), Known::Registered),
            (seen("ir-2", Some("a1b2c3d4e502")), Known::Registered),
            (seen("ir-1", Some("a1b2c3d4e5ff")), Known::OtherMac { registered: first }),
            (
                seen("ir-9", Some("a1b2c3d4e501")),
                Known::OtherName { registered: "ir-1".parse().unwrap() },
            ),
        ] {
            assert_eq!(registry.known(&board), expected, "{board:?}");
        }
    }
}
