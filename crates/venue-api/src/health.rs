//! A live health check as it is told.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Method, Presence, UtcTime};

/// `GET /{hostname}/health`: the result of a ping of the device. Always 200.
///
/// `online`, `healthy` and `is_healthy` have the same value: they are the names in the design document and in two
/// generations of its clients.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The device.
    pub hostname: String,
    /// Whether the device answered.
    pub online: bool,
    /// Whether the device answered.
    pub healthy: bool,
    /// Whether the device answered.
    pub is_healthy: bool,
    /// How the device was pinged: always directly.
    pub method: Method,
    /// The result of the ping.
    pub found: Found,
    /// Round-trip time of the ping, in milliseconds.
    pub round_trip_ms: Option<u64>,
    /// Duration of the check, in milliseconds.
    pub execution_time_ms: u64,
    /// When the device was pinged.
    pub last_checked: UtcTime,
    /// Whether it has a session.
    pub presence: Presence,
    /// Why there is no session.
    pub cause: Option<String>,
    /// How long ago the last byte was received from the device, in milliseconds.
    pub last_contact_ms: Option<u64>,
}

/// The result of a ping.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// The device answered.
    Answered,
    /// The device has a session, but did not answer in time.
    Silent,
    /// The device has no session.
    NoSession,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answered => "answered",
            Self::Silent => "silent",
            Self::NoSession => "no session",
        })
    }
}
