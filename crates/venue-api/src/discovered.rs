//! Boards that announce themselves on the network, as they travel.

use serde::{Deserialize, Serialize};

use crate::Discovery;

/// One board that announces itself. None of it is proven before there is a session with it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoveredBoard {
    /// What it calls itself.
    pub hostname: String,
    /// Where it is, with its port.
    pub address: String,
    /// Its MAC address, if it tells it.
    pub mac: Option<String>,
    /// What people call it.
    pub friendly_name: Option<String>,
    /// The ESPHome version.
    pub esphome_version: Option<String>,
    /// The kind of board.
    pub board: Option<String>,
    /// The project name.
    pub project_name: Option<String>,
    /// Whether it wants a Noise key.
    pub encrypted: bool,
    /// What is known of it.
    pub state: Discovery,
    /// What is registered instead: a MAC address for `other_mac`, a hostname for `other_name`.
    pub registered: Option<String>,
}

/// `GET /api/v1/discovered`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovered {
    /// Whether announcements are listened to (`discovery.enabled`).
    pub enabled: bool,
    /// The boards that are there now, by hostname.
    pub items: Vec<DiscoveredBoard>,
}
