//! What is known of a device at one moment.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use crate::{command::CommandId, hostname::Hostname, port::PortIndex};

/// Whether a device has a session, and since when. All durations are ages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// A session is up.
    Online {
        /// For how long.
        since: Duration,
    },
    /// The first session is being opened.
    Connecting {
        /// For how long there has been none.
        since: Duration,
    },
    /// There is no session; it is tried again by itself.
    Offline {
        /// For how long.
        since: Duration,
        /// Why the last try failed, for people.
        cause: String,
        /// Until the next try.
        next_try: Duration,
    },
    /// There is no session, and an admin is needed.
    Misconfigured {
        /// For how long.
        since: Duration,
        /// What is wrong.
        cause: Misconfigured,
    },
}

impl Presence {
    /// The name in answers and logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Online { .. } => "online",
            Self::Connecting { .. } => "connecting",
            Self::Offline { .. } => "offline",
            Self::Misconfigured { .. } => "misconfigured",
        }
    }

    /// Whether commands can be sent.
    #[must_use]
    pub const fn is_online(&self) -> bool {
        matches!(self, Self::Online { .. })
    }

    /// For how long it has been so.
    #[must_use]
    pub const fn since(&self) -> Duration {
        match self {
            Self::Online { since }
            | Self::Connecting { since }
            | Self::Offline { since, .. }
            | Self::Misconfigured { since, .. } => *since,
        }
    }
}

/// What an admin has to put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misconfigured {
    /// The key is not the device's key; name and address are right.
    WrongKey,
    /// The device wants encryption and no key is configured.
    EncryptionRequired,
    /// A key is configured and the device speaks plaintext; it is never downgraded.
    EncryptionNotOffered,
    /// Another device answers at this address.
    WrongDevice {
        /// What it calls itself (name or MAC address), cleaned.
        found: String,
    },
    /// The board tells no MAC address, or zeros: it cannot be told from another one.
    NoIdentity,
    /// The device sends far more than any board does, and is cut off each time.
    Flooding,
    /// The device speaks an incompatible version of the protocol, or wants a password.
    Incompatible {
        /// What it announced, cleaned.
        found: String,
    },
}

impl Misconfigured {
    /// The name in answers and logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::WrongKey => "wrong_key",
            Self::EncryptionRequired => "encryption_required",
            Self::EncryptionNotOffered => "encryption_not_offered",
            Self::WrongDevice { .. } => "wrong_device",
            Self::NoIdentity => "no_identity",
            Self::Flooding => "flooding",
            Self::Incompatible { .. } => "incompatible",
        }
    }
}

/// Everything about one device that can be told without asking it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceSnapshot {
    /// The device.
    pub device: Hostname,
    /// Its session.
    pub presence: Presence,
    /// The age of the last byte that really came from it.
    pub last_contact: Option<Duration>,
    /// Where the session goes.
    pub address: Option<SocketAddr>,
    /// What it runs, known from its latest session.
    pub firmware: Option<Firmware>,
    /// Its lane.
    pub lane: LaneSnapshot,
}

/// What a device runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firmware {
    /// The ESPHome version.
    pub esphome_version: String,
    /// The native API version, major and minor.
    pub api_version: (u32, u32),
    /// The board model.
    pub model: String,
    /// The project name.
    pub project_name: String,
    /// The project version.
    pub project_version: String,
    /// When it was compiled, in the words of the device.
    pub compilation_time: String,
    /// The MAC address, if it told one.
    pub mac: Option<String>,
    /// The friendly name.
    pub friendly_name: String,
}

/// The lane of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaneSnapshot {
    /// Commands that wait for their turn.
    pub waiting: usize,
    /// The command in flight.
    pub in_flight: Option<CommandId>,
    /// Whether the device owes an answer since an unknown outcome.
    pub unconfirmed: bool,
    /// The ports that take no channel yet.
    pub resting: Vec<PortRest>,
}

/// A port that takes no channel yet: its TV warms up, or is still taking digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRest {
    /// The port.
    pub port: PortIndex,
    /// Until when.
    pub until: Instant,
}

/// What a device says it can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// What it runs.
    pub firmware: Firmware,
    /// Its actions.
    pub actions: Vec<AdvertisedAction>,
    /// Its entities.
    pub entities: Vec<AdvertisedEntity>,
    /// How many more of either it lists than are kept.
    pub omitted: u32,
}

/// One action of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvertisedAction {
    /// Its name.
    pub name: String,
    /// Its arguments, in the order in which they are sent.
    pub arguments: Vec<AdvertisedArgument>,
    /// Whether the device answers it.
    pub replies: bool,
}

/// One argument of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvertisedArgument {
    /// Its name.
    pub name: String,
    /// Its type, in ESPHome's words: `bool`, `int`, `float`, `string`, or one of them with `[]`.
    pub kind: &'static str,
}

/// One entity of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvertisedEntity {
    /// Its kind, such as `text_sensor` or `infrared`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its object id; empty on recent firmware.
    pub object_id: String,
}
