//! Maintenance: somebody works on a board or a zone, and that its boards do not answer is no alert until a time.
//!
//! Commands go on as ever: a board under maintenance that answers is commanded, and one that does not is told as
//! offline. Operational as a lock is: no document carries it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::Snafu;
use venue_domain::Hostname;

use crate::{Label, Temporary};

/// What is worked on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MaintenanceTarget {
    /// Every board whose TVs are all in a zone, also one that moves there later.
    Zone(Label),
    /// A board.
    Device(Hostname),
}

/// A text that names nothing that can be maintained.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display(
    "{text:?} is not the id of a maintenance: give zone:ZONE or device:HOST, such as zone:bar or device:ir-dc4516"
))]
pub struct MaintenanceTargetError {
    /// What was given.
    pub text: String,
}

impl FromStr for MaintenanceTarget {
    type Err = MaintenanceTargetError;

    fn from_str(text: &str) -> Result<Self, MaintenanceTargetError> {
        let found = match text.split_once(':') {
            Some(("zone", zone)) => zone.parse().ok().map(Self::Zone),
            Some(("device", device)) => device.parse().ok().map(Self::Device),
            Some(_) | None => None,
        };
        found.ok_or_else(|| MaintenanceTargetError { text: text.to_owned() })
    }
}

impl fmt::Display for MaintenanceTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zone(zone) => write!(f, "zone:{zone}"),
            Self::Device(device) => write!(f, "device:{device}"),
        }
    }
}

impl TryFrom<String> for MaintenanceTarget {
    type Error = MaintenanceTargetError;

    fn try_from(text: String) -> Result<Self, MaintenanceTargetError> {
        text.parse()
    }
}

impl From<MaintenanceTarget> for String {
    fn from(target: MaintenanceTarget) -> Self {
        target.to_string()
    }
}

/// The maintenance of a zone or a board, as it is stored.
pub type Maintenance = Temporary<MaintenanceTarget>;
