//! Locks: a zone or a TV that only those who may lock may command, until a time or for good.
//!
//! A zone or a TV has at most one lock, which is named after it; to lock it again replaces the lock. A lock is
//! operational, not part of what the venue is made of: it is stored beside the other items, so that it outlives a
//! restart and holds without a database, but no document carries it. Applying yesterday's document must neither
//! open a private party nor bring one back.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::{Snafu, ensure};
use venue_domain::{PortId, PortLock};

use crate::{Label, Temporary};

/// What a lock is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum LockTarget {
    /// Every TV of a zone, also one that moves there later.
    Zone(Label),
    /// The TV of a port.
    Port(PortId),
}

/// A text that names nothing that can be locked.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display(
    "{text:?} is not the id of a lock: give zone:ZONE or port:HOST:PORT, such as zone:bar or port:ir-dc4516:2"
))]
pub struct LockTargetError {
    /// What was given.
    pub text: String,
}

impl FromStr for LockTarget {
    type Err = LockTargetError;

    fn from_str(text: &str) -> Result<Self, LockTargetError> {
        let wrong = || LockTargetError { text: text.to_owned() };
        if let Some(zone) = text.strip_prefix("zone:") {
            return zone.parse().map(Self::Zone).map_err(|_| wrong());
        }
        let port = text.strip_prefix("port:").and_then(|port| port.rsplit_once(':'));
        let (device, port) = port.ok_or_else(wrong)?;
        let port: PortId = format!("{device}/{port}").parse().map_err(|_| wrong())?;
        ensure!(!port.port.is_board(), LockTargetSnafu { text });
        Ok(Self::Port(port))
    }
}

impl fmt::Display for LockTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zone(zone) => write!(f, "zone:{zone}"),
            Self::Port(PortId { device, port }) => write!(f, "port:{device}:{port}"),
        }
    }
}

impl TryFrom<String> for LockTarget {
    type Error = LockTargetError;

    fn try_from(text: String) -> Result<Self, LockTargetError> {
        text.parse()
    }
}

impl From<LockTarget> for String {
    fn from(target: LockTarget) -> Self {
        target.to_string()
    }
}

/// A lock of a zone or a TV, as it is stored.
pub type Lock = Temporary<LockTarget>;

impl Lock {
    /// As whoever may not command the TV is told.
    #[must_use]
    pub fn told(&self) -> PortLock {
        PortLock {
            id: self.id.to_string(),
            by: self.by.clone(),
            until: self.until(),
            reason: self.reason.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_locked_names_its_lock() {
        for text in ["zone:bar", "port:ir-1:2", "port:ir.lan:5"] {
            assert_eq!(text.parse::<LockTarget>().unwrap().to_string(), text);
        }
        for text in ["bar", "zone:", "zone:Main Bar", "port:ir-1", "port:ir-1:0", "port:ir-1:x", ""]
        {
            let error = text.parse::<LockTarget>().unwrap_err();
            assert!(error.to_string().contains("zone:bar"), "{text}: {error}");
        }
    }
}
