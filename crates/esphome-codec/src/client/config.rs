//! How a session is opened and kept.

use std::time::Duration;

use crate::{CallIds, Encryption, Keepalive, MacAddress, SharedListings};

/// The API version that the client announces. Since 1.18 a device reports that infrared has left
/// (id 153) only to clients that announce it.
pub const API_VERSION: (u32, u32) = (1, 19);

/// How a session is opened and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientConfig {
    /// Who calls; the device keeps 31 characters of it.
    pub client_info: String,
    /// How frames travel.
    pub encryption: Encryption,
    /// The node name that must answer.
    pub expected_name: Option<String>,
    /// The MAC address that must answer; `None` for any but none: a board that tells no MAC address, or
    /// zeros, is refused.
    pub expected_mac: Option<MacAddress>,
    /// When the device is asked for a sign of life, and when it is given up.
    pub keepalive: Keepalive,
    /// How long handshake and hello may take: 60 s, as the firmware itself allows; weak Wi-Fi has
    /// been seen to need 30.
    pub hello_timeout: Duration,
    /// How long the listing may take after hello: 60 s, as in the reference client.
    pub listing_timeout: Duration,
    /// By which this session shares its listing with others.
    pub listings: SharedListings,
    /// By which this session numbers its calls, and the next one goes on.
    pub call_ids: CallIds,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            client_info: "esphome-codec".to_owned(),
            encryption: Encryption::Plaintext,
            expected_name: None,
            expected_mac: None,
            keepalive: Keepalive::default(),
            hello_timeout: Duration::from_secs(60),
            listing_timeout: Duration::from_secs(60),
            listings: SharedListings::default(),
            call_ids: CallIds::default(),
        }
    }
}
