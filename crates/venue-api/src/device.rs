//! Devices as they are shown.

use serde::{Deserialize, Serialize};

use crate::{Presence, UtcTime};

/// `GET /api/v1/devices`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceList {
    /// All registered devices, ordered by hostname.
    pub items: Vec<DeviceStatus>,
}

/// `GET /{hostname}/status` and `GET /api/v1/devices/{hostname}`: what is known without asking.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceStatus {
    /// The name that everything else uses.
    pub hostname: String,
    /// What people call it.
    pub name: Option<String>,
    /// Whether it has a session.
    pub presence: Presence,
    /// Whether commands can be sent.
    pub online: bool,
    /// Since when that is so.
    pub since: UtcTime,
    /// For how long.
    pub since_ms: u64,
    /// Why there is no session; for `misconfigured` a word such as `wrong_key`.
    pub cause: Option<String>,
    /// What was found in the device's place, where it is the wrong one.
    pub found: Option<String>,
    /// Until a session is tried again.
    pub next_try_ms: Option<u64>,
    /// When the last byte really came from it.
    pub last_contact: Option<UtcTime>,
    /// How long ago that was.
    pub last_contact_ms: Option<u64>,
    /// Where its session goes.
    pub address: Option<String>,
    /// Where it is registered to be reached, as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub registered_address: Option<String>,
    /// What it runs, known from its latest session.
    pub firmware: Option<Firmware>,
    /// Its lane.
    pub lane: Lane,
    /// Its infrared ports that are in use, ordered by number.
    pub ports: Vec<Port>,
}

/// What a device runs.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firmware {
    /// The ESPHome version.
    pub esphome_version: String,
    /// The native API version, such as `1.14`.
    pub api_version: String,
    /// The board model.
    pub model: String,
    /// The project name.
    pub project_name: String,
    /// The project version.
    pub project_version: String,
    /// When it was compiled, in the words of the device.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub compilation_time: String,
    /// The MAC address, if it told one.
    pub mac: Option<String>,
    /// The friendly name.
    pub friendly_name: String,
}

/// The lane of a device.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// How many commands wait for their turn.
    pub waiting: usize,
    /// The command in flight.
    pub in_flight: Option<String>,
    /// Whether the device owes an answer since an unknown outcome.
    pub unconfirmed: bool,
}

/// An infrared port that is in use.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// Its number, 1 to 5.
    pub port: u8,
    /// What people call the appliance.
    pub name: Option<String>,
    /// The zone that it belongs to.
    pub zone: Option<String>,
    /// The channel that `default_channel` means, as text.
    pub default_channel: Option<String>,
}

/// `GET /{hostname}/capabilities`: what the device advertised on its latest session.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// The device.
    pub hostname: String,
    /// What it runs.
    pub firmware: Firmware,
    /// Its actions.
    pub actions: Vec<Action>,
    /// Its entities.
    pub entities: Vec<Entity>,
    /// How many more actions and entities it lists than are kept (1,024 of each kind): 0 for any board
    /// that works.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub omitted: u32,
}

/// One action of a device.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// Its arguments, in the order in which they are sent.
    pub arguments: Vec<ActionArgument>,
    /// Whether the device answers it.
    pub replies: bool,
}

/// One argument of an action.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionArgument {
    /// Its name.
    pub name: String,
    /// Its type in ESPHome's words, such as `int`.
    pub r#type: String,
}

/// One entity of a device.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Its kind, such as `text_sensor`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its object id; empty on recent firmware.
    pub object_id: String,
}
