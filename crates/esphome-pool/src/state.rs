//! What is known of a device's session.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use esphome_codec::{FaultKind, MacAddress, PeerDescription, ProtocolError};
use tokio::time::Instant;

use crate::ConnectError;

/// The state of a device's session.
#[derive(Clone, Debug)]
pub enum DeviceState {
    /// The first session is being opened.
    Connecting {
        /// Since the device was added.
        since: Instant,
        /// Which try.
        attempt: u32,
    },
    /// A session is up.
    Online(Arc<SessionInfo>),
    /// There is none; it is tried again by itself.
    Offline {
        /// Since the last session ended, or the device was added.
        since: Instant,
        /// How many tries have failed in a row.
        attempt: u32,
        /// Why there is none.
        cause: Arc<ConnectError>,
        /// When it is tried next.
        next_try: Instant,
    },
    /// There is none, and an admin is needed.
    Misconfigured {
        /// Since the last session ended, or the device was added.
        since: Instant,
        /// What is wrong.
        cause: Misconfiguration,
        /// When it is tried next, should it have been put right at the device.
        next_try: Instant,
    },
    /// The device was removed, or the pool has stopped.
    Stopped,
}

/// What an admin has to put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misconfiguration {
    /// The key is not the device's; name and MAC address are those expected.
    WrongKey,
    /// The device wants encryption, and no key is configured.
    EncryptionRequired,
    /// A key is configured, and the device speaks plaintext.
    EncryptionNotOffered,
    /// Another device answers at this address.
    WrongDevice {
        /// The name that it told, cleaned.
        name: Option<String>,
        /// The MAC address that it told.
        mac: Option<MacAddress>,
    },
    /// The board tells no MAC address, so that it cannot be told from another one.
    NoIdentity,
    /// The device sends far more than any board does; it is asked again once a minute.
    Flooding,
    /// The device speaks something that is not supported.
    Incompatible {
        /// What, cleaned.
        found: String,
    },
}

impl Misconfiguration {
    /// What an admin has to put right about `error`; `None` if it may go away by itself.
    pub(crate) fn of(error: &ProtocolError) -> Option<Self> {
        if let ProtocolError::WrongMac { found, name, .. } = error {
            return Some(Self::WrongDevice { name: name.clone(), mac: Some(*found) });
        }
        if let ProtocolError::WrongName { found, mac, .. } = error {
            return Some(Self::WrongDevice { name: Some(found.clone()), mac: *mac });
        }
        if *error == ProtocolError::NoMac {
            return Some(Self::NoIdentity);
        }
        match error.kind() {
            FaultKind::Misconfigured if *error == ProtocolError::EncryptionRequired => {
                Some(Self::EncryptionRequired)
            }
            FaultKind::Misconfigured if *error == ProtocolError::EncryptionNotOffered => {
                Some(Self::EncryptionNotOffered)
            }
            FaultKind::Misconfigured => Some(Self::WrongKey),
            FaultKind::WrongDevice => Some(Self::WrongDevice { name: None, mac: None }),
            FaultKind::Incompatible => Some(Self::Incompatible { found: error.to_string() }),
            FaultKind::Transient | FaultKind::Protocol | FaultKind::Desync => None,
        }
    }
}

/// One session.
#[derive(Clone, Debug)]
pub struct SessionInfo {
    /// Grows with each session of the pool: no two sessions have the same.
    pub epoch: u64,
    /// The device, as it described itself.
    pub peer: Arc<PeerDescription>,
    /// Since when it is up.
    pub since: Instant,
    /// Where it goes.
    pub address: SocketAddr,
    /// From the start of the connect until it was ready.
    pub connect_took: Duration,
}
