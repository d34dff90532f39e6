//! A live health check as it is told.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Method, Presence, UtcTime};

/// `GET /{hostname}/health`: what was found when the device was asked. Always 200.
///
/// `online`, `healthy` and `is_healthy` say the same: the names that the document and two
/// generations of its clients read.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The device.
    pub hostname: String,
    /// Whether it answered.
    pub online: bool,
    /// Whether it answered.
    pub healthy: bool,
    /// Whether it answered.
    pub is_healthy: bool,
    /// How it was asked: always directly.
    pub method: Method,
    /// What came of asking.
    pub found: Found,
    /// How long the answer took.
    pub round_trip_ms: Option<u64>,
    /// How long the check took.
    pub execution_time_ms: u64,
    /// When it was asked.
    pub last_checked: UtcTime,
    /// Whether it has a session.
    pub presence: Presence,
    /// Why there is none.
    pub cause: Option<String>,
    /// How long ago the last byte really came from it.
    pub last_contact_ms: Option<u64>,
}

/// What came of asking a device for a sign of life.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// It answered.
    Answered,
    /// It has a session and did not answer in time.
    Silent,
    /// It has no session.
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
