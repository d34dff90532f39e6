//! Devices as they are shown.

use serde::{Deserialize, Serialize};

use crate::{Maintenance, Presence, UtcTime};

/// `GET /api/v1/devices`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceList {
    /// All registered devices, ordered by hostname.
    pub items: Vec<DeviceStatus>,
}

/// `GET /{hostname}/status` and `GET /api/v1/devices/{hostname}`: the daemon's state of a device, without
/// contacting it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceStatus {
    /// The ESPHome node name, which identifies the device everywhere.
    pub hostname: String,
    /// Display name.
    pub name: Option<String>,
    /// Whether it has a session.
    pub presence: Presence,
    /// Whether commands can be sent.
    pub online: bool,
    /// When the device entered this state.
    pub since: UtcTime,
    /// How long the device has been in this state, in milliseconds.
    pub since_ms: u64,
    /// Why there is no session; for `misconfigured` a code such as `wrong_key`.
    pub cause: Option<String>,
    /// What answers in place of the device, if it is the wrong board.
    pub found: Option<String>,
    /// Time until the next attempt to connect, in milliseconds.
    pub next_try_ms: Option<u64>,
    /// When the last byte was received from the device.
    pub last_contact: Option<UtcTime>,
    /// How long ago that was, in milliseconds.
    pub last_contact_ms: Option<u64>,
    /// Address of the current session.
    pub address: Option<String>,
    /// Address as it was registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub registered_address: Option<String>,
    /// The maintenance of the board, or of all zones of its TVs; `null` if it is none: then it is an alert that it does
    /// not answer.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub maintenance: Option<Maintenance>,
    /// Firmware, as the latest session reported it.
    pub firmware: Option<Firmware>,
    /// The lane of the device.
    pub lane: Lane,
    /// The registered infrared ports, ordered by number.
    pub ports: Vec<Port>,
}

/// The firmware of a device.
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
    /// Compilation time, as the device reports it.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub compilation_time: String,
    /// MAC address, if the device reports one.
    pub mac: Option<String>,
    /// The friendly name.
    pub friendly_name: String,
}

/// The lane of a device.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// Number of commands that wait in the lane.
    pub waiting: usize,
    /// The command in flight.
    pub in_flight: Option<String>,
    /// Whether the device has not answered since a command with unknown outcome.
    pub unconfirmed: bool,
}

/// A registered infrared port.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// Its number, 1 to 5.
    pub port: u8,
    /// Display name of the appliance.
    pub name: Option<String>,
    /// Zone of the port.
    pub zone: Option<String>,
    /// The channel that `default_channel` selects, as text.
    pub default_channel: Option<String>,
}

/// `GET /{hostname}/capabilities`: what the device advertised in its latest session.
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
    /// Number of actions and entities beyond the limit of 1,024 of each kind, which are not kept; 0 for every
    /// healthy board.
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
    /// Whether the device replies to a call of the action.
    pub replies: bool,
}

/// One argument of an action.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionArgument {
    /// Its name.
    pub name: String,
    /// ESPHome type, such as `int`.
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
