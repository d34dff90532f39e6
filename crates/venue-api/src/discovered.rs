//! Boards that announce themselves on the network, as they travel.

use serde::{Deserialize, Serialize};

use crate::Discovery;

/// One board that announces itself by mDNS. Nothing of it is verified before there is a session.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoveredBoard {
    /// Announced hostname.
    pub hostname: String,
    /// Announced address and port.
    pub address: String,
    /// MAC address, if it is announced.
    pub mac: Option<String>,
    /// Display name.
    pub friendly_name: Option<String>,
    /// The ESPHome version.
    pub esphome_version: Option<String>,
    /// Board type.
    pub board: Option<String>,
    /// The project name.
    pub project_name: Option<String>,
    /// Whether the board needs a Noise key.
    pub encrypted: bool,
    /// What is known of it.
    pub state: Discovery,
    /// What is registered instead: the MAC address for `other_mac`, the hostname for `other_name`.
    pub registered: Option<String>,
}

/// `GET /api/v1/discovered`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovered {
    /// Whether the daemon listens to announcements (`discovery.enabled`).
    pub enabled: bool,
    /// The boards that announce themselves now, by hostname.
    pub items: Vec<DiscoveredBoard>,
}
